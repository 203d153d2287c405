/* SPDX-License-Identifier: MIT */
/* log PROCESS: what processes have written, shown and followed. */
#include "lib/tool.h"

#include <stdlib.h>

TestSuite(process_output, .init = tool_begin, .fini = tool_end);

static const char *target(const char *handler)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%s:%s", getenv("PKSTORE_CLI_MODULE"), handler);
	return text;
}

Test(process_output, log_prints_what_a_process_has_written)
{
	struct tool_result result;

	tool_says("", "run", "-n", "p", target("write_both"));
	result = tool("log", "p");
	cr_assert(result.exit_code == 0 && strstr(result.out, "to stdout\tand \x1b[31mred\n") &&
			  strstr(result.out, "to stderr\n"),
		  "%s%s", result.out, result.err);
	tool_release(&result);
	tool_says("", "run", "-n", "silent", target("nothing"));
	tool_says("", "log", "silent");
	tool_says("", "log", "-f", "silent");
}

Test(process_output, a_follower_ends_with_the_process)
{
	struct tool_child follower;
	struct tool_result result;

	result = tool("run", "-w", "-n", "p", target("write_twice"));
	tool_release(&result);
	follower = tool_start(TOOL_ARGUMENTS("log", "-f", "p"));
	cr_assert_str_eq(tool_next_line(&follower), "first");
	tool_says("", "set", "p", "go", "1");
	cr_assert_str_eq(tool_next_line(&follower), "second");
	cr_assert_null(tool_next_line(&follower));
	cr_assert_eq(tool_finish(&follower, 0), 0);
}

/* Exits with 0 and prints that; what it has to say about it is in *err_out. */
static void expect_log(const char *expected, const char *heading, const char *no_heading, struct tool_result result)
{
	cr_expect(result.exit_code == 0, "%s", result.err);
	cr_expect(!strcmp(result.out, expected), "it says: %s", result.out);
	cr_expect(heading ? strstr(result.err, heading) != NULL : !*result.err, "it says: %s", result.err);
	cr_expect(!no_heading || !strstr(result.err, no_heading), "it says: %s", result.err);
	tool_release(&result);
}

Test(process_output, attempts_are_told_apart)
{
	char count[128];

	snprintf(count, sizeof(count), "echo >>'%s'; wc -l <'%s'; echo last", tool_path("runs"), tool_path("runs"));
	tool_says("1\nlast\n", "run", "-n", "p", "--", "sh", "-c", count);
	expect_log("1\nlast\n", NULL, NULL, tool("log", "p"));
	tool_says("", "restart", "p");
	tool_says("finished\n", "join", "p");
	tool_says("", "restart", "p");
	tool_says("finished\n", "join", "p");
	expect_log("1\nlast\n2\nlast\n3\nlast\n", "==> attempt 1, 20", NULL, tool("log", "p"));
	expect_log("last\n3\nlast\n", "==> attempt 3, 20", "attempt 1,", tool("log", "-n", "3", "p"));
	expect_log("2\nlast\n", NULL, NULL, tool("log", "--attempt", "2", "p"));
	expect_log("3\nlast\n", NULL, NULL, tool("log", "-a", "0", "p"));
	expect_log("2\nlast\n", NULL, NULL, tool("log", "-a", "-1", "p"));
	expect_log("1\nlast\n", NULL, NULL, tool("log", "-f", "-a", "-2", "p"));
	expect_log("last\n", NULL, NULL, tool("log", "-a", "1", "-n", "1", "p"));
	expect_log("", NULL, NULL, tool("log", "-a", "1", "-n", "0", "p"));
	tool_refuses(1, "pkstore: p: attempt 4 is not known\n", "log", "-a", "4", "p");
	tool_refuses(1, "pkstore: p: attempt -3 is not known\n", "log", "-a", "-3", "p");
	tool_refuses(2, "pkstore: last: not an attempt\n", "log", "-a", "last", "p");
	tool_says("", "append", "l", "1");
	tool_refuses(2, "pkstore: l: not a process, which has attempts\n", "log", "-a", "1", "l");
	tool_refuses(2, "pkstore: system/log: not a process", "log", "-a", "1");
}

Test(process_output, a_follower_of_an_attempt_ends_with_it)
{
	struct tool_child follower;

	tool_says("p\n", "run", "-w", "-n", "p", target("write_twice"));
	tool_says("", "set", "p", "go", "1");
	tool_says("finished\n", "join", "p");
	tool_says("", "del", "p", "go");
	tool_says("", "restart", "p");
	follower = tool_start(TOOL_ARGUMENTS("log", "-f", "p"));
	cr_assert_str_eq(tool_next_line(&follower), "first");
	cr_assert_str_eq(tool_next_line(&follower), "second");
	cr_assert_str_eq(tool_next_line(&follower), "first");
	expect_log("first\nsecond\n", NULL, NULL, tool("log", "-f", "-a", "1", "p"));
	tool_says("", "set", "p", "go", "1");
	cr_assert_str_eq(tool_next_line(&follower), "second");
	cr_assert_null(tool_next_line(&follower));
	cr_assert_eq(tool_finish(&follower, 0), 0);
}

Test(process_output, it_goes_with_its_process_and_comes_back_with_it)
{
	struct tool_result dump, loaded, after;

	tool_says("", "run", "-n", "p", target("write_both"));
	dump = tool("dump", "-l");
	cr_assert_eq(dump.exit_code, 0);
	tool_says("1\n", "clean");
	tool_refuses(1, "pkstore: p: ", "log", "p");
	tool_says("", "ls", "-r");
	loaded = tool_reading(dump.out, "load");
	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	after = tool("log", "p");
	cr_assert(strstr(after.out, "to stdout\tand \x1b[31mred\n") && strstr(after.out, "to stderr\n"), "%s%s",
		  after.out, after.err);
	tool_release(&after);
	tool_release(&loaded);
	tool_release(&dump);
}
