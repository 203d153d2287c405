/* SPDX-License-Identifier: MIT */
/*
 * start, restart, terminate, kill, join of several, ps --tree and the history: the life of processes at the command
 * line.
 */
#include "lib/tool.h"

#include <stdlib.h>

TestSuite(life, .init = tool_begin, .fini = tool_end);

static const char *target(const char *handler)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%s:%s", getenv("PKSTORE_CLI_MODULE"), handler);
	return text;
}

/* Starts one that runs until it is told to go, and waits until it runs. */
static void linger(const char *path)
{
	char line[64];

	snprintf(line, sizeof(line), "%s\n", path);
	tool_says(line, "run", "-w", "-n", path, target("linger"));
	for (int running = 0; !running;) {
		struct tool_result result = tool("ps", "--status", "running", "--json", path);

		running = result.exit_code == 0;
		tool_release(&result);
	}
}

static void expect_status(const char *path, const char *status)
{
	char line[64];

	snprintf(line, sizeof(line), "%s\n", status);
	tool_says(line, "join", path);
}

Test(life, terminate_and_kill_wait_when_they_are_asked_to)
{
	linger("p");
	tool_says("", "terminate", "--wait", "p");
	tool_says("crashed\n", "join", "-t", "0", "p");
	linger("q");
	linger("r");
	tool_says("", "kill", "-t", "20", "q", "r");
	tool_says("crashed q\ncrashed r\n", "join", "-t", "0", "q", "r");
	tool_says("", "kill", "p"); /* one that has ended stays as it is */
}

Test(life, each_of_several_is_seen_to_though_one_is_not_there)
{
	linger("p");
	tool_refuses(1, "pkstore: none: ", "kill", "-w", "none", "p");
	expect_status("p", "crashed");
}

Test(life, join_any_tells_which)
{
	linger("p");
	linger("q");
	tool_refuses(1, "pkstore: the processes: timed out\n", "join", "--any", "-t", "0.01", "p", "q");
	tool_says("", "set", "q", "go", "true");
	tool_says("finished q\n", "join", "--any", "p", "q");
	tool_says("", "set", "p", "go", "true");
	tool_says("finished p\nfinished q\n", "join", "p", "q");
}

Test(life, restart_runs_it_once_more_and_ps_tells_of_the_first_time)
{
	struct tool_result result;

	result = tool("run", "-n", "p", target("exit_7"));
	cr_assert(result.exit_code == 7);
	tool_release(&result);
	tool_says("", "restart", "p");
	expect_status("p", "failed");
	result = tool("ps", "p");
	cr_assert(strstr(result.out, "\nearlier attempts\n"), "%s", result.out);
	cr_assert(strstr(result.out, "its handler returned 7"), "%s", result.out);
	tool_release(&result);
	result = tool("ps", "--json", "p");
	cr_assert(strstr(result.out, "\"attempt\":2,"), "%s", result.out);
	cr_assert(strstr(result.out, "\"history\":[{\"attempt\":1,\"status\":\"failed\",\"exitcode\":7,"), "%s",
	          result.out);
	tool_release(&result);
}

Test(life, ps_tells_how_a_process_is_to_be_run)
{
	struct tool_result result = tool("run", "-n", "p", "-p", "7", "-m", "dedicated", "-k", "{\"k\": [2]}",
	                                 target("exit_7"), "1", "\"x\"");

	tool_release(&result);
	result = tool("ps", "p");
	cr_assert(strstr(result.out, target("exit_7")), "%s", result.out);
	cr_assert(strstr(result.out, "\n\ntarget        /"), "%s", result.out);
	cr_assert(strstr(result.out, "\nargs          [1,\"x\"]\nkwargs        {\"k\":[2]}\npriority      7\n"
	                             "method        dedicated\n"),
	          "%s", result.out);
	tool_release(&result);
	result = tool("run", "-n", "c", "-i", "text", "--", "cat");
	tool_release(&result);
	result = tool("ps", "c");
	cr_assert(strstr(result.out, " names of its own, which `pkstore stat` tells\ninput         \"text\"\n"), "%s",
	          result.out);
	cr_assert(strstr(result.out, "\nfolder        /"), "%s", result.out);
	tool_release(&result);
}

Test(life, restart_waits_for_the_end_or_terminates)
{
	linger("p");
	tool_refuses(1, "pkstore: p: timed out\n", "restart", "-t", "0.01", "p");
	tool_says("", "restart", "--terminate", "p");
	tool_says("", "set", "p", "go", "true");
	expect_status("p", "finished");
}

Test(life, start_starts_what_was_created)
{
	linger("p");
	tool_refuses(1, "pkstore: none: ", "start", "none");
	tool_says("c\n", "run", "--no-start", "-n", "c", "--", "true");
	tool_refuses(1, "pkstore: c: was never started\n", "join", "c");
	tool_refuses(1, "pkstore: p: is running\n", "start", "p");
	tool_says("", "kill", "-w", "p");
	tool_refuses(1, "pkstore: p: is crashed\n", "start", "p"); /* one that has ended is restarted */
}

/* One that was loaded was created, and never started. */
Test(life, what_was_loaded_is_started_and_has_no_history)
{
	struct tool_result dump, result;

	result = tool("run", "-n", "p", target("exit_7"));
	tool_release(&result);
	tool_says("", "restart", "p");
	expect_status("p", "failed");
	dump = tool("dump", "p");
	tool_says("", "rm", "p");
	result = tool_reading(dump.out, "load");
	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	tool_release(&dump);
	result = tool("start", "--wait", "p");
	cr_assert(result.exit_code == 0 && result.out[0], "%s", result.err);
	tool_release(&result);
	expect_status("p", "failed");
	result = tool("ps", "p");
	cr_assert_null(strstr(result.out, "earlier attempts"), "%s", result.out);
	tool_release(&result);
}

/* ---- families ---- */

Test(life, the_children_of_a_process_stand_below_it)
{
	struct tool_result result = tool("run", "-n", "mother", target("bear"));
	const char *mother, *daughter;

	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	result = tool("run", "-n", "other", target("nothing"));
	tool_release(&result);
	result = tool("ps", "--tree");
	mother = strstr(result.out, "\nmother");
	daughter = strstr(result.out, "\n  daughter");
	cr_assert(mother && daughter && mother < daughter, "%s", result.out);
	cr_assert(strstr(result.out, "\nother"), "%s", result.out);
	tool_release(&result);
	tool_refuses(2, "pkstore: ps: --tree is for people", "ps", "--tree", "--json");
}

Test(life, a_tree_of_one_process_has_all_that_came_from_it)
{
	struct tool_result result = tool("run", "-n", "mother", target("bear"));
	const char *mother, *daughter;

	tool_release(&result);
	result = tool("run", "-n", "other", target("nothing"));
	tool_release(&result);
	result = tool("ps", "--tree", "mother");
	mother = strstr(result.out, "\nmother");
	daughter = strstr(result.out, "\n  daughter");
	cr_assert(mother && daughter && mother < daughter, "%s", result.out);
	cr_assert(!strstr(result.out, "\nother"), "%s", result.out);
	tool_release(&result);
}

Test(life, a_child_whose_parent_is_not_shown_stands_alone)
{
	struct tool_result result = tool("run", "-n", "mother", target("bear"));

	tool_release(&result);
	result = tool("ps", "--tree", "daughter");
	cr_assert(strstr(result.out, "\ndaughter"), "%s", result.out);
	tool_release(&result);
}
