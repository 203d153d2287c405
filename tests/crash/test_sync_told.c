/* SPDX-License-Identifier: MIT */
/*
 * Those who wait, wake, send and receive are killed at any instruction. The invariants, for each kind:
 *
 * Condition: as long as one consumer lives, each token that was made and notified once is taken: whoever was notified
 * and died has passed it on.
 *
 * Event, Pipe: see there.
 */
#include "lib/sync.h"
#include "sync_storm.h"

TestSuite(sync_told, .init = begin, .fini = end, .timeout = 7200);

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

Test(sync_told, a_condition_with_its_own_lock_whose_waiters_are_killed)
{
	storm_a_condition(true);
}

Test(sync_told, a_condition_with_another_lock_whose_waiters_are_killed)
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

Test(sync_told, a_notification_of_the_dead_is_passed_on_though_nobody_touches_a_condition_with_its_own_lock)
{
	expect_notification_passed_on(true);
}

Test(sync_told, a_notification_of_the_dead_is_passed_on_though_nobody_touches_a_condition_with_another_lock)
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

Test(sync_told, an_event_whose_setters_and_waiters_are_killed)
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

Test(sync_told, a_pipe_whose_ends_are_killed)
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
