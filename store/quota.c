/* SPDX-License-Identifier: MIT */
#include "quota.h"

#include "base/error.h"
#include "base/cbor.h"
#include "ids.h"
#include "keys.h"

#include <inttypes.h>
#include <stdlib.h>

/* What records of limits are called in the meta room, before the namespace's path. */
#define QUOTA_NAME "limit/"
#define QUOTA_NAME_SIZE (sizeof(QUOTA_NAME) - 1)

/* How many records there are. */
#define QUOTA_COUNTER "limits"

_Static_assert(1 + QUOTA_NAME_SIZE + PKS_PATH_MAX <= ENGINE_KEY_MAX, "a limit's key fits the engine");

/* ---- records ---- */

static void record_key(struct key *key, struct quota_path namespace)
{
	key_room(key, ROOM_META, QUOTA_NAME, QUOTA_NAME_SIZE);
	memcpy(key->data + key->size, namespace.text, namespace.size);
	key->size += namespace.size;
}

static int damaged(const struct txn *txn, struct quota_path namespace)
{
	return error_set(PKS_ERR_CORRUPT, "%s: the limits of the namespace '%.*s' are damaged", txn->store->path,
	                 (int)namespace.size, namespace.text);
}

static int decode(struct bytes record, struct quota *quota_out)
{
	const uint8_t *at = record.data, *end = at + record.size;
	uint64_t numbers[4];
	struct item item;

	if (item_read(at, end, &item) < 0 || item.type != ITEM_ARRAY || item.number != 4)
		return PKS_ERR_CORRUPT;
	for (size_t i = 0; i < 4; i++) {
		if (item_read(item.next, end, &item) < 0 || item.type != ITEM_UINT)
			return PKS_ERR_CORRUPT;
		numbers[i] = item.number;
	}
	if (item.next != end || numbers[2] > INT64_MAX || numbers[3] > INT64_MAX)
		return PKS_ERR_CORRUPT;
	*quota_out = (struct quota){numbers[0], numbers[1], {(int64_t)numbers[2], (int64_t)numbers[3]}};
	return 0;
}

int quota_find(struct txn *txn, struct quota_path namespace, struct quota *quota_out)
{
	struct bytes record;
	struct key key;
	int r;

	record_key(&key, namespace);
	r = engine_get(txn->engine, key_bytes(&key), &record);
	if (r != 0)
		return r;
	return decode(record, quota_out) < 0 ? damaged(txn, namespace) : 0;
}

static int put(struct txn *txn, struct quota_path namespace, const struct quota *quota)
{
	struct key key;

	buffer_clear(&txn->scratch);
	item_put_array(&txn->scratch, 4);
	item_put_uint(&txn->scratch, quota->limit_objects);
	item_put_uint(&txn->scratch, quota->limit_bytes);
	item_put_uint(&txn->scratch, (uint64_t)quota->used.objects);
	item_put_uint(&txn->scratch, (uint64_t)quota->used.bytes);
	if (txn->scratch.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	record_key(&key, namespace);
	return txn_put(txn, &key, (struct bytes){txn->scratch.data, txn->scratch.size});
}

static int count_records(struct txn *txn, int by)
{
	uint64_t count;
	int r = ids_number_get(txn, QUOTA_COUNTER, 0, &count);

	return r < 0 ? r : ids_number_put(txn, QUOTA_COUNTER, count + (uint64_t)by);
}

int quota_remove(struct txn *txn, struct quota_path namespace)
{
	struct key key;
	int r;

	record_key(&key, namespace);
	r = txn_del(txn, &key);
	return r != 0 ? r : count_records(txn, -1);
}

int quota_next(struct txn *txn, struct quota_path from, char *path_out, struct quota *quota_out)
{
	struct engine_cursor *cursor;
	struct bytes found, record;
	struct key key;
	size_t size = 0;
	int r = engine_cursor_open(txn->engine, &cursor);

	if (r < 0)
		return r;
	record_key(&key, from);
	r = engine_seek(cursor, key_bytes(&key), &found, &record);
	engine_cursor_close(cursor);
	record_key(&key, (struct quota_path){"", 0});
	if (r == 0 && !key_begins(found, key_bytes(&key)))
		r = PKS_NOT_FOUND;
	if (r != 0)
		return r;
	size = found.size - key.size;
	if (size > PKS_PATH_MAX)
		return damaged(txn, (struct quota_path){"", 0});
	memcpy(path_out, (const char *)found.data + key.size, size);
	path_out[size] = 0;
	return decode(record, quota_out) < 0 ? damaged(txn, (struct quota_path){path_out, size}) : 0;
}

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

	for (size_t i = 0; i < txn->states.capacity; i++) {
		const struct state *state = txn->states.slots[i];

		if (!state || !size_changed(state))
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

/* ---- the namespaces that a transaction changes the size of ---- */

struct tally_entry {
	struct quota_path namespace; /* in a path that lives as long as the tally */
	struct quota quota;
	struct quota_size delta;
	bool grows; /* by what may not pass a limit of bytes */
};

struct tally {
	struct tally_entry *entries;
	size_t count, room;
};

/* NULL and 0: the namespace has no limit. */
static int tally_entry(struct tally *tally, struct txn *txn, struct quota_path namespace,
                       struct tally_entry **entry_out)
{
	struct quota quota;
	int r;

	*entry_out = NULL;
	for (size_t i = 0; i < tally->count; i++) {
		struct tally_entry *entry = &tally->entries[i];

		if (entry->namespace.size == namespace.size &&
		    memcmp(entry->namespace.text, namespace.text, namespace.size) == 0) {
			*entry_out = entry;
			return 0;
		}
	}
	r = quota_find(txn, namespace, &quota);
	if (r != 0)
		return r < 0 ? r : 0;
	if (tally->count == tally->room) {
		size_t room = tally->room ? 2 * tally->room : 4;
		struct tally_entry *entries = realloc(tally->entries, room * sizeof(*entries));

		if (!entries)
			return error_set(PKS_ERR_MEMORY, "out of memory");
		tally->entries = entries;
		tally->room = room;
	}
	*entry_out = &tally->entries[tally->count++];
	**entry_out = (struct tally_entry){.namespace = namespace, .quota = quota};
	return 0;
}

/* To all that the path is in: the top, and what stands before each of its slashes. */
static int tally_add(struct tally *tally, struct txn *txn, struct quota_path path, struct quota_size delta, bool grows)
{
	struct tally_entry *entry;
	int r = 0;

	for (size_t size = 0; r == 0 && size < path.size; size++) {
		if (size > 0 && path.text[size] != '/')
			continue;
		r = tally_entry(tally, txn, (struct quota_path){path.text, size}, &entry);
		if (r < 0 || !entry)
			continue;
		entry->delta.objects += delta.objects;
		entry->delta.bytes += delta.bytes;
		entry->grows |= grows;
	}
	return r;
}

static int refuse(const struct tally_entry *entry, uint64_t limit, const char *what, int64_t would_be)
{
	const struct quota_path *namespace = &entry->namespace;

	return error_set(PKS_ERR_QUOTA, "%.*s: its limit of %" PRIu64 " %s would be passed: %" PRId64,
	                 namespace->size ? (int)namespace->size : 9, namespace->size ? namespace->text : "the store",
	                 limit, what, would_be);
}

/* What foreign writers have not counted must not wrap it around; `pkstore check` finds such a difference. */
static int64_t add(int64_t used, int64_t delta)
{
	return used + delta > 0 ? used + delta : 0;
}

static int check_entry(const struct tally_entry *entry, struct quota_size used)
{
	const struct quota *quota = &entry->quota;

	if (quota->limit_objects && entry->delta.objects > 0 && (uint64_t)used.objects > quota->limit_objects)
		return refuse(entry, quota->limit_objects, "objects", used.objects);
	if (quota->limit_bytes && entry->delta.bytes > 0 && entry->grows && (uint64_t)used.bytes > quota->limit_bytes)
		return refuse(entry, quota->limit_bytes, "bytes", used.bytes);
	return 0;
}

static int tally_apply(struct tally *tally, struct txn *txn)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < tally->count; i++) {
		struct tally_entry *entry = &tally->entries[i];
		struct quota_size used = {
			add(entry->quota.used.objects, entry->delta.objects),
			add(entry->quota.used.bytes, entry->delta.bytes),
		};

		if (entry->delta.objects == 0 && entry->delta.bytes == 0)
			continue;
		r = check_entry(entry, used);
		entry->quota.used = used;
		if (r == 0)
			r = put(txn, entry->namespace, &entry->quota);
	}
	return r;
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
	for (size_t i = 0; i < txn->states.capacity; i++)
		if (txn->states.slots[i] && size_changed(txn->states.slots[i]))
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
	r = ids_number_get(txn, QUOTA_COUNTER, 0, &records);
	if (r < 0 || records == 0)
		return r;
	for (size_t i = 0; r == 0 && i < txn->states.capacity; i++)
		if (txn->states.slots[i] && size_changed(txn->states.slots[i]))
			r = tally_state(&tally, txn, txn->states.slots[i]);
	if (r == 0)
		r = tally_apply(&tally, txn);
	free(tally.entries);
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
	free(tally.entries);
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
		                                   : damaged(txn, namespace);
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
	struct tally_entry entry = {.namespace = namespace, .quota = *quota, .grows = true};
	struct quota_size used;
	int r = count_before(txn, namespace, &used);

	if (r < 0)
		return r;
	entry.delta = (struct quota_size){used.objects - quota->used.objects, used.bytes - quota->used.bytes};
	r = check_entry(&entry, used);
	quota->used = used;
	return r < 0 ? r : put(txn, namespace, quota);
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
	quota.limit_objects = objects;
	quota.limit_bytes = bytes;
	if (r >= 0)
		r = put(txn, namespace, &quota);
	return r < 0 || found ? r : count_records(txn, 1);
}
