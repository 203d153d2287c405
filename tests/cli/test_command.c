/* SPDX-License-Identifier: MIT */
/* run -- COMMAND: a queue of jobs at the command line. */
#include "lib/tool.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(command, .init = tool_begin, .fini = tool_end);

Test(command, what_it_writes_is_printed_and_its_exit_code_is_ours)
{
	struct tool_result result = tool("run", "-n", "job", "--", "sh", "-c", "echo out; echo err >&2; exit 3");

	cr_assert_eq(result.exit_code, 3);
	cr_assert_str_eq(result.out, "out\n");
	cr_assert_str_eq(result.err, "err\npkstore: job: failed: exited with status 3\n");
	tool_release(&result);
	tool_says("hello there\n", "run", "--", "echo", "hello there");
	tool_says("", "run", "--", "true");
	tool_refuses(128 + SIGKILL, "pkstore: killed: crashed: killed by SIGKILL", "run", "-n", "killed", "--", "sh",
	             "-c", "kill -9 $$");
}

Test(command, arguments_are_taken_as_they_are)
{
	tool_says("-n --name -- * $HOME  \n", "run", "--", "printf", "%s\\n", "-n --name -- * $HOME  ");
	tool_says("--\n", "run", "--", "echo", "--");
	tool_says("a\tb\n", "run", "--", "printf", "a\\tb\\n");
	tool_says("no newline", "run", "--", "printf", "no newline");
}

Test(command, it_reads_nothing_or_a_text)
{
	struct tool_result result;

	tool_says("0\n", "run", "--", "sh", "-c", "wc -c | tr -d ' '");
	tool_says("a text", "run", "--input", "a text", "--", "cat");
	result = tool_reading("piped\nin\n", "run", "-i", "-", "--", "cat");
	cr_assert(result.exit_code == 0 && !strcmp(result.out, "piped\nin\n"), "%s%s", result.out, result.err);
	tool_release(&result);
}

Test(command, it_runs_where_and_as_its_starter_was)
{
	char *folder = realpath(tool_path("."), NULL), expected[4096];

	tool_says("", "pool", "start");
	cr_assert_eq(chdir(folder), 0);
	setenv("PKSTORE_TEST_WORD", "from the starter", 1);
	snprintf(expected, sizeof(expected), "%s from the starter\n", folder);
	tool_says(expected, "run", "--", "sh", "-c", "echo $(pwd) $PKSTORE_TEST_WORD");
	free(folder);
}

Test(command, what_cannot_be_run_says_so_as_a_shell_does)
{
	tool_refuses(127, "pkstore: a: failed: no-such-command: there is no such command in ", "run", "-n", "a", "--",
	             "no-such-command");
	tool_refuses(127, "pkstore: b: failed: /no/such/file: No such file", "run", "-n", "b", "--", "/no/such/file");
	tool_refuses(126, "pkstore: c: failed: /etc/passwd: Permission denied", "run", "-n", "c", "--", "/etc/passwd");
	tool_refuses(126, "pkstore: d: failed: /: ", "run", "-n", "d", "--", "/");
}

Test(command, a_script_without_a_first_line_is_the_shells)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s", tool_path("script"));
	file = fopen(path, "w");
	fputs("echo script $1\n", file);
	fclose(file);
	chmod(path, 0755);
	tool_says("script works\n", "run", "--", path, "works");
}

Test(command, jobs_wait_for_their_turn_and_are_joined_and_shown)
{
	struct tool_result result;

	tool_says("first\n", "run", "-d", "-n", "first", "--", "sh", "-c", "echo one; echo two");
	tool_says("second\n", "run", "-d", "-n", "second", "--", "false");
	result = tool("join", "first");
	cr_assert_eq(result.exit_code, 0);
	tool_release(&result);
	result = tool("join", "second");
	tool_release(&result);
	tool_says("one\ntwo\n", "log", "first");
	result = tool("ps", "second");
	cr_assert(strstr(result.out, "failed") && strstr(result.out, "false"), "%s", result.out);
	tool_release(&result);
}

/* ---- a command that runs others ---- */

/* A script in the test's folder: `SCRIPT N` runs itself with N - 1, and so on down to 0. */
static const char *recursive_script(void)
{
	const char *path = tool_path("recursion");
	FILE *file = fopen(path, "w");

	fputs("#!/bin/sh\n"
	      "[ \"$1\" -eq 0 ] && exec echo the bottom\n"
	      "exec \"$PKSTORE_TOOL\" run -n \"depth$1\" -- \"$0\" $(($1 - 1))\n",
	      file);
	fclose(file);
	chmod(path, 0755);
	return path;
}

Test(command, a_recursion_deeper_than_the_pool_finishes_and_is_a_tree, .timeout = 60)
{
	struct tool_result result;
	char line[64] = "\n";

	tool_says("", "pool", "size", "1");
	tool_says("the bottom\n", "run", "-n", "depth", "--", recursive_script(), "10");
	result = tool("ps", "--tree", "depth");
	for (int depth = 10; depth >= 1; depth--) {
		snprintf(line, sizeof(line), "\n%*sdepth%d ", 2 * (11 - depth), "", depth);
		cr_assert(strstr(result.out, line), "%s in:\n%s", line, result.out);
	}
	tool_release(&result);
}

/* The first one that has waited enough must not take the place from the others. */
Test(command, several_of_its_programs_wait_at_once, .timeout = 60)
{
	struct tool_result result;

	tool_says("", "pool", "size", "1");
	result = tool("run", "--", "sh", "-c",
	              "for i in 1 2 3 4; do \"$PKSTORE_TOOL\" run -- sh -c 'sleep 0.3; echo done' & done; wait");
	cr_assert_eq(result.exit_code, 0, "%s", result.err);
	cr_assert_str_eq(result.out, "done\ndone\ndone\ndone\n");
	tool_release(&result);
}

/* Whom a program belongs to is not recorded: it is another one's that is run later. */
Test(command, what_it_has_created_is_not_what_that_creates, .timeout = 60)
{
	struct tool_result result;

	tool_says("inner\n", "run", "-n", "outer", "--", "sh", "-c",
	          "\"$PKSTORE_TOOL\" run --no-start -n inner -- \"$PKSTORE_TOOL\" run -n innermost -- true");
	tool_says("", "start", "inner");
	tool_says("finished\n", "join", "inner");
	result = tool("ps", "--tree", "outer");
	cr_assert(strstr(result.out, "\nouter ") && strstr(result.out, "\n  inner ") &&
	          strstr(result.out, "\n    innermost "), "%s", result.out);
	tool_release(&result);
}

Test(command, it_is_dumped_and_loaded)
{
	struct tool_result dump, loaded;

	tool_says("a b\n", "run", "-n", "job", "--", "echo", "a b");
	dump = tool("dump", "job", "-l");
	tool_says("1\n", "clean");
	cr_assert(strstr(dump.out, "[\"echo\",\"a b\"]"), "%s", dump.out);
	loaded = tool_reading(dump.out, "load");
	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	tool_release(&loaded);
	tool_says("", "log", "job");
	loaded = tool("dump", "job", "-l");
	cr_assert(strstr(loaded.out, "[\"echo\",\"a b\"]"), "%s", loaded.out);
	tool_release(&loaded);
	tool_release(&dump);
}

Test(command, what_makes_no_sense_is_refused)
{
	tool_refuses(2, "pkstore: run: a command has no named arguments", "run", "-k", "{}", "--", "true");
	tool_refuses(2, "pkstore: run: a handler does not read from stdin", "run", "-i", "x", "m:h");
	tool_refuses(2, "pkstore: run: too few arguments", "run", "--");
}
