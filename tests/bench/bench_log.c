/* SPDX-License-Identifier: MIT */
/* A Log against one record per entry in LMDB, keyed by a counter and appended with MDB_APPEND. */
#include "bench.h"
#include "bench_store.h"
#include "raw.h"

#include <stdlib.h>

#define ENTRIES 1000000
/* An entry of 20 bytes: a text of 19, and its head. */
#define ENTRY_TEXT "nineteen bytes long"
#define ENTRY_SIZE 20

struct entries {
	struct pks_store *store;
	struct pks_object *log;
	struct raw raw;
	struct pks_value entry;
};

static void count_key(uint8_t key[8], uint64_t number)
{
	for (int i = 0; i < 8; i++)
		key[i] = (uint8_t)(number >> (56 - 8 * i));
}

static uint64_t used(struct pks_store *store)
{
	struct pks_store_stat stat;

	BENCH_MUST(pks_store_stat(store, &stat));
	return stat.used;
}

static double ours_append(void *arg)
{
	struct entries *entries = arg;
	int64_t start;

	BENCH_MUST(pks_log_clear(entries->log));
	start = bench_now();
	BENCH_MUST(pks_begin(entries->store));
	for (size_t i = 0; i < ENTRIES; i++)
		BENCH_MUST(pks_log_append(entries->log, &entries->entry));
	BENCH_MUST(pks_commit(entries->store));
	return (double)(bench_now() - start) / ENTRIES;
}

static double raw_append(void *arg)
{
	struct entries *entries = arg;
	uint8_t key[8];
	int64_t start;
	MDB_txn *txn;

	raw_empty(&entries->raw);
	start = bench_now();
	txn = raw_begin(&entries->raw, true);
	for (size_t i = 0; i < ENTRIES; i++) {
		count_key(key, i);
		raw_put(&entries->raw, txn, key, sizeof(key), entries->entry.data, entries->entry.size, MDB_APPEND);
	}
	raw_commit(txn);
	return (double)(bench_now() - start) / ENTRIES;
}

static double ours_scan(void *arg)
{
	struct entries *entries = arg;
	int64_t start = bench_now();
	struct pks_log_iter *iter = pks_log_iter(entries->log, 0, INT64_MAX, false);
	struct pks_value value;
	uint64_t bytes = 0;

	while (pks_log_next(iter, &value, NULL) == 0)
		bytes += value.size;
	pks_log_iter_close(iter);
	BENCH_MUST(bytes != (uint64_t)ENTRIES * ENTRY_SIZE);
	return (double)(bench_now() - start) / ENTRIES;
}

static double raw_scan(void *arg)
{
	struct entries *entries = arg;
	int64_t start = bench_now();
	MDB_txn *txn = raw_begin(&entries->raw, false);
	MDB_cursor *cursor;
	MDB_val key, value;
	uint64_t bytes = 0;

	BENCH_MUST(mdb_cursor_open(txn, entries->raw.dbi, &cursor));
	while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0)
		bytes += value.mv_size;
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	BENCH_MUST(bytes != (uint64_t)ENTRIES * ENTRY_SIZE);
	return (double)(bench_now() - start) / ENTRIES;
}

void bench_log(struct pks_store *store)
{
	struct entries entries = {.store = store, .log = pks_log_open(store, "bench/log", PKS_MUST_CREATE)};
	uint64_t empty = used(store);

	raw_open(&entries.raw, "raw-log");
	BENCH_MUST(pks_value_pack(&entries.entry, "s", ENTRY_TEXT));
	BENCH_MUST(entries.entry.size != ENTRY_SIZE);
	bench_run(&(struct bench){"log append, 1e6 of 20 bytes in one commit", ours_append, raw_append, &entries,
	                          AT_LEAST, 1.0});
	bench_run(&(struct bench){"log scan, 20 bytes an entry", ours_scan, raw_scan, &entries, AT_LEAST, 2.0});
	bench_bytes("log, bytes stored per entry of 20", (double)(used(store) - empty) / ENTRIES,
	            (double)raw_used(&entries.raw) / ENTRIES, AT_MOST, 1);
	raw_close(&entries.raw);
	pks_value_clear(&entries.entry);
}
