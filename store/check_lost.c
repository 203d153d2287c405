/* SPDX-License-Identifier: MIT */
/*
 * Objects whose header is missing or broken. What is left of the header is kept. A type that is lost is told from the
 * records: an object is taken for what all of its records are good for. One that is nothing we know becomes a `lost`, a
 * type that no program has: it can be looked at, moved and dropped, as any object of an unknown type.
 */
#include "check.h"

#include "base/clock.h"
#include "base/identity.h"

#include <inttypes.h>
#include <stdio.h>

/* How many elements of the header are needed to say that something of it is left. */
enum { LEFT_TYPE = 1, LEFT_UUID = 2, LEFT_PATH = 3, LEFT_CREATED = 4 };

/*
 * Positions of a Log begin with a zero byte for as long as anybody will append to it, and keys of a Dict with none that
 * somebody has typed: digits that are counted up would be both, otherwise.
 */
#define POSITION_MAX (UINT64_C(1) << 56)

static void set_type(struct state *state, const char *type)
{
	snprintf(state->type, sizeof(state->type), "%s", type);
	state->base = state_base(type);
}

/* Whether nothing is wrong with the object if it is of the type. */
static bool fits(struct check_object *object, const char *type)
{
	struct check *check = object->check;
	bool mute = check->mute;

	check->mute = true;
	check->faults = 0;
	set_type(&object->state, type);
	check_derive(object);
	check->mute = mute;
	return check->faults == 0 && !check->failed;
}

static bool is_log(struct check_object *object)
{
	return fits(object, "log") && object->seen.log.any && object->seen.log.start < POSITION_MAX;
}

static bool is_process(struct check_object *object)
{
	return fits(object, "process") && object->seen.process.status > 0;
}

static void guess_type(struct check_object *object)
{
	if (!is_process(object) && !is_log(object) && !fits(object, "dict"))
		set_type(&object->state, "lost");
}

static unsigned salvage(struct check_object *object)
{
	struct bytes record;
	struct key key;

	key_part(&key, object->id, PART_HEADER);
	if (!check_get(object->check, &key, &record))
		record = (struct bytes){"", 0};
	return state_salvage(record, &object->state);
}

static void set_path(struct check_object *object, const char *path)
{
	struct state *state = &object->state;

	if (path)
		snprintf(state->path, sizeof(state->path), "%s", path);
	else
		snprintf(state->path, sizeof(state->path), CHECK_LOST "/%" PRIu64, object->id);
}

void check_lost(struct check_object *object, enum check_header found, const char *path)
{
	struct check *check = object->check;
	struct state *state = &object->state;
	unsigned left = salvage(object);

	if (left < LEFT_PATH || pks_path_check(state->path) < 0)
		set_path(object, path);
	check_find(check, PKS_CHECK_HEADER, "the object gets a new header, with what can be told from its records",
	           found == CHECK_HEADER_MISSING ? "the object has no header" : "the object's header is broken");
	check->count_objects |= found == CHECK_HEADER_MISSING && !check->txn;
	if (left < LEFT_TYPE || state->base == BASE_UNKNOWN)
		guess_type(object);
	if (left < LEFT_UUID)
		identity_new(state->uuid);
	if (left < LEFT_CREATED)
		state->created_ns = clock_wall();
}
