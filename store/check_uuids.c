/* SPDX-License-Identifier: MIT */
/*
 * No two objects have the same uuid. All of them are remembered, but only folded to 8 bytes: what is alike so is looked
 * up again. Nothing in the store refers to an object by its uuid, so that the younger one can have another.
 */
#include "check.h"

#include "base/error.h"
#include "base/identity.h"

#include <inttypes.h>
#include <stdlib.h>

/* Memory for so many objects at first. */
#define UUIDS_AT_FIRST 1024

struct check_uuid {
	uint64_t folded, id;
};

void check_remember_uuid(struct check *check, uint64_t id, const uint8_t uuid[16])
{
	if (check->uuid_count == check->uuid_capacity) {
		size_t capacity = check->uuid_capacity ? check->uuid_capacity * 2 : UUIDS_AT_FIRST;
		struct check_uuid *uuids = reallocarray(check->uuids, capacity, sizeof(*uuids));

		if (!uuids) {
			check_fail(check, error_set(PKS_ERR_MEMORY, "out of memory"));
			return;
		}
		check->uuids = uuids;
		check->uuid_capacity = capacity;
	}
	check->uuids[check->uuid_count++] = (struct check_uuid){key_get_u64(uuid) ^ key_get_u64(uuid + 8), id};
}

void check_twin(struct check *check)
{
	uint64_t id = key_get_u64(check->unit.data + 1);
	struct state state = {0}, older = {0};
	struct key key;

	if (check_header(check, id, &state) != CHECK_HEADER_GOOD ||
	    check_header(check, *check->twin, &older) != CHECK_HEADER_GOOD ||
	    memcmp(state.uuid, older.uuid, sizeof(state.uuid)) != 0)
		return;
	key_part(&key, id, PART_HEADER);
	check->key = key_bytes(&key);
	check->id = id;
	check->path = state.path;
	check_find(check, PKS_CHECK_HEADER, "the object, which is the younger one, gets a new uuid",
	           "object %" PRIu64 ", '%s', has the same uuid", *check->twin, older.path);
	check->key = key_bytes(&check->unit);
	if (!check->txn)
		return;
	identity_new_at(state.created_ns, state.uuid);
	check_put_header(check, id, &state);
}

static int compare(const void *a, const void *b)
{
	const struct check_uuid *left = a, *right = b;

	if (left->folded != right->folded)
		return left->folded < right->folded ? -1 : 1;
	return left->id < right->id ? -1 : left->id > right->id;
}

/* Of those that are alike: whether an older one is the same. Where all are, the first one is. */
static void look_for_twin(struct check *check, const struct check_uuid *oldest, const struct check_uuid *uuid)
{
	uint64_t faults = check->faults;

	key_part(&check->unit, uuid->id, PART_HEADER);
	check->unit.size--;
	for (; oldest < uuid && check->faults == faults && !check->failed; oldest++) {
		check->twin = &oldest->id;
		check_twin(check);
	}
}

void check_uuids(struct check *check, void (*finish)(struct check *check))
{
	const struct check_uuid *oldest = check->uuids;

	if (check->uuid_count > 0)
		qsort(check->uuids, check->uuid_count, sizeof(*check->uuids), compare);
	for (size_t i = 1; i < check->uuid_count && !check->failed; i++) {
		const struct check_uuid *uuid = &check->uuids[i];

		if (uuid->folded != oldest->folded) {
			oldest = uuid;
			continue;
		}
		look_for_twin(check, oldest, uuid);
		finish(check);
	}
	check->twin = NULL;
}
