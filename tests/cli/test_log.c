/* SPDX-License-Identifier: MIT */
/* log: the system log and others, shown and followed. */
#include "lib/tool.h"

#include <pkstore/pkstore.h>

#include <stdlib.h>

TestSuite(log, .init = tool_begin, .fini = tool_end);

static struct pks_store *store_open(void)
{
	struct pks_store *store = pks_store_open(NULL, NULL);

	cr_assert(store, "%s", pks_error_message());
	return store;
}

Test(log, a_system_log_without_lines_is_empty)
{
	pks_store_close(store_open());
	tool_says("", "log");
	tool_refuses(1, "pkstore: no/such: ", "log", "no/such");
	tool_refuses(1, "pkstore: no/such: ", "log", "-f", "no/such");
}

Test(log, the_system_log_is_shown_line_by_line)
{
	struct pks_store *store = store_open();
	struct tool_result result;

	cr_assert(pks_syslog(store, PKS_LEVEL_INFO, "the first") == 0);
	cr_assert(pks_syslog(store, PKS_LEVEL_ERROR, "the second\nwith \x1b[31m colour") == 0);
	pks_store_close(store);
	result = tool("log");
	cr_assert(strstr(result.out, " INFO ") && strstr(result.out, ": the first\n"), "%s", result.out);
	cr_assert(strstr(result.out, " ERROR ") && strstr(result.out, ": the second\\nwith \\x1b[31m colour\n"), "%s",
	          result.out);
	tool_release(&result);
	result = tool("log", "-n", "1");
	cr_assert(!strstr(result.out, "the first") && strstr(result.out, "the second"), "%s", result.out);
	tool_release(&result);
}

Test(log, another_log_is_shown_as_json)
{
	tool_says("", "append", "example/log", "1", "{\"a\": \"text\"}", "[]");
	tool_says("1\n{\"a\":\"text\"}\n[]\n", "log", "example/log");
	tool_says("{\"a\":\"text\"}\n[]\n", "log", "-n", "2", "example/log");
	tool_says("", "log", "-n", "0", "example/log");
	tool_says("1\n{\"a\":\"text\"}\n[]\n", "log", "-n", "100", "example/log");
	tool_says("", "set", "d", "k", "1");
	tool_refuses(2, "pkstore: d: ", "log", "d");
}

Test(log, a_follower_prints_what_another_process_appends)
{
	struct tool_child follower;
	char number[16];

	tool_says("", "append", "log", "0", "1");
	follower = tool_start(TOOL_ARGUMENTS("log", "-f", "-n", "1", "log"));
	for (int i = 1; i < 20; i++) {
		cr_assert(atoi(tool_next_line(&follower)) == i);
		snprintf(number, sizeof(number), "%d", i + 1);
		tool_says("", "append", "log", number);
	}
	cr_assert(tool_finish(&follower, SIGTERM) == -SIGTERM);
}

Test(log, a_follower_misses_nothing_of_a_fast_writer)
{
	enum { ENTRIES = 20000 };
	struct pks_store *store = store_open();
	struct pks_object *log = pks_log_open(store, "log", PKS_MUST_CREATE);
	struct tool_child follower = tool_start(TOOL_ARGUMENTS("log", "-f", "-n", "100000", "log"));

	for (int i = 0; i < ENTRIES; i++)
		cr_assert(pks_log_appendf(log, "i", i) == 0);
	for (int i = 0; i < ENTRIES; i++)
		cr_assert(atoi(tool_next_line(&follower)) == i);
	pks_store_close(store);
	tool_finish(&follower, SIGINT);
}

Test(log, a_follower_waits_for_a_system_log_that_is_not_there_yet)
{
	struct pks_store *store = store_open();
	struct tool_child follower = tool_start(TOOL_ARGUMENTS("log", "-f"));
	const char *line;

	cr_assert(pks_syslog(store, PKS_LEVEL_WARNING, "here it is") == 0);
	line = tool_next_line(&follower);
	cr_assert(line && strstr(line, "WARNING") && strstr(line, "here it is"), "%s", line);
	pks_store_close(store);
	tool_finish(&follower, SIGINT);
}

Test(log, a_follower_ends_quietly_when_nobody_reads_any_more)
{
	struct tool_child follower;

	tool_says("", "append", "log", "1");
	follower = tool_start(TOOL_ARGUMENTS("log", "-f", "log"));
	cr_assert(!strcmp(tool_next_line(&follower), "1"));
	/* It closes the pipe and waits for the end: nothing is appended any more. */
	cr_assert(tool_finish(&follower, 0) == 0);
}

Test(log, a_follower_ends_when_its_log_is_removed)
{
	struct tool_child follower;

	tool_says("", "append", "log", "1");
	follower = tool_start(TOOL_ARGUMENTS("log", "-f", "log"));
	cr_assert(!strcmp(tool_next_line(&follower), "1"));
	tool_says("", "rm", "log");
	cr_assert(tool_next_line(&follower) == NULL);
	cr_assert(tool_finish(&follower, 0) == 3);
}
