/* SPDX-License-Identifier: MIT */
/* Locks, Semaphores, Events and so on at the command line: who holds, who waits; lock and event. */
#include "lib/tool.h"

#include <pkstore/pkstore.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(sync, .init = tool_begin, .fini = tool_end);

/* ---- lock ---- */

Test(sync, lock_runs_a_command_and_exits_as_it_does)
{
	tool_says("hello\n", "lock", "l", "--", "echo", "hello");
	tool_refuses(7, "", "lock", "l", "sh", "-c", "exit 7");
	tool_refuses(128 + SIGTERM, "", "lock", "l", "sh", "-c", "kill $$");
	tool_refuses(127, "pkstore: no-such-command: there is no such command\n", "lock", "l", "no-such-command");
	tool_refuses(2, "pkstore: ", "lock", "l");
	tool_says("{\"depth\":0,\"owner_died\":false,\"holders\":[],\"waiters\":[]}\n", "get", "l");
}

Test(sync, a_command_that_is_not_there_leaves_no_lock)
{
	static const char no_such[] = "pkstore: no-such-command: there is no such command\n";
	char path[4200];

	snprintf(path, sizeof(path), "pkstore: %s: there is no such command\n", tool_path("no-program"));
	tool_refuses(127, no_such, "lock", "l", "no-such-command");
	tool_refuses(127, path, "lock", "l", tool_path("no-program"));
	tool_refuses(126, "pkstore: /: ", "lock", "l", "--", "/");
	tool_refuses(127, "pkstore: : there is no such command\n", "lock", "l", "--", "");
	tool_refuses(127, no_such, "condition", "notify", "c", "no-such-command");
	tool_refuses(127, no_such, "pipe", "hold", "p", "1", "no-such-command");
	cr_assert(access(tool_path("store"), F_OK) != 0, "one of them made a store");
}

Test(sync, a_program_in_the_present_folder_is_found_as_a_shell_does)
{
	char *before = strdup(getenv("PATH"));
	char wd[4200];
	FILE *script;

	cr_assert(getcwd(wd, sizeof(wd)));
	script = fopen(tool_path("of-mine"), "w");
	cr_assert(script && fputs("#!/bin/sh\necho here\n", script) >= 0 && fclose(script) == 0);
	tool_refuses(126, "pkstore: ", "lock", "l", tool_path("of-mine"));
	cr_assert_eq(chmod(tool_path("of-mine"), 0700), 0);
	tool_says("here\n", "lock", "l", tool_path("of-mine"));
	cr_assert_eq(chdir(tool_path("")), 0);
	tool_refuses(127, "pkstore: of-mine: ", "lock", "l", "of-mine");
	setenv("PATH", "/nowhere::/bin", 1);
	tool_says("here\n", "lock", "l", "of-mine");
	setenv("PATH", before, 1);
	free(before);
	cr_assert_eq(chdir(wd), 0);
}

Test(sync, what_waits_or_receives_creates_nothing)
{
	char no_store[4200];

	snprintf(no_store, sizeof(no_store), "pkstore: %s: there is no store\n", tool_path("store"));
	tool_refuses(3, no_store, "event", "wait", "e");
	tool_refuses(3, no_store, "condition", "wait", "c");
	tool_refuses(3, no_store, "pipe", "recv", "p", "0");
	cr_assert(access(tool_path("store"), F_OK) != 0, "one of them made a store");
	tool_says("", "event", "set", "there");
	tool_refuses(1, "pkstore: e: there is no such object\n", "event", "wait", "e");
	tool_refuses(1, "pkstore: e: there is no such object\n", "event", "clear", "e");
	tool_refuses(1, "pkstore: c: there is no such object\n", "condition", "wait", "c");
	tool_refuses(1, "pkstore: c: there is no such object\n", "condition", "notify", "c", "true");
	tool_refuses(1, "pkstore: p: there is no such object\n", "pipe", "recv", "p", "0");
	tool_refuses(1, "pkstore: p: there is no such object\n", "pipe", "poll", "p", "0");
	tool_says("there\n", "ls");
	tool_says("", "lock", "l", "true");
	tool_says("", "pipe", "hold", "p", "0", "true");
	tool_says("", "pipe", "send", "q", "0", "1");
	tool_says("l\np\nq\nthere\n", "ls");
}

/* It runs until its input ends. */
static struct tool_child hold_lock(void)
{
	struct tool_child holder = tool_start(TOOL_ARGUMENTS("lock", "l", "--", "cat"));

	fprintf(holder.in, "held\n");
	fflush(holder.in);
	cr_assert(!strcmp(tool_next_line(&holder), "held"));
	return holder;
}

static void expect_in_output(const char *expected, struct tool_result result)
{
	cr_assert(result.exit_code == 0, "%s", result.err);
	cr_expect(strstr(result.out, expected), "it says: %s", result.out);
	tool_release(&result);
}

Test(sync, what_is_held_says_by_whom)
{
	struct tool_child holder = hold_lock();
	char expected[64];

	snprintf(expected, sizeof(expected), "\"holders\":[{\"pid\":%d,\"thread\":%d,\"since\":", holder.pid,
	         holder.pid);
	expect_in_output(expected, tool("get", "l"));
	snprintf(expected, sizeof(expected), "held by %d for ", holder.pid);
	expect_in_output(expected, tool("ls", "-l"));
	snprintf(expected, sizeof(expected), "holder      pid %d, since ", holder.pid);
	expect_in_output(expected, tool("stat", "l"));
	tool_refuses(1, "pkstore: l: held by pid ", "lock", "-t", "0", "l", "--", "true");
	cr_expect(tool_finish(&holder, 0) == 0);
	tool_says("", "lock", "-t", "0", "l", "--", "true");
}

Test(sync, the_next_is_told_when_the_holder_was_killed)
{
	struct tool_child holder = hold_lock();
	struct tool_result result;

	/* Before its command sees the end of its input, and ends, and it gives the lock back. */
	kill(holder.pid, SIGKILL);
	cr_expect(tool_finish(&holder, 0) == -SIGKILL);
	expect_in_output("(dead)", tool("ls", "-l"));
	result = tool("lock", "l", "--", "echo", "mine");
	cr_expect(result.exit_code == 0);
	cr_expect(!strcmp(result.out, "mine\n"));
	cr_expect(tool_begins(result.err, "pkstore: l: its last owner died"), "%s", result.err);
	tool_release(&result);
	tool_says("", "lock", "l", "--", "true");
}

Test(sync, who_waits_is_told)
{
	struct tool_child holder = hold_lock(), waiter = tool_start(TOOL_ARGUMENTS("lock", "l", "--", "echo", "mine"));
	struct tool_result result;
	char expected[64];

	/* It is in the line as soon as the lock says so. */
	do
		result = tool("len", "l");
	while (!strcmp(result.out, "0\n") && (tool_release(&result), true));
	tool_release(&result);
	snprintf(expected, sizeof(expected), ", %d waits", waiter.pid);
	expect_in_output(expected, tool("ls", "-l"));
	snprintf(expected, sizeof(expected), "\"waiters\":[{\"pid\":%d,", waiter.pid);
	expect_in_output(expected, tool("get", "l"));
	kill(waiter.pid, SIGKILL);
	cr_expect(tool_finish(&waiter, 0) == -SIGKILL);
	snprintf(expected, sizeof(expected), ", %d (dead) waits", waiter.pid);
	expect_in_output(expected, tool("ls", "-l"));
	waiter = tool_start(TOOL_ARGUMENTS("lock", "l", "--", "echo", "mine"));
	cr_expect(tool_finish(&holder, 0) == 0);
	cr_expect(!strcmp(tool_next_line(&waiter), "mine"));
	cr_expect(tool_finish(&waiter, 0) == 0);
}

/* ---- several of them ---- */

static struct tool_child wait_in_line(const char *length, const char *const arguments[], const char *path)
{
	struct tool_child child = tool_start(arguments);
	struct tool_result result = tool("len", path);

	while (strcmp(result.out, length) != 0) {
		tool_release(&result);
		result = tool("len", path);
	}
	tool_release(&result);
	return child;
}

Test(sync, many_who_hold_and_wait_are_all_counted)
{
	struct pks_store *store = pks_store_open(NULL, NULL);
	struct pks_object *semaphore = pks_semaphore_open(store, "s", 2, PKS_OPEN_OR_CREATE);
	struct tool_child first, second;
	char expected[64];

	cr_assert(pks_semaphore_acquire(semaphore, 0) == 0 && pks_semaphore_acquire(semaphore, 0) == 0);
	first = wait_in_line("1\n", TOOL_ARGUMENTS("lock", "s", "--", "true"), "s");
	second = wait_in_line("2\n", TOOL_ARGUMENTS("lock", "s", "--", "true"), "s");
	snprintf(expected, sizeof(expected), " and 1 more, %d and 1 more wait  s", first.pid);
	expect_in_output(expected, tool("ls", "-l", "s"));
	cr_assert(pks_semaphore_release(semaphore, 2) == 0);
	cr_expect(tool_finish(&first, 0) == 0 && tool_finish(&second, 0) == 0);
	pks_store_close(store);
}

Test(sync, who_has_come_to_a_barrier_is_told)
{
	struct tool_child waiter;
	char expected[64];

	tool_says("", "create", "barrier", "--parties", "2", "b");
	waiter = wait_in_line("1\n", TOOL_ARGUMENTS("barrier", "wait", "b"), "b");
	snprintf(expected, sizeof(expected), " 1 of 2 there, %d waits", waiter.pid);
	expect_in_output(expected, tool("ls", "-l", "b"));
	tool_says("1\n", "barrier", "wait", "b");
	cr_expect(tool_finish(&waiter, 0) == 0);
}

/* ---- event ---- */

Test(sync, an_event_is_set_waited_for_and_cleared)
{
	tool_says("", "create", "event", "e");
	tool_refuses(1, "", "event", "-t", "0", "wait", "e");
	tool_says("", "event", "set", "e");
	tool_says("", "event", "wait", "e");
	expect_in_output(" set ", tool("ls", "-l"));
	tool_says("", "event", "clear", "e");
	tool_says("{\"set\":false,\"holders\":[],\"waiters\":[]}\n", "get", "e");
	tool_refuses(2, "pkstore: event: ring: not set, clear or wait\n", "event", "ring", "e");
}

/* ---- the others ---- */

static void make_all(void)
{
	struct pks_store *store = pks_store_open(NULL, NULL);
	struct pks_object *semaphore = pks_boundedsemaphore_open(store, "bounded", 3, PKS_OPEN_OR_CREATE);
	struct pks_connection *end = pks_pipe_connect(pks_pipe_open(store, "pipe", true, PKS_OPEN_OR_CREATE), 1);

	cr_assert(pks_semaphore_release(pks_semaphore_open(store, "signals", 0, PKS_OPEN_OR_CREATE), 2) == 0);
	cr_assert(pks_semaphore_acquire(semaphore, 0) == 0);
	cr_assert(pks_barrier_open(store, "barrier", 4, PKS_OPEN_OR_CREATE) != NULL);
	cr_assert(pks_condition_open(store, "condition", NULL, PKS_OPEN_OR_CREATE) != NULL);
	cr_assert(pks_event_set(pks_event_open(store, "event", PKS_OPEN_OR_CREATE)) == 0);
	cr_assert(pks_rlock_open(store, "rlock", PKS_OPEN_OR_CREATE) != NULL);
	cr_assert(pks_connection_sendf(end, "i", 1) == 0);
	cr_assert(pks_connection_close(end) == 0);
	cr_assert(pks_semaphore_release(semaphore, 1) == 0);
	pks_store_close(store);
}

/* A loaded Barrier was reset. */
static void expect_all(int generation)
{
	char barrier[128];

	tool_says("{\"value\":3,\"initial\":3,\"holders\":[],\"waiters\":[]}\n", "get", "bounded");
	tool_says("{\"value\":2,\"initial\":0,\"holders\":[],\"waiters\":[]}\n", "get", "signals");
	snprintf(barrier, sizeof(barrier),
	         "{\"parties\":4,\"waiting\":0,\"generation\":%d,\"broken\":false,\"holders\":[],\"waiters\":[]}\n",
	         generation);
	tool_says(barrier, "get", "barrier");
	tool_says("{\"depth\":0,\"owner_died\":false,\"holders\":[],\"waiters\":[]}\n", "get", "condition");
	tool_says("{\"set\":true,\"holders\":[],\"waiters\":[]}\n", "get", "event");
	tool_says("1\n", "len", "pipe");
}

Test(sync, all_of_them_say_how_they_are)
{
	make_all();
	expect_all(0);
	tool_says("{\"duplex\":true,\"ends\":[{\"open\":false,\"was_open\":false,\"unread\":1},"
	          "{\"open\":false,\"was_open\":true,\"unread\":0}],\"holders\":[],\"waiters\":[]}\n",
	          "get", "pipe");
	expect_in_output("3 of 3 free", tool("ls", "-l", "bounded"));
	expect_in_output("2 signals", tool("ls", "-l", "signals"));
	expect_in_output("0 of 4 there", tool("ls", "-l", "barrier"));
	expect_in_output("0 not opened yet, 1 closed", tool("ls", "-l", "pipe"));
	tool_says("1\n", "len", "pipe");
}

Test(sync, what_is_dumped_is_loaded_as_new)
{
	struct tool_result dump, load;

	make_all();
	dump = tool("dump");
	cr_assert(dump.exit_code == 0, "%s", dump.err);
	setenv("PKSTORE_PATH", tool_path("copy"), 1);
	load = tool_reading(dump.out, "load");
	cr_assert(load.exit_code == 0, "%s", load.err);
	expect_all(1);
	expect_in_output("\"duplex\":true}", tool("dump", "-l", "pipe"));
	expect_in_output("\"items\":[[0,1]]", tool("dump", "-l", "pipe"));
	setenv("PKSTORE_PATH", tool_path("store"), 1);
	tool_release(&dump);
	tool_release(&load);
}
