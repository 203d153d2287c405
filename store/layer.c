/* SPDX-License-Identifier: MIT */
#include "layer.h"

#include "base/clock.h"
#include "base/error.h"
#include "keys.h"
#include "object.h"
#include "view.h"

#include <pkstore/wait.h>

/* ---- the index room ---- */

static int take_index_key(struct txn *txn, const struct pks_object *object, const void *data, size_t size)
{
	struct key key;
	uint8_t id[8];
	int r;

	key_room(&key, ROOM_INDEX, data, size);
	key_put_u64(id, object->id);
	r = engine_insert(txn->engine, key_bytes(&key), (struct bytes){id, sizeof(id)});
	if (r == PKS_EXISTS)
		return error_set(PKS_EXISTS, "%s: its place in the index is taken", object->path);
	return txn_changed(txn, r);
}

static int index_move(struct txn *txn, struct state *state, const struct pks_object *object, const void *data,
                      size_t size, bool pinned)
{
	struct key old;
	int r = 0;

	if (size)
		r = take_index_key(txn, object, data, size);
	if (r == 0 && state->index_size) {
		key_room(&old, ROOM_INDEX, state->index, state->index_size);
		r = txn_del(txn, &old);
		if (r == PKS_NOT_FOUND)
			r = error_set(PKS_ERR_CORRUPT, "%s: its entry in the index is not there", object->path);
	}
	if (r != 0)
		return r;
	txn_touch(txn, state);
	if (size)
		memcpy(state->index, data, size);
	state->index_size = size;
	state->pinned = pinned;
	return 0;
}

int layer_index_move(struct pks_object *object, const void *key, size_t size, bool pinned)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	if (size > LAYER_INDEX_KEY_MAX)
		return error_set(PKS_ERR_LIMIT, "an index key of %zu bytes; the limit is %d", size,
		                 LAYER_INDEX_KEY_MAX);
	do {
		r = object_begin(&scope, object, BASE_ANY, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, index_move(scope.txn, state, object, key, key ? size : 0, pinned));
	} while (scope_again(&scope, r));
	return r;
}

static int take_entry(const struct pks_store *store, struct bytes key, struct bytes value,
                      struct layer_index_entry *entry_out)
{
	if (key.size < 2 || key.size - 1 > LAYER_INDEX_KEY_MAX || value.size != sizeof(entry_out->id))
		return error_set(PKS_ERR_CORRUPT, "%s: an entry of the index is damaged", store->path);
	entry_out->size = key.size - 1;
	memcpy(entry_out->key, (const uint8_t *)key.data + 1, entry_out->size);
	entry_out->id = key_get_u64(value.data);
	return 0;
}

int layer_index_first(struct pks_store *store, const void *data, size_t size, struct layer_index_entry *entry_out)
{
	struct bytes found, value;
	struct key prefix;
	struct view view;
	int r = view_open(&view, store);

	if (r < 0)
		return r;
	key_room(&prefix, ROOM_INDEX, data, size);
	r = engine_seek(view.cursor, key_bytes(&prefix), &found, &value);
	if (r == 0)
		r = key_begins(found, key_bytes(&prefix)) ? take_entry(store, found, value, entry_out) : PKS_NOT_FOUND;
	view_close(&view);
	return r;
}

int layer_index_last(struct pks_store *store, const void *data, size_t size, struct layer_index_entry *entry_out)
{
	struct scope scope = {0};
	struct bytes found, value;
	struct key prefix, behind;
	int r = scope_begin(&scope, store, WRITE);

	if (r < 0)
		return r;
	key_room(&prefix, ROOM_INDEX, data, size);
	behind = prefix;
	key_successor(&behind);
	r = engine_before(scope.txn->engine, key_bytes(&behind), &found, &value);
	if (r == 0)
		r = key_begins(found, key_bytes(&prefix)) ? take_entry(store, found, value, entry_out) : PKS_NOT_FOUND;
	return scope_end(&scope, r);
}

int layer_index_each(struct pks_store *store, const void *prefix, size_t size,
                     int (*each)(const struct layer_index_entry *entry, void *arg), void *arg)
{
	struct layer_index_entry entry;
	struct bytes found, value;
	struct key key;
	struct view view;
	int r = view_open(&view, store);

	if (r < 0)
		return r;
	key_room(&key, ROOM_INDEX, prefix, size);
	r = engine_seek(view.cursor, key_bytes(&key), &found, &value);
	while (r == 0 && key_begins(found, key_bytes(&key))) {
		r = take_entry(store, found, value, &entry);
		if (r == 0)
			r = each(&entry, arg);
		if (r != 0)
			break;
		r = engine_next(view.cursor, &found, &value);
	}
	view_close(&view);
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* ---- settings ---- */

static int setting_key(struct pks_store *store, const char *name, struct key *key_out)
{
	size_t size = strlen(name);

	if (size == 0 || size > PKS_KEY_MAX)
		return error_set(PKS_ERR_LIMIT, "%s: a setting's name of %zu bytes", store->path, size);
	key_room(key_out, ROOM_META, name, size);
	return 0;
}

int layer_setting_get(struct pks_store *store, const char *name, struct pks_value *value_out)
{
	struct scope scope = {0};
	struct bytes bytes;
	struct key key;
	int r = store_check(store);

	if (r == 0)
		r = setting_key(store, name, &key);
	if (r == 0)
		r = scope_begin(&scope, store, READ);
	if (r != 0)
		return r;
	r = engine_get(scope.txn->engine, key_bytes(&key), &bytes);
	if (r == 0)
		r = scope_lend(&scope, bytes, value_out);
	return scope_end(&scope, r);
}

int layer_setting_set(struct pks_store *store, const char *name, const struct pks_value *value)
{
	struct scope scope = {0};
	struct key key;
	int r = store_check(store);

	if (r == 0)
		r = setting_key(store, name, &key);
	if (r < 0)
		return r;
	do {
		r = scope_begin(&scope, store, WRITE);
		if (r == 0)
			r = scope_end(&scope, txn_put(scope.txn, &key, (struct bytes){value->data, value->size}));
	} while (scope_again(&scope, r));
	return r;
}

int layer_setting_del(struct pks_store *store, const char *name)
{
	struct scope scope = {0};
	struct key key;
	int r = store_check(store);

	if (r == 0)
		r = setting_key(store, name, &key);
	if (r < 0)
		return r;
	do {
		r = scope_begin(&scope, store, WRITE);
		if (r == 0)
			r = scope_end(&scope, txn_del(scope.txn, &key));
	} while (scope_again(&scope, r));
	return r;
}

int layer_setting_each(struct pks_store *store, const char *prefix,
                       int (*each)(const char *name, size_t size, void *arg), void *arg)
{
	struct bytes found, value;
	struct key key;
	struct view view;
	int r = view_open(&view, store);

	if (r < 0)
		return r;
	key_room(&key, ROOM_META, prefix, strlen(prefix));
	r = engine_seek(view.cursor, key_bytes(&key), &found, &value);
	while (r == 0 && key_begins(found, key_bytes(&key))) {
		r = each((const char *)found.data + 1, found.size - 1, arg);
		if (r != 0)
			break;
		r = engine_next(view.cursor, &found, &value);
	}
	view_close(&view);
	return r == PKS_NOT_FOUND ? 0 : r;
}

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
