/* SPDX-License-Identifier: MIT */
/* init, how stores are opened, and what goes to the system log. */
#include "lib/tool.h"

#include <pkstore/pkstore.h>

#include <unistd.h>

TestSuite(store, .init = tool_begin, .fini = tool_end);

static void expect(const char *expected, struct tool_result result)
{
	cr_expect(result.exit_code == 0, "%s", result.err);
	cr_expect(strstr(result.out, expected), "it says: %s", result.out);
	tool_release(&result);
}

Test(store, init_creates_one_that_is_as_it_was_told)
{
	char exists[200];

	tool_says("", "init", "--durability", "relaxed", "-m", "1048576");
	expect("\"durability\":\"relaxed\"", tool("stat", "--json"));
	expect("\"map_size\":1048576", tool("stat", "--json"));
	snprintf(exists, sizeof(exists), "pkstore: %s: there already is", tool_path("store"));
	tool_refuses(1, exists, "init");
	tool_says("", "-s", tool_path("other"), "init");
	expect("\"durability\":\"full\"", tool("-s", tool_path("other"), "stat", "--json"));
}

Test(store, init_refuses_what_cannot_be)
{
	tool_refuses(2, "pkstore: some: not a durability: full, relaxed or none\n", "init", "-d", "some");
	tool_refuses(2, "pkstore: 0: not a number of bytes\n", "init", "-m", "0");
	tool_refuses(2, "pkstore: init: too many arguments: x\n", "init", "x");
	cr_assert(access(tool_path("store"), F_OK) != 0, "misuse made a store");
}

Test(store, another_writer_is_waited_for_as_long_as_was_said)
{
	struct pks_store *store = pks_store_open(NULL, NULL);
	char writer[64];

	cr_assert(pks_begin(store) == 0);
	snprintf(writer, sizeof(writer), "pid %d", getpid());
	for (int i = 0; i < 2; i++) {
		struct tool_result result = tool("--busy-timeout", i ? "0.01" : "0", "set", "v", "1");

		cr_expect(result.exit_code == 3 && strstr(result.err, writer), "%s", result.err);
		tool_release(&result);
	}
	cr_assert(pks_commit(store) == 0);
	pks_store_close(store);
	tool_says("", "--busy-timeout", "0", "--allow-network", "set", "v", "1");
	tool_refuses(2, "pkstore: soon: not a number of seconds\n", "--busy-timeout", "soon", "ls");
}

/* By whom, since when and how much, so that somebody can do something about it. */
Test(store, stat_tells_who_holds_a_snapshot_and_who_writes)
{
	struct pks_store *store = pks_store_open(NULL, NULL);
	char text[100];

	cr_assert(pks_snapshot_begin(store) == 0);
	for (int i = 0; i < 3; i++)
		tool_says("", "set", "v", "1");
	snprintf(text, sizeof(text), "\nreader      pid %d: snapshots 1, commits behind 3, for at least ", getpid());
	expect(text, tool("stat"));
	expect(" KiB\n", tool("stat"));
	snprintf(text, sizeof(text), "\"readers\":[{\"pid\":%d,\"snapshots\":1,\"age\":3,\"age_ns\":", getpid());
	expect(text, tool("stat", "--json"));
	expect("\"pinned_bytes\":", tool("stat", "--json"));
	cr_assert(pks_snapshot_end(store) == 0);
	expect("\"readers\":[]", tool("stat", "--json"));

	cr_assert(pks_begin(store) == 0);
	snprintf(text, sizeof(text), "\nwriter      pid %d since 20", getpid());
	expect(text, tool("stat"));
	snprintf(text, sizeof(text), "\"writer_pid\":%d,", getpid());
	expect(text, tool("stat", "--json"));
	cr_assert(pks_abort(store) == 0);
	pks_store_close(store);
}

Test(store, logger_writes_to_the_system_log)
{
	tool_says("", "logger", "hello", "-l and all");
	expect(" INFO pkstore[", tool("log"));
	expect("]: hello\n", tool("log"));
	expect("]: -l and all\n", tool("log"));
	tool_says("", "logger", "-l", "Debug", "100%s");
	expect(" DEBUG pkstore[", tool("log", "-n", "1"));
	expect("]: 100%s\n", tool("log", "-n", "1"));
	tool_says("", "logger", "--level", "45", "higher");
	expect(" ERROR pkstore[", tool("log", "-n", "1"));
	tool_refuses(2, "pkstore: loud: not a level: ", "logger", "-l", "loud", "x");
	tool_refuses(2, "pkstore: logger: too few arguments\n", "logger");
}
