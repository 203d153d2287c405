/* SPDX-License-Identifier: MIT */
/* The rooms but that of the objects: each of their records is a unit of its own. */
#include "check.h"

#include "base/identity.h"
#include "base/cbor.h"

#include <inttypes.h>

void check_foreign(struct check *check)
{
	check_find(check, PKS_CHECK_ROOM, NULL, "the record is in no room of this format");
}

/* ---- meta ---- */

static bool is_named(const struct check *check, const char *name)
{
	return check->unit.size == 1 + strlen(name) && memcmp(check->unit.data + 1, name, strlen(name)) == 0;
}

/* A record that is one unsigned integer and nothing else. */
static bool take_number(struct bytes value, uint64_t *number_out)
{
	const uint8_t *end = (const uint8_t *)value.data + value.size;
	struct item item;

	if (item_read(value.data, end, &item) < 0 || item.type != ITEM_UINT || item.next != end)
		return false;
	*number_out = item.number;
	return true;
}

static void check_format(struct check *check, struct bytes value)
{
	uint64_t number = 0;

	check->has_format = true;
	if (!take_number(value, &number) || number != check->store->format)
		check_find(check, PKS_CHECK_META, NULL, "'format' is not %u, as in pkstore.json", check->store->format);
}

static void check_uuid(struct check *check, struct bytes value)
{
	const uint8_t *end = (const uint8_t *)value.data + value.size;
	uint8_t uuid[16];
	struct item item;

	check->has_uuid = true;
	if (identity_parse(check->store->uuid, uuid) < 0 || item_read(value.data, end, &item) < 0 ||
	    item.type != ITEM_BYTES || item.number != sizeof(uuid) || memcmp(item.data, uuid, sizeof(uuid)) != 0)
		check_find(check, PKS_CHECK_META, NULL, "'uuid' is not that of pkstore.json");
}

static bool is_limit(const struct check *check)
{
	return check->unit.size > strlen(CHECK_LIMIT) &&
	       memcmp(check->unit.data + 1, CHECK_LIMIT, strlen(CHECK_LIMIT)) == 0;
}

/* The counters are judged when everything that they count was seen; one that is no number is as good as missing. */
void check_meta(struct check *check, struct bytes value)
{
	if (is_named(check, "format"))
		check_format(check, value);
	else if (is_named(check, "uuid"))
		check_uuid(check, value);
	else if (is_named(check, "next-id"))
		check->has_next_id = take_number(value, &check->next_id);
	else if (is_named(check, "objects"))
		check->has_objects = take_number(value, &check->objects);
	else if (is_named(check, "limits"))
		check->limits = take_number(value, &check->limits) ? check->limits : UINT64_MAX;
	else if (is_limit(check) && (check->txn || check->closing))
		check_limit(check, value);
	else if (is_limit(check))
		check->limit_records++;
	else
		check_setting(check, value);
}

/* ---- catalog ---- */

/* The path that the entry's key is, if it can be one. */
static bool take_path(const struct check *check, char path_out[PKS_PATH_MAX + 1])
{
	size_t size = check->unit.size - 1;

	if (size > PKS_PATH_MAX || memchr(check->unit.data + 1, 0, size))
		return false;
	memcpy(path_out, check->unit.data + 1, size);
	path_out[size] = 0;
	return pks_path_check(path_out) == 0;
}

static bool take_id(struct bytes value, uint64_t *id_out)
{
	if (value.size != sizeof(*id_out))
		return false;
	*id_out = key_get_u64(value.data);
	return true;
}

static bool has_records(struct check *check, uint64_t id)
{
	struct bytes key, value;
	struct key from;
	int r;

	key_part(&from, id, PART_HEADER);
	from.size--;
	r = engine_seek(check->cursor, key_bytes(&from), &key, &value);
	check_fail(check, r);
	return r == 0 && key_begins(key, key_bytes(&from));
}

/* An object whose header is lost is still known by this path. */
static void check_headless(struct check *check, uint64_t id, const char *path, enum check_header found)
{
	if (!has_records(check, id)) {
		check_find(check, PKS_CHECK_CATALOG, "the entry is removed",
		           "names object %" PRIu64 ", which is not there", id);
		check_del(check, &check->unit);
		return;
	}
	check_find(check, PKS_CHECK_CATALOG, "the object gets a new header with this path",
	           "names object %" PRIu64 ", whose header is %s", id,
	           found == CHECK_HEADER_MISSING ? "missing" : "broken");
	if (check->txn)
		check_object(check, id, path);
}

void check_catalog(struct check *check, struct bytes value)
{
	char path[PKS_PATH_MAX + 1];
	struct state state = {0};
	enum check_header found;
	bool good = take_path(check, path);
	uint64_t id;

	if (good)
		check->path = path;
	if (!take_id(value, &id)) {
		check_find(check, PKS_CHECK_CATALOG, "the entry is removed; its object, if there is one, gets its own",
		           "the entry is no object's id");
		check_del(check, &check->unit);
		return;
	}
	check->id = id;
	found = check_header(check, id, &state);
	if (check->failed)
		return;
	if (found != CHECK_HEADER_GOOD && good) {
		check_headless(check, id, path, found);
	} else if (!good || strcmp(state.path, path) != 0) {
		check_find(check, PKS_CHECK_CATALOG, "the entry is removed; the object keeps the path in its header",
		           good ? "names object %" PRIu64 ", whose path is '%s'" : "no path names object %" PRIu64, id,
		           state.path);
		check_del(check, &check->unit);
	}
}

/* ---- index ---- */

void check_index(struct check *check, struct bytes value)
{
	static const char repair[] = "the entry is removed; an object that needs one gets its own";
	struct state state = {0};
	uint64_t id;

	if (!take_id(value, &id)) {
		check_find(check, PKS_CHECK_INDEX, repair, "the entry is no object's id");
		check_del(check, &check->unit);
		return;
	}
	check->id = id;
	/* Of a broken header nobody can say; its object is judged with its other records. */
	switch (check_header(check, id, &state)) {
	case CHECK_HEADER_GOOD:
		check->path = state.path;
		if (state.index_size == check->unit.size - 1 &&
		    memcmp(state.index, check->unit.data + 1, state.index_size) == 0)
			return;
		check_find(check, PKS_CHECK_INDEX, repair, "object %" PRIu64 " does not say that this is its entry",
		           id);
		break;
	case CHECK_HEADER_MISSING:
		check_find(check, PKS_CHECK_INDEX, repair, "names object %" PRIu64 ", which is not there", id);
		break;
	case CHECK_HEADER_BROKEN:
		check_find(check, PKS_CHECK_INDEX, repair, "names object %" PRIu64 ", whose header is broken", id);
	}
	check_del(check, &check->unit);
}

/* ---- the counters ---- */

static void put_counter(struct check *check, const char *name, uint64_t number)
{
	struct buffer record = {0};
	struct key key;

	item_put_uint(&record, number);
	key_room(&key, ROOM_META, name, strlen(name));
	if (record.failed)
		check_fail(check, PKS_ERR_MEMORY);
	else
		check_put(check, &key, record.data, record.size);
	buffer_release(&record);
}

/* Counts anew: since the snapshot others have created and dropped objects. One step for each object. */
static void count_headers(struct check *check)
{
	struct key next = {.size = 1, .data = {ROOM_OBJECT}};
	struct bytes key, value;
	int r = 0;

	check->headers = check->last_id = 0;
	while (r == 0 && (r = engine_seek(check->cursor, key_bytes(&next), &key, &value)) == 0) {
		if (*(const uint8_t *)key.data != ROOM_OBJECT)
			break;
		next.size = key.size < KEY_OBJECT_SIZE ? key.size : KEY_OBJECT_SIZE - 1;
		memcpy(next.data, key.data, next.size);
		if (key.size < KEY_OBJECT_SIZE) { /* no object's */
			next.data[next.size++] = 0;
			continue;
		}
		check->last_id = key_get_u64(next.data + 1);
		check->headers += key.size == KEY_OBJECT_SIZE && ((const uint8_t *)key.data)[9] == PART_HEADER;
		key_successor(&next);
	}
	check_fail(check, r);
}

static void count_limits(struct check *check)
{
	struct bytes key, value;
	struct key prefix;
	int r;

	key_room(&prefix, ROOM_META, CHECK_LIMIT, strlen(CHECK_LIMIT));
	check->limit_records = 0;
	r = engine_seek(check->cursor, key_bytes(&prefix), &key, &value);
	while (r == 0 && key_begins(key, key_bytes(&prefix))) {
		check->limit_records++;
		r = engine_next(check->cursor, &key, &value);
	}
	check_fail(check, r);
}

/* As they are in the transaction. */
static void read_counters(struct check *check)
{
	struct bytes value;
	struct key key;

	key_room(&key, ROOM_META, "limits", strlen("limits"));
	check->limits = 0;
	if (check_get(check, &key, &value) && !take_number(value, &check->limits))
		check->limits = UINT64_MAX;
	count_limits(check);

	key_room(&key, ROOM_META, "next-id", strlen("next-id"));
	check->has_next_id = check_get(check, &key, &value) && take_number(value, &check->next_id);
	key_room(&key, ROOM_META, "objects", strlen("objects"));
	check->has_objects = check_get(check, &key, &value) && take_number(value, &check->objects);
	count_headers(check);
}

static void check_objects(struct check *check)
{
	bool wrong = check->has_objects ? check->objects != check->headers : check->headers > 0;

	if (!check->txn && check->count_objects)
		check->unit_repairs++; /* objects have come back by the repair: no fault of the store's */
	if (!wrong)
		return;
	if (check->has_objects)
		check_find(check, PKS_CHECK_META, "they are counted",
		           "'objects' is %" PRIu64 ", but there are %" PRIu64, check->objects, check->headers);
	else
		check_find(check, PKS_CHECK_META, "they are counted", "'objects', how many there are, cannot be read");
	put_counter(check, "objects", check->headers);
}

static void check_next_id(struct check *check)
{
	static const char repair[] = "it becomes greater than every id";

	if (check->has_next_id && check->next_id > check->last_id)
		return;
	if (check->has_next_id)
		check_find(check, PKS_CHECK_META, repair, "'next-id' is %" PRIu64 ", but there is an object %" PRIu64,
		           check->next_id, check->last_id);
	else
		check_find(check, PKS_CHECK_META, repair, "'next-id' cannot be read");
	put_counter(check, "next-id", check->last_id + 1);
}

static void check_limit_count(struct check *check)
{
	if (check->limits == check->limit_records)
		return;
	check_find(check, PKS_CHECK_META, "they are counted",
	           "'limits' is not %" PRIu64 ", which is how many namespaces have limits", check->limit_records);
	put_counter(check, "limits", check->limit_records);
}

void check_counters(struct check *check)
{
	if (check->failed)
		return;
	if (check->txn)
		read_counters(check);
	if (!check->has_format)
		check_find(check, PKS_CHECK_META, NULL, "'format' is missing");
	if (!check->has_uuid)
		check_find(check, PKS_CHECK_META, NULL, "'uuid' is missing");
	check_next_id(check);
	check_objects(check);
	check_limit_count(check);
}
