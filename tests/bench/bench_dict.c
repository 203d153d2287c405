/* SPDX-License-Identifier: MIT */
/* A Dict against keys and values in LMDB. */
#include "bench.h"
#include "bench_store.h"
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A Dict larger than a processor's second-level cache, read in random order. */
#define KEYS 100000
#define GETS 200000
/* Sets of one transaction each, spread over the first keys. */
#define SETS 10000
#define SET_KEYS 1000
#define BULK 1000000

/* The room, the object's id, the part: what stands before each key of ours in LMDB. */
#define PREFIX_SIZE 10
#define KEY_SIZE 11 /* key-NNNNNNN */

struct keys {
	struct pks_store *store;
	struct pks_object *dict;
	struct raw raw;
	char (*raw_keys)[PREFIX_SIZE + KEY_SIZE + 1];
	uint32_t *order;
	struct pks_value value;
};

static const char *key_of(const struct keys *keys, size_t i)
{
	return keys->raw_keys[i] + PREFIX_SIZE;
}

static double ours_get(void *arg)
{
	struct keys *keys = arg;
	struct pks_value value;
	int64_t start;

	BENCH_MUST(pks_snapshot_begin(keys->store));
	start = bench_now();
	for (size_t i = 0; i < GETS; i++) {
		BENCH_MUST(pks_dict_get(keys->dict, key_of(keys, keys->order[i]), &value));
		pks_value_clear(&value);
	}
	start = bench_now() - start;
	BENCH_MUST(pks_snapshot_end(keys->store));
	return (double)start / GETS;
}

static double raw_get(void *arg)
{
	struct keys *keys = arg;
	MDB_txn *txn = raw_begin(&keys->raw, false);
	int64_t start = bench_now();

	for (size_t i = 0; i < GETS; i++) {
		MDB_val key = {PREFIX_SIZE + KEY_SIZE, keys->raw_keys[keys->order[i]]}, value;

		BENCH_MUST(mdb_get(txn, keys->raw.dbi, &key, &value));
	}
	start = bench_now() - start;
	mdb_txn_abort(txn);
	return (double)start / GETS;
}

static double ours_set(void *arg)
{
	struct keys *keys = arg;
	int64_t start = bench_now();

	for (size_t i = 0; i < SETS; i++)
		BENCH_MUST(pks_dict_set(keys->dict, key_of(keys, keys->order[i] % SET_KEYS), &keys->value));
	return (double)(bench_now() - start) / SETS;
}

static void raw_put_key(struct keys *keys, MDB_txn *txn, size_t i)
{
	raw_put(&keys->raw, txn, keys->raw_keys[i], PREFIX_SIZE + KEY_SIZE, keys->value.data, keys->value.size, 0);
}

static double raw_set(void *arg)
{
	struct keys *keys = arg;
	int64_t start = bench_now();

	for (size_t i = 0; i < SETS; i++) {
		MDB_txn *txn = raw_begin(&keys->raw, true);

		raw_put_key(keys, txn, keys->order[i] % SET_KEYS);
		raw_commit(txn);
	}
	return (double)(bench_now() - start) / SETS;
}

static double ours_bulk(void *arg)
{
	struct keys *keys = arg;
	int64_t start;

	BENCH_MUST(pks_dict_clear(keys->dict));
	start = bench_now();
	BENCH_MUST(pks_begin(keys->store));
	for (size_t i = 0; i < BULK; i++)
		BENCH_MUST(pks_dict_set(keys->dict, key_of(keys, i), &keys->value));
	BENCH_MUST(pks_commit(keys->store));
	return (double)(bench_now() - start) / BULK;
}

static double raw_bulk(void *arg)
{
	struct keys *keys = arg;
	int64_t start;
	MDB_txn *txn;

	raw_empty(&keys->raw);
	start = bench_now();
	txn = raw_begin(&keys->raw, true);
	for (size_t i = 0; i < BULK; i++)
		raw_put_key(keys, txn, i);
	raw_commit(txn);
	return (double)(bench_now() - start) / BULK;
}

static void keys_init(struct keys *keys, struct pks_store *store)
{
	uint64_t random = 88172645463325252;

	*keys = (struct keys){.store = store};
	keys->raw_keys = calloc(BULK, sizeof(*keys->raw_keys));
	keys->order = calloc(GETS, sizeof(*keys->order));
	if (!keys->raw_keys || !keys->order)
		bench_die("calloc");
	for (size_t i = 0; i < BULK; i++) {
		memcpy(keys->raw_keys[i], "\4\0\0\0\0\0\0\0\1\3", PREFIX_SIZE);
		snprintf(keys->raw_keys[i] + PREFIX_SIZE, KEY_SIZE + 1, "key-%07zu", i);
	}
	for (size_t i = 0; i < GETS; i++)
		keys->order[i] = bench_random(&random) % KEYS;
	BENCH_MUST(pks_value_pack(&keys->value, "s", "sixteen bytes ok"));
	keys->dict = pks_dict_open(store, "bench/dict", PKS_MUST_CREATE);
	raw_open(&keys->raw, "raw-dict");
}

/* The same `count` keys on both sides. */
static void fill(struct keys *keys, size_t count)
{
	MDB_txn *txn;

	raw_empty(&keys->raw);
	txn = raw_begin(&keys->raw, true);
	BENCH_MUST(pks_begin(keys->store));
	BENCH_MUST(pks_dict_clear(keys->dict));
	for (size_t i = 0; i < count; i++) {
		BENCH_MUST(pks_dict_set(keys->dict, key_of(keys, i), &keys->value));
		raw_put_key(keys, txn, i);
	}
	BENCH_MUST(pks_commit(keys->store));
	raw_commit(txn);
}

void bench_dict(struct pks_store *store)
{
	struct keys keys;

	keys_init(&keys, store);
	fill(&keys, KEYS);
	bench_run(&(struct bench){"dict get in a snapshot", ours_get, raw_get, &keys, AT_LEAST, 0.85});
	fill(&keys, SET_KEYS);
	bench_run(&(struct bench){"dict set, one commit each", ours_set, raw_set, &keys, AT_LEAST, 0.75});
	bench_run(&(struct bench){"dict set, 1e6 in one commit", ours_bulk, raw_bulk, &keys, AT_LEAST, 0.6});
	BENCH_MUST(pks_object_drop(keys.dict));
	raw_close(&keys.raw);
	pks_value_clear(&keys.value);
	free(keys.raw_keys);
	free(keys.order);
}
