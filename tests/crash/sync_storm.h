/* SPDX-License-Identifier: MIT */
/*
 * A storm over an object of synchronisation: those who work at it are killed at any instruction, one after the other.
 * After each death the others go on: the object's version moves again and again.
 */
#ifndef TESTS_CRASH_SYNC_STORM_H
#define TESTS_CRASH_SYNC_STORM_H

#include "lib/child.h"
#include "lib/scratch.h"

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

static inline void open_store(void)
{
	store = pks_store_open(path, NULL);
	if (!store) {
		fprintf(stderr, "%s\n", pks_error_message());
		_exit(99);
	}
}

static inline void begin(void)
{
	path = scratch_dir("sync");
	open_store();
}

static inline void end(void)
{
	pks_store_close(store);
}

/* Not to wait for something, but to kill at just any moment. */
static inline void some_time(long up_to_ns)
{
	struct timespec time = {0, rand() % up_to_ns};

	nanosleep(&time, NULL);
}

/* The object's version moves `times` times: somebody goes on. */
static inline void expect_they_go_on(struct pks_object *object, int times)
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
static inline void storm(struct pks_object *object, int (*work)(void *slot), int moves)
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

static inline int failed(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, pks_error_message());
	return 1;
}

/* The count in the header is that of the records. */
static inline void expect_count_right(struct pks_object *object)
{
	struct pks_object_info info;
	size_t count;

	cr_assert_eq(pks_snapshot_begin(store), 0);
	cr_assert_eq(pks_object_info(object, &info), 0);
	cr_assert_eq(pks_waiters(object, NULL, 0, &count), 0, "%s", pks_error_message());
	pks_snapshot_end(store);
	cr_expect_eq(info.count, count);
}

#endif
