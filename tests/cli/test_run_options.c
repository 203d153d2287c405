/* SPDX-License-Identifier: MIT */
/* run: where and how a process runs. */
#include "lib/tool.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(run_options, .init = tool_begin, .fini = tool_end);

static const char *target(const char *handler)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%s:%s", getenv("PKSTORE_CLI_MODULE"), handler);
	return text;
}

static void expect(const char *expected, struct tool_result result)
{
	cr_expect(result.exit_code == 0, "%s", result.err);
	cr_expect(strstr(result.out, expected), "it says: %s", result.out);
	tool_release(&result);
}

static const char *with_newline(const char *text)
{
	static char line[4096];

	snprintf(line, sizeof(line), "%s\n", text);
	return line;
}

Test(run_options, a_working_folder_is_given)
{
	const char *folder = tool_path("folder");

	cr_assert(mkdir(folder, 0700) == 0);
	tool_says(with_newline(folder), "run", "-C", folder, "--", "pwd");
	cr_assert(chdir(tool_path("")) == 0);
	tool_says(with_newline(folder), "run", "--folder", "folder", "--", "pwd");
	tool_refuses(2, "pkstore: no such: No such file", "run", "-C", "no such", "--", "pwd");
	tool_says("p\n", "run", "-d", "-n", "p", "-C", "folder", target("nothing"));
	tool_says("finished\n", "join", "p");
	expect(folder, tool("ps", "p"));
}

Test(run_options, the_environment_is_added_to)
{
	setenv("PKSTORE_TEST_A", "ours", 1);
	setenv("PKSTORE_TEST_B", "ours", 1);
	tool_says("ours mine a=b\n", "run", "-e", "PKSTORE_TEST_B=first", "-e", "PKSTORE_TEST_B=mine", "--env",
	          "PKSTORE_TEST_C=a=b", "--", "sh", "-c", "echo $PKSTORE_TEST_A $PKSTORE_TEST_B $PKSTORE_TEST_C");
	tool_says("\"a\\u001b\"\n", "run", "-e", "PKSTORE_TEST_B=a\x1b", target("say_word"));
	tool_refuses(2, "pkstore: NAME: not NAME=TEXT\n", "run", "-e", "NAME", "--", "true");
	tool_refuses(2, "pkstore: =x: not NAME=TEXT\n", "run", "-e", "=x", "--", "true");
}

Test(run_options, the_callers_environment_and_folder_are_recorded_with_a_command)
{
	struct tool_result dump;
	char cwd[PATH_MAX];

	setenv("PKSTORE_TEST_SECRET", "told to all who read", 1);
	cr_assert(getcwd(cwd, sizeof(cwd)));
	tool_says("c\n", "run", "--no-start", "-n", "c", "--", "true");
	dump = tool("dump", "c");
	cr_expect(strstr(dump.out, "told to all who read") && strstr(dump.out, cwd), "it says: %s", dump.out);
	tool_release(&dump);
}

Test(run_options, a_process_may_be_created_only)
{
	tool_says("p\n", "run", "--no-start", "-n", "p", target("linger"));
	expect("created", tool("ps", "p"));
	tool_says("", "set", "p", "go", "1");
	tool_says("", "start", "p");
	tool_says("finished\n", "join", "p");
}

Test(run_options, output_is_capped)
{
	tool_says("p\n", "run", "-d", "-n", "p", "--output-cap", "1", "--", "sh", "-c", "echo 1; echo 2");
	tool_says("finished\n", "join", "p");
	tool_says("2\n", "log", "p");
	tool_says("", "run", "-n", "q", "--output-cap", "0", "--", "echo", "1");
	tool_says("", "log", "q");
	tool_refuses(2, "pkstore: few: not a number of lines\n", "run", "--output-cap", "few", "--", "true");
}

Test(run_options, a_handler_has_a_level_of_its_own)
{
	tool_says("", "run", "--level", "Error", target("speak"));
	tool_says("", "log");
	tool_says("", "run", "--level", "15", target("speak"));
	expect("INFO", tool("log"));
	tool_refuses(2, "pkstore: loud: not a level: debug, info, ", "run", "--level", "loud", "m:h");
	tool_refuses(2, "pkstore: run: --level: a command does not write to the system log", "run", "--level", "info",
	             "--", "true");
}

Test(run_options, a_time_of_grace_is_kept)
{
	tool_says("p\n", "run", "--no-start", "-n", "p", "--grace", "1.5", target("nothing"));
	expect("grace         1.5", tool("ps", "p"));
	tool_says("q\n", "run", "--no-start", "-n", "q", "-g", "infinity", target("nothing"));
	expect("grace         for ever", tool("ps", "q"));
	tool_refuses(2, "pkstore: long: not a number of seconds\n", "run", "-g", "long", "--", "true");
}

Test(run_options, a_daemon_ends_with_its_run)
{
	struct tool_child run = tool_start(
		TOOL_ARGUMENTS("run", "-n", "p", "--daemon", "--", "sh", "-c", "echo runs; exec sleep 1000"));
	const char *line = tool_next_line(&run);

	cr_assert(line && !strcmp(line, "runs"));
	cr_expect(tool_finish(&run, SIGKILL) == -SIGKILL);
	tool_says("crashed\n", "join", "p");
	tool_refuses(2, "pkstore: run: a daemon ends with this program", "run", "-D", "-d", "--", "true");
}

Test(run_options, misuse_makes_no_store)
{
	tool_refuses(2, "pkstore: run: a daemon ", "run", "--daemon", "--no-start", "--", "true");
	tool_refuses(2, "pkstore: fork: not a start method", "run", "-m", "fork", "--", "true");
	tool_refuses(2, "pkstore: run: too few arguments", "run", "--no-start");
	cr_assert(access(tool_path("store"), F_OK) != 0, "misuse made a store");
}
