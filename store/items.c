/* SPDX-License-Identifier: MIT */
#include "items.h"

#include "base/error.h"

#include <inttypes.h>

int items_room(const struct state *state, uint64_t entries, uint64_t bytes)
{
	uint64_t count, size;

	if (state->limit && (__builtin_add_overflow(state->count, entries, &count) || count > state->limit))
		return error_set(PKS_FULL, "%s: its limit of %" PRIu64 " entries is reached", state->path,
		                 state->limit);
	if (state->limit_bytes &&
	    (__builtin_add_overflow(state->bytes, bytes, &size) || size > state->limit_bytes))
		return error_set(PKS_FULL, "%s: its limit of %" PRIu64 " bytes is reached", state->path,
		                 state->limit_bytes);
	return 0;
}

int items_room_at(struct txn *txn, const struct state *state, const struct key *key, size_t size, bool entry)
{
	struct bytes old;
	int r;

	if (!items_limited(state))
		return 0;
	r = engine_get(txn->engine, key_bytes(key), &old);
	if (r < 0)
		return r;
	if (r == PKS_NOT_FOUND)
		return items_room(state, entry, key->size - KEY_OBJECT_SIZE + size);
	return size > old.size ? items_room(state, 0, size - old.size) : 0;
}

/* What a foreign writer has not counted must not wrap it around; `pkstore check` finds such a difference. */
static void shrink(struct state *state, uint64_t bytes)
{
	state->bytes -= bytes < state->bytes ? bytes : state->bytes;
}

int items_put(struct txn *txn, struct state *state, const struct key *key, struct bytes value, bool *added_out)
{
	size_t old;
	int r = txn_changed(txn, engine_put(txn->engine, key_bytes(key), value, &old));
	if (r < 0)
		return r;
	state->bytes += value.size;
	if (old == ENGINE_NO_VALUE)
		state->bytes += key->size - KEY_OBJECT_SIZE;
	else
		shrink(state, old);
	if (added_out)
		*added_out = old == ENGINE_NO_VALUE;
	return 0;
}

int items_del(struct txn *txn, struct state *state, const struct key *key)
{
	size_t old;
	int r = txn_changed(txn, engine_del(txn->engine, key_bytes(key), &old));

	if (r == 0)
		shrink(state, key->size - KEY_OBJECT_SIZE + old);
	return r;
}

int items_del_range(struct txn *txn, struct state *state, const struct key *from, const struct key *to)
{
	struct engine_removed removed;
	int r = txn_changed(txn, engine_del_range(txn->engine, key_bytes(from), key_bytes(to), &removed));

	if (r == 0)
		shrink(state, removed.bytes - removed.records * KEY_OBJECT_SIZE);
	return r;
}

int items_del_parts(struct txn *txn, struct state *state, enum part first, enum part end)
{
	struct key from, to;

	key_part(&from, state->id, first);
	key_part(&to, state->id, end);
	return items_del_range(txn, state, &from, &to);
}
