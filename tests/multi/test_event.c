/* SPDX-License-Identifier: MIT */
/* Event. */
#include "base/clock.h"
#include "lib/sync.h"

#include <sys/resource.h>

static char *path;
static struct pks_store *store;
static struct pks_object *event;

static void open_event(void)
{
	store = pks_store_open(path, NULL);
	event = pks_event_open(store, "e", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(event, "%s", pks_error_message());
}

static void begin(void)
{
	path = scratch_dir("event");
	open_event();
}

static void end(void)
{
	pks_store_close(store);
}

TestSuite(event, .init = begin, .fini = end, .timeout = 120);

static uint64_t waiting(void)
{
	size_t count;

	cr_assert_eq(pks_waiters(event, NULL, 0, &count), 0);
	return count;
}

Test(event, it_is_set_and_cleared)
{
	bool set = true;
	uint64_t version, now;

	cr_expect_eq(pks_event_is_set(event, &set), 0);
	cr_expect_not(set);
	cr_expect_eq(pks_event_wait(event, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_event_set(event), 0);
	pks_object_version(event, &version);
	cr_expect_eq(pks_event_set(event), 0);
	pks_object_version(event, &now);
	cr_expect_eq(now, version, "nothing has changed");
	cr_expect_eq(pks_event_wait(event, -1), 0);
	pks_begin(store);
	cr_expect_eq(pks_event_wait(event, -1), 0, "it need not wait");
	cr_expect_eq(pks_event_clear(event), 0);
	cr_expect_eq(pks_event_wait(event, 0), PKS_TIMED_OUT, "nor does it now");
	cr_expect_eq(pks_event_wait(event, -1), PKS_ERR_USAGE);
	pks_commit(store);
	pks_event_is_set(event, &set);
	cr_expect_not(set);
}

Test(event, a_timeout_leaves_nothing_behind)
{
	struct rusage before, after;

	getrusage(RUSAGE_THREAD, &before);
	cr_expect_eq(pks_event_wait(event, 1000), PKS_TIMED_OUT);
	getrusage(RUSAGE_THREAD, &after);
	/* Twenty rechecks in a second: hundreds of switches would be polling. */
	cr_expect_lt(after.ru_nvcsw - before.ru_nvcsw, 100);
	cr_expect_eq(waiting(), 0);
}

static int wait_for_it(void *unused)
{
	(void)unused;
	open_event();
	return pks_event_wait(event, SYNC_FAR_MS);
}

/* Set and cleared in one transaction: nobody ever sees it set, and yet all who waited go on. */
Test(event, all_who_wait_are_released_even_if_it_is_cleared_at_once)
{
	enum { WAITERS = 5 };
	pid_t waiters[WAITERS];

	for (int i = 0; i < WAITERS; i++)
		waiters[i] = child_start(wait_for_it, NULL);
	sync_await_waiters(event, WAITERS);
	cr_expect_eq(waiting(), WAITERS);
	pks_begin(store);
	cr_expect_eq(pks_event_set(event), 0);
	cr_expect_eq(pks_event_clear(event), 0);
	pks_commit(store);
	for (int i = 0; i < WAITERS; i++)
		cr_expect_eq(child_wait(waiters[i]), 0);
	cr_expect_eq(waiting(), 0);
	cr_expect_eq(pks_event_wait(event, 0), PKS_TIMED_OUT);
}

Test(event, it_tells_who_waits_and_since_when)
{
	uint64_t before = clock_wall();
	pid_t waiter = child_start(wait_for_it, NULL);
	struct pks_party party = {0};
	size_t count;

	sync_await_waiters(event, 1);
	cr_assert_eq(pks_waiters(event, &party, 1, &count), 0);
	cr_expect_eq(party.pid, waiter);
	cr_expect(party.since_ns >= before && party.since_ns <= clock_wall());
	cr_expect_eq(pks_event_set(event), 0);
	cr_expect_eq(child_wait(waiter), 0);
}

/* One after the other: each newcomer finds the dead one before it. */
Test(event, those_who_die_waiting_leave_one_record_at_most)
{
	for (int i = 0; i < 5; i++) {
		pid_t waiter = child_start(wait_for_it, NULL);

		sync_await_waiters(event, 1);
		child_kill(waiter);
	}
	cr_expect_eq(waiting(), 1);
	cr_expect_eq(pks_event_set(event), 0);
	cr_expect_eq(waiting(), 0);
}

Test(event, dropping_it_ends_the_wait)
{
	pid_t waiter = child_start(wait_for_it, NULL);

	sync_await_waiters(event, 1);
	cr_assert_eq(pks_object_drop(event), 0);
	cr_expect_eq(child_wait(waiter), PKS_ERR_GONE & 0xff);
}
