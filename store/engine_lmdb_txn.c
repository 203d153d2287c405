/* SPDX-License-Identifier: MIT */
/* The engine on LMDB: transactions, reading and writing single keys. */
#include "engine_lmdb.h"

#include "base/error.h"
#include "base/thread_local.h"

#include <pkstore/value.h>

#include <string.h>

/*
 * How many slots the threads of a process begin their search at. Threads that come and go leave a reset reader in each
 * slot they touch, so this bounds what they take of the reader table; more threads at once still find free slots.
 */
#define SLOT_SPREAD 16

/*
 * The largest value, in bytes: the largest of ours and what stands around it. Commits of values near 2 GiB break LMDB.
 */
#define VALUE_SIZE_MAX (PKS_VALUE_SIZE_MAX + ((size_t)1 << 20))

/* ---- slots ---- */

static unsigned slot_start(void)
{
	static atomic_uint threads;
	HOT_THREAD_LOCAL unsigned mine; /* counted from 1 */

	if (mine == 0)
		mine = atomic_fetch_add(&threads, 1) % SLOT_SPREAD + 1;
	return mine - 1;
}

static void slot_give(struct engine_txn *slot)
{
	struct engine *engine = slot->engine;

	atomic_store(&slot->used, false);
	if (!atomic_load(&engine->remapping))
		return;
	pthread_mutex_lock(&engine->lock);
	pthread_cond_broadcast(&engine->moved);
	pthread_mutex_unlock(&engine->lock);
}

static struct engine_txn *slot_find(struct engine *engine)
{
	unsigned start = slot_start();

	for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
		struct engine_txn *slot = &engine->slots[(start + i) % ENGINE_SLOTS];

		if (!atomic_load_explicit(&slot->used, memory_order_relaxed) && !atomic_exchange(&slot->used, true))
			return slot;
	}
	return NULL;
}

/* A slot of this thread's own, with no move of the map going on; NULL when there is none. */
static struct engine_txn *slot_take(struct engine *engine)
{
	for (;;) {
		struct engine_txn *slot = slot_find(engine);

		if (!slot || !atomic_load(&engine->remapping))
			return slot;
		slot_give(slot);
		pthread_mutex_lock(&engine->lock);
		while (atomic_load(&engine->remapping))
			pthread_cond_wait(&engine->moved, &engine->lock);
		pthread_mutex_unlock(&engine->lock);
	}
}

/* ---- begin and end ---- */

/*
 * LMDB reads the number of the last commit, and then the meta page with that number's parity, which the next commit but
 * one overwrites: a thread that is kept from its CPU in between sees that one by a number that is two less. What it
 * sees is whole, and its pages are kept for it; but what is known of a commit by its number (txn.c) is of another one.
 */
static bool sees_its_commit(const struct engine *engine, MDB_txn *reader)
{
	MDB_envinfo info;

	mdb_env_info(engine->env, &info);
	return info.me_last_txnid <= mdb_txn_id(reader) + 1;
}

/* LMDB's code. */
static int txn_start_read(struct engine *engine, struct engine_txn *txn)
{
	int r = txn->reader ? mdb_txn_renew(txn->reader)
	                    : mdb_txn_begin(engine->env, NULL, MDB_RDONLY, &txn->reader);

	while (r == 0 && !sees_its_commit(engine, txn->reader)) {
		mdb_txn_reset(txn->reader);
		r = mdb_txn_renew(txn->reader);
	}
	txn->txn = txn->reader;
	return r;
}

/* LMDB's code. */
static int txn_start(struct engine *engine, bool write, struct engine_txn **txn_out)
{
	struct engine_txn *txn = slot_take(engine);
	int r;

	if (!txn)
		return MDB_READERS_FULL;
	txn->write = write;
	memset(txn->hands, 0, sizeof(txn->hands));
	txn->touched = 0;
	r = write ? mdb_txn_begin(engine->env, NULL, 0, &txn->txn) : txn_start_read(engine, txn);
	if (r == 0)
		*txn_out = txn;
	else
		slot_give(txn);
	return r;
}

/* After a begin that failed: 0 when it is worth another try. */
static int txn_retry(struct engine *engine, int code, int attempt)
{
	int dead = 0;

	if (code == MDB_MAP_RESIZED && attempt < RESIZE_TRIES)
		return engine_remap(engine, 0);
	if (code == MDB_READERS_FULL && attempt == 0 && mdb_reader_check(engine->env, &dead) == 0 && dead > 0)
		return 0;
	return engine_result(engine, code);
}

int engine_begin(struct engine *engine, bool write, struct engine_txn **txn_out)
{
	if (write && engine->read_only)
		return error_set(PKS_ERR_READ_ONLY, "%s: the store was opened read-only", engine->path);
	for (int attempt = 0;; attempt++) {
		int r = txn_start(engine, write, txn_out);

		if (r != 0)
			r = txn_retry(engine, r, attempt);
		else
			return 0;
		if (r != 0)
			return r;
	}
}

int engine_commit(struct engine_txn *txn)
{
	int r = 0;

	if (txn->write)
		r = mdb_txn_commit(txn->txn);
	else
		mdb_txn_reset(txn->txn);
	if (r != 0)
		r = engine_result(txn->engine, r);
	slot_give(txn);
	return r;
}

void engine_abort(struct engine_txn *txn)
{
	if (txn->write)
		mdb_txn_abort(txn->txn);
	else
		mdb_txn_reset(txn->txn);
	slot_give(txn);
}

uint64_t engine_txn_id(const struct engine_txn *txn)
{
	return mdb_txn_id(txn->txn);
}

/* ---- single keys ---- */

/* LMDB takes pointers to what it does not change. */
static MDB_val val_of(struct bytes bytes)
{
	union {
		const void *constant;
		void *plain;
	} data = {bytes.data};

	return (MDB_val){bytes.size, data.plain};
}

/* Neighbours of the first byte, and of the second, have different ones. */
static unsigned place_of(const MDB_val *key)
{
	const uint8_t *data = key->mv_data;

	return (data[0] ^ (key->mv_size > 1 ? data[1] : 0) << 2) % ENGINE_HANDS;
}

/*
 * A write transaction has a cursor for each place that it comes to. LMDB looks first whether a key lies on the page
 * where the cursor stands: a transaction that goes through neighbouring keys is spared most of the ways down the tree.
 * They end with the transaction.
 */
static int hand_of(struct engine_txn *txn, const MDB_val *key, MDB_cursor **hand_out)
{
	MDB_cursor **hand = &txn->hands[place_of(key)];
	int r = *hand ? 0 : mdb_cursor_open(txn->txn, txn->engine->dbi, hand);

	*hand_out = *hand;
	return r;
}

/* LMDB's code. */
static int get(struct engine_txn *txn, MDB_val *k, MDB_val *v)
{
	MDB_cursor *hand;
	int r;

	if (!txn->write)
		return mdb_get(txn->txn, txn->engine->dbi, k, v);
	r = hand_of(txn, k, &hand);
	return r == 0 ? mdb_cursor_get(hand, k, v, MDB_SET) : r;
}

int engine_get(struct engine_txn *txn, struct bytes key, struct bytes *value_out)
{
	MDB_val k = val_of(key), v;
	int r = get(txn, &k, &v);

	if (r != 0)
		return engine_result(txn->engine, r);
	*value_out = (struct bytes){v.mv_data, v.mv_size};
	return 0;
}

/* One way down the tree, as a put that asks nothing: the cursor stays at the key that it found. LMDB's code. */
static int replace(MDB_cursor *hand, MDB_val *k, MDB_val *v, size_t *old_size_out)
{
	MDB_val found = *v;
	int r = mdb_cursor_put(hand, k, &found, MDB_NOOVERWRITE);

	*old_size_out = r == MDB_KEYEXIST ? found.mv_size : ENGINE_NO_VALUE;
	return r == MDB_KEYEXIST ? mdb_cursor_put(hand, k, v, MDB_CURRENT) : r;
}

/* Whether it is the first that the transaction does there: in many small ones it is the only one. */
static bool first_there(struct engine_txn *txn, unsigned place)
{
	bool first = !txn->hands[place] && !(txn->touched & 1u << place);

	txn->touched |= 1u << place;
	return first;
}

/* LMDB's code. */
static int put(struct engine_txn *txn, MDB_val *k, MDB_val *v, size_t *old_size_out)
{
	MDB_cursor *hand;
	int r;

	if (!old_size_out && first_there(txn, place_of(k)))
		return mdb_put(txn->txn, txn->engine->dbi, k, v, 0);
	r = hand_of(txn, k, &hand);
	if (r != 0)
		return r;
	return old_size_out ? replace(hand, k, v, old_size_out) : mdb_cursor_put(hand, k, v, 0);
}

int engine_put(struct engine_txn *txn, struct bytes key, struct bytes value, size_t *old_size_out)
{
	MDB_val k = val_of(key), v = val_of(value);
	int r;

	if (value.size > VALUE_SIZE_MAX)
		return error_set(PKS_ERR_LIMIT, "%s: a value of %zu bytes; the most is %zu", txn->engine->path,
		                 value.size, VALUE_SIZE_MAX);
	r = put(txn, &k, &v, old_size_out);
	return r == 0 ? 0 : engine_result(txn->engine, r);
}

static int insert_result(struct engine_txn *txn, int r)
{
	if (r == MDB_KEYEXIST)
		return PKS_EXISTS;
	return r == 0 ? 0 : engine_result(txn->engine, r);
}

int engine_insert(struct engine_txn *txn, struct bytes key, struct bytes value)
{
	MDB_val k = val_of(key), v = val_of(value);
	MDB_cursor *hand;
	int r = hand_of(txn, &k, &hand);

	if (r == 0)
		r = mdb_cursor_put(hand, &k, &v, MDB_NOOVERWRITE);
	return insert_result(txn, r);
}

/* To look from where it was put is but a step; to look before would be a way down the tree more. LMDB's code. */
static int take_back_if_followed(MDB_cursor *hand, MDB_val *k, size_t prefix)
{
	MDB_val next, v;
	int r = mdb_cursor_get(hand, &next, &v, MDB_NEXT);

	if (r == MDB_NOTFOUND || (r == 0 && (next.mv_size < prefix || memcmp(next.mv_data, k->mv_data, prefix) != 0)))
		return 0;
	if (r == 0)
		r = mdb_cursor_get(hand, k, &v, MDB_SET);
	if (r == 0)
		r = mdb_cursor_del(hand, 0);
	return r == 0 ? MDB_KEYEXIST : r;
}

int engine_insert_last(struct engine_txn *txn, struct bytes key, size_t prefix, struct bytes value)
{
	MDB_val k = val_of(key), v = val_of(value);
	MDB_cursor *hand;
	int r = hand_of(txn, &k, &hand);

	if (r == 0)
		r = mdb_cursor_put(hand, &k, &v, MDB_NOOVERWRITE);
	if (r == 0)
		r = take_back_if_followed(hand, &k, prefix);
	return insert_result(txn, r);
}

int engine_del(struct engine_txn *txn, struct bytes key, size_t *old_size_out)
{
	MDB_val k = val_of(key), v;
	MDB_cursor *hand;
	int r = hand_of(txn, &k, &hand);

	if (r == 0)
		r = mdb_cursor_get(hand, &k, &v, MDB_SET);
	if (r == 0 && old_size_out)
		*old_size_out = v.mv_size;
	if (r == 0)
		r = mdb_cursor_del(hand, 0);
	return engine_result(txn->engine, r);
}

static int from_alone(struct engine_txn *txn, struct bytes key, struct bytes *key_out, struct bytes *value_out)
{
	struct engine_cursor *cursor;
	int r = engine_cursor_open(txn, &cursor);

	if (r != 0)
		return r;
	r = engine_seek(cursor, key, key_out, value_out);
	engine_cursor_close(cursor);
	return r;
}

int engine_from(struct engine_txn *txn, struct bytes key, struct bytes *key_out, struct bytes *value_out)
{
	MDB_val k = val_of(key);
	MDB_cursor *hand;
	int r;

	if (!txn->write)
		return from_alone(txn, key, key_out, value_out);
	r = hand_of(txn, &k, &hand);
	if (r != 0)
		return engine_result(txn->engine, r);
	return engine_seek((struct engine_cursor *)hand, key, key_out, value_out);
}

int engine_before(struct engine_txn *txn, struct bytes key, struct bytes *key_out, struct bytes *value_out)
{
	MDB_val k = val_of(key);
	MDB_cursor *hand;
	int r = hand_of(txn, &k, &hand);

	if (r != 0)
		return engine_result(txn->engine, r);
	return engine_seek_before((struct engine_cursor *)hand, key, key_out, value_out);
}
