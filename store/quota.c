/* SPDX-License-Identifier: MIT */
#include "quota.h"

#include "base/error.h"
#include "keys.h"
#include "quota_tally.h"

#include <inttypes.h>

/* ---- what a transaction changes ---- */

static const char *path_before(const struct state *state)
{
	return state->path_before ? state->path_before : state->path;
}

static bool size_changed(const struct state *state)
{
	if (!state->dirty)
		return false;
	return state->existed == state->dropped || state->path_before || state->bytes != state->bytes_before;
}

static bool is_in(const char *path, struct quota_path namespace)
{
	if (namespace.size == 0)
		return true;
	return strncmp(path, namespace.text, namespace.size) == 0 && path[namespace.size] == '/';
}

struct quota_size quota_delta(const struct txn *txn, struct quota_path namespace)
{
	struct quota_size delta = {0};

	for (const struct state *state = txn->states.first; state; state = state->next) {
		if (!size_changed(state))
			continue;
		if (!state->dropped && is_in(state->path, namespace)) {
			delta.objects++;
			delta.bytes += (int64_t)state->bytes;
		}
		if (state->existed && is_in(path_before(state), namespace)) {
			delta.objects--;
			delta.bytes -= (int64_t)state->bytes_before;
		}
	}
	return delta;
}

/*
 * Whether the limit of bytes is for what the object gained. Not for the locks, which write down who waits; nor for an
 * item that is taken out of a Queue, with its taker's name: those who would make room must not be kept from it. Nor for
 * what a layer has noted: the end of a process is to be known, however full its namespace is.
 */
static bool may_not_grow(const struct state *state)
{
	switch (state->base) {
	case BASE_LOCK:
	case BASE_SEMAPHORE:
	case BASE_EVENT:
	case BASE_CONDITION:
	case BASE_BARRIER:
		return false;
	case BASE_QUEUE:
		return state->count >= state->count_before;
	default:
		return true;
	}
}

static struct quota_path as_path(const char *text)
{
	return (struct quota_path){text, strlen(text)};
}

static int tally_state(struct tally *tally, struct txn *txn, const struct state *state)
{
	struct quota_size now = {1, (int64_t)state->bytes}, before = {-1, -(int64_t)state->bytes_before};
	bool grows = may_not_grow(state);
	int r = 0;

	if (!state->dropped && state->existed && !state->path_before)
		return tally_add(tally, txn, as_path(state->path), (struct quota_size){0, now.bytes + before.bytes},
		                 now.bytes + before.bytes > state->bytes_freely && grows);
	if (state->existed)
		r = tally_add(tally, txn, as_path(path_before(state)), before, false);
	if (r == 0 && !state->dropped)
		r = tally_add(tally, txn, as_path(state->path), now, grows);
	return r;
}

static bool any_changed(const struct txn *txn)
{
	for (const struct state *state = txn->states.first; state; state = state->next)
		if (size_changed(state))
			return true;
	return false;
}

int quota_flush(struct txn *txn)
{
	struct tally tally = {0};
	uint64_t records;
	int r;

	if (!any_changed(txn))
		return 0;
	r = quota_records(txn, &records);
	if (r < 0 || records == 0)
		return r;
	for (struct state *state = txn->states.first; r == 0 && state; state = state->next)
		if (size_changed(state))
			r = tally_state(&tally, txn, state);
	if (r == 0)
		r = tally_apply(&tally, txn);
	tally_release(&tally);
	return r;
}

int quota_shift(struct txn *txn, struct quota_path from, struct quota_path to, struct quota_size size)
{
	struct tally tally = {0};
	int r = tally_add(&tally, txn, from, (struct quota_size){-size.objects, -size.bytes}, false);

	if (r == 0)
		r = tally_add(&tally, txn, to, size, true);
	if (r == 0)
		r = tally_apply(&tally, txn);
	tally_release(&tally);
	return r;
}

/* ---- counting ---- */

static int add_object(struct txn *txn, uint64_t id, struct quota_size *size)
{
	const struct state *known = states_find(&txn->states, id);
	struct state read;
	struct bytes record;
	struct key key;
	int r = 0;

	if (!known) {
		key_part(&key, id, PART_HEADER);
		r = engine_get(txn->engine, key_bytes(&key), &record);
		if (r == 0)
			r = state_decode(record, &read);
		known = &read;
	}
	if (r == PKS_NOT_FOUND || r == PKS_ERR_CORRUPT)
		return error_set(PKS_ERR_CORRUPT, "%s: the header of object %" PRIu64 " is damaged or missing",
		                 txn->store->path, id);
	if (r < 0)
		return r;
	size->objects++;
	size->bytes += (int64_t)known->bytes;
	return 0;
}

int quota_count(struct txn *txn, struct quota_path namespace, struct quota_size *size_out)
{
	struct quota_size size = {0};
	struct engine_cursor *cursor;
	struct bytes found, value;
	struct key prefix;
	int r = engine_cursor_open(txn->engine, &cursor);

	if (r < 0)
		return r;
	key_room(&prefix, ROOM_CATALOG, namespace.text, namespace.size);
	if (namespace.size)
		prefix.data[prefix.size++] = '/';
	r = engine_seek(cursor, key_bytes(&prefix), &found, &value);
	while (r == 0 && key_begins(found, key_bytes(&prefix))) {
		r = value.size == sizeof(uint64_t) ? add_object(txn, key_get_u64(value.data), &size)
		                                   : quota_damaged(txn, namespace);
		if (r == 0)
			r = engine_next(cursor, &found, &value);
	}
	engine_cursor_close(cursor);
	if (r < 0)
		return r;
	*size_out = size;
	return 0;
}

/* What was in it when the transaction began: what its commit is going to add is not to be counted twice. */
static int count_before(struct txn *txn, struct quota_path namespace, struct quota_size *size_out)
{
	struct quota_size delta = quota_delta(txn, namespace);
	int r = quota_count(txn, namespace, size_out);

	if (r < 0)
		return r;
	size_out->objects -= delta.objects;
	size_out->bytes -= delta.bytes;
	return 0;
}

int quota_recount(struct txn *txn, struct quota_path namespace, struct quota *quota)
{
	struct quota_size used;
	int r = count_before(txn, namespace, &used);

	if (r < 0)
		return r;
	r = quota_check(quota, namespace, used, true);
	quota->used = used;
	return r < 0 ? r : quota_put(txn, namespace, quota);
}

int quota_set(struct txn *txn, struct quota_path namespace, uint64_t objects, uint64_t bytes)
{
	struct quota quota;
	int r = quota_find(txn, namespace, &quota);
	bool found = r == 0;

	if (r < 0 || (!found && !objects && !bytes))
		return r < 0 ? r : 0;
	if (!objects && !bytes)
		return quota_remove(txn, namespace);
	if (!found)
		r = count_before(txn, namespace, &quota.used);
	if (r < 0)
		return r;
	quota.limit_objects = objects;
	quota.limit_bytes = bytes;
	return found ? quota_put(txn, namespace, &quota) : quota_add(txn, namespace, &quota);
}
