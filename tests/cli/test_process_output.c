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
