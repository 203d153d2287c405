/* SPDX-License-Identifier: MIT */
/*
 * Those who hold, wait and release are killed at any instruction. The invariants, for each kind:
 *
 * Lock, RLock: what the lock guards, in plain shared memory, is touched by one at a time. Whoever gets the lock with 0
 * finds it whole, whoever gets it with PKS_OWNER_DIED may find it half done and repairs it; never the other way round.
 *
 * Semaphore: no more than its permits are inside, of those who live; all permits come back in the end.
 *
 * Barrier: see there.
 */
#include "sync_storm.h"

TestSuite(sync, .init = begin, .fini = end, .timeout = 7200);

/* ---- Lock, RLock ---- */

struct guarded {
	long long a, b; /* equal, unless their guardian died */
	atomic_int inside;
	atomic_llong broken, inherited;
};

static struct guarded *guarded;
static const char *lock_path;

static struct pks_object *open_lock(void)
{
	return lock_path[0] == 'r' ? pks_rlock_open(store, lock_path, PKS_OPEN_OR_CREATE)
	                           : pks_lock_open(store, lock_path, PKS_OPEN_OR_CREATE);
}

static void touch_guarded(int r)
{
	if (r == PKS_OWNER_DIED) {
		atomic_fetch_add(&guarded->inherited, 1);
		atomic_store(&guarded->inside, 0);
		guarded->b = guarded->a;
	}
	if (atomic_exchange(&guarded->inside, 1) != 0 || guarded->a != guarded->b)
		atomic_fetch_add(&guarded->broken, 1);
	guarded->a++;
	for (int i = rand() % 2000; i > 0; i--)
		atomic_thread_fence(memory_order_seq_cst);
	guarded->b++;
	atomic_store(&guarded->inside, 0);
}

static int work_with_lock(void *slot)
{
	struct pks_object *lock;
	int r;

	(void)slot;
	open_store();
	srand((unsigned)getpid());
	lock = open_lock();
	for (;;) {
		r = pks_lock_acquire(lock, rand() % 4 ? -1 : rand() % 3);
		if (r == PKS_TIMED_OUT)
			continue;
		if (r == 0 || r == PKS_OWNER_DIED)
			touch_guarded(r);
		else
			return failed("acquire");
		if (pks_lock_release(lock) != 0)
			return failed("release");
	}
}

static void storm_a_lock(const char *name)
{
	struct pks_object *lock;
	int r;

	lock_path = name;
	lock = open_lock();
	guarded = child_shared(sizeof(*guarded));
	storm(lock, work_with_lock, 2 * WORKERS);
	cr_expect_eq(guarded->broken, 0);
	cr_expect_gt(guarded->inherited, 0, "nobody was killed with the lock");
	/* The dead are all passed over, and leave nothing behind. */
	r = pks_lock_acquire(lock, FAR_MS);
	cr_assert(r == 0 || r == PKS_OWNER_DIED, "%s", pks_error_message());
	touch_guarded(r);
	cr_assert_eq(pks_lock_release(lock), 0);
	expect_count_right(lock);
	cr_expect_eq(guarded->broken, 0);
}

Test(sync, a_lock_whose_owners_and_waiters_are_killed)
{
	storm_a_lock("lock");
}

Test(sync, an_rlock_whose_owners_and_waiters_are_killed)
{
	storm_a_lock("rlock");
}

/* ---- Semaphore ---- */

#define PERMITS 2

static atomic_int *crowded;

static struct pks_object *open_semaphore(void)
{
	return pks_boundedsemaphore_open(store, "semaphore", PERMITS, PKS_OPEN_OR_CREATE);
}

/* One that is doomed stays so: it is not counted from then on. */
static bool change_slot(atomic_int *slot, int from, int to)
{
	return atomic_compare_exchange_strong(slot, &from, to);
}

static int work_with_semaphore(void *slot)
{
	struct pks_object *semaphore;
	int inside, r;

	open_store();
	srand((unsigned)getpid());
	semaphore = open_semaphore();
	for (;;) {
		r = pks_semaphore_acquire(semaphore, rand() % 4 ? -1 : rand() % 3);
		if (r == PKS_TIMED_OUT)
			continue;
		if (r != 0)
			return failed("acquire");
		change_slot(slot, OUTSIDE, INSIDE);
		inside = 0;
		for (int i = 0; i < WORKERS; i++)
			inside += atomic_load(&slots[i]) == INSIDE;
		if (inside > PERMITS)
			atomic_fetch_add(crowded, 1);
		change_slot(slot, INSIDE, OUTSIDE);
		if (pks_semaphore_release(semaphore, 1) != 0)
			return failed("release");
	}
}

Test(sync, a_semaphore_whose_holders_and_waiters_are_killed)
{
	struct pks_object *semaphore = open_semaphore();
	size_t holders;

	crowded = child_shared(sizeof(*crowded));
	storm(semaphore, work_with_semaphore, 2 * WORKERS);
	cr_expect_eq(*crowded, 0);
	for (int i = 0; i < PERMITS; i++)
		cr_expect_eq(pks_semaphore_acquire(semaphore, FAR_MS), 0, "%s", pks_error_message());
	cr_expect_eq(pks_semaphore_acquire(semaphore, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_holders(semaphore, NULL, 0, &holders), 0);
	cr_expect_eq(holders, PERMITS);
	expect_count_right(semaphore);
}

/* ---- Barrier: one who dies waiting breaks it for the others, who make it new and meet again ---- */

static int work_with_barrier(void *slot)
{
	struct pks_object *barrier;
	int r;

	(void)slot;
	open_store();
	barrier = pks_barrier_open(store, "barrier", WORKERS / 2, PKS_OPEN_OR_CREATE);
	for (;;) {
		r = pks_barrier_wait(barrier, FAR_MS, NULL);
		if (r == PKS_BROKEN)
			r = pks_barrier_reset(barrier);
		if (r != 0)
			return failed("barrier");
	}
}

Test(sync, a_barrier_whose_parties_are_killed)
{
	struct pks_object *barrier = pks_barrier_open(store, "barrier", WORKERS / 2, PKS_OPEN_OR_CREATE);
	struct pks_barrier_info info;

	storm(barrier, work_with_barrier, 2 * WORKERS);
	expect_count_right(barrier);
	cr_expect_eq(pks_barrier_set_parties(barrier, 1), 0);
	cr_expect_eq(pks_barrier_wait(barrier, 0, NULL), 0);
	cr_expect_eq(pks_barrier_info(barrier, &info), 0);
	cr_expect_gt(info.generation, 0);
	/* Who passed has cleared away what the dead have left. */
	expect_count_right(barrier);
}
