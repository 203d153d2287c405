/* SPDX-License-Identifier: MIT */
#include "pipeline.h"

#include "bench.h"
#include "raw.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* The sizes of a process's records: its header with path and uuid, its state, its target. */
#define HEADER_SIZE 100
#define STATE_SIZE 60
#define TARGET_SIZE 60

enum status { CREATED = 1, SUBMITTED, RUNNING, FINISHED };

struct shared {
	sem_t ready, work, done;
	atomic_uint ended;
	struct pipeline plan;
	atomic_bool over;
};

static void big(uint8_t *at, uint64_t number)
{
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(number >> (56 - 8 * i));
}

static size_t index_key(uint8_t key[18], enum status status, uint64_t id)
{
	static const uint8_t pool[] = {7, 'd', 'e', 'f', 'a', 'u', 'l', 't', 100};
	size_t size = 2;

	key[0] = 3;
	key[1] = (uint8_t)(8 - status); /* the order of store/FORMAT.md */
	if (status == SUBMITTED) {
		memcpy(key + size, pool, 8);
		size += 8;
	}
	big(key + size, id);
	return size + 8;
}

/* Moves an item between two statuses: its entry in the index, its state, its header. */
static void move(struct raw *raw, MDB_txn *txn, uint64_t id, enum status from, enum status to)
{
	uint8_t key[18], record[HEADER_SIZE] = {(uint8_t)to}, value[8];

	big(value, id);
	if (from)
		raw_del(raw, txn, key, index_key(key, from, id));
	raw_put(raw, txn, key, index_key(key, to, id), value, sizeof(value), 0);
	key[0] = 4;
	big(key + 1, id);
	key[9] = 0;
	raw_put(raw, txn, key, 10, record, HEADER_SIZE, 0);
	memcpy(key + 9, "\1state", 6);
	raw_put(raw, txn, key, 15, record, STATE_SIZE, 0);
}

/* The first submitted item, or 0. */
static uint64_t first_submitted(struct raw *raw, MDB_txn *txn)
{
	uint8_t prefix[2] = {3, 8 - SUBMITTED};
	MDB_val key = {sizeof(prefix), prefix}, value;
	MDB_cursor *cursor;
	uint64_t id = 0;

	BENCH_MUST(mdb_cursor_open(txn, raw->dbi, &cursor));
	if (mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE) == 0 && memcmp(key.mv_data, prefix, 2) == 0)
		for (int i = 0; i < 8; i++)
			id = id << 8 | ((uint8_t *)value.mv_data)[i];
	mdb_cursor_close(cursor);
	return id;
}

/* How many items there are for this worker: as many as it may claim; waits for the first if it has nothing to end. */
static unsigned await_items(struct shared *shared, bool wait)
{
	unsigned count = 0;

	if (wait) {
		sem_wait(&shared->work);
		count = 1;
	}
	while (count < shared->plan.claim && sem_trywait(&shared->work) == 0)
		count++;
	return count;
}

static void tell_ends(struct shared *shared, unsigned count)
{
	if (count && (atomic_fetch_add(&shared->ended, count) + count == shared->plan.items || shared->plan.one_by_one))
		sem_post(&shared->done);
}

static void work(struct raw *raw, struct shared *shared)
{
	uint64_t running[PIPELINE_CLAIM_MAX];
	unsigned claimed = 0, ended;

	for (;;) {
		unsigned wanted = await_items(shared, claimed == 0);
		MDB_txn *txn;

		if (shared->over) {
			/* It may have taken what others are to wake by. */
			while (wanted-- > 0)
				sem_post(&shared->work);
			return;
		}
		txn = raw_begin(raw, true);
		for (unsigned i = 0; i < claimed; i++)
			move(raw, txn, running[i], RUNNING, FINISHED);
		ended = claimed;
		for (claimed = 0; claimed < wanted && (running[claimed] = first_submitted(raw, txn)); claimed++)
			move(raw, txn, running[claimed], SUBMITTED, RUNNING);
		raw_commit(txn);
		tell_ends(shared, ended);
	}
}

static void worker(const char *name, struct shared *shared)
{
	struct raw raw;

	raw_reopen(&raw, name);
	sem_post(&shared->ready);
	work(&raw, shared);
	raw_close(&raw);
	_exit(0);
}

static struct shared *shared_new(const struct pipeline *plan)
{
	struct shared *shared =
	        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		bench_die("mmap");
	sem_init(&shared->ready, 1, 0);
	sem_init(&shared->work, 1, 0);
	sem_init(&shared->done, 1, 0);
	shared->plan = *plan;
	return shared;
}

/* What stays as it is: its path in the catalog, which is random as a uuid is, and its target. */
static void create_rest(struct raw *raw, MDB_txn *txn, uint64_t id)
{
	uint8_t key[18] = {4}, record[TARGET_SIZE] = {0}, value[8];
	char path[64];

	path[0] = 2;
	big(value, id);
	snprintf(path + 1, sizeof(path) - 1, "process-%08lx-0000-4000-8000-%012lx", random(), random());
	raw_put(raw, txn, path, 1 + strlen(path + 1), value, sizeof(value), 0);
	big(key + 1, id);
	memcpy(key + 9, "\1target", 7);
	raw_put(raw, txn, key, 16, record, TARGET_SIZE, 0);
}

static void create_items(struct raw *raw, unsigned items)
{
	MDB_txn *txn = raw_begin(raw, true);

	for (uint64_t id = 1; id <= items; id++) {
		create_rest(raw, txn, id);
		move(raw, txn, id, 0, CREATED);
	}
	raw_commit(txn);
}

static int64_t submit_all(struct raw *raw, struct shared *shared)
{
	const struct pipeline *plan = &shared->plan;
	int64_t start = bench_now();

	for (uint64_t id = 1; id <= plan->items;) {
		MDB_txn *txn = raw_begin(raw, true);
		unsigned count = 0;

		for (; count < plan->submit && id <= plan->items; count++)
			move(raw, txn, id++, CREATED, SUBMITTED);
		raw_commit(txn);
		while (count-- > 0)
			sem_post(&shared->work);
		if (plan->one_by_one)
			sem_wait(&shared->done);
	}
	if (!plan->one_by_one)
		sem_wait(&shared->done);
	return bench_now() - start;
}

double pipeline_run(const struct pipeline *plan)
{
	static unsigned runs;
	struct shared *shared = shared_new(plan);
	struct raw raw;
	char name[32];
	int64_t time;

	snprintf(name, sizeof(name), "pipeline-%u", runs++);
	/* An environment does not survive fork(): made, closed, and opened again by each process for itself. */
	raw_open(&raw, name);
	raw_close(&raw);
	for (unsigned i = 0; i < plan->workers; i++)
		if (fork() == 0)
			worker(name, shared);
	raw_reopen(&raw, name);
	create_items(&raw, plan->items);
	for (unsigned i = 0; i < plan->workers; i++)
		sem_wait(&shared->ready);
	time = submit_all(&raw, shared);
	shared->over = true;
	for (unsigned i = 0; i < plan->workers; i++)
		sem_post(&shared->work);
	while (wait(NULL) > 0)
		;
	raw_close(&raw);
	munmap(shared, sizeof(*shared));
	return (double)time / plan->items;
}
