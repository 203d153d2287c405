/* SPDX-License-Identifier: MIT */
/*
 * Putters, getters and holders of items that are killed at any instruction.
 *
 * Invariant. Every item is a number that is put in once. A getter appends what it got to the Log "done" in the same
 * transaction, and so does who acknowledges. Then, in every snapshot, each number is at one place at most: ready,
 * reserved, buried, or done; and each whose put has returned is at exactly one. Putters note that in memory that
 * outlives them, so that what the store says can be compared with what they were told.
 */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Long enough to mean "for ever" to a test, short enough to end one that hangs. */
#define FAR_MS 20000

#define NUMBERS 200000

/* What outlives the killed: the next number, and which ones were acknowledged to their putter. */
struct told {
	atomic_int next;
	atomic_int failed;
	atomic_bool put[NUMBERS];
};

struct world {
	struct pks_store *store;
	struct pks_object *queue, *done;
};

static char *path;
static struct told *told;

static int open_world(struct world *world)
{
	world->store = pks_store_open(path, NULL);
	world->queue = pks_queue_open(world->store, "queue", 50, PKS_OPEN_OR_CREATE);
	world->done = pks_log_open(world->store, "done", PKS_OPEN_OR_CREATE);
	return world->done ? 0 : pks_error_code();
}

static void begin_test(const char *name)
{
	path = scratch_dir(name);
	told = child_shared(sizeof(*told));
}

/* ---- what the killed do ---- */

static int put_one(struct world *world)
{
	int number = atomic_fetch_add(&told->next, 1);
	int r = number < NUMBERS ? pks_queue_putf(world->queue, -1, "i", number) : PKS_END;

	if (r == 0)
		atomic_store(&told->put[number], true);
	return r;
}

static int put_several(struct world *world)
{
	enum { SEVERAL = 5 };
	int first = atomic_fetch_add(&told->next, SEVERAL);
	struct pks_value values[SEVERAL] = {{0}};
	int r = first + SEVERAL <= NUMBERS ? 0 : PKS_END;

	for (int i = 0; r == 0 && i < SEVERAL; i++)
		r = pks_value_pack(&values[i], "i", first + i);
	if (r == 0)
		r = pks_queue_put_many(world->queue, values, SEVERAL, -1);
	for (int i = 0; i < SEVERAL; i++) {
		if (r == 0)
			atomic_store(&told->put[first + i], true);
		pks_value_clear(&values[i]);
	}
	return r;
}

static int get_and_note(struct world *world)
{
	struct pks_value value = {0};
	int r = pks_begin(world->store);

	if (r == 0)
		r = pks_queue_get(world->queue, 0, &value);
	if (r == 0)
		r = pks_log_append(world->done, &value);
	pks_value_clear(&value);
	if (r == 0)
		return pks_commit(world->store);
	pks_abort(world->store);
	return r;
}

/* An empty queue is waited for outside the transaction. */
static int get_one(struct world *world)
{
	uint64_t version;
	int r = pks_object_version(world->queue, &version);

	if (r == 0)
		r = get_and_note(world);
	if (r != PKS_EMPTY)
		return r;
	r = pks_wait(world->queue, version, PKS_RECHECK_MS, NULL);
	return r == PKS_TIMED_OUT ? 0 : r;
}

static int acknowledge(struct world *world, const struct pks_reservation *held)
{
	int r = pks_begin(world->store);

	if (r == 0)
		r = pks_log_append(world->done, &held->value);
	if (r == 0)
		r = pks_queue_ack(world->queue, held);
	if (r == 0)
		return pks_commit(world->store);
	pks_abort(world->store);
	return r;
}

static int work_on_one(struct world *world, unsigned *seed)
{
	struct pks_reservation held = {0};
	int r = pks_queue_reserve(world->queue, -1, &held), what = (int)(rand_r(seed) % 8);

	if (r == 0 && what == 0)
		r = pks_queue_release(world->queue, &held);
	else if (r == 0 && what == 1)
		r = pks_queue_bury(world->queue, &held);
	else if (r == 0)
		r = acknowledge(world, &held);
	pks_reservation_clear(&held);
	if (r == 0 && rand_r(seed) % 16 == 0)
		r = pks_queue_kick(world->queue, 3, NULL);
	return r;
}

static int end_life(int r)
{
	if (r >= 0)
		return 0;
	fprintf(stderr, "%d %s\n", r, pks_error_message());
	atomic_fetch_add(&told->failed, 1);
	return 1;
}

static int put_until_killed(void *unused)
{
	struct world world;
	unsigned seed = (unsigned)getpid();
	int r = open_world(&world);

	(void)unused;
	while (r == 0)
		r = rand_r(&seed) % 4 ? put_one(&world) : put_several(&world);
	return end_life(r);
}

static int get_until_killed(void *unused)
{
	struct world world;
	int r = open_world(&world);

	(void)unused;
	while (r == 0)
		r = get_one(&world);
	return end_life(r);
}

/* Never sleeps: it takes the store's write lock without end, and others must have their turns all the same. */
static int poll_until_killed(void *unused)
{
	struct world world;
	int r = open_world(&world);

	(void)unused;
	while (r == 0 || r == PKS_EMPTY)
		r = get_and_note(&world);
	return end_life(r);
}

static int work_until_killed(void *unused)
{
	struct world world;
	unsigned seed = (unsigned)getpid();
	int r = open_world(&world);

	(void)unused;
	while (r == 0)
		r = work_on_one(&world, &seed);
	return end_life(r);
}

/* ---- the invariant ---- */

/* How often each number is found. */
struct found {
	int count[NUMBERS];
	uint64_t at[PKS_QUEUE_ALL + 1];
};

static void find_number(struct found *found, const struct pks_value *value)
{
	int64_t number = -1;

	cr_assert_eq(pks_value_int(value, &number), 0, "%s", pks_error_message());
	cr_assert(number >= 0 && number < NUMBERS);
	found->count[number]++;
}

static void find_in_queue(struct world *world, struct found *found)
{
	struct pks_queue_iter *iter = pks_queue_iter(world->queue, PKS_QUEUE_ALL, false);
	struct pks_queue_item item;
	int r;

	while ((r = pks_queue_next(iter, &item)) == 0) {
		find_number(found, &item.value);
		found->at[item.place]++;
	}
	cr_assert_eq(r, PKS_END, "%s", pks_error_message());
	pks_queue_iter_close(iter);
}

static void find_in_log(struct world *world, struct found *found)
{
	struct pks_log_iter *iter = pks_log_iter(world->done, 0, INT64_MAX, false);
	struct pks_value value;
	int r;

	while ((r = pks_log_next(iter, &value, NULL)) == 0)
		find_number(found, &value);
	cr_assert_eq(r, PKS_END, "%s", pks_error_message());
	pks_log_iter_close(iter);
}

static void expect_counts(struct world *world, const struct found *found)
{
	struct pks_queue_stats stats;

	cr_assert_eq(pks_queue_stats(world->queue, &stats), 0, "%s", pks_error_message());
	cr_expect_eq(stats.ready, found->at[PKS_QUEUE_READY]);
	cr_expect_eq(stats.reserved, found->at[PKS_QUEUE_RESERVED]);
	cr_expect_eq(stats.buried, found->at[PKS_QUEUE_BURIED]);
}

static void expect_invariant(struct world *world)
{
	static struct found found;
	static bool put[NUMBERS];

	/* What was told before the snapshot is in it. */
	for (int i = 0; i < NUMBERS; i++)
		put[i] = atomic_load(&told->put[i]);
	memset(&found, 0, sizeof(found));
	cr_assert_eq(pks_snapshot_begin(world->store), 0, "%s", pks_error_message());
	find_in_queue(world, &found);
	find_in_log(world, &found);
	expect_counts(world, &found);
	cr_assert_eq(pks_snapshot_end(world->store), 0);
	for (int i = 0; i < NUMBERS; i++) {
		cr_assert_leq(found.count[i], 1, "%d is there %d times", i, found.count[i]);
		cr_assert_geq(found.count[i], put[i], "%d is lost", i);
	}
}

static int print_finding(const struct pks_finding *finding, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s: %s\n", finding->path, finding->what);
	return 0;
}

static void expect_check_finds_nothing(struct world *world)
{
	struct pks_check_result result = {0};

	cr_assert_eq(pks_check(world->store, NULL, print_finding, NULL, &result), 0, "%s", pks_error_message());
	cr_expect_eq(result.wrong, 0);
}

/* Nobody lives who holds anything: all of it can be had again, and then nothing is left. */
static void expect_all_returns(struct world *world)
{
	struct pks_reservation held = {0};
	struct pks_object_info info;
	int r;

	cr_assert_eq(pks_queue_kick(world->queue, UINT64_MAX, NULL), 0);
	while ((r = pks_queue_reserve(world->queue, 0, &held)) == 0) {
		cr_assert_eq(acknowledge(world, &held), 0, "%s", pks_error_message());
		pks_reservation_clear(&held);
	}
	cr_assert_eq(r, PKS_EMPTY, "%s", pks_error_message());
	cr_assert_eq(pks_object_info(world->queue, &info), 0);
	cr_expect_eq(info.bytes, 0, "%llu bytes are left", (unsigned long long)info.bytes);
	expect_invariant(world);
}

/* ---- the storm ---- */

typedef int (*role)(void *);

#define ROLES 5

static const role sleepers[ROLES] = {put_until_killed, put_until_killed, get_until_killed, work_until_killed,
                                     work_until_killed};
static const role pollers[ROLES] = {put_until_killed, put_until_killed, poll_until_killed, work_until_killed,
                                    work_until_killed};

/* Not to wait for something, but to kill at just any moment. */
static void some_time(unsigned *seed)
{
	struct timespec time = {0, (long)(rand_r(seed) % 3000000)};

	nanosleep(&time, NULL);
}

/* The others go on: something is done after the death. */
static void expect_progress(struct world *world)
{
	struct pks_queue_stats stats = {0};
	uint64_t version;
	int r;

	cr_assert_eq(pks_object_version(world->done, &version), 0);
	r = pks_wait(world->done, version, FAR_MS, NULL);
	pks_queue_stats(world->queue, &stats);
	cr_assert_eq(r, 0, "nobody goes on: %d put in; %llu ready, %llu reserved, %llu buried",
	             atomic_load(&told->next), (unsigned long long)stats.ready, (unsigned long long)stats.reserved,
	             (unsigned long long)stats.buried);
}

static void storm(struct world *world, const role roles[ROLES], int kills, unsigned *seed)
{
	pid_t pids[ROLES];

	for (size_t i = 0; i < ROLES; i++)
		pids[i] = child_start(roles[i], NULL);
	for (int i = 0; i < kills; i++) {
		size_t victim = (size_t)rand_r(seed) % ROLES;

		some_time(seed);
		child_kill(pids[victim]);
		expect_progress(world);
		pids[victim] = child_start(roles[victim], NULL);
	}
	for (size_t i = 0; i < ROLES; i++)
		child_kill(pids[i]);
}

/* Each round in a store of its own: there are only so many numbers. */
static void round_of_storm(int round, unsigned *seed)
{
	struct world world;

	path = scratch_dir("queue_storm");
	memset(told, 0, sizeof(*told));
	cr_assert_eq(open_world(&world), 0, "%s", pks_error_message());
	storm(&world, round % 2 ? pollers : sleepers, 30, seed);
	expect_invariant(&world);
	expect_check_finds_nothing(&world);
	expect_all_returns(&world);
	expect_check_finds_nothing(&world);
	cr_assert_eq(atomic_load(&told->failed), 0, "round %d", round);
	cr_assert_lt(atomic_load(&told->next), NUMBERS, "round %d: the numbers were not enough", round);
	pks_store_close(world.store);
}

Test(queue, nothing_is_lost_or_doubled_when_anybody_is_killed, .timeout = 7200)
{
	unsigned seed = (unsigned)time(NULL);

	begin_test("queue_storm");
	for (int round = 0; round < (scratch_long() ? 200 : 4); round++)
		round_of_storm(round, &seed);
}
