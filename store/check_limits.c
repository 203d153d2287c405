/* SPDX-License-Identifier: MIT */
/*
 * Limits of namespaces: what a record says is used is told by the catalog and the headers. So these records come last,
 * when a repair has set right what they are told by.
 */
#include "check.h"

#include "base/cbor.h"

#include <inttypes.h>

/* [objects, bytes, used objects, used bytes] */
enum { LIMIT_OBJECTS, LIMIT_BYTES, USED_OBJECTS, USED_BYTES, LIMIT_ELEMENTS };

/* What every path in the limited namespace begins with in the catalog; of the whole store nothing but the room. */
static void catalog_prefix(const struct check *check, struct key *prefix_out)
{
	size_t before = 1 + strlen(CHECK_LIMIT), size = check->unit.size - before;

	key_room(prefix_out, ROOM_CATALOG, check->unit.data + before, size);
	if (size > 0)
		prefix_out->data[prefix_out->size++] = '/';
}

static void count_used(struct check *check, uint64_t *used)
{
	struct bytes key, value;
	struct state state = {0};
	struct engine_cursor *cursor;
	struct key prefix;
	int r = engine_cursor_open(check->engine, &cursor);

	check_fail(check, r);
	if (r < 0)
		return;
	catalog_prefix(check, &prefix);
	used[USED_OBJECTS] = used[USED_BYTES] = 0;
	r = engine_seek(cursor, key_bytes(&prefix), &key, &value);
	while (r == 0 && key_begins(key, key_bytes(&prefix))) {
		if (value.size == sizeof(uint64_t) &&
		    check_header(check, key_get_u64(value.data), &state) == CHECK_HEADER_GOOD) {
			used[USED_OBJECTS]++;
			used[USED_BYTES] += state.bytes;
		}
		r = engine_next(cursor, &key, &value);
	}
	check_fail(check, r);
	engine_cursor_close(cursor);
}

static void put_limit(struct check *check, const uint64_t *numbers)
{
	struct buffer record = {0};

	item_put_array(&record, LIMIT_ELEMENTS);
	for (int i = 0; i < LIMIT_ELEMENTS; i++)
		item_put_uint(&record, numbers[i]);
	if (record.failed)
		check_fail(check, PKS_ERR_MEMORY);
	else
		check_put(check, &check->unit, record.data, record.size);
	buffer_release(&record);
}

/* All four of them, no default being left out. */
static bool is_limit(struct bytes value)
{
	struct item list;

	return item_read(value.data, (const uint8_t *)value.data + value.size, &list) == 0 && list.type == ITEM_ARRAY &&
	       list.number == LIMIT_ELEMENTS;
}

/* A path, or nothing: the whole store. */
static bool is_namespace(const struct check *check)
{
	size_t before = 1 + strlen(CHECK_LIMIT), size = check->unit.size - before;
	char path[PKS_PATH_MAX + 1];

	if (size > PKS_PATH_MAX || memchr(check->unit.data + before, 0, size))
		return false;
	memcpy(path, check->unit.data + before, size);
	path[size] = 0;
	return size == 0 || pks_path_check(path) == 0;
}

void check_limit(struct check *check, struct bytes value)
{
	uint64_t said[LIMIT_ELEMENTS], used[LIMIT_ELEMENTS];

	if (!is_namespace(check) || !is_limit(value) || !check_list(value, "uuuu", said)) {
		check_find(check, PKS_CHECK_META, NULL, "the limits of the namespace '%.*s' are not as they should be",
		           (int)(check->unit.size - 1 - strlen(CHECK_LIMIT)),
		           (const char *)check->unit.data + 1 + strlen(CHECK_LIMIT));
		return;
	}
	memcpy(used, said, sizeof(used));
	count_used(check, used);
	if (memcmp(said, used, sizeof(used)) == 0)
		return;
	check_find(check, PKS_CHECK_META, "it is counted",
	           "%" PRIu64 " objects with %" PRIu64 " bytes are counted in the namespace '%.*s', there are %" PRIu64
	           " with %" PRIu64,
	           said[USED_OBJECTS], said[USED_BYTES], (int)(check->unit.size - 1 - strlen(CHECK_LIMIT)),
	           (const char *)check->unit.data + 1 + strlen(CHECK_LIMIT), used[USED_OBJECTS], used[USED_BYTES]);
	put_limit(check, used);
}
