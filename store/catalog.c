/* SPDX-License-Identifier: MIT */
#include "catalog.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/identity.h"
#include "ids.h"
#include "keys.h"

#include <stdio.h>

static void path_key(struct key *key, const char *path)
{
	key_room(key, ROOM_CATALOG, path, strlen(path));
}

int catalog_find(struct txn *txn, const char *path, uint64_t *id_out)
{
	struct bytes record;
	struct key key;
	int r;

	path_key(&key, path);
	r = engine_get(txn->engine, key_bytes(&key), &record);
	if (r != 0)
		return r;
	if (record.size != sizeof(*id_out))
		return error_set(PKS_ERR_CORRUPT, "%s: its catalog entry is damaged", path);
	*id_out = key_get_u64(record.data);
	return 0;
}

int catalog_put(struct txn *txn, const char *path, uint64_t id)
{
	struct key key;
	uint8_t big[8];

	path_key(&key, path);
	key_put_u64(big, id);
	return txn_put(txn, &key, (struct bytes){big, sizeof(big)});
}

/* By how much a new object's header may grow until the commit: the sizes, its key in the index. */
#define HEADER_ROOM 16

/*
 * The header itself is written at the commit, as every changed one. Until then something of its size keeps its place:
 * the records of new objects then come in the order of their keys, and fill their pages.
 */
static int keep_place(struct txn *txn, const struct state *state)
{
	static const uint8_t room[HEADER_ROOM];
	struct key key;

	buffer_clear(&txn->scratch);
	state_encode(state, &txn->scratch);
	buffer_append(&txn->scratch, room, sizeof(room));
	if (txn->scratch.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	key_part(&key, state->id, PART_HEADER);
	return txn_put(txn, &key, (struct bytes){txn->scratch.data, txn->scratch.size});
}

int catalog_create(struct txn *txn, const char *path, const char *type, struct state **state_out)
{
	struct state *state;
	uint64_t id;
	int r = ids_take(txn, &id);

	if (r < 0)
		return r;
	state = states_add(&txn->states, id);
	if (!state)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	state->created_ns = clock_wall();
	identity_new_at(state->created_ns, state->uuid);
	snprintf(state->type, sizeof(state->type), "%s", type);
	if (path)
		snprintf(state->path, sizeof(state->path), "%s", path);
	else
		state_anonymous_path(state, state->path);
	state->base = state_base(type);
	txn_touch(txn, state);
	r = ids_count(txn, 1);
	if (r == 0)
		r = catalog_put(txn, state->path, id);
	if (r == 0)
		r = keep_place(txn, state);
	*state_out = state;
	return r;
}

static int drop_index(struct txn *txn, const struct state *state)
{
	struct key key;

	if (state->index_size == 0)
		return 0;
	key_room(&key, ROOM_INDEX, state->index, state->index_size);
	return txn_del(txn, &key);
}

/* The Log that the object's type owns. PKS_NOT_FOUND when it has none, or it was dropped before. */
static int find_owned(struct txn *txn, const struct state *state, struct state **owned_out)
{
	const char *name = state_owned(state->type);
	struct pks_value value = {0};
	struct bytes record;
	struct key key;
	uint64_t id;
	int r;

	if (!name)
		return PKS_NOT_FOUND;
	key_named(&key, state->id, PART_ATTRIBUTE, name, strlen(name));
	r = engine_get(txn->engine, key_bytes(&key), &record);
	if (r != 0)
		return r;
	value.data = record.data;
	value.size = record.size;
	if (pks_value_ref(&value, &id) < 0 || id == state->id)
		return PKS_NOT_FOUND;
	r = txn_state(txn, id, owned_out);
	return r == PKS_ERR_GONE || (r == 0 && (*owned_out)->base != BASE_LOG) ? PKS_NOT_FOUND : r;
}

int catalog_drop(struct txn *txn, struct state *state)
{
	struct key from, to, path;
	struct state *owned;
	int r;

	if (state->pinned)
		return error_set(PKS_ERR_STATE, "%s: a %s that is in use cannot be dropped", state->path, state->type);
	r = find_owned(txn, state, &owned);
	if (r == 0)
		r = catalog_drop(txn, owned);
	if (r < 0)
		return r;
	txn_touch(txn, state);
	path_key(&path, state->path);
	key_part(&from, state->id, PART_HEADER);
	key_part(&to, state->id, PART_END);
	r = txn_del(txn, &path);
	if (r >= 0)
		r = drop_index(txn, state);
	if (r >= 0)
		r = txn_del_range(txn, &from, &to);
	if (r >= 0)
		r = ids_count(txn, -1);
	state->dropped = true;
	return r < 0 ? r : 0;
}

int catalog_rename(struct txn *txn, struct state *state, const char *path)
{
	uint64_t taken_by;
	struct key old;
	int r = catalog_find(txn, path, &taken_by);

	if (r == 0)
		return error_set(PKS_EXISTS, "%s: there already is an object at this path", path);
	if (r < 0)
		return r;
	if (state->existed && !state->path_before && !(state->path_before = strdup(state->path)))
		return error_set(PKS_ERR_MEMORY, "out of memory");
	txn_touch(txn, state);
	path_key(&old, state->path);
	r = txn_del(txn, &old);
	if (r >= 0)
		r = catalog_put(txn, path, state->id);
	snprintf(state->path, sizeof(state->path), "%s", path);
	return r < 0 ? r : 0;
}
