/* SPDX-License-Identifier: MIT */
/* Lock and RLock between threads and processes. */
#include "lib/child.h"
#include "lib/scratch.h"
#include "lib/sync.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Long enough to mean "for ever" to a test, short enough to end one that hangs. */
#define FAR_MS 20000

static char *path;
static struct pks_store *store;
static struct pks_object *lock, *rlock;

/* Also in a child, which has to open the store itself. */
static void open_locks(void)
{
	store = pks_store_open(path, NULL);
	lock = pks_lock_open(store, "l", PKS_OPEN_OR_CREATE);
	rlock = pks_rlock_open(store, "r", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(rlock, "%s", pks_error_message());
}

static void begin(void)
{
	path = scratch_dir("lock");
	open_locks();
}

static void end(void)
{
	pks_store_close(store);
}

TestSuite(lock, .init = begin, .fini = end, .timeout = 120);

/* ---- one thread ---- */

Test(lock, it_is_held_from_acquire_to_release_and_says_by_whom)
{
	struct pks_lock_info info;

	cr_assert_eq(pks_lock_info(lock, &info), 0);
	cr_expect_not(info.held);
	cr_assert_eq(pks_lock_acquire(lock, -1), 0, "%s", pks_error_message());
	cr_assert_eq(pks_lock_info(lock, &info), 0);
	cr_expect(info.held && info.owner.alive && !info.owner_died);
	cr_expect_eq(info.owner.pid, getpid());
	cr_expect_eq(info.owner.tid, gettid());
	cr_expect_eq(info.depth, 1);
	cr_expect_gt(info.owner.since_ns, UINT64_C(1700000000000000000));
	cr_expect_eq(pks_lock_acquire(lock, -1), PKS_ERR_STATE, "a thread would wait for itself");
	cr_assert_eq(pks_lock_release(lock), 0);
	cr_expect_eq(pks_lock_release(lock), PKS_ERR_STATE);
	cr_assert_eq(pks_lock_info(lock, &info), 0);
	cr_expect_not(info.held);
}

Test(lock, an_rlock_is_acquired_again)
{
	struct pks_lock_info info;

	for (int i = 0; i < 3; i++)
		cr_assert_eq(pks_lock_acquire(rlock, 0), 0);
	cr_assert_eq(pks_lock_release(rlock), 0);
	pks_lock_info(rlock, &info);
	cr_expect_eq(info.depth, 2);
	cr_assert_eq(pks_lock_release(rlock), 0);
	cr_assert_eq(pks_lock_release(rlock), 0);
	cr_expect_eq(pks_lock_release(rlock), PKS_ERR_STATE);
}

Test(lock, what_is_acquired_in_a_transaction_that_aborts_is_not_held)
{
	struct pks_lock_info info;

	pks_begin(store);
	cr_assert_eq(pks_lock_acquire(lock, -1), 0, "it need not wait");
	pks_abort(store);
	pks_lock_info(lock, &info);
	cr_expect_not(info.held);
	pks_begin(store);
	cr_assert_eq(pks_lock_acquire(lock, -1), 0);
	pks_commit(store);
	cr_assert_eq(pks_lock_release(lock), 0);
}

Test(lock, other_objects_are_no_locks)
{
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	struct pks_party party;
	size_t count;

	cr_expect_eq(pks_lock_acquire(dict, 0), PKS_ERR_TYPE);
	cr_expect_str_eq(pks_error_message(), "d: is a Dict, not a Lock");
	cr_expect_eq(pks_holders(dict, &party, 1, &count), PKS_ERR_TYPE);
	cr_expect_null(pks_rlock_open(store, "l", PKS_MUST_EXIST));
	cr_expect_eq(pks_lock_acquire(NULL, 0), PKS_ERR_TYPE);
}

/* ---- threads ---- */

static void *try_it(void *r)
{
	*(int *)r = pks_lock_acquire(lock, 0);
	return NULL;
}

static void *release_it(void *r)
{
	*(int *)r = pks_lock_release(lock);
	return NULL;
}

static int in_a_thread(void *(*fn)(void *))
{
	pthread_t thread;
	int r;

	pthread_create(&thread, NULL, fn, &r);
	pthread_join(thread, NULL);
	return r;
}

Test(lock, threads_are_told_apart)
{
	cr_assert_eq(pks_lock_acquire(lock, -1), 0);
	cr_expect_eq(in_a_thread(try_it), PKS_TIMED_OUT);
	cr_expect_eq(in_a_thread(release_it), PKS_ERR_STATE);
	cr_assert_eq(pks_lock_release(lock), 0);
}

/* Its process lives, but nobody can release it any more. */
Test(lock, a_thread_that_ended_with_the_lock_is_dead)
{
	cr_expect_eq(in_a_thread(try_it), 0);
	cr_expect_eq(pks_lock_acquire(lock, 0), PKS_OWNER_DIED);
	cr_assert_eq(pks_lock_release(lock), 0);
}

/* ---- processes ---- */

static struct child_flag held, release;

static int hold(void *unused)
{
	(void)unused;
	open_locks();
	if (pks_lock_acquire(lock, FAR_MS) != 0)
		return 1;
	child_flag_raise(&held);
	if (child_flag_wait(&release) != 0)
		return 2;
	return pks_lock_release(lock) == 0 ? 0 : 3;
}

static pid_t start_holder(void)
{
	pid_t pid;

	held = child_flag();
	release = child_flag();
	pid = child_start(hold, NULL);
	cr_assert_eq(child_flag_wait(&held), 0);
	return pid;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

Test(lock, a_timeout_passes_and_leaves_nothing_behind)
{
	struct pks_object_info info;
	pid_t holder = start_holder();
	int64_t start = now_ms();

	cr_expect_eq(pks_lock_acquire(lock, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_lock_acquire(lock, 200), PKS_TIMED_OUT);
	cr_expect_geq(now_ms() - start, 200);
	cr_assert_eq(pks_object_info(lock, &info), 0);
	cr_expect_eq(info.count, 0);
	cr_expect_eq(info.bytes, 0);
	pks_begin(store);
	cr_expect_eq(pks_lock_acquire(lock, 100), PKS_ERR_USAGE);
	pks_abort(store);
	child_flag_raise(&release);
	cr_expect_eq(pks_lock_acquire(lock, FAR_MS), 0);
	cr_expect_eq(child_wait(holder), 0);
}

static int wait_and_hold(void *r)
{
	open_locks();
	*(atomic_int *)r = pks_lock_acquire(lock, FAR_MS);
	child_flag_raise(&held);
	return pks_lock_release(lock) != 0;
}

static void await_waiters(struct pks_object *object, uint64_t count)
{
	struct pks_object_info info;
	uint64_t version = 0;

	do {
		cr_assert_eq(pks_wait(object, version, FAR_MS, &version), 0, "%s", pks_error_message());
		cr_assert_eq(pks_object_info(object, &info), 0);
	} while (info.count != count);
}

Test(lock, who_waits_is_told_and_woken_by_the_release)
{
	atomic_int *r = child_shared(sizeof(*r));
	struct pks_party parties[2];
	size_t count;
	pid_t waiter;

	held = child_flag();
	cr_assert_eq(pks_lock_acquire(lock, 0), 0);
	waiter = child_start(wait_and_hold, r);
	await_waiters(lock, 1);
	cr_assert_eq(pks_waiters(lock, parties, 2, &count), 0);
	cr_expect_eq(count, 1);
	cr_expect_eq(parties[0].pid, waiter);
	cr_expect(parties[0].alive);
	cr_assert_eq(pks_holders(lock, parties, 2, &count), 0);
	cr_expect_eq(count, 1);
	cr_expect_eq(parties[0].pid, getpid());
	cr_assert_eq(pks_lock_release(lock), 0);
	cr_expect_eq(child_wait(waiter), 0);
	cr_expect_eq(*r, 0);
}

/* In one transaction, so that nobody is quicker: it is not free for a moment, though who is handed it still sleeps. */
Test(lock, who_has_waited_is_handed_it_before_anybody_else_can_acquire_it)
{
	atomic_int *r = child_shared(sizeof(*r));
	struct pks_lock_info info;
	pid_t waiter;

	held = child_flag();
	cr_assert_eq(pks_lock_acquire(lock, 0), 0);
	waiter = child_start(wait_and_hold, r);
	await_waiters(lock, 1);
	sync_await_patience(lock);
	cr_assert_eq(pks_begin(store), 0);
	cr_expect_eq(pks_lock_release(lock), 0);
	cr_expect_eq(pks_lock_acquire(lock, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_lock_info(lock, &info), 0);
	cr_expect_eq(info.owner.pid, waiter);
	cr_expect_eq(info.waiting, 0);
	cr_assert_eq(pks_commit(store), 0);
	cr_expect_eq(child_wait(waiter), 0);
	cr_expect_eq(*r, 0);
}

Test(lock, the_next_is_told_that_the_owner_died)
{
	atomic_int *r = child_shared(sizeof(*r));
	pid_t holder = start_holder(), waiter;
	struct pks_lock_info info;

	held = child_flag();
	waiter = child_start(wait_and_hold, r);
	await_waiters(lock, 1);
	child_kill(holder);
	cr_expect_eq(child_wait(waiter), 0);
	cr_expect_eq(*r, PKS_OWNER_DIED);
	cr_expect_eq(pks_lock_acquire(lock, 0), 0, "only the next is told");
	pks_lock_info(lock, &info);
	cr_expect_not(info.owner_died);
}

Test(lock, a_dead_waiter_and_a_stopped_one_are_passed_over)
{
	atomic_int *r = child_shared(3 * sizeof(*r));
	pid_t waiters[3];

	cr_assert_eq(pks_lock_acquire(lock, 0), 0);
	held = child_flag();
	for (int i = 0; i < 3; i++) {
		waiters[i] = child_start(wait_and_hold, &r[i]);
		await_waiters(lock, (uint64_t)i + 1);
	}
	child_kill(waiters[0]);
	child_stop(waiters[1]);
	cr_assert_eq(pks_lock_release(lock), 0);
	cr_expect_eq(child_wait(waiters[2]), 0);
	cr_expect_eq(r[2], 0);
	child_continue(waiters[1]);
	cr_expect_eq(child_wait(waiters[1]), 0);
	cr_expect_eq(r[1], 0);
}

Test(lock, a_dropped_lock_ends_the_wait)
{
	atomic_int *r = child_shared(sizeof(*r));
	pid_t waiter;

	held = child_flag();
	cr_assert_eq(pks_lock_acquire(lock, 0), 0);
	waiter = child_start(wait_and_hold, r);
	await_waiters(lock, 1);
	cr_assert_eq(pks_object_drop(lock), 0);
	cr_expect_eq(child_wait(waiter), 1);
	cr_expect_eq(*r, PKS_ERR_GONE);
	cr_expect_eq(pks_lock_release(lock), PKS_ERR_GONE);
}

/* ---- no CPU ---- */

static int wait_cheaply(void *unused)
{
	struct rusage before, after;
	int64_t used_us;

	(void)unused;
	open_locks();
	if (pks_lock_acquire(lock, 10) != PKS_TIMED_OUT)
		return 1;
	getrusage(RUSAGE_SELF, &before);
	if (pks_lock_acquire(lock, 1500) != PKS_TIMED_OUT)
		return 2;
	getrusage(RUSAGE_SELF, &after);
	used_us = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) *
	                  1000000 +
	          after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec;
	/* Fifteen looks: a twentieth of the time would be polling, and so would hundreds of switches. */
	return used_us > 75000 || after.ru_nvcsw - before.ru_nvcsw > 150 ? 3 : 0;
}

Test(lock, a_sleeping_waiter_costs_no_cpu_to_speak_of)
{
	cr_assert_eq(pks_lock_acquire(lock, 0), 0);
	cr_expect_eq(child_wait(child_start(wait_cheaply, NULL)), 0);
}

/* ---- many at once ---- */

#define HAMMERS 8

struct arena {
	atomic_int inside, go;
	atomic_llong broken;
	long long counter; /* guarded by the lock alone */
	long long shares[HAMMERS];
};

static struct arena *arena;

/* Until the time is over; the last look at the time is after it had the lock. */
static int hammer(void *number)
{
	long long *share = &arena->shares[*(int *)number];
	int64_t until;

	open_locks();
	atomic_fetch_add(&arena->go, 1);
	while (atomic_load(&arena->go) < HAMMERS)
		sched_yield();
	until = now_ms() + (scratch_long() ? 30000 : 3000);
	while (now_ms() < until) {
		if (pks_lock_acquire(lock, FAR_MS) != 0)
			return 1;
		if (atomic_fetch_add(&arena->inside, 1) != 0)
			atomic_fetch_add(&arena->broken, 1);
		arena->counter++;
		(*share)++;
		atomic_fetch_sub(&arena->inside, 1);
		if (pks_lock_release(lock) != 0)
			return 2;
	}
	return 0;
}

Test(lock, eight_who_hammer_one_lock_get_their_shares)
{
	pid_t pids[HAMMERS];
	int numbers[HAMMERS];
	long long sum = 0;

	arena = child_shared(sizeof(*arena));
	for (int i = 0; i < HAMMERS; i++) {
		numbers[i] = i;
		pids[i] = child_start(hammer, &numbers[i]);
	}
	for (int i = 0; i < HAMMERS; i++)
		cr_expect_eq(child_wait(pids[i]), 0);
	for (int i = 0; i < HAMMERS; i++)
		sum += arena->shares[i];
	cr_expect_eq(arena->counter, sum);
	cr_expect_eq(arena->broken, 0);
	for (int i = 0; i < HAMMERS; i++)
		cr_expect_gt(arena->shares[i], sum / HAMMERS / 5, "process %d had it %lld times of %lld", i,
		             arena->shares[i], sum);
}
