/* SPDX-License-Identifier: MIT */
/* Semaphore and BoundedSemaphore. */
#include "lib/sync.h"

#include <unistd.h>

static char *path;
static struct pks_store *store;
static struct pks_object *places, *signals;

/* Also in a child, which has to open the store itself. */
static void open_semaphores(void)
{
	store = pks_store_open(path, NULL);
	places = pks_boundedsemaphore_open(store, "places", 2, PKS_OPEN_OR_CREATE);
	signals = pks_semaphore_open(store, "signals", 0, PKS_OPEN_OR_CREATE);
	cr_assert(places && signals, "%s", pks_error_message());
}

static void begin(void)
{
	path = scratch_dir("semaphore");
	open_semaphores();
}

static void end(void)
{
	pks_store_close(store);
}

TestSuite(semaphore, .init = begin, .fini = end, .timeout = 120);

static uint64_t value_of(struct pks_object *semaphore)
{
	struct pks_semaphore_info info;

	cr_assert_eq(pks_semaphore_info(semaphore, &info), 0, "%s", pks_error_message());
	return info.value;
}

Test(semaphore, it_has_so_many_permits_and_says_who_holds_them)
{
	struct pks_party parties[3];
	size_t count;

	cr_expect_eq(pks_semaphore_acquire(places, -1), 0);
	cr_expect_eq(pks_semaphore_acquire(places, -1), 0);
	cr_expect_eq(pks_semaphore_acquire(places, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_semaphore_acquire(places, 150), PKS_TIMED_OUT);
	cr_expect_eq(value_of(places), 0);
	cr_assert_eq(pks_holders(places, parties, 3, &count), 0);
	cr_expect_eq(count, 2);
	cr_expect_eq(parties[1].pid, getpid());
	cr_expect_eq(pks_semaphore_release(places, 2), 0);
	cr_expect_eq(value_of(places), 2);
	cr_expect_eq(sync_holders(places), 0);
}

Test(semaphore, a_bounded_one_refuses_what_nobody_acquired)
{
	cr_expect_eq(pks_semaphore_release(places, 1), PKS_ERR_STATE);
	cr_expect_eq(pks_semaphore_acquire(places, 0), 0);
	cr_expect_eq(pks_semaphore_release(places, 2), PKS_ERR_STATE);
	cr_expect_eq(value_of(places), 1, "nothing was released");
	cr_expect_eq(pks_semaphore_release(places, 1), 0);
	cr_expect_null(pks_boundedsemaphore_open(store, "none", 0, PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_USAGE);
	cr_expect_eq(pks_object_exists(store, "none"), PKS_NOT_FOUND);
}

static int hold_one(void *has_it)
{
	open_semaphores();
	if (pks_semaphore_acquire(places, -1) != 0)
		return 1;
	child_flag_raise(has_it);
	for (;;)
		pause();
}

/* Whose ticket is older: it lined up first, but was not there when there was a permit. */
Test(semaphore, who_holds_none_releases_what_has_been_held_for_longest_not_the_oldest_ticket)
{
	struct child_flag late_has = child_flag(), early_has = child_flag();
	struct pks_party parties[2];
	pid_t late, early;
	size_t count;

	cr_assert_eq(pks_semaphore_acquire(places, 0) + pks_semaphore_acquire(places, 0), 0);
	late = child_start(hold_one, &late_has);
	sync_await_waiters(places, 1);
	child_stop(late);
	cr_assert_eq(pks_semaphore_release(places, 1), 0);
	early = child_start(hold_one, &early_has);
	cr_assert_eq(child_flag_wait(&early_has), 0);
	cr_assert_eq(pks_semaphore_release(places, 1), 0);
	child_continue(late);
	cr_assert_eq(child_flag_wait(&late_has), 0);
	cr_assert_eq(pks_semaphore_release(places, 1), 0);
	cr_assert_eq(pks_holders(places, parties, 2, &count), 0);
	cr_expect_eq(count, 1);
	cr_expect_eq(parties[0].pid, late);
	child_kill(late);
	child_kill(early);
}

Test(semaphore, signals_are_used_up_and_held_by_nobody)
{
	cr_expect_eq(pks_semaphore_acquire(signals, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_semaphore_release(signals, UINT64_MAX), 0, "quickly");
	cr_expect_eq(pks_semaphore_release(signals, 1), PKS_ERR_RANGE);
	cr_expect_eq(pks_semaphore_acquire(signals, 0), 0);
	cr_expect_eq(sync_holders(signals), 0);
	cr_expect_eq(value_of(signals), UINT64_MAX - 1);
	cr_expect_eq(pks_semaphore_reset(signals, 0), 0);
	cr_expect_eq(pks_semaphore_acquire(signals, 0), PKS_TIMED_OUT);
}

Test(semaphore, a_transaction_that_aborts_has_acquired_nothing_and_one_cannot_wait)
{
	pks_begin(store);
	cr_expect_eq(pks_semaphore_acquire(places, -1), 0);
	cr_expect_eq(pks_semaphore_acquire(places, -1), 0);
	cr_expect_eq(pks_semaphore_acquire(places, -1), PKS_ERR_USAGE);
	pks_abort(store);
	cr_expect_eq(value_of(places), 2);
}

/* What a child is to acquire; else a signal. */
#define PLACES path

static int acquire_and_die(void *what)
{
	open_semaphores();
	return pks_semaphore_acquire(what ? places : signals, SYNC_FAR_MS);
}

Test(semaphore, permits_of_the_dead_come_back)
{
	for (int i = 0; i < 2; i++)
		cr_expect_eq(child_wait(child_start(acquire_and_die, PLACES)), 0);
	cr_expect_eq(value_of(places), 0);
	cr_expect_eq(pks_semaphore_acquire(places, 0), 0, "when they are wanted");
	cr_expect_eq(value_of(places), 1);
	cr_expect_eq(pks_semaphore_acquire(places, -1), 0);
	cr_expect_eq(sync_holders(places), 2);
}

Test(semaphore, signals_that_the_dead_have_used_do_not_come_back)
{
	cr_expect_eq(pks_semaphore_release(signals, 1), 0);
	cr_expect_eq(child_wait(child_start(acquire_and_die, NULL)), 0);
	cr_expect_eq(pks_semaphore_acquire(signals, 250), PKS_TIMED_OUT);
}

/* One waits for a permit that its holder takes along when it is killed. */
static int acquire_and_sleep(void *flag)
{
	open_semaphores();
	if (pks_semaphore_acquire(places, SYNC_FAR_MS) != 0)
		return 1;
	child_flag_raise(flag);
	for (;;)
		pause();
}

Test(semaphore, a_waiter_gets_the_permit_of_one_who_is_killed)
{
	struct child_flag flag = child_flag();
	pid_t holder = child_start(acquire_and_sleep, &flag), waiter;

	cr_assert_eq(child_flag_wait(&flag), 0);
	cr_assert_eq(pks_semaphore_acquire(places, 0), 0);
	waiter = child_start(acquire_and_die, PLACES);
	sync_await_waiters(places, 1);
	child_kill(holder);
	cr_expect_eq(child_wait(waiter), 0);
}

/* In one transaction, so that nobody is quicker: it cannot be had for a moment. */
Test(semaphore, who_has_waited_is_handed_a_permit_before_anybody_else_can_acquire_it)
{
	struct pks_party parties[2];
	size_t count;
	pid_t waiter;

	cr_assert_eq(pks_semaphore_acquire(places, 0), 0);
	cr_assert_eq(pks_semaphore_acquire(places, 0), 0);
	waiter = child_start(acquire_and_die, PLACES);
	sync_await_waiters(places, 1);
	sync_await_patience(places);
	cr_assert_eq(pks_begin(store), 0);
	cr_expect_eq(pks_semaphore_release(places, 1), 0);
	cr_expect_eq(pks_semaphore_acquire(places, 0), PKS_TIMED_OUT);
	cr_assert_eq(pks_holders(places, parties, 2, &count), 0);
	cr_expect_eq(count, 2);
	cr_expect(parties[0].pid == waiter || parties[1].pid == waiter);
	cr_assert_eq(pks_commit(store), 0);
	cr_expect_eq(child_wait(waiter), 0);
}

Test(semaphore, each_release_wakes_one_who_waits)
{
	enum { WAITERS = 5 };
	pid_t waiters[WAITERS];

	for (int i = 0; i < WAITERS; i++)
		waiters[i] = child_start(acquire_and_die, NULL);
	sync_await_waiters(signals, WAITERS);
	cr_expect_eq(pks_semaphore_release(signals, 2), 0);
	sync_await_waiters(signals, WAITERS - 2);
	cr_expect_eq(pks_semaphore_release(signals, 3), 0);
	for (int i = 0; i < WAITERS; i++)
		cr_expect_eq(child_wait(waiters[i]), 0);
	cr_expect_eq(value_of(signals), 0);
}

/* A release by somebody else keeps the records as few as the permits. */
Test(semaphore, who_holds_nothing_releases_for_who_has_held_longest)
{
	struct child_flag flag = child_flag();
	pid_t holder = child_start(acquire_and_sleep, &flag);

	cr_assert_eq(child_flag_wait(&flag), 0);
	cr_expect_eq(pks_semaphore_release(places, 1), 0);
	cr_expect_eq(sync_holders(places), 0);
	cr_expect_eq(value_of(places), 2);
	child_kill(holder);
}
