/* SPDX-License-Identifier: MIT */
/*
 * One snapshot over objects of every kind, while other processes write all of them, each time in one transaction: what
 * it shows is in step, stays as it is, and the next one shows more.
 */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WRITERS 2
#define ROUNDS 8
/* How many transactions of the writers a snapshot outlives. */
#define OUTLIVED 20
#define LENGTH 3000

static const char *path;
static struct pks_store *store;

enum kind { DICT, LOG, QUEUE, LIFO, PRIORITY, VALUE, ARRAY, OBJECT, EVENT, SIGNALS, PERMITS, BARRIER, LOCK, RLOCK,
	    CONDITION, PIPE, PROCESS, KINDS };

static struct pks_object *objects[KINDS];

struct shared {
	atomic_int transactions, wrong;
	atomic_bool stop;
};

static struct shared *shared;

static void open_all(void)
{
	store = pks_store_open(path, NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	objects[DICT] = pks_dict_open(store, "all/dict", PKS_OPEN_OR_CREATE);
	objects[LOG] = pks_log_open(store, "all/log", PKS_OPEN_OR_CREATE);
	objects[QUEUE] = pks_queue_open(store, "all/queue", 0, PKS_OPEN_OR_CREATE);
	objects[LIFO] = pks_lifoqueue_open(store, "all/lifo", 0, PKS_OPEN_OR_CREATE);
	objects[PRIORITY] = pks_priorityqueue_open(store, "all/priority", 0, PKS_OPEN_OR_CREATE);
	objects[VALUE] = pks_cell_open(store, "all/value", PKS_OPEN_OR_CREATE);
	objects[ARRAY] = pks_array_open(store, "all/array", PKS_INT64, LENGTH, PKS_OPEN_OR_CREATE);
	objects[OBJECT] = pks_plain_open(store, "all/object", PKS_OPEN_OR_CREATE);
	objects[EVENT] = pks_event_open(store, "all/event", PKS_OPEN_OR_CREATE);
	objects[SIGNALS] = pks_semaphore_open(store, "all/signals", 0, PKS_OPEN_OR_CREATE);
	objects[PERMITS] = pks_boundedsemaphore_open(store, "all/permits", 3, PKS_OPEN_OR_CREATE);
	objects[BARRIER] = pks_barrier_open(store, "all/barrier", 1, PKS_OPEN_OR_CREATE);
	objects[LOCK] = pks_lock_open(store, "all/lock", PKS_OPEN_OR_CREATE);
	objects[RLOCK] = pks_rlock_open(store, "all/rlock", PKS_OPEN_OR_CREATE);
	objects[CONDITION] = pks_condition_open(store, "all/condition", NULL, PKS_OPEN_OR_CREATE);
	objects[PIPE] = pks_pipe_open(store, "all/pipe", true, PKS_OPEN_OR_CREATE);
	objects[PROCESS] = pks_process_open(store, "all/process");
	if (!objects[PROCESS])
		objects[PROCESS] = pks_process_new(store, "all/process", "/opt/module.so:run");
	for (int kind = 0; kind < KINDS; kind++)
		cr_assert_not_null(objects[kind], "kind %d: %s", kind, pks_error_message());
}

/* ---- writing: step n of all, counted by the Dict ---- */

static int write_contents(int n, const struct pks_value *value)
{
	int r = pks_log_append(objects[LOG], value);

	if (r == 0)
		r = pks_queue_put(objects[QUEUE], value, 0);
	if (r == 0)
		r = pks_queue_put(objects[LIFO], value, 0);
	if (r == 0)
		r = pks_queue_put_priority(objects[PRIORITY], -n, value, 0);
	if (r == 0)
		r = pks_cell_set(objects[VALUE], value);
	if (r == 0)
		r = pks_array_fill(objects[ARRAY], 0, LENGTH, value);
	if (r == 0)
		r = pks_attr_set(objects[OBJECT], "n", value);
	if (r == 0)
		r = pks_pipe_put(objects[PIPE], 0, value);
	return r == 0 ? pks_dict_set(objects[PROCESS], "n", value) : r;
}

static int write_synchronisation(int n)
{
	int r = n % 2 ? pks_event_set(objects[EVENT]) : pks_event_clear(objects[EVENT]);

	if (r == 0)
		r = pks_semaphore_release(objects[SIGNALS], 1);
	if (r == 0)
		r = pks_semaphore_acquire(objects[PERMITS], 0);
	if (r == 0)
		r = pks_semaphore_release(objects[PERMITS], 1);
	if (r == 0)
		r = pks_barrier_set_parties(objects[BARRIER], (uint64_t)n + 1);
	for (int kind = LOCK; r == 0 && kind <= RLOCK; kind++) {
		r = pks_lock_acquire(objects[kind], 0);
		if (r == 0)
			r = pks_lock_release(objects[kind]);
	}
	if (r == 0)
		r = pks_condition_acquire(objects[CONDITION], 0);
	return r == 0 ? pks_condition_release(objects[CONDITION]) : r;
}

static int write_all(struct pks_store *in, void *arg)
{
	struct pks_value value = {0};
	int64_t n = 0;
	int r = pks_dict_add(objects[DICT], "n", 1, &n);

	(void)in, (void)arg;
	if (r == 0)
		r = pks_value_pack(&value, "I", n);
	if (r == 0)
		r = write_contents((int)n, &value);
	if (r == 0)
		r = write_synchronisation((int)n);
	pks_value_clear(&value);
	return r;
}

static int write_until_stopped(void *unused)
{
	int r = 0;

	(void)unused;
	open_all();
	while (r == 0 && !atomic_load(&shared->stop)) {
		r = pks_atomically(store, write_all, NULL);
		atomic_fetch_add(&shared->transactions, 1);
	}
	if (r != 0) {
		atomic_fetch_add(&shared->wrong, 1);
		fprintf(stderr, "a writer: %d %s\n", r, pks_error_message());
	}
	pks_store_close(store);
	return r != 0;
}

/* ---- reading ---- */

static void expect_last(int64_t n)
{
	struct pks_value value = {0};
	struct pks_semaphore_info semaphore;
	struct pks_barrier_info barrier;
	struct pks_pipe_info pipe;
	int64_t number;
	uint64_t count;
	bool set;

	cr_assert_eq(pks_log_getf(objects[LOG], -1, "I", &number), 0);
	cr_expect_eq(number, n, "the Log");
	pks_log_count(objects[LOG], &count);
	cr_expect_eq(count, (uint64_t)n);
	for (int kind = QUEUE; kind <= PRIORITY; kind++) {
		pks_queue_count(objects[kind], &count);
		cr_expect_eq(count, (uint64_t)n, "kind %d", kind);
		cr_assert_eq(pks_queue_peek(objects[kind], &value), 0);
		cr_assert_eq(pks_value_int(&value, &number), 0);
		cr_expect_eq(number, kind == QUEUE ? 1 : n, "kind %d", kind);
		pks_value_clear(&value);
	}
	cr_assert_eq(pks_cell_getf(objects[VALUE], "I", &number), 0);
	cr_expect_eq(number, n, "the Value");
	for (int64_t at = 0; at < LENGTH; at += LENGTH - 1) {
		cr_assert_eq(pks_array_getf(objects[ARRAY], at, "I", &number), 0);
		cr_expect_eq(number, n, "the Array");
	}
	cr_assert_eq(pks_attr_getf(objects[OBJECT], "n", "I", &number), 0);
	cr_expect_eq(number, n, "the Object");
	cr_assert_eq(pks_dict_getf(objects[PROCESS], "n", "I", &number), 0);
	cr_expect_eq(number, n, "the Process");
	cr_assert_eq(pks_event_is_set(objects[EVENT], &set), 0);
	cr_expect_eq(set, n % 2 != 0, "the Event");
	cr_assert_eq(pks_semaphore_info(objects[SIGNALS], &semaphore), 0);
	cr_expect_eq(semaphore.value, (uint64_t)n, "signals");
	cr_assert_eq(pks_semaphore_info(objects[PERMITS], &semaphore), 0);
	cr_expect_eq(semaphore.value, 3, "permits");
	cr_assert_eq(pks_barrier_info(objects[BARRIER], &barrier), 0);
	cr_expect_eq(barrier.parties, (uint64_t)n + 1);
	cr_assert_eq(pks_pipe_info(objects[PIPE], &pipe), 0);
	cr_expect_eq(pipe.unread[0], (uint64_t)n);
}

/* Each transaction has moved each version by one: also of those that look the same before and after. */
static void expect_versions(int64_t n, const uint64_t *first)
{
	uint64_t version;

	for (int kind = 0; kind < KINDS; kind++) {
		cr_assert_eq(pks_object_version(objects[kind], &version), 0);
		cr_expect_eq(version, first[kind] + (uint64_t)n, "kind %d", kind);
	}
}

static void await_transactions(int more)
{
	int until = atomic_load(&shared->transactions) + more;

	while (atomic_load(&shared->transactions) < until && !atomic_load(&shared->wrong))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static int64_t step(void)
{
	int64_t n;

	cr_assert_eq(pks_dict_getf(objects[DICT], "n", "I", &n), 0, "%s", pks_error_message());
	return n;
}

static int64_t look_twice(const uint64_t *first, int64_t before)
{
	int64_t n;

	cr_assert_eq(pks_snapshot_begin(store), 0);
	n = step();
	cr_expect_gt(n, before);
	expect_last(n);
	expect_versions(n, first);
	await_transactions(OUTLIVED);
	cr_expect_eq(step(), n);
	expect_last(n);
	expect_versions(n, first);
	cr_assert_eq(pks_snapshot_end(store), 0);
	return n;
}

Test(snapshot, all_kinds_are_in_step_while_others_write_them, .timeout = 120)
{
	uint64_t first[KINDS];
	pid_t pids[WRITERS];
	int64_t n = 0;

	path = scratch_dir("snapshot");
	shared = child_shared(sizeof(*shared));
	open_all();
	for (int kind = 0; kind < KINDS; kind++)
		cr_assert_eq(pks_object_version(objects[kind], &first[kind]), 0);
	for (int i = 0; i < WRITERS; i++)
		pids[i] = child_start(write_until_stopped, NULL);
	await_transactions(OUTLIVED);
	for (int round = 0; round < ROUNDS; round++)
		n = look_twice(first, n);
	atomic_store(&shared->stop, true);
	for (int i = 0; i < WRITERS; i++)
		cr_expect_eq(child_wait(pids[i]), 0);
	expect_last(step());
	expect_versions(step(), first);
	pks_store_close(store);
}
