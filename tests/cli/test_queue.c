/* SPDX-License-Identifier: MIT */
/* Queues at the command line. */
#include "lib/tool.h"

#include <pkstore/pkstore.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(queue, .init = tool_begin, .fini = tool_end);

static void expect_line(const char *text, const char *line)
{
	cr_assert(strstr(text, line), "no \"%s\" in: %s", line, text);
}

Test(queue, put_take_and_peek)
{
	tool_says("", "put", "q", "1", "\"two\"", "[3]");
	tool_says("3\n", "len", "q");
	tool_says("1\n", "peek", "q");
	tool_says("1\n\"two\"\n[3]\n", "get", "q");
	tool_says("1\n", "take", "q");
	tool_says("two", "take", "-r", "q");
	tool_says("[3]\n", "take", "q");
	tool_refuses(1, "pkstore: q: empty\n", "take", "q");
	tool_refuses(1, "pkstore: q: empty\n", "take", "--timeout", "0.01", "q");
	tool_refuses(1, "pkstore: q: empty\n", "peek", "q");
	tool_refuses(1, "pkstore: none: ", "take", "none");
}

Test(queue, put_reads_lines_and_take_several)
{
	struct tool_result result = tool_reading("1\n\n2\n3\n", "put", "q", "-");

	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	result = tool("take", "-n", "5", "q");
	cr_assert(result.exit_code == 1);
	cr_assert(!strcmp(result.out, "1\n2\n3\n"), "%s", result.out);
	cr_assert(!strcmp(result.err, "pkstore: q: empty\n"), "%s", result.err);
	tool_release(&result);
}

Test(queue, the_types_have_their_orders)
{
	tool_says("", "put", "--type", "lifoqueue", "l", "1", "2");
	tool_says("2\n1\n", "take", "-n", "2", "l");
	tool_says("", "put", "-p", "5", "p", "\"later\"");
	tool_says("", "put", "-p", "-1", "p", "\"first\"");
	tool_says("", "put", "p", "\"usual\"");
	tool_says("\"first\"\n\"usual\"\n\"later\"\n", "take", "-n", "3", "p");
	tool_says("l\n", "ls", "--type", "lifoqueue");
	tool_says("p\n", "ls", "--type", "priorityqueue");
	tool_says("", "put", "q", "1");
	tool_refuses(2, "pkstore: q: is a Queue, not a PriorityQueue\n", "put", "-p", "1", "q", "1");
	tool_refuses(2, "pkstore: q: is a Queue, not a LifoQueue\n", "put", "--type", "lifoqueue", "q", "1");
	tool_refuses(2, "pkstore: dict: queue, lifoqueue and priorityqueue are the types of queues\n", "put", "--type",
	             "dict", "q", "1");
	tool_says("", "set", "d", "k", "1");
	tool_refuses(2, "pkstore: d: is a Dict, not a Queue\n", "put", "d", "1");
	tool_refuses(2, "pkstore: d: is a Dict, not a Queue\n", "take", "d");
}

Test(queue, join_waits_until_all_is_done)
{
	tool_says("", "put", "q", "1", "2");
	tool_refuses(1, "pkstore: q: timed out\n", "join", "-t", "0.01", "q");
	tool_says("1\n", "take", "q");
	tool_says("", "work", "-n", "1", "q", "true");
	tool_says("", "join", "-t", "60", "q");
}

Test(queue, clear_takes_all_that_can_be_had)
{
	tool_says("", "put", "q", "1", "2");
	tool_says("", "clear", "q");
	tool_says("", "get", "q");
	tool_says("", "join", "-t", "60", "q");
}

Test(queue, a_full_queue_refuses)
{
	tool_says("", "put", "--maxsize", "2", "q", "1", "2");
	tool_refuses(1, "pkstore: q: the queue is full\n", "put", "q", "3");
	tool_refuses(1, "pkstore: q: the queue is full\n", "put", "-t", "0.01", "q", "3");
	tool_says("2\n", "len", "q");
}

Test(queue, take_waits_for_an_item)
{
	struct tool_child child;

	tool_says("", "put", "q", "1");
	child = tool_start(TOOL_ARGUMENTS("take", "-w", "-n", "2", "q"));
	cr_assert(!strcmp(tool_next_line(&child), "1"));
	tool_says("", "put", "q", "2");
	cr_assert(!strcmp(tool_next_line(&child), "2"));
	cr_assert(tool_finish(&child, 0) == 0);
}

Test(queue, an_item_that_cannot_be_printed_stays)
{
	struct tool_result result;

	tool_says("", "put", "q", "1");
	result = tool_run(&(struct tool_setting){.out_path = "/dev/full"}, TOOL_ARGUMENTS("take", "q"));
	cr_assert(result.exit_code == 3, "%d", result.exit_code);
	tool_release(&result);
	tool_says("1\n", "take", "q");
}

Test(queue, a_put_that_is_refused_leaves_no_queue)
{
	struct tool_result result;

	tool_refuses(2, "pkstore: q: 2 items at once will never fit its limit of 1\n", "put", "-m", "1", "q", "1", "2");
	tool_refuses(1, "pkstore: q: ", "get", "q");
	result = tool_reading("1\n2\n", "put", "-m", "1", "q", "-");
	cr_assert(result.exit_code == 2, "%d: %s", result.exit_code, result.err);
	tool_release(&result);
	tool_says("", "ls");
	tool_says("", "put", "-t", "10", "q", "1");
	tool_says("", "put", "-m", "1", "-p", "3", "p", "1");
	tool_refuses(1, "pkstore: p: the queue is full\n", "put", "-t", "0", "p", "2");
	tool_says("p\nq\n", "ls");
}

Test(queue, items_with_a_priority_are_put_all_or_none)
{
	tool_refuses(2, "pkstore: p: 3 items at once will never fit its limit of 2\n", "put", "-m", "2", "-p", "1", "p",
	             "1", "2", "3");
	tool_says("", "ls");
	tool_says("", "put", "-m", "3", "-p", "1", "p", "1", "2");
	tool_refuses(1, "pkstore: p: the queue is full\n", "put", "-p", "0", "p", "3", "4");
	tool_says("2\n", "len", "p");
	tool_says("", "put", "-p", "0", "p", "3");
	tool_says("3\n1\n2\n", "get", "p");
}

/* ---- what is reserved and buried ---- */

/* Two items of three, the first buried, the second held by this process. */
static struct pks_store *hold(void)
{
	struct pks_store *store = pks_store_open(tool_path("store"), NULL);
	struct pks_object *queue = pks_queue_open(store, "q", 5, PKS_OPEN_OR_CREATE);
	struct pks_reservation held = {0};

	for (int i = 0; i < 3; i++)
		cr_assert(pks_queue_putf(queue, 0, "i", i) == 0, "%s", pks_error_message());
	cr_assert(pks_queue_reserve(queue, 0, &held) == 0);
	cr_assert(pks_queue_bury(queue, &held) == 0);
	pks_reservation_clear(&held);
	cr_assert(pks_queue_reserve(queue, 0, &held) == 0);
	pks_reservation_clear(&held);
	return store;
}

Test(queue, stat_and_ls_tell_who_holds_what)
{
	struct pks_store *store = hold();
	const char *path = tool_path("store");
	struct tool_result result = tool("-s", path, "stat", "q");
	char line[64];

	expect_line(result.out, "\ncount       1\n");
	expect_line(result.out, "\nmaxsize     5\nunfinished  3\nburied      1\n");
	snprintf(line, sizeof(line), "\nreserved    item 1 by pid %d since 20", (int)getpid());
	expect_line(result.out, line);
	expect_line(result.out, ", delivery 1\n");
	tool_release(&result);
	result = tool("-s", path, "stat", "--json", "q");
	expect_line(result.out, "\"maxsize\":5,\"unfinished\":3,\"buried\":1,\"reserved\":[{\"item\":1,\"pid\":");
	tool_release(&result);
	result = tool("-s", path, "ls", "-l");
	expect_line(result.out, "5 at most, 1 reserved, 1 buried");
	tool_release(&result);
	tool_says("1\n", "-s", path, "kick", "q");
	tool_says("0\n2\n", "-s", path, "get", "q");
	tool_says("0\n", "-s", path, "kick", "q", "3");
	pks_store_close(store);
}

Test(queue, dump_and_load_lose_nothing_but_who_held_it)
{
	struct pks_store *store = hold();
	const char *path = tool_path("store"), *copy = tool_path("copy");
	struct tool_result dumped, result;

	tool_says("", "-s", path, "put", "-p", "-7", "p", "{\"$ref\": \"q\"}", "null");
	tool_says("", "-s", path, "put", "--type", "lifoqueue", "l", "1", "2");
	dumped = tool("-s", path, "dump");
	expect_line(dumped.out,
	            "\"items\":[{\"value\":0,\"deliveries\":1,\"buried\":true},{\"value\":1,\"deliveries\":1},"
	            "{\"value\":2}],\"maxsize\":5}");
	expect_line(dumped.out,
	            "\"items\":[{\"value\":{\"$ref\":\"q\"},\"priority\":-7},{\"value\":null,\"priority\":-7}]}");
	result = tool_reading(dumped.out, "-s", copy, "load");
	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	result = tool("-s", copy, "dump", "q");
	expect_line(result.out, "\"maxsize\": 5");
	tool_release(&result);
	tool_says("2\n1\n", "-s", copy, "get", "l");
	tool_says("{\"$ref\":\"q\"}\nnull\n", "-s", copy, "take", "-n", "2", "p");
	tool_says("1\n", "-s", copy, "kick", "q");
	tool_says("0\n1\n2\n", "-s", copy, "take", "-n", "3", "q");
	tool_release(&dumped);
	result = tool_reading("{\"path\":\"x\",\"type\":\"queue\",\"items\":[{\"priority\":1}]}", "-s", copy, "load");
	cr_assert(result.exit_code == 2);
	expect_line(result.err, "x: an item of a queue is a map with its \"value\"");
	tool_release(&result);
	pks_store_close(store);
}

/* ---- work ---- */

Test(queue, work_gives_each_item_to_a_command)
{
	struct tool_result result;

	tool_says("", "put", "q", "1", "{\"a\": [true]}", "3");
	tool_says("1\n{\"a\":[true]}\n", "work", "-n", "2", "q", "cat");
	tool_says("3\n", "get", "q");
	tool_says("3\n", "work", "-t", "0", "q", "sh", "-c", "cat; exit 0");
	tool_says("", "work", "-t", "0.01", "q", "cat");
	tool_says("0\n", "len", "q");
	tool_says("", "put", "q", "4", "5");
	result = tool("work", "-t", "0", "q", "sh", "-c", "read n; test $n = 5");
	cr_assert(result.exit_code == 1, "%d", result.exit_code);
	tool_release(&result);
	tool_says("1\n", "kick", "q");
	result = tool("work", "-r", "q", "false");
	cr_assert(result.exit_code == 1, "%d", result.exit_code);
	tool_release(&result);
	tool_says("4\n", "get", "q");
	result = tool("work", "q", "/nowhere/at/all");
	cr_assert(result.exit_code == 127, "%d", result.exit_code);
	tool_release(&result);
	tool_says("4\n", "take", "q");
}

/* The command outlives it until somebody opens the pipe that it reads. */
Test(queue, an_item_returns_when_work_is_killed)
{
	const char *pipe = tool_path("pipe");
	struct tool_child child;
	char command[512];

	cr_assert(mkfifo(pipe, 0600) == 0);
	snprintf(command, sizeof(command), "cat; exec cat '%s' >/dev/null 2>&1", pipe);
	tool_says("", "put", "q", "1");
	child = tool_start(TOOL_ARGUMENTS("work", "q", "sh", "-c", command));
	cr_assert(!strcmp(tool_next_line(&child), "1"));
	tool_refuses(1, "pkstore: q: empty\n", "take", "q");
	cr_assert(tool_finish(&child, SIGKILL) == -SIGKILL);
	tool_says("1\n", "take", "q");
	close(open(pipe, O_WRONLY));
}
