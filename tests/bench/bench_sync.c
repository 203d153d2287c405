/* SPDX-License-Identifier: MIT */
/* Synchronisation against commits of one put in plain LMDB: what a lock that nobody else wants costs at least. */
#include "bench.h"
#include "raw.h"

#include <pkstore/pkstore.h>

#include <stdio.h>

#define PAIRS 10000

/* As long as the header that a lock writes. */
#define HEADER_SIZE 140

struct sync {
	struct pks_object *lock, *rlock;
	struct raw raw;
};

static double acquire_and_release(struct pks_object *lock)
{
	int64_t start = bench_now();

	for (int i = 0; i < PAIRS; i++) {
		BENCH_MUST(pks_lock_acquire(lock, -1));
		BENCH_MUST(pks_lock_release(lock));
	}
	return (double)(bench_now() - start) / PAIRS;
}

static double ours_lock(void *arg)
{
	struct sync *sync = arg;

	return acquire_and_release(sync->lock);
}

static double ours_rlock(void *arg)
{
	struct sync *sync = arg;

	return acquire_and_release(sync->rlock);
}

static double raw_commit_one(void *arg)
{
	struct sync *sync = arg;
	char header[HEADER_SIZE] = "";
	int64_t start = bench_now();

	for (int i = 0; i < PAIRS; i++) {
		MDB_txn *txn = raw_begin(&sync->raw, true);

		header[i % HEADER_SIZE]++;
		raw_put(&sync->raw, txn, "\4\0\0\0\0\0\0\0\1\0", 10, header, sizeof(header), 0);
		raw_commit(txn);
	}
	return (double)(bench_now() - start) / PAIRS;
}

int main(void)
{
	struct pks_store *store = pks_store_open(bench_path("store"), NULL);
	struct sync sync;

	if (!store)
		bench_die("pks_store_open");
	sync.lock = pks_lock_open(store, "bench/lock", PKS_MUST_CREATE);
	sync.rlock = pks_rlock_open(store, "bench/rlock", PKS_MUST_CREATE);
	raw_open_copy(&sync.raw, "raw-sync", "store");
	bench_head();
	bench_run(&(struct bench){"Lock acquire+release : a commit of one put", ours_lock, raw_commit_one, &sync,
	                          AT_MOST, 2.5});
	bench_run(&(struct bench){"RLock acquire+release : a commit of one put", ours_rlock, raw_commit_one, &sync,
	                          AT_MOST, 2.5});
	raw_unsynced(&sync.raw);
	bench_run(&(struct bench){"Lock acquire+release : likewise, unsynced", ours_lock, raw_commit_one, &sync,
	                          AT_MOST, 0});
	raw_close(&sync.raw);
	pks_store_close(store);
	return 0;
}
