/* SPDX-License-Identifier: MIT */
/*
 * Those who hold, wait, release and wake are killed at any instruction. The invariants, for each kind:
 *
 * Lock, RLock: what the lock guards, in plain shared memory, is touched by one at a time. Whoever gets the lock with 0
 * finds it whole, whoever gets it with PKS_OWNER_DIED may find it half done and repairs it; never the other way round.
 *
 * Semaphore: no more than its permits are inside, of those who live; all permits come back in the end.
 *
 * Condition: as long as one consumer lives, each token that was made and notified once is taken: whoever was notified and
 * died has passed it on.
 *
 * Event, Barrier, Pipe: see there. After each death the others go on: the object's version moves again and again.
 */
#include "lib/child.h"
#include "lib/scratch.h"
#include "lib/sync.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 4

/* Only a hang is as long. The others are to go on within a second; a busy machine may take its time. */
#define FAR_MS 20000

static char *path;
static struct pks_store *store;

static void open_store(void)
{
	store = pks_store_open(path, NULL);
	if (!store) {
		fprintf(stderr, "%s\n", pks_error_message());
		_exit(99);
	}
}

static void begin(void)
{
	path = scratch_dir("sync");
	open_store();
}

static void end(void)
{
	pks_store_close(store);
}

TestSuite(sync, .init = begin, .fini = end, .timeout = 7200);

/* Not to wait for something, but to kill at just any moment. */
static void some_time(long up_to_ns)
{
	struct timespec time = {0, rand() % up_to_ns};

	nanosleep(&time, NULL);
}

/* The object's version moves `times` times: somebody goes on. */
static void expect_they_go_on(struct pks_object *object, int times)
{
	uint64_t version;

	cr_assert_eq(pks_object_version(object, &version), 0);
	for (int i = 0; i < times; i++)
		cr_assert_eq(pks_wait(object, version, FAR_MS, &version), 0, "%s: they are stuck", pks_error_message());
}

/* What each worker says of itself, in memory that outlives it. */
enum { OUTSIDE, INSIDE, DOOMED };
static atomic_int *slots;

/*
 * Kills one after the other of those who work at it, and replaces them; work() gets its slot. `moves`: how often the
 * object changes in between at least. A worker is marked before it is killed: from then on it may be dead or not.
 */
static void storm(struct pks_object *object, int (*work)(void *slot), int moves)
{
	int rounds = scratch_long() ? 5000 : 100;
	pid_t pids[WORKERS];

	slots = child_shared(WORKERS * sizeof(*slots));
	for (int i = 0; i < WORKERS; i++)
		pids[i] = child_start(work, &slots[i]);
	for (int round = 0; round < rounds; round++) {
		int victim = rand() % WORKERS;

		expect_they_go_on(object, moves);
		some_time(2000000);
		atomic_store(&slots[victim], DOOMED);
		kill(pids[victim], SIGKILL);
		cr_assert_eq(child_wait(pids[victim]), -SIGKILL, "a worker failed");
		atomic_store(&slots[victim], OUTSIDE);
		pids[victim] = child_start(work, &slots[victim]);
	}
	for (int i = 0; i < WORKERS; i++)
		child_kill(pids[i]);
}

static int failed(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, pks_error_message());
	return 1;
}

/* The count in the header is that of the records. */
static void expect_count_right(struct pks_object *object)
{
	struct pks_object_info info;
	size_t count;

	cr_assert_eq(pks_snapshot_begin(store), 0);
	cr_assert_eq(pks_object_info(object, &info), 0);
	cr_assert_eq(pks_waiters(object, NULL, 0, &count), 0, "%s", pks_error_message());
	pks_snapshot_end(store);
	cr_expect_eq(info.count, count);
}

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

/* ---- Condition ---- */

static atomic_int *tokens;
static bool own_lock;

static struct pks_object *open_condition(void)
{
	struct pks_object *lock = own_lock ? NULL : pks_lock_open(store, "its-lock", PKS_OPEN_OR_CREATE);

	return pks_condition_open(store, own_lock ? "own" : "shared", lock, PKS_OPEN_OR_CREATE);
}

static int has_token(void *unused)
{
	(void)unused;
	return atomic_load(tokens) > 0;
}

static int consume(void *slot)
{
	struct pks_object *condition;
	int r;

	(void)slot;
	open_store();
	condition = open_condition();
	for (;;) {
		r = pks_condition_acquire(condition, -1);
		if (r != 0 && r != PKS_OWNER_DIED)
			return failed("acquire");
		while ((r = pks_condition_wait_for(condition, has_token, NULL, -1)) == PKS_OWNER_DIED)
			;
		if (r != 0)
			return failed("wait");
		atomic_fetch_sub(tokens, 1);
		if (pks_condition_release(condition) != 0)
			return failed("release");
	}
}

static void make_token(struct pks_object *condition)
{
	int r = pks_condition_acquire(condition, FAR_MS);

	cr_assert(r == 0 || r == PKS_OWNER_DIED, "%s", pks_error_message());
	atomic_fetch_add(tokens, 1);
	cr_assert_eq(pks_condition_notify(condition, 1), 0);
	cr_assert_eq(pks_condition_release(condition), 0);
}

/* Takes the lock, so that who is at it has done with it. */
static bool all_taken(struct pks_object *condition)
{
	int r = pks_condition_acquire(condition, FAR_MS);
	bool taken = atomic_load(tokens) == 0;

	cr_assert(r == 0 || r == PKS_OWNER_DIED, "%s", pks_error_message());
	/* Told of a death, one owes the others a notification. */
	if (r == PKS_OWNER_DIED)
		cr_assert_eq(pks_condition_notify(condition, UINT64_MAX), 0);
	cr_assert_eq(pks_condition_release(condition), 0);
	return taken;
}

static void expect_taken(struct pks_object *condition)
{
	struct timespec now;
	time_t start;

	clock_gettime(CLOCK_MONOTONIC, &now);
	start = now.tv_sec;
	while (!all_taken(condition)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		cr_assert_lt(now.tv_sec - start, FAR_MS / 1000, "a token is left, and nobody takes it");
	}
}

static void storm_a_condition(bool own)
{
	int rounds = scratch_long() ? 5000 : 100;
	struct pks_object *condition;
	pid_t pids[WORKERS];

	own_lock = own;
	condition = open_condition();
	tokens = child_shared(sizeof(*tokens));
	for (int i = 0; i < WORKERS; i++)
		pids[i] = child_start(consume, NULL);
	for (int round = 0; round < rounds; round++) {
		int victim = rand() % WORKERS;

		make_token(condition);
		some_time(400000);
		child_kill(pids[victim]);
		pids[victim] = child_start(consume, NULL);
		expect_taken(condition);
	}
	for (int i = 0; i < WORKERS; i++)
		child_kill(pids[i]);
	expect_count_right(condition);
}

Test(sync, a_condition_with_its_own_lock_whose_waiters_are_killed)
{
	storm_a_condition(true);
}

Test(sync, a_condition_with_another_lock_whose_waiters_are_killed)
{
	storm_a_condition(false);
}

static int wait_once(void *slot)
{
	struct pks_object *condition;
	int r;

	(void)slot;
	open_store();
	condition = open_condition();
	r = pks_condition_acquire(condition, -1);
	if (r == 0)
		r = pks_condition_wait(condition, -1);
	return r == 0 ? 0 : failed("wait");
}

/*
 * One who was notified is stopped, so that the lock is free and not its own, and then killed. Nobody touches the
 * Condition any more: who waits for a notification finds by itself that there is one.
 */
static void expect_notification_passed_on(bool own)
{
	struct pks_object *condition;
	pid_t pids[2];

	own_lock = own;
	condition = open_condition();
	for (uint64_t i = 0; i < 2; i++) {
		pids[i] = child_start(wait_once, NULL);
		sync_await_waiters(condition, i + 1);
	}
	child_stop(pids[0]);
	cr_assert_eq(pks_condition_acquire(condition, FAR_MS), 0);
	cr_assert_eq(pks_condition_notify(condition, 1), 0);
	cr_assert_eq(pks_condition_release(condition), 0);
	child_kill(pids[0]);
	cr_expect_eq(child_wait(pids[1]), 0);
	expect_count_right(condition);
}

Test(sync, a_notification_of_the_dead_is_passed_on_though_nobody_touches_a_condition_with_its_own_lock)
{
	expect_notification_passed_on(true);
}

Test(sync, a_notification_of_the_dead_is_passed_on_though_nobody_touches_a_condition_with_another_lock)
{
	expect_notification_passed_on(false);
}

/* ---- Event: who waits is released by the next who sets it ---- */

static int work_with_event(void *slot)
{
	struct pks_object *event;
	int r;

	open_store();
	srand((unsigned)getpid());
	event = pks_event_open(store, "event", PKS_OPEN_OR_CREATE);
	/* The first of them only waits: it would wait for ever for one who is killed. */
	for (;;) {
		r = slot == &slots[0] ? pks_event_wait(event, -1)
		    : rand() % 3 == 0 ? pks_event_wait(event, rand() % 3)
		    : rand() % 2      ? pks_event_set(event)
		                      : pks_event_clear(event);
		if (r != 0 && r != PKS_TIMED_OUT)
			return failed("event");
	}
}

Test(sync, an_event_whose_setters_and_waiters_are_killed)
{
	struct pks_object *event = pks_event_open(store, "event", PKS_OPEN_OR_CREATE);
	size_t waiters;

	storm(event, work_with_event, 2 * WORKERS);
	expect_count_right(event);
	cr_expect_eq(pks_event_clear(event), 0);
	cr_expect_eq(pks_event_set(event), 0);
	cr_expect_eq(pks_waiters(event, NULL, 0, &waiters), 0);
	cr_expect_eq(waiters, 0);
	expect_count_right(event);
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

/* ---- Pipe: each number once and in order, counted by both sides in the transaction of its message ---- */

static int send_numbers(struct pks_connection *connection, struct pks_object *counts)
{
	int64_t number;
	int r = pks_begin(store);

	if (r == 0)
		r = pks_dict_add(counts, "sent", 1, &number);
	if (r == 0)
		r = pks_connection_sendf(connection, "I", number);
	if (r == 0)
		return pks_commit(store);
	pks_abort(store);
	return r;
}

static int receive_numbers(struct pks_connection *connection, struct pks_object *counts)
{
	int64_t number, expected;
	int r = pks_begin(store);

	if (r == 0)
		r = pks_connection_recvf(connection, 0, "I", &number);
	if (r == 0)
		r = pks_dict_add(counts, "received", 1, &expected);
	if (r == 0 && number == expected)
		return pks_commit(store);
	pks_abort(store);
	return r == 0 ? PKS_MISMATCH : r;
}

/* The ends are on different sides; each side is two workers. */
static int work_with_pipe(void *slot)
{
	bool sends = (atomic_int *)slot - slots < WORKERS / 2;
	struct pks_object *counts;
	struct pks_connection *connection;
	int r;

	open_store();
	counts = pks_dict_open(store, "counts", PKS_OPEN_OR_CREATE);
	connection = pks_pipe_connect(pks_pipe_open(store, "pipe", true, PKS_OPEN_OR_CREATE), sends);
	for (;;) {
		r = sends ? send_numbers(connection, counts) : receive_numbers(connection, counts);
		if (!sends && (r == PKS_TIMED_OUT || r == PKS_END))
			r = pks_connection_poll(connection, r == PKS_END ? 0 : -1);
		/* Nobody was at the other end a moment ago, and somebody is by now: no message yet. */
		if (r != 0 && r != PKS_END && r != PKS_TIMED_OUT)
			return failed("pipe");
	}
}

Test(sync, a_pipe_whose_ends_are_killed)
{
	struct pks_object *pipe = pks_pipe_open(store, "pipe", true, PKS_OPEN_OR_CREATE);
	struct pks_object *counts = pks_dict_open(store, "counts", PKS_OPEN_OR_CREATE);
	struct pks_connection *end;
	int64_t sent, received;
	int r;

	storm(pipe, work_with_pipe, 2 * WORKERS);
	end = pks_pipe_connect(pipe, 0);
	while ((r = receive_numbers(end, counts)) == 0)
		;
	cr_expect_eq(r, PKS_END, "all who have sent are dead");
	cr_expect_eq(pks_dict_getf(counts, "sent", "I", &sent), 0);
	cr_expect_gt(sent, 100);
	cr_expect_eq(pks_dict_getf(counts, "received", "I", &received), 0);
	cr_expect_eq(received, sent);
	pks_connection_close(end);
}
