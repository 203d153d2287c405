/* SPDX-License-Identifier: MIT */
#include "txn.h"

#include "base/error.h"
#include "base/fork.h"
#include "base/cbor.h"
#include "base/thread_local.h"
#include "ids.h"
#include "keys.h"
#include "log_chunk.h"
#include "quota.h"
#include "view.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

/* What this thread has open, the last one first, and one struct kept for its next transaction. */
HOT_THREAD_LOCAL struct txn *open_txns;
HOT_THREAD_LOCAL struct txn *spare;
HOT_THREAD_LOCAL bool exit_hooked;

static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static bool exit_key_made;

struct txn *txn_current(const struct pks_store *store)
{
	struct txn *txn = open_txns;

	while (txn && txn->store != store)
		txn = txn->outer;
	return txn;
}

static void unlink_txn(struct txn *txn)
{
	struct txn **at = &open_txns;

	while (*at != txn)
		at = &(*at)->outer;
	*at = txn->outer;
}

/*
 * ---- what a thread knows from one transaction to the next ----
 *
 * A thread that goes on with the same objects would read their headers again in each transaction, which is a tenth of a
 * small one. So the states of the last one stay with the spare struct, with the commit that they are of: the one that a
 * snapshot saw, or that the transaction has made. Another transaction begins with them only if it is on the same store
 * and sees just that commit, so that nobody has changed anything in between; numbers of commits only grow, for foreign
 * writers, too, as long as somebody has the store open, and this program does. What was aborted is never kept. A commit
 * of no changes is none for LMDB, and its number is that of the next one.
 */

/* As new, but for the memory of its buffer and its states. */
static void reset(struct txn *txn)
{
	txn->doomed = txn->map_full = txn->written = txn->states_bypassed = false;
	txn->begins = txn->snapshots = 0;
	txn->changes = txn->touches = 0;
	txn->states_store = txn->states_commit = 0;
	txn->wake_bits = 0;
	txn->views = NULL;
	txn->ids_loaded = txn->ids_dirty = false;
	txn->posts = NULL;
	txn->post_count = txn->after_count = 0;
	buffer_clear(&txn->scratch);
}

static void free_txn(struct txn *txn)
{
	states_release(&txn->states);
	buffer_release(&txn->scratch);
	free(txn);
}

/* `commit` 0: none that the states are of. */
static void recycle(struct txn *txn, uint64_t commit)
{
	bool keeps = commit && !txn->states_bypassed;

	free(txn->posts);
	if (spare) {
		free_txn(txn);
		return;
	}
	reset(txn);
	if (keeps) {
		states_keep(&txn->states);
		txn->states_store = txn->store->serial;
		txn->states_commit = commit;
	} else {
		states_clear(&txn->states);
	}
	spare = txn;
}

/* The engine's transaction has begun: what is known of another commit, or another store, is forgotten. */
static void check_states(struct txn *txn)
{
	uint64_t seen = engine_txn_id(txn->engine) - txn->write;

	if (txn->states.count && (txn->states_store != txn->store->serial || txn->states_commit != seen))
		states_clear(&txn->states);
}

void txn_bypass_states(struct txn *txn)
{
	states_clear(&txn->states);
	txn->states_bypassed = true;
}

/* In a forked child what is shared is left alone: the engine's transaction belongs to the parent. */
void txn_drop(struct txn *txn)
{
	bool ours = fork_current() == txn->store->fork_mark;
	uint64_t commit = ours && !txn->write ? engine_txn_id(txn->engine) : 0;

	unlink_txn(txn);
	view_end_all(txn);
	if (ours) {
		engine_abort(txn->engine);
		if (txn->write)
			wake_writer_leave(txn->store->wake);
	}
	recycle(txn, commit);
}

void txn_abort_thread(struct pks_store *store)
{
	struct txn *txn = txn_current(store);

	if (txn)
		txn_drop(txn);
}

/* A thread that exits inside a transaction must not leave the write lock behind. */
static void thread_exits(void *unused)
{
	(void)unused;
	while (open_txns)
		txn_drop(open_txns);
	if (spare)
		free_txn(spare);
	spare = NULL;
	exit_hooked = false;
}

static void make_exit_key(void)
{
	exit_key_made = pthread_key_create(&exit_key, thread_exits) == 0;
}

static int hook_exit(void)
{
	if (exit_hooked)
		return 0;
	pthread_once(&exit_once, make_exit_key);
	if (!exit_key_made || pthread_setspecific(exit_key, &open_txns) != 0)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	exit_hooked = true;
	return 0;
}

static struct txn *new_txn(struct pks_store *store, bool write)
{
	struct txn *txn = spare ? spare : calloc(1, sizeof(*txn));

	if (!txn) {
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	spare = NULL;
	txn->store = store;
	txn->write = write;
	return txn;
}

/*
 * The gate first, because its wait can end with an error; the engine's own lock is then free but for foreign writers.
 */
static int begin_engine(struct txn *txn)
{
	struct pks_store *store = txn->store;
	int r;

	if (!txn->write)
		return engine_begin(store->engine, false, &txn->engine);
	if (store->read_only)
		return error_set(PKS_ERR_READ_ONLY, "%s: the store is open read-only", store->path);
	r = wake_writer_enter(store->wake, store->busy_timeout_ms);
	if (r < 0)
		return r;
	r = engine_begin(store->engine, true, &txn->engine);
	if (r < 0)
		wake_writer_leave(store->wake);
	return r;
}

static int ask_guard(struct txn *txn)
{
	struct pks_store *store = txn->store;
	int r = txn->write && store->guard ? store->guard(store, store->guard_arg) : 0;

	if (r != 0)
		txn_drop(txn);
	return r;
}

int txn_begin(struct pks_store *store, bool write, struct txn **txn_out)
{
	struct txn *txn;
	int r = hook_exit();

	if (r < 0)
		return r;
	txn = new_txn(store, write);
	if (!txn)
		return PKS_ERR_MEMORY;
	r = begin_engine(txn);
	if (r < 0) {
		recycle(txn, 0);
		return r;
	}
	check_states(txn);
	txn->outer = open_txns;
	open_txns = txn;
	r = ask_guard(txn);
	if (r == 0)
		*txn_out = txn;
	return r;
}

/*
 * An object without versions may be changed while its header stays as it is: not to write it saves its page. The new
 * header is in the scratch buffer.
 */
static bool header_stays(struct txn *txn, const struct state *state, const struct key *key)
{
	struct bytes stored;

	return state->unversioned && engine_get(txn->engine, key_bytes(key), &stored) == 0 &&
	       stored.size == txn->scratch.size && memcmp(stored.data, txn->scratch.data, stored.size) == 0;
}

/* Writes what the transaction has kept back: the Logs' tails, the headers, the counters. */
static int flush(struct txn *txn)
{
	int r = 0;

	for (struct state *state = txn->states.first; r >= 0 && state; state = state->next) {
		struct key key;

		if (!state->dirty || state->dropped)
			continue;
		r = log_tail_flush(txn, state);
		buffer_clear(&txn->scratch);
		state_encode(state, &txn->scratch);
		if (txn->scratch.failed)
			return error_set(PKS_ERR_MEMORY, "out of memory");
		key_part(&key, state->id, PART_HEADER);
		if (r >= 0 && !header_stays(txn, state, &key))
			r = txn_put(txn, &key, (struct bytes){txn->scratch.data, txn->scratch.size});
	}
	if (r >= 0)
		r = quota_flush(txn);
	return r < 0 ? r : ids_flush(txn);
}

static void send_post(struct wake *wake, const struct txn_post *post)
{
	if (post->turn)
		wake_turn_post(wake, post->turn, post->sleepers);
	else
		wake_channel_post(wake, post->channel, post->sleepers);
}

/* Which commit the states are of, after a commit that was to have this number; 0: not known. */
static uint64_t states_commit(const struct txn *txn, uint64_t commit)
{
	if (txn->written)
		return commit;
	return txn->changes == 0 ? commit - 1 : 0;
}

/* Of calls that may begin transactions of their own, so the struct is given back first. */
static int finish_calls(struct txn *txn, uint64_t commit)
{
	struct pks_store *store = txn->store;
	int (*calls[TXN_AFTER_COMMIT_MAX])(struct pks_store *store);
	size_t count = txn->after_count;
	int r = 0;

	memcpy(calls, txn->after_commit, sizeof(calls));
	recycle(txn, commit);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = calls[i](store);
	return r;
}

/* What waits for the commit is woken when the gate is free again, as it may want to write itself. */
static int finish(struct txn *txn, uint64_t commit)
{
	struct wake *wake = txn->store->wake;
	bool alarm = wake_commit_note(wake, commit);

	wake_writer_leave(wake);
	if (alarm)
		wake_alarm(wake);
	if (txn->wake_bits)
		wake_post(wake, txn->wake_bits);
	for (size_t i = 0; i < txn->post_count; i++)
		send_post(wake, &txn->posts[i]);
	commit = states_commit(txn, commit);
	if (txn->after_count)
		return finish_calls(txn, commit);
	recycle(txn, commit);
	return 0;
}

int txn_commit(struct txn *txn)
{
	uint64_t commit;
	int r;

	if (!txn->write) {
		txn_drop(txn);
		return 0;
	}
	r = txn->doomed ? error_set(PKS_ERR_ABORTED,
	                            "%s: something in the transaction failed or was aborted, so it cannot commit",
	                            txn->store->path)
	                : flush(txn);
	if (r < 0) {
		txn_drop(txn);
		return r;
	}
	view_end_all(txn);
	commit = engine_txn_id(txn->engine);
	r = engine_commit(txn->engine);
	unlink_txn(txn);
	if (r < 0) {
		wake_writer_leave(txn->store->wake);
		recycle(txn, 0);
		return r;
	}
	return finish(txn, commit);
}

/* ---- what the transaction knows and changes ---- */

static int load_state(struct txn *txn, struct state *state)
{
	struct bytes record;
	struct key key;
	int r;

	key_part(&key, state->id, PART_HEADER);
	r = engine_get(txn->engine, key_bytes(&key), &record);
	state->dropped = r == PKS_NOT_FOUND;
	if (r == PKS_NOT_FOUND)
		return 0;
	if (r == 0)
		r = state_decode(record, state);
	if (r == PKS_ERR_CORRUPT)
		error_set(r, "%s: the header of object %llu is damaged", txn->store->path,
		          (unsigned long long)state->id);
	if (r < 0)
		state->dropped = true; /* a state that cannot be read is not used by anybody else in this transaction */
	state->existed = r == 0;
	state->bytes_before = state->bytes;
	state->count_before = state->count;
	state->bytes_freely = 0;
	return r;
}

int txn_state(struct txn *txn, uint64_t id, struct state **state_out)
{
	struct state *state = states_find(&txn->states, id);
	int r;

	if (!state) {
		state = states_add(&txn->states, id);
		if (!state)
			return error_set(PKS_ERR_MEMORY, "out of memory");
		r = load_state(txn, state);
		if (r < 0)
			return r;
	}
	if (state->dropped)
		return error_set(PKS_ERR_GONE, "object %llu was dropped", (unsigned long long)id);
	*state_out = state;
	return 0;
}

void txn_touch(struct txn *txn, struct state *state)
{
	assert(txn->write);
	txn->touches++;
	if (state->dirty)
		return;
	state->dirty = true;
	state->version += !state->unversioned;
	txn->wake_bits |= wake_bit(state->id);
}

int txn_changed(struct txn *txn, int r)
{
	txn->changes++;
	if (r < 0)
		txn->doomed = true;
	if (r == PKS_ERR_MAP_FULL)
		txn->map_full = true;
	return r;
}

int txn_put(struct txn *txn, const struct key *key, struct bytes value)
{
	int r = txn_changed(txn, engine_put(txn->engine, key_bytes(key), value, NULL));

	txn->written = txn->written || r == 0;
	return r;
}

int txn_del(struct txn *txn, const struct key *key)
{
	return txn_changed(txn, engine_del(txn->engine, key_bytes(key), NULL));
}

int txn_del_range(struct txn *txn, const struct key *from, const struct key *to)
{
	return txn_changed(txn, engine_del_range(txn->engine, key_bytes(from), key_bytes(to), NULL));
}

void txn_post(struct txn *txn, uint64_t turn, unsigned channel, int sleepers)
{
	struct txn_post *posts;

	for (size_t i = 0; i < txn->post_count; i++) {
		if (txn->posts[i].turn == turn && txn->posts[i].channel == channel) {
			sleepers += txn->posts[i].sleepers < INT_MAX - sleepers ? txn->posts[i].sleepers : 0;
			txn->posts[i].sleepers = sleepers;
			return;
		}
	}
	posts = realloc(txn->posts, (txn->post_count + 1) * sizeof(*posts));
	if (!posts)
		return;
	txn->posts = posts;
	posts[txn->post_count++] = (struct txn_post){.turn = turn, .channel = channel, .sleepers = sleepers};
}
