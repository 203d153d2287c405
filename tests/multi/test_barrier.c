/* SPDX-License-Identifier: MIT */
/* Barrier. */
#include "lib/sync.h"

#define PARTIES 4

static char *path;
static struct pks_store *store;
static struct pks_object *barrier;

static void open_barrier(void)
{
	store = pks_store_open(path, NULL);
	barrier = pks_barrier_open(store, "b", PARTIES, PKS_OPEN_OR_CREATE);
	cr_assert_not_null(barrier, "%s", pks_error_message());
}

static void begin(void)
{
	path = scratch_dir("barrier");
	open_barrier();
}

static void end(void)
{
	pks_store_close(store);
}

TestSuite(barrier, .init = begin, .fini = end, .timeout = 120);

static struct pks_barrier_info info(void)
{
	struct pks_barrier_info found;

	cr_assert_eq(pks_barrier_info(barrier, &found), 0, "%s", pks_error_message());
	return found;
}

/* ---- meeting ---- */

#define MEETINGS 200

struct meeting {
	atomic_int arrived, indexes[MEETINGS];
	atomic_int wrong;
};

/* Nobody leaves a meeting before all have come; each has another index. */
static int meet(void *arg)
{
	struct meeting *meeting = arg;
	uint64_t index = 99;

	open_barrier();
	for (int i = 0; i < MEETINGS; i++) {
		atomic_fetch_add(&meeting->arrived, 1);
		if (pks_barrier_wait(barrier, SYNC_FAR_MS, &index) != 0)
			return 1;
		if (atomic_load(&meeting->arrived) < (i + 1) * PARTIES || index >= PARTIES)
			atomic_fetch_add(&meeting->wrong, 1);
		atomic_fetch_or(&meeting->indexes[i], 1 << index);
	}
	return 0;
}

Test(barrier, all_leave_together_again_and_again)
{
	struct meeting *meeting = child_shared(sizeof(*meeting));
	pid_t pids[PARTIES];

	for (int i = 0; i < PARTIES; i++)
		pids[i] = child_start(meet, meeting);
	for (int i = 0; i < PARTIES; i++)
		cr_expect_eq(child_wait(pids[i]), 0);
	cr_expect_eq(meeting->wrong, 0);
	for (int i = 0; i < MEETINGS; i++)
		cr_expect_eq(meeting->indexes[i], (1 << PARTIES) - 1);
	cr_expect_eq(info().generation, MEETINGS);
	cr_expect_eq(info().waiting, 0);
}

Test(barrier, one_for_nobody_is_refused_and_one_for_one_never_waits)
{
	struct pks_object *alone = pks_barrier_open(store, "alone", 1, PKS_MUST_CREATE);
	uint64_t index = 99;

	cr_expect_eq(pks_barrier_wait(alone, 0, &index), 0);
	cr_expect_eq(index, 0);
	cr_expect_null(pks_barrier_open(store, "none", 0, PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_USAGE);
	cr_expect_eq(pks_barrier_set_parties(barrier, 0), PKS_ERR_USAGE);
	pks_begin(store);
	cr_expect_eq(pks_barrier_wait(alone, -1, NULL), 0);
	cr_expect_eq(pks_barrier_wait(barrier, -1, NULL), PKS_ERR_USAGE);
	pks_commit(store);
}

/* ---- breaking ---- */

static int wait_for_them(void *unused)
{
	(void)unused;
	open_barrier();
	return pks_barrier_wait(barrier, SYNC_FAR_MS, NULL);
}

static void start_waiters(pid_t *pids, int count)
{
	for (int i = 0; i < count; i++)
		pids[i] = child_start(wait_for_them, NULL);
	sync_await_waiters(barrier, (uint64_t)count);
	cr_assert_eq(info().waiting, (uint64_t)count);
}

static void expect_broken(const pid_t *pids, int count)
{
	for (int i = 0; i < count; i++)
		cr_expect_eq(child_wait(pids[i]), PKS_BROKEN);
	cr_expect_eq(info().waiting, 0);
}

Test(barrier, a_timeout_breaks_it_for_all)
{
	pid_t pids[2];

	start_waiters(pids, 2);
	cr_expect_eq(pks_barrier_wait(barrier, 100, NULL), PKS_TIMED_OUT);
	expect_broken(pids, 2);
	cr_expect(info().broken);
	cr_expect_eq(pks_barrier_wait(barrier, -1, NULL), PKS_BROKEN);
	cr_expect_eq(pks_barrier_reset(barrier), 0);
	cr_expect_not(info().broken);
	cr_expect_eq(pks_barrier_wait(barrier, 0, NULL), PKS_TIMED_OUT);
	cr_expect(info().broken);
}

Test(barrier, an_abort_and_a_reset_end_the_wait)
{
	pid_t pids[2];

	start_waiters(pids, 2);
	cr_expect_eq(pks_barrier_abort(barrier), 0);
	expect_broken(pids, 2);
	cr_expect(info().broken);
	cr_expect_eq(pks_barrier_reset(barrier), 0);
	start_waiters(pids, 2);
	cr_expect_eq(pks_barrier_reset(barrier), 0);
	expect_broken(pids, 2);
	cr_expect_not(info().broken);
}

Test(barrier, one_that_is_killed_while_it_waits_breaks_it)
{
	pid_t pids[3];

	start_waiters(pids, 3);
	child_kill(pids[1]);
	cr_expect_eq(child_wait(pids[0]), PKS_BROKEN);
	cr_expect_eq(child_wait(pids[2]), PKS_BROKEN);
	cr_expect(info().broken);
}

Test(barrier, the_last_does_not_pass_with_the_dead)
{
	pid_t waiter;

	cr_expect_eq(pks_barrier_set_parties(barrier, 2), 0);
	start_waiters(&waiter, 1);
	child_kill(waiter);
	cr_expect_eq(pks_barrier_wait(barrier, -1, NULL), PKS_BROKEN);
	/* What the dead one left is no party of the next meeting. */
	cr_expect_eq(pks_barrier_reset(barrier), 0);
	waiter = child_start(wait_for_them, NULL);
	cr_expect_eq(pks_barrier_wait(barrier, SYNC_FAR_MS, NULL), 0);
	cr_expect_eq(child_wait(waiter), 0);
	cr_expect_eq(sync_holders(barrier), 0);
}
