/* SPDX-License-Identifier: MIT */
/* Parts of what there is: ranges, keys, prefixes, items of queues; and changes since a version. */
#include "lib/tool.h"

#include <pkstore/pkstore.h>

TestSuite(look, .init = tool_begin, .fini = tool_end);

static void expect(const char *expected, struct tool_result result)
{
	cr_expect(result.exit_code == 0, "%s", result.err);
	cr_expect(strstr(result.out, expected), "it says: %s", result.out);
	tool_release(&result);
}

Test(look, a_range_of_a_log_is_got)
{
	tool_says("", "append", "l", "1", "[2]", "\"3\"", "4");
	tool_says("[[2],\"3\"]\n", "get", "l", "1:3");
	tool_says("[\"3\",4]\n", "get", "l", "-2:");
	tool_says("[1]\n", "get", "l", ":-3");
	tool_says("[]\n", "get", "l", "9:");
	tool_says("[1,[2],\"3\",4]\n", "get", "l", ":");
	tool_refuses(2, "pkstore: x: not an index of a Log\n", "get", "l", "x:");
}

Test(look, a_part_of_a_dict_is_got)
{
	tool_says("", "set", "d", "a/1", "1", "a/2", "2", "b\n", "3");
	tool_says("a/1\na/2\nb\\n\n", "get", "--keys", "d");
	tool_says("{\"a/1\":1,\"a/2\":2}\n", "get", "-p", "a/", "d");
	tool_says("a/1\na/2\n", "get", "-k", "-p", "a/", "d");
	tool_says("{}\n", "get", "-p", "c", "d");
	tool_says("p\n", "run", "--no-start", "-n", "p", "--", "true");
	tool_says("", "set", "p", "k", "1");
	tool_says("k\n", "get", "-k", "p");
	tool_says("", "append", "l", "1");
	tool_refuses(2, "pkstore: l: is a Log, not a Dict\n", "get", "-k", "l");
	tool_refuses(2, "pkstore: get: too many arguments: a\n", "get", "-p", "a", "d", "a");
}

Test(look, peek_shows_what_is_next_buried_or_reserved)
{
	struct pks_store *store;
	struct pks_object *queue;
	struct pks_reservation item;

	tool_says("", "put", "q", "1", "\"two\"", "3");
	tool_says("1\n\"two\"\n", "peek", "-n", "2", "q");
	tool_says("1\n", "peek", "q");
	tool_refuses(1, "pkstore: q: empty\n", "peek", "--buried", "q");
	tool_refuses(1, "", "work", "-n", "2", "q", "false");
	tool_says("1\n\"two\"\n", "peek", "-b", "-n", "9", "q");
	tool_says("3\n", "peek", "q");
	store = pks_store_open(NULL, NULL);
	queue = pks_object_open(store, "q");
	cr_assert(pks_queue_reserve(queue, 0, &item) == 0);
	tool_says("3\n", "peek", "--reserved", "q");
	tool_refuses(1, "pkstore: q: empty\n", "peek", "q");
	cr_assert(pks_queue_release(queue, &item) == 0);
	pks_reservation_clear(&item);
	pks_store_close(store);
	tool_says("2\n", "kick", "q");
	tool_says("1\n", "peek", "q");
}

Test(look, what_was_got_and_lost_can_be_said_to_be_done)
{
	struct pks_store *store = pks_store_open(NULL, NULL);
	struct pks_value value;

	tool_says("", "put", "q", "1", "2", "3");
	cr_assert(pks_queue_get(pks_object_open(store, "q"), 0, &value) == 0);
	pks_value_clear(&value);
	pks_store_close(store);
	tool_says("2\n", "take", "q");
	tool_says("3\n", "take", "q");
	tool_refuses(1, "pkstore: q: timed out\n", "join", "-t", "0", "q");
	tool_refuses(1, "pkstore: q: ", "done", "q", "2");
	tool_says("", "done", "q");
	tool_says("", "join", "q");
	tool_refuses(1, "pkstore: q: ", "done", "q");
	tool_refuses(2, "pkstore: 0: not a number of items\n", "done", "q", "0");
}

Test(look, a_change_since_a_version_is_told_at_once)
{
	struct tool_child watcher;

	tool_says("", "set", "v", "1");
	tool_says("", "set", "v", "2");
	tool_says("v\n", "watch", "-n", "1", "--since", "1", "v");
	tool_refuses(1, "", "watch", "-n", "1", "-t", "0", "--since", "2", "v");
	watcher = tool_start(TOOL_ARGUMENTS("watch", "-s", "1", "v"));
	cr_assert(!strcmp(tool_next_line(&watcher), "v"));
	tool_says("", "set", "v", "3");
	cr_assert(!strcmp(tool_next_line(&watcher), "v"));
	tool_finish(&watcher, SIGTERM);
	tool_refuses(2, "pkstore: watch: too many arguments: w\n", "watch", "-s", "1", "v", "w");
}

Test(look, one_item_is_watched)
{
	struct tool_child watcher;

	tool_says("", "set", "d", "a", "1", "b", "1", "c", "1");
	watcher = tool_start(TOOL_ARGUMENTS("watch", "d", "e", "-k", "a"));
	cr_expect(tool_next_line(&watcher) == NULL, "there is no e");
	cr_expect(tool_finish(&watcher, 0) == 1);
	tool_says("", "set", "e", "a", "1");
	tool_refuses(1, "", "watch", "-t", "0", "-k", "a", "d", "e");
	tool_refuses(2, "pkstore: watch: an item has no version", "watch", "-k", "a", "-s", "1", "d");
	tool_says("", "append", "l", "1");
	tool_refuses(2, "pkstore: l: is a Log, not a Dict\n", "watch", "-k", "a", "l");
}

Test(look, a_condition_tells_which_lock_it_shares)
{
	tool_says("", "create", "lock", "l");
	tool_says("", "create", "condition", "--lock", "l", "c");
	expect("lock        l\n", tool("stat", "c"));
	expect("{\"lock\":{\"$ref\":\"l\"},\"depth\":0", tool("get", "c"));
	tool_says("", "rm", "l");
	tool_says("{\"lock\":null}\n", "get", "c");
	expect("lock        was dropped\n", tool("stat", "c"));
	expect(" its lock was dropped ", tool("ls", "-l"));
	tool_refuses(3, "pkstore: c: its lock was dropped\n", "lock", "c", "true");
	tool_says("", "alter", "--lock", "-", "c");
	tool_says("", "lock", "c", "true");
}
