/* SPDX-License-Identifier: MIT */
/* Permits, signals, notifications and barriers in a shell: lock, semaphore, condition, barrier. */
#include "lib/tool.h"

#include <stdlib.h>
#include <unistd.h>

TestSuite(sync_wait, .init = tool_begin, .fini = tool_end);

/* Until what `get` tells of the object has the text in it: another program is where the test wants it. */
static void await(const char *path, const char *text)
{
	bool there = false;

	while (!there) {
		struct tool_result result = tool("get", path);

		cr_assert(result.exit_code == 0, "%s", result.err);
		there = strstr(result.out, text) != NULL;
		tool_release(&result);
	}
}

static void expect_line(struct tool_child *child, const char *line)
{
	const char *got = tool_next_line(child);

	cr_assert(got && !strcmp(got, line), "%s", got ? got : "nothing");
}

/* ---- permits ---- */

/* It has its permit until its input ends. */
static struct tool_child hold(const char *path)
{
	struct tool_child holder = tool_start(TOOL_ARGUMENTS("lock", path, "--", "cat"));

	fprintf(holder.in, "held\n");
	fflush(holder.in);
	expect_line(&holder, "held");
	return holder;
}

Test(sync_wait, lock_holds_a_permit_while_its_command_runs)
{
	struct tool_child first, second;

	tool_says("", "create", "boundedsemaphore", "--permits", "2", "s");
	first = hold("s");
	second = hold("s");
	tool_refuses(1, "pkstore: s: has no permit now", "lock", "-t", "0", "s", "--", "true");
	cr_expect(tool_finish(&first, 0) == 0);
	tool_says("", "lock", "-t", "0", "s", "--", "true");
	/* That of a dead one comes back by itself. */
	first = hold("s");
	kill(first.pid, SIGKILL);
	cr_expect(tool_finish(&first, 0) == -SIGKILL);
	tool_says("", "lock", "s", "--", "true");
	cr_expect(tool_finish(&second, 0) == 0);
	tool_says("{\"value\":2,\"initial\":2,\"holders\":[],\"waiters\":[]}\n", "get", "s");
	tool_refuses(2, "pkstore: s: has permits, not signals", "semaphore", "acquire", "s");
	tool_refuses(1, "pkstore: s: ", "semaphore", "release", "s");
	tool_refuses(7, "", "lock", "s", "--", "sh", "-c", "exit 7");
}

Test(sync_wait, a_semaphore_without_permits_is_for_signals)
{
	struct tool_child waiter;

	tool_says("", "create", "semaphore", "-p", "0", "s");
	tool_refuses(1, "", "semaphore", "-t", "0", "acquire", "s");
	tool_says("", "semaphore", "release", "s", "2");
	tool_says("", "semaphore", "acquire", "s");
	tool_says("", "semaphore", "acquire", "s");
	tool_refuses(1, "", "semaphore", "acquire", "-t", "0.01", "s");
	waiter = tool_start(TOOL_ARGUMENTS("semaphore", "acquire", "s"));
	await("s", "\"waiters\":[{");
	tool_says("", "semaphore", "release", "s");
	cr_expect(tool_finish(&waiter, 0) == 0);
	tool_refuses(2, "pkstore: s: has signals, not permits", "lock", "s", "true");
}

Test(sync_wait, a_condition_is_a_lock_and_an_rlock_is_one)
{
	struct tool_child holder;

	tool_says("", "create", "rlock", "r");
	tool_says("", "create", "condition", "c", "--lock", "r");
	holder = hold("c");
	tool_refuses(1, "pkstore: r: held by pid ", "lock", "-t", "0", "r", "--", "true");
	tool_refuses(1, "pkstore: ", "lock", "-t", "0", "c", "--", "true");
	tool_refuses(1, "pkstore: c: timed out\n", "condition", "-t", "0", "notify", "c");
	cr_expect(tool_finish(&holder, 0) == 0);
	tool_says("", "lock", "-t", "0", "r", "true");
}

/* ---- conditions ---- */

Test(sync_wait, a_wait_ends_with_a_notification)
{
	struct tool_child one, other;

	tool_says("", "create", "condition", "c");
	tool_refuses(1, "pkstore: c: timed out\n", "condition", "-t", "0.01", "wait", "c");
	one = tool_start(TOOL_ARGUMENTS("condition", "wait", "c"));
	await("c", "\"waiters\":[{");
	other = tool_start(TOOL_ARGUMENTS("condition", "wait", "c"));
	await("c", "},{");
	tool_says("", "condition", "notify", "c");
	cr_expect(tool_finish(&one, 0) == 0, "who has waited longest");
	tool_says("", "condition", "--all", "notify", "c");
	cr_expect(tool_finish(&other, 0) == 0);
	tool_says("", "condition", "-n", "3", "notify", "c");
}

Test(sync_wait, a_wait_for_a_command_ends_when_that_says_so)
{
	char check[128], change[128];
	struct tool_child waiter;

	tool_says("", "create", "condition", "c");
	snprintf(check, sizeof(check), "test -e '%s' && echo taken", tool_path("part"));
	snprintf(change, sizeof(change), ": >'%s'", tool_path("part"));
	waiter = tool_start(TOOL_ARGUMENTS("condition", "wait", "c", "--", "sh", "-c", check));
	await("c", "\"waiters\":[{");
	tool_says("", "condition", "notify", "c"); /* there is nothing yet, so it waits on */
	await("c", "\"waiters\":[{");
	tool_refuses(5, "", "condition", "notify", "c", "--", "sh", "-c", "exit 5");
	tool_says("", "condition", "notify", "c", "--", "sh", "-c", change);
	expect_line(&waiter, "taken");
	cr_expect(tool_finish(&waiter, 0) == 0);
	tool_says("taken\n", "condition", "wait", "c", "sh", "-c", check);
}

Test(sync_wait, a_command_that_cannot_be_run_ends_the_wait)
{
	tool_says("", "create", "condition", "c");
	tool_refuses(127, "pkstore: no-such-command: ", "condition", "wait", "c", "--", "no-such-command");
	tool_refuses(126, "pkstore: /: ", "condition", "wait", "c", "--", "/");
	tool_refuses(128 + SIGTERM, "", "condition", "wait", "c", "--", "sh", "-c", "kill $$");
	tool_refuses(1, "pkstore: c: timed out\n", "condition", "-t", "0.01", "wait", "c", "--", "false");
	tool_says("", "lock", "-t", "0", "c", "true");
}

/* ---- barriers ---- */

Test(sync_wait, all_who_come_to_a_barrier_go_on_together)
{
	struct tool_child first;

	tool_says("", "create", "barrier", "--parties", "2", "b");
	first = tool_start(TOOL_ARGUMENTS("barrier", "wait", "b"));
	await("b", "\"waiting\":1");
	tool_says("1\n", "barrier", "wait", "b");
	expect_line(&first, "0");
	cr_expect(tool_finish(&first, 0) == 0);
}

Test(sync_wait, a_broken_barrier_is_told_and_reset)
{
	struct tool_child first;

	tool_says("", "create", "barrier", "--parties", "2", "b");
	tool_refuses(1, "pkstore: b: timed out, and is broken now\n", "barrier", "wait", "-t", "0.01", "b");
	tool_refuses(1, "pkstore: b: is broken\n", "barrier", "wait", "b");
	tool_says("", "barrier", "reset", "b");
	first = tool_start(TOOL_ARGUMENTS("barrier", "wait", "b"));
	await("b", "\"waiting\":1");
	tool_says("", "barrier", "abort", "b");
	cr_expect(tool_finish(&first, 0) == 1);
}

/* ---- misuse ---- */

Test(sync_wait, what_cannot_be_is_misuse)
{
	tool_refuses(2, "pkstore: semaphore: give: not acquire or release\n", "semaphore", "give", "s");
	tool_refuses(2, "pkstore: semaphore: too many arguments: 2\n", "semaphore", "acquire", "s", "2");
	tool_refuses(2, "pkstore: 0: not a number of permits\n", "semaphore", "release", "s", "0");
	tool_refuses(2, "pkstore: condition: sleep: not wait or notify\n", "condition", "sleep", "c");
	tool_refuses(2, "pkstore: condition: --count and --all are for notify\n", "condition", "-a", "wait", "c");
	tool_refuses(2, "pkstore: barrier: pass: not wait, abort or reset\n", "barrier", "pass", "b");
	cr_assert(access(tool_path("store"), F_OK) != 0, "misuse made a store");
	tool_says("", "create", "dict", "d");
	tool_refuses(2, "pkstore: d: is a Dict, not a Semaphore\n", "semaphore", "release", "d");
	tool_refuses(2, "pkstore: d: is a Dict, not a Condition\n", "condition", "wait", "d");
	tool_refuses(2, "pkstore: d: is a Dict, not a Barrier\n", "barrier", "wait", "d");
	tool_refuses(2, "pkstore: d: is a Dict, not a Lock\n", "lock", "d", "true");
	tool_refuses(1, "pkstore: s: there is no such object\n", "semaphore", "release", "s");
	tool_refuses(1, "pkstore: b: there is no such object\n", "barrier", "wait", "b");
}
