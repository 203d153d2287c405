/* SPDX-License-Identifier: MIT */
/* The index room, in which a layer gives objects an order of its own. */
#include "layer.h"

#include "base/error.h"
#include "keys.h"
#include "object.h"
#include "view.h"

/* Where an entry is to be: behind all that begin as it does, if `last` is not 0 but the length of that. */
struct index_place {
	const void *data;
	size_t size, last;
};

static int take_index_key(struct txn *txn, const struct pks_object *object, const struct index_place *place)
{
	struct key key;
	uint8_t id[8];
	int r;

	key_room(&key, ROOM_INDEX, place->data, place->size);
	key_put_u64(id, object->id);
	if (place->last)
		r = engine_insert_last(txn->engine, key_bytes(&key), 1 + place->last, (struct bytes){id, sizeof(id)});
	else
		r = engine_insert(txn->engine, key_bytes(&key), (struct bytes){id, sizeof(id)});
	if (r == PKS_EXISTS && place->last)
		txn_changed(txn, 0); /* there and back */
	if (r == PKS_EXISTS)
		return error_set(PKS_EXISTS, "%s: its place in the index is taken", object->path);
	return txn_changed(txn, r);
}

static int index_move(struct txn *txn, struct state *state, const struct pks_object *object,
                      const struct index_place *place, bool pinned)
{
	struct key old;
	int r = 0;

	if (place->size)
		r = take_index_key(txn, object, place);
	if (r == 0 && state->index_size) {
		key_room(&old, ROOM_INDEX, state->index, state->index_size);
		r = txn_del(txn, &old);
		if (r == PKS_NOT_FOUND)
			r = error_set(PKS_ERR_CORRUPT, "%s: its entry in the index is not there", object->path);
	}
	if (r != 0)
		return r;
	txn_touch(txn, state);
	if (place->size)
		memcpy(state->index, place->data, place->size);
	state->index_size = place->size;
	state->pinned = pinned;
	return 0;
}

static int move_to(struct pks_object *object, const struct index_place *place, bool pinned)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	if (place->size > LAYER_INDEX_KEY_MAX)
		return error_set(PKS_ERR_LIMIT, "an index key of %zu bytes; the limit is %d", place->size,
		                 LAYER_INDEX_KEY_MAX);
	do {
		r = object_begin(&scope, object, BASE_ANY, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, index_move(scope.txn, state, object, place, pinned));
	} while (scope_again(&scope, r));
	return r;
}

int layer_index_move(struct pks_object *object, const void *key, size_t size, bool pinned)
{
	return move_to(object, &(struct index_place){.data = key, .size = key ? size : 0}, pinned);
}

int layer_index_move_last(struct pks_object *object, const void *key, size_t size, size_t prefix, bool pinned)
{
	return move_to(object, &(struct index_place){.data = key, .size = size, .last = prefix}, pinned);
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
