/* SPDX-License-Identifier: MIT */
/*
 * Renaming a namespace: one transaction, as nobody is to find an object at neither path, or half of them at each. What
 * it dirties is bounded by how many objects it moves: a page for each header, and for each 30 paths or so two of the
 * catalog's; PKS_NAMESPACE_RENAME_MAX keeps that below the 131,071 pages that LMDB holds in memory.
 *
 * The objects do not pass through the transaction's states, which take more than a kilobyte each: only those that the
 * transaction knows already do. The others' headers are written at once.
 */
#include "namespace.h"

#include "base/error.h"
#include "catalog.h"

#include <pkstore/namespace.h>

#include <inttypes.h>

struct move {
	struct txn *txn;
	struct quota_path from, to;
	uint64_t objects;
	struct quota_size size; /* of those that did not pass through a state */
};

static int check_paths(const char *path, const char *to)
{
	size_t size = strlen(path), to_size = strlen(to), common = size < to_size ? size : to_size;
	int r;

	if (size == 0 || to_size == 0)
		return error_set(PKS_ERR_PATH,
		                 "the top namespace cannot be renamed, nor be what another is renamed to");
	r = pks_path_check(path);
	if (r == 0)
		r = pks_path_check(to);
	if (r < 0)
		return r;
	if (strncmp(path, to, common) == 0 && strchr("/", path[common]) && strchr("/", to[common]))
		return error_set(PKS_ERR_PATH, "%s: cannot become %s: one is in the other", path, to);
	return 0;
}

/* The path behind the namespace's, with the slash, behind the new one. */
static int new_path(const struct move *move, const char *old, char path_out[PKS_PATH_MAX + 1])
{
	const char *rest = old + move->from.size;
	size_t size = strlen(rest);

	if (move->to.size + size > PKS_PATH_MAX)
		return error_set(PKS_ERR_PATH, "%s: its path would be of %zu bytes; the limit is %d", old,
		                 move->to.size + size, PKS_PATH_MAX);
	memcpy(path_out, move->to.text, move->to.size);
	memcpy(path_out + move->to.size, rest, size + 1);
	return 0;
}

static int read_header(struct txn *txn, uint64_t id, const char *path, struct state *state_out)
{
	struct bytes record;
	struct key key;
	int r;

	key_part(&key, id, PART_HEADER);
	r = engine_get(txn->engine, key_bytes(&key), &record);
	if (r == 0)
		r = state_decode(record, state_out);
	if (r == PKS_NOT_FOUND || r == PKS_ERR_CORRUPT)
		return error_set(PKS_ERR_CORRUPT, "%s: the header of object %" PRIu64 " is damaged or missing", path,
		                 id);
	return r;
}

static int write_header(struct txn *txn, uint64_t id, const struct state *state)
{
	struct key key;

	buffer_clear(&txn->scratch);
	state_encode(state, &txn->scratch);
	if (txn->scratch.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	key_part(&key, id, PART_HEADER);
	return txn_put(txn, &key, (struct bytes){txn->scratch.data, txn->scratch.size});
}

static int move_unknown(struct move *move, const struct key *key, uint64_t id, const char *path)
{
	struct state state;
	int r = read_header(move->txn, id, path, &state);

	if (r < 0)
		return r;
	strcpy(state.path, path);
	state.version += !state.unversioned;
	move->txn->wake_bits |= wake_bit(id);
	move->size.objects++;
	move->size.bytes += (int64_t)state.bytes;
	r = write_header(move->txn, id, &state);
	if (r == 0)
		r = txn_del(move->txn, key);
	return r == 0 ? catalog_put(move->txn, path, id) : r;
}

static int move_object(struct move *move, const struct key *key, uint64_t id)
{
	struct state *known = states_find(&move->txn->states, id);
	char path[PKS_PATH_MAX + 1];
	int r = new_path(move, (const char *)key->data + 1, path);

	if (r == 0 && ++move->objects > PKS_NAMESPACE_RENAME_MAX)
		r = error_set(PKS_ERR_LIMIT, "%.*s: more than %d objects cannot be renamed at once",
		              (int)move->from.size, move->from.text, PKS_NAMESPACE_RENAME_MAX);
	if (r < 0)
		return r;
	return known && !known->dropped ? catalog_rename(move->txn, known, path) : move_unknown(move, key, id, path);
}

static int move_objects(struct move *move)
{
	struct key position, key;
	uint64_t id;
	int r;

	namespace_prefix(&position, move->from);
	while ((r = namespace_next(move->txn, move->from, &position, &key, &id)) == 0) {
		r = move_object(move, &key, id);
		if (r < 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* ---- limits: they go with the namespace ---- */

static int move_limits(struct move *move)
{
	char path[PKS_PATH_MAX + 1], to[PKS_PATH_MAX + 1];
	struct quota quota;
	int r;

	for (r = namespace_limit(move->txn, move->from, path, &quota); r == 0;
	     r = namespace_limit_next(move->txn, move->from, path, &quota)) {
		r = new_path(move, path, to);
		if (r == 0)
			r = quota_remove(move->txn, namespace_path(path));
		if (r == 0)
			r = quota_set(move->txn, namespace_path(to), quota.limit_objects, quota.limit_bytes);
		if (r != 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* Those that were on the new path already. The others, which come behind, are counted when they are set. */
static int recount_limits(struct move *move)
{
	char path[PKS_PATH_MAX + 1];
	struct quota quota;
	int r;

	for (r = namespace_limit(move->txn, move->to, path, &quota); r == 0;
	     r = namespace_limit_next(move->txn, move->to, path, &quota)) {
		r = quota_recount(move->txn, namespace_path(path), &quota);
		if (r < 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* ---- the whole ---- */

/* There is something in `from`, and nothing in `to`. */
static int check_objects(struct move *move, bool *any_out)
{
	struct key position, key;
	uint64_t id;
	int r;

	namespace_prefix(&position, move->from);
	r = namespace_next(move->txn, move->from, &position, &key, &id);
	*any_out = r == 0;
	if (r < 0)
		return r;
	namespace_prefix(&position, move->to);
	r = namespace_next(move->txn, move->to, &position, &key, &id);
	if (r == 0)
		return error_set(PKS_EXISTS, "%s: there already is an object in %.*s", (const char *)key.data + 1,
		                 (int)move->to.size, move->to.text);
	return r == PKS_NOT_FOUND ? 0 : r;
}

static int check_limits(struct move *move, bool *any)
{
	char path[PKS_PATH_MAX + 1], to[PKS_PATH_MAX + 1];
	struct quota quota, taken;
	int r;

	for (r = namespace_limit(move->txn, move->from, path, &quota); r == 0;
	     r = namespace_limit_next(move->txn, move->from, path, &quota)) {
		*any = true;
		r = new_path(move, path, to);
		if (r == 0)
			r = quota_find(move->txn, namespace_path(to), &taken);
		if (r == 0)
			return error_set(PKS_EXISTS, "%s: both it and %s have limits", path, to);
		if (r < 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* Conditions come from the checks alone: a call that answers one has changed nothing. */
static int check(struct move *move)
{
	bool any;
	int r = check_objects(move, &any);

	if (r == 0)
		r = check_limits(move, &any);
	if (r == 0 && !any)
		r = error_set(PKS_NOT_FOUND, "%.*s: there is no such namespace", (int)move->from.size,
		              move->from.text);
	return r;
}

static int rename_all(struct move *move)
{
	int r = check(move);

	if (r == 0)
		r = move_objects(move);
	if (r == 0)
		r = recount_limits(move);
	if (r == 0)
		r = move_limits(move);
	return r == 0 ? quota_shift(move->txn, move->from, move->to, move->size) : r;
}

int pks_namespace_rename(struct pks_store *store, const char *path, const char *to)
{
	struct scope scope = {0};
	int r = store_check(store);

	if (r == 0)
		r = check_paths(path ? path : "", to ? to : "");
	if (r < 0)
		return r;
	do {
		r = scope_begin(&scope, store, WRITE);
		if (r == 0)
			r = scope_end(&scope, rename_all(&(struct move){.txn = scope.txn,
			                                                .from = namespace_path(path),
			                                                .to = namespace_path(to)}));
	} while (scope_again(&scope, r));
	return r;
}
