/* SPDX-License-Identifier: MIT */
#include "layer.h"

#include "base/clock.h"
#include "base/error.h"
#include "object.h"

#include <pkstore/wait.h>

/* ---- around transactions ---- */

uint32_t layer_set_busy_timeout(struct pks_store *store, uint32_t timeout_ms)
{
	uint32_t before = store->busy_timeout_ms;

	store->busy_timeout_ms = timeout_ms;
	return before;
}

bool layer_in_transaction(struct pks_store *store)
{
	return store_check(store) == 0 && txn_current(store);
}

void layer_set_guard(struct pks_store *store, int (*guard)(struct pks_store *store, void *arg), void *arg)
{
	store->guard = guard;
	store->guard_arg = arg;
}

int layer_after_commit(struct pks_store *store, int (*fn)(struct pks_store *store))
{
	struct txn *txn = txn_current(store);

	if (!txn || !txn->write)
		return error_set(PKS_ERR_USAGE, "%s: no transaction is open", store->path);
	for (size_t i = 0; i < txn->after_count; i++)
		if (txn->after_commit[i] == fn)
			return 0;
	if (txn->after_count == TXN_AFTER_COMMIT_MAX)
		return error_set(PKS_ERR_LIMIT, "%s: too much to do after the commit", store->path);
	txn->after_commit[txn->after_count++] = fn;
	return 0;
}

/* ---- objects ---- */

int layer_version(struct pks_object *object, uint64_t *version_out)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, object, BASE_ANY, LOOK, &state);

	if (r != 0)
		return r;
	*version_out = state->unversioned ? 0 : state->version;
	return scope_end(&scope, 0);
}

/* ---- hand-off ---- */

void layer_post(struct pks_store *store, unsigned channel, int sleepers)
{
	struct txn *txn = txn_current(store);

	if (txn && txn->write)
		txn_post(txn, 0, channel, sleepers);
	else
		wake_channel_post(store->wake, channel, sleepers);
}

_Static_assert(LAYER_OWNERS == WAKE_OWNERS, "the same owners");

bool layer_promise(struct pks_store *store, unsigned channel, uint32_t owner, int64_t until, bool any)
{
	return wake_channel_promise(store->wake, channel, &(struct wake_promise){until, owner, any});
}

void layer_promise_end(struct pks_store *store, unsigned channel, uint32_t owner)
{
	wake_channel_promise_end(store->wake, channel, owner);
}

bool layer_is_promised(struct pks_store *store, unsigned channel, uint32_t owner)
{
	return wake_channel_is_promised(store->wake, channel, owner);
}

uint32_t layer_channel_posted(struct pks_store *store, unsigned channel)
{
	return wake_channel_posted(store->wake, channel);
}

uint32_t layer_channel_word(struct pks_store *store, unsigned channel)
{
	return wake_channel_word(store->wake, channel);
}

void layer_channel_wait(struct pks_store *store, unsigned channel, uint32_t seen)
{
	struct patience patience = patience_begin();

	wake_channel_wait(store->wake, channel, seen, clock_deadline(PKS_RECHECK_MS), &patience);
	patience_end(&patience);
}

/* ---- changes ---- */

uint32_t layer_changes(struct pks_store *store)
{
	return wake_word(store->wake);
}

uint32_t layer_changes_awaited(struct pks_store *store)
{
	return wake_waiters(store->wake);
}

uint32_t layer_change_bit(uint64_t id)
{
	return wake_bit(id);
}

void layer_changes_wait(struct pks_store *store, uint32_t seen, uint32_t bits, int64_t deadline)
{
	/* A sleep for no bits at all is none. No object has the id 0. */
	wake_wait(store->wake, seen, bits ? bits : wake_bit(0), deadline, &(struct patience){0});
}

void layer_changes_post(struct pks_store *store, uint32_t bits)
{
	wake_post(store->wake, bits);
}

/* ---- what the layer keeps with the store ---- */

void *layer_data(struct pks_store *store, enum layer_slot slot)
{
	return atomic_load_explicit(&store->layer[slot].data, memory_order_acquire);
}

void *layer_set_data(struct pks_store *store, enum layer_slot slot, void *data, void (*release)(void *data))
{
	void *set;

	pthread_mutex_lock(&store->handles_lock);
	set = layer_data(store, slot);
	if (!set) {
		store->layer[slot].release = release;
		atomic_store_explicit(&store->layer[slot].data, data, memory_order_release);
		set = data;
	}
	pthread_mutex_unlock(&store->handles_lock);
	return set;
}

void layer_release_data(struct pks_store *store)
{
	for (int slot = 0; slot < LAYER_SLOTS; slot++) {
		void *data = layer_data(store, (enum layer_slot)slot);

		if (data)
			store->layer[slot].release(data);
		atomic_store(&store->layer[slot].data, NULL);
	}
}

/* ---- threads of the library's own ---- */

static _Thread_local bool library_thread;

void layer_library_thread(void)
{
	library_thread = true;
}

int store_check_thread(const char *path)
{
	if (!library_thread)
		return 0;
	return error_set(PKS_ERR_USAGE, "%s: a store cannot be opened or closed in a thread of the library's own",
	                 path);
}

/* ---- upkeep ---- */

int64_t layer_writer(struct pks_store *store)
{
	return wake_writer(store->wake, NULL);
}

int layer_check_readers(struct pks_store *store)
{
	int r = store_check(store);

	return r < 0 ? r : engine_check_readers(store->engine);
}
