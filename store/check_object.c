/* SPDX-License-Identifier: MIT */
/* One object: all of its records, and what other rooms say about it. */
#include "check.h"

#include "base/utf8.h"
#include "base/cbor.h"

#include <inttypes.h>
#include <stdio.h>

static const struct check_type *const types[] = {
	&check_process,   &check_dict,      &check_log,   &check_queue,   &check_cell, &check_array, &check_lock,
	&check_semaphore, &check_condition, &check_event, &check_barrier, &check_pipe, &check_plain,
};

const struct check_type *check_type_of(const struct state *state)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i]->name ? strcmp(types[i]->name, state->type) == 0 : types[i]->base == state->base)
			return types[i];
	return &check_unknown;
}

/* ---- records ---- */

static void wrong_key(struct check_object *object, const char *why)
{
	check_find(object->check, PKS_CHECK_KEY, NULL, "%s", why);
}

bool check_numbered(struct check_object *object, struct bytes name, uint64_t *number_out)
{
	if (name.size != sizeof(*number_out)) {
		wrong_key(object, "the key is no number of 8 bytes");
		return false;
	}
	*number_out = key_get_u64(name.data);
	return true;
}

void check_once(struct check_object *object, enum part other, struct bytes name)
{
	struct bytes value;
	struct key key;

	if (name.size > PKS_KEY_MAX)
		return;
	key_named(&key, object->id, other, name.data, name.size);
	if (check_get(object->check, &key, &value))
		check_find(object->check, PKS_CHECK_CONTENT, NULL, "the record is in the part %d, too", (int)other);
}

static void check_attribute(struct check_object *object, struct bytes name, struct bytes value)
{
	if (name.size == 0 || name.size > PKS_KEY_MAX || !utf8_valid(name.data, name.size))
		wrong_key(object, "the attribute's name is not UTF-8 of 1 to 500 bytes");
	if (check_value(object->check, value) && object->type->attribute)
		object->type->attribute(object, name, value);
}

static void check_metadata(struct check_object *object, struct bytes name, struct bytes value)
{
	struct item item;

	if (name.size > 0)
		wrong_key(object, "there is only one record of metadata, and this is not it");
	else if (check_value(object->check, value) &&
	         (item_read(value.data, (const uint8_t *)value.data + value.size, &item) < 0 || item.type != ITEM_MAP))
		check_find(object->check, PKS_CHECK_VALUE, NULL, "the metadata is no map");
}

static void check_named(struct check_object *object, struct bytes name, struct bytes value)
{
	if (name.size > PKS_KEY_MAX || !utf8_valid(name.data, name.size))
		wrong_key(object, "the key is not UTF-8 of up to 500 bytes");
	check_value(object->check, value);
}

static void check_content(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	if (!(object->type->parts & 1u << part))
		wrong_key(object, "objects of this type have no such part");
	else if (object->type->record)
		object->type->record(object, part, name, value);
	else
		check_named(object, name, value);
}

static void check_record(struct check_object *object, struct bytes key, struct bytes value)
{
	unsigned part = ((const uint8_t *)key.data)[KEY_OBJECT_SIZE - 1];
	struct bytes name = {(const uint8_t *)key.data + KEY_OBJECT_SIZE, key.size - KEY_OBJECT_SIZE};

	object->check->key = key;
	object->check->result.records += !object->check->txn && !object->check->mute;
	if (part >= PART_END) {
		wrong_key(object, "there is no such part of an object");
		return;
	}
	object->records[part]++;
	if (part > PART_HEADER)
		object->bytes += name.size + value.size;
	if (part == PART_HEADER && name.size > 0)
		wrong_key(object, "there is only one header, and this is not it");
	else if (part == PART_ATTRIBUTE)
		check_attribute(object, name, value);
	else if (part == PART_METADATA)
		check_metadata(object, name, value);
	else if (part >= PART_ITEM)
		check_content(object, (enum part)part, name, value);
}

/* Of the type that the object is taken for. */
static void check_records(struct check_object *object)
{
	struct check *check = object->check;
	struct bytes key, value;
	struct key prefix;
	int r;

	key_part(&prefix, object->id, PART_HEADER);
	prefix.size--;
	memset(object->records, 0, sizeof(object->records));
	memset(&object->seen, 0, sizeof(object->seen));
	object->bytes = 0;
	r = engine_seek(check->cursor, key_bytes(&prefix), &key, &value);
	while (r == 0 && !check->failed && key_begins(key, key_bytes(&prefix))) {
		if (key.size < KEY_OBJECT_SIZE)
			wrong_key(object, "the key has no part");
		else
			check_record(object, key, value);
		r = engine_next(check->cursor, &key, &value);
	}
	check_fail(check, r);
}

/* ---- what the header says ---- */

static void judge_counts(struct check_object *object)
{
	static const char repair[] = "the header is rewritten";
	const struct state *state = &object->state, *right = &object->right;

	if (state->version != right->version)
		check_find(object->check, PKS_CHECK_HEADER, repair, "the header has the version 0");
	if (state->first != right->first)
		check_find(object->check, PKS_CHECK_COUNT, repair,
		           "the header has its %" PRIu64 " entries from %" PRIu64 " on, there are %" PRIu64
		           " from %" PRIu64,
		           state->count, state->first, right->count, right->first);
	else if (state->count != right->count)
		check_find(object->check, PKS_CHECK_COUNT, repair,
		           "the header counts %" PRIu64 " entries, there are %" PRIu64, state->count, right->count);
	if (state->bytes != right->bytes)
		check_find(object->check, PKS_CHECK_COUNT, repair,
		           "the header counts %" PRIu64 " bytes, there are %" PRIu64, state->bytes, right->bytes);
}

static bool same_index(const struct state *a, const struct state *b)
{
	return a->index_size == b->index_size && memcmp(a->index, b->index, a->index_size) == 0;
}

static void judge_index(struct check_object *object)
{
	const struct state *state = &object->state, *right = &object->right;

	if (!same_index(state, right))
		check_find(object->check, PKS_CHECK_INDEX, "the header and the entry are rewritten",
		           "the header's key in the index is not where the object belongs");
	if (state->pinned != right->pinned)
		check_find(object->check, PKS_CHECK_STATE, "the header is rewritten", "%s",
		           state->pinned ? "the object is pinned, and nobody uses it"
		                         : "the object is in use, and not pinned");
}

void check_put_header(struct check *check, uint64_t id, struct state *state)
{
	struct buffer record = {0};
	struct key key;

	state->version += !state->unversioned;
	state_encode(state, &record);
	key_part(&key, id, PART_HEADER);
	if (record.failed)
		check_fail(check, PKS_ERR_MEMORY);
	else
		check_put(check, &key, record.data, record.size);
	buffer_release(&record);
	check->txn->wake_bits |= wake_bit(id);
}

/* ---- what other rooms say ---- */

/* The id that a record of the catalog or the index holds. */
static bool get_id(struct check *check, const struct key *key, uint64_t *id_out)
{
	struct bytes value;

	if (!check_get(check, key, &value) || value.size != sizeof(*id_out))
		return false;
	*id_out = key_get_u64(value.data);
	return true;
}

static void put_id(struct check *check, const struct key *key, uint64_t id)
{
	uint8_t big[8];

	key_put_u64(big, id);
	check_put(check, key, big, sizeof(big));
}

/* An entry of the object's own that is not in its place any more. */
static void remove_index(struct check_object *object)
{
	uint64_t id;
	struct key key;

	if (object->state.index_size == 0 || same_index(&object->state, &object->right))
		return;
	key_room(&key, ROOM_INDEX, object->state.index, object->state.index_size);
	if (get_id(object->check, &key, &id) && id == object->id)
		check_del(object->check, &key);
}

static void judge_index_entry(struct check_object *object)
{
	const struct state *right = &object->right;
	uint64_t id;
	struct key key;

	if (right->index_size == 0)
		return;
	key_room(&key, ROOM_INDEX, right->index, right->index_size);
	if (get_id(object->check, &key, &id) && id == object->id)
		return;
	if (same_index(&object->state, right))
		check_find(object->check, PKS_CHECK_INDEX, "the entry is put",
		           "the entry that the header names is not in the index");
	put_id(object->check, &key, object->id);
}

/* A path that nobody has, for an object whose own cannot be used. */
static void find_path(struct check_object *object)
{
	struct state *right = &object->right;
	struct bytes value;
	struct key key;

	snprintf(right->path, sizeof(right->path), CHECK_LOST "/%" PRIu64, object->id);
	for (unsigned again = 1; again < 1000; again++) {
		key_room(&key, ROOM_CATALOG, right->path, strlen(right->path));
		if (!check_get(object->check, &key, &value))
			return;
		snprintf(right->path, sizeof(right->path), CHECK_LOST "/%" PRIu64 "-%u", object->id, again);
	}
}

static void judge_path(struct check_object *object)
{
	static const char moved[] = "the object is moved into " CHECK_LOST "/";
	struct check *check = object->check;
	uint64_t id = 0, other = 0;
	struct state header = {0};
	struct key key;

	if (pks_path_check(object->right.path) < 0) {
		check_find(check, PKS_CHECK_HEADER, moved, "the header's path is none");
		find_path(object);
	}
	key_room(&key, ROOM_CATALOG, object->right.path, strlen(object->right.path));
	if (get_id(check, &key, &id) && id == object->id)
		return;
	other = id;
	if (other && check_header(check, other, &header) == CHECK_HEADER_GOOD &&
	    strcmp(header.path, object->right.path) == 0) {
		check_find(check, PKS_CHECK_CATALOG, moved, "object %" PRIu64 " has this path, too", other);
		find_path(object);
		key_room(&key, ROOM_CATALOG, object->right.path, strlen(object->right.path));
	} else {
		check_find(check, PKS_CHECK_CATALOG, "the entry is put", "the catalog does not have the object");
	}
	put_id(check, &key, object->id);
}

/* ---- the whole ---- */

static bool same_header(const struct state *a, const struct state *b)
{
	return a->version == b->version && a->count == b->count && a->first == b->first && a->bytes == b->bytes &&
	       a->pinned == b->pinned && same_index(a, b) && a->own_size == b->own_size &&
	       memcmp(a->own, b->own, a->own_size) == 0 && strcmp(a->path, b->path) == 0 &&
	       strcmp(a->type, b->type) == 0;
}

void check_derive(struct check_object *object)
{
	struct key key;

	object->type = check_type_of(&object->state);
	check_records(object);
	key_part(&key, object->id, PART_HEADER);
	object->check->key = key_bytes(&key);
	object->right = object->state;
	object->right.bytes = object->bytes;
	if (object->right.version == 0 && !object->right.unversioned)
		object->right.version = 1;
	if (object->type != &check_unknown) { /* of which count, index and pin are not ours to judge */
		object->right.count = object->records[PART_ITEM];
		object->right.first = 0;
		object->right.index_size = 0;
		object->right.pinned = false;
	}
	if (object->type->end)
		object->type->end(object);
	object->check->key = key_bytes(&object->check->unit);
}

/* UTF-8, without control characters: C0, DEL, and C1, which are C2 80 to C2 9F. */
static bool is_class(const char *name)
{
	for (const unsigned char *at = (const unsigned char *)name; *at; at++)
		if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
			return false;
	return utf8_valid(name, strlen(name));
}

/* What other types have. */
static void judge_type(struct check_object *object)
{
	const struct state *state = &object->state;

	if (state->own_size > 0 && !object->type->keeps)
		check_find(object->check, PKS_CHECK_HEADER, NULL,
		           "objects of this type have no own element in the header");
	if (state->cap > 0 && object->type->base != BASE_LOG && object->type->base != BASE_UNKNOWN)
		check_find(object->check, PKS_CHECK_HEADER, NULL, "only a Log has a cap");
}

static void judge(struct check_object *object, bool good)
{
	struct check *check = object->check;
	struct key key;

	key_part(&key, object->id, PART_HEADER);
	check->key = key_bytes(&key);
	if (!object->state.type[0] || !utf8_valid(object->state.type, strlen(object->state.type)))
		check_find(check, PKS_CHECK_HEADER, NULL, "the type is not UTF-8 of 1 to 31 bytes");
	if (!is_class(object->state.class))
		check_find(check, PKS_CHECK_HEADER, NULL, "the class is not UTF-8 without control characters");
	if (good) {
		judge_type(object);
		judge_counts(object);
		judge_index(object);
	}
	judge_index_entry(object);
	judge_path(object);
	if (check->txn)
		remove_index(object);
	if (check->txn && (!good || !same_header(&object->state, &object->right)))
		check_put_header(check, object->id, &object->right);
}

void check_object(struct check *check, uint64_t id, const char *path)
{
	struct check_object object = {.check = check, .id = id};
	enum check_header found = check_header(check, id, &object.state);

	check->id = id;
	check->path = object.state.path;
	if (id == 0)
		check_find(check, PKS_CHECK_KEY, NULL, "no object has the id 0");
	if (!check->txn && id > check->last_id)
		check->last_id = id;
	check->headers += !check->txn && found != CHECK_HEADER_MISSING;
	if (found != CHECK_HEADER_GOOD)
		check_lost(&object, found, path);
	if (!check->txn)
		check_remember_uuid(check, id, object.state.uuid);
	check_derive(&object);
	judge(&object, found == CHECK_HEADER_GOOD);
}
