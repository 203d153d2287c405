/* SPDX-License-Identifier: MIT */
#include "quota_record.h"

#include "base/cbor.h"
#include "base/error.h"
#include "ids.h"
#include "keys.h"
#include "number_list.h"

#include <inttypes.h>

/* What records of limits are called in the meta room, before the namespace's path. */
#define QUOTA_NAME "limit/"
#define QUOTA_NAME_SIZE (sizeof(QUOTA_NAME) - 1)

/* [limit of objects, limit of bytes, used objects, used bytes] */
#define QUOTA_ELEMENTS 4

/* How many records there are. */
#define QUOTA_COUNTER "limits"

_Static_assert(1 + QUOTA_NAME_SIZE + PKS_PATH_MAX <= ENGINE_KEY_MAX, "a limit's key fits the engine");

static void record_key(struct key *key, struct quota_path namespace)
{
	key_room(key, ROOM_META, QUOTA_NAME, QUOTA_NAME_SIZE);
	memcpy(key->data + key->size, namespace.text, namespace.size);
	key->size += namespace.size;
}

int quota_damaged(const struct txn *txn, struct quota_path namespace)
{
	return error_set(PKS_ERR_CORRUPT, "%s: the limits of the namespace '%.*s' are damaged", txn->store->path,
	                 (int)namespace.size, namespace.text);
}

static int decode(struct bytes record, struct quota *quota_out)
{
	uint64_t numbers[QUOTA_ELEMENTS];

	if (number_list_read(record, "uuuu", numbers) < 0 || numbers[2] > INT64_MAX || numbers[3] > INT64_MAX)
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
	return decode(record, quota_out) < 0 ? quota_damaged(txn, namespace) : 0;
}

int quota_put(struct txn *txn, struct quota_path namespace, const struct quota *quota)
{
	struct key key;

	buffer_clear(&txn->scratch);
	item_put_array(&txn->scratch, QUOTA_ELEMENTS);
	item_put_uint(&txn->scratch, quota->limit_objects);
	item_put_uint(&txn->scratch, quota->limit_bytes);
	item_put_uint(&txn->scratch, (uint64_t)quota->used.objects);
	item_put_uint(&txn->scratch, (uint64_t)quota->used.bytes);
	if (txn->scratch.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	record_key(&key, namespace);
	return txn_put(txn, &key, (struct bytes){txn->scratch.data, txn->scratch.size});
}

int quota_records(struct txn *txn, uint64_t *count_out)
{
	return ids_number_get(txn, QUOTA_COUNTER, 0, count_out);
}

static int count_records(struct txn *txn, int by)
{
	uint64_t count;
	int r = quota_records(txn, &count);

	return r < 0 ? r : ids_number_put(txn, QUOTA_COUNTER, count + (uint64_t)by);
}

int quota_add(struct txn *txn, struct quota_path namespace, const struct quota *quota)
{
	int r = quota_put(txn, namespace, quota);

	return r < 0 ? r : count_records(txn, 1);
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
		return quota_damaged(txn, (struct quota_path){"", 0});
	memcpy(path_out, (const char *)found.data + key.size, size);
	path_out[size] = 0;
	return decode(record, quota_out) < 0 ? quota_damaged(txn, (struct quota_path){path_out, size}) : 0;
}

/* ---- the limits ---- */

static int refuse(struct quota_path namespace, uint64_t limit, const char *what, int64_t would_be)
{
	return error_set(PKS_ERR_QUOTA, "%.*s: its limit of %" PRIu64 " %s would be passed: %" PRId64,
	                 namespace.size ? (int)namespace.size : 9, namespace.size ? namespace.text : "the store", limit,
	                 what, would_be);
}

int quota_check(const struct quota *quota, struct quota_path namespace, struct quota_size used, bool grows)
{
	uint64_t objects = quota->limit_objects, bytes = quota->limit_bytes;

	if (objects && used.objects > quota->used.objects && (uint64_t)used.objects > objects)
		return refuse(namespace, objects, "objects", used.objects);
	if (bytes && grows && used.bytes > quota->used.bytes && (uint64_t)used.bytes > bytes)
		return refuse(namespace, bytes, "bytes", used.bytes);
	return 0;
}
