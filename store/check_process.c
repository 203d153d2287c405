/* SPDX-License-Identifier: MIT */
/*
 * A Process: a Dict whose state, index entry and pin move together. Written from FORMAT.md, not from the runtime's own
 * functions: what both have wrong in the same way would not be found.
 */
#include "check.h"

#include "cbor.h"

#include <inttypes.h>

enum {
	STATUS_CREATED = 1,
	STATUS_SUBMITTED = 2,
	STATUS_RUNNING = 3,
	STATUS_FINISHED = 4,
	STATUS_FAILED = 5,
	STATUS_CRASHED = 6,
	STATUS_LAST = STATUS_CRASHED,
};

/* The largest exitcode of one that exited. */
#define EXITCODE_MAX 255

/* The index key's first byte is this less the status. */
#define PLACE_BASE 8

#define PRIORITY_MAX 100

static bool names(struct bytes name, const char *text)
{
	return name.size == strlen(text) && memcmp(name.data, text, name.size) == 0;
}

/* ---- the attributes ---- */

enum { FIELD_STATUS, FIELD_ATTEMPT, FIELD_PRIORITY, FIELD_SUBMITTED, FIELD_ENDED = 5, FIELD_EXITCODE, FIELD_IDENTITY };

static bool take_field(struct check_process *process, uint64_t field, const struct item *item)
{
	switch (field) {
	case FIELD_STATUS:
		process->status = item->type == ITEM_UINT && item->number <= STATUS_LAST ? (int)item->number : 0;
		return process->status != 0;
	case FIELD_PRIORITY:
		if ((item->type != ITEM_UINT && item->type != ITEM_NEGINT) || item->number > PRIORITY_MAX)
			return false;
		process->priority = item->type == ITEM_UINT ? (int)item->number : -1 - (int)item->number;
		return process->priority >= -PRIORITY_MAX;
	case FIELD_EXITCODE:
		process->has_exitcode = item->type != ITEM_NULL;
		process->exit_status = item->type == ITEM_NEGINT  ? STATUS_CRASHED
		                       : item->number == 0        ? STATUS_FINISHED
		                                                  : STATUS_FAILED;
		return item->type == ITEM_NEGINT || item->type == ITEM_NULL ||
		       (item->type == ITEM_UINT && item->number <= EXITCODE_MAX);
	case FIELD_IDENTITY:
		return item->type == ITEM_ARRAY || item->type == ITEM_NULL || item->type == ITEM_BOOL;
	default: /* the attempt and the times; what is behind the identity means nothing */
		return field > FIELD_IDENTITY || item->type == ITEM_UINT;
	}
}

static bool take_state(struct check_process *process, struct bytes value)
{
	const uint8_t *at = value.data, *end = at + value.size;
	struct item list, item;

	if (item_read(at, end, &list) < 0 || list.type != ITEM_ARRAY || list.number == 0)
		return false;
	at = list.next;
	for (uint64_t field = 0; field < list.number; field++) {
		if (item_read(at, end, &item) < 0 || !take_field(process, field, &item))
			return false;
		at = item_end(at, end);
	}
	return !process->has_exitcode || process->status == process->exit_status;
}

/* What an attribute, or an option, must be: one of so many types. */
struct kind_of {
	const char *name;
	unsigned types; /* bits by enum item_type */
};

#define TYPE(type) (1u << ITEM_##type)

static const struct kind_of attribute_kinds[] = {
	{"target", TYPE(TEXT) | TYPE(ARRAY)},
	{"args", TYPE(ARRAY)},
	{"kwargs", TYPE(MAP)},
	{"output", TYPE(TAG)},
	{"error", TYPE(TEXT)},
	{"progress", TYPE(MAP)},
	{"report", TYPE(MAP)},
	{"history", TYPE(ARRAY)},
	{0},
};

static const struct kind_of option_kinds[] = {
	{"method", TYPE(TEXT)},
	{"pool", TYPE(TEXT)},
	{"cwd", TYPE(TEXT)},
	{"env", TYPE(MAP)},
	{"stdin", TYPE(TEXT) | TYPE(BYTES)},
	{"level", TYPE(UINT)},
	{"output_cap", TYPE(UINT)},
	{"daemon", TYPE(ARRAY)},
	{"function", TYPE(BOOL)},
	{"kind", TYPE(TEXT)},
	{"on_exit", TYPE(BOOL)},
	{"exit_of", TYPE(UINT)},
	{"grace", TYPE(UINT) | TYPE(NEGINT)},
	{0},
};

/* Names that are not in the table may have any. */
static bool has_kind(const struct kind_of *kinds, struct bytes name, enum item_type type)
{
	for (; kinds->name; kinds++)
		if (names(name, kinds->name))
			return kinds->types & (1u << type);
	return true;
}

/* Which queue a submitted one waits in: of its pool, or, where it is to run elsewhere, of none. */
static bool take_option(struct check_process *process, struct bytes name, const struct item *item)
{
	if (!has_kind(option_kinds, name, item->type))
		return false;
	if (names(name, "method"))
		process->elsewhere = !names((struct bytes){item->data, item->number}, "pool");
	if (!names(name, "pool"))
		return true;
	if (item->number >= sizeof(process->pool))
		return false;
	memcpy(process->pool, item->data, item->number);
	process->pool[item->number] = 0;
	return true;
}

static bool take_options(struct check_process *process, struct bytes value)
{
	const uint8_t *at = value.data, *end = at + value.size;
	struct item map, key, item;

	if (item_read(at, end, &map) < 0 || map.type != ITEM_MAP)
		return false;
	at = map.next;
	for (uint64_t pair = 0; pair < map.number; pair++) {
		const uint8_t *behind = item_end(at, end);

		if (item_read(at, end, &key) < 0 || item_read(behind, end, &item) < 0)
			return false;
		if (key.type == ITEM_TEXT && !take_option(process, (struct bytes){key.data, key.number}, &item))
			return false;
		at = item_end(behind, end);
	}
	return true;
}

static bool take_any(struct bytes name, struct bytes value)
{
	struct item item;

	return item_read(value.data, (const uint8_t *)value.data + value.size, &item) == 0 &&
	       has_kind(attribute_kinds, name, item.type);
}

static void process_attribute(struct check_object *object, struct bytes name, struct bytes value)
{
	struct check_process *process = &object->seen.process;
	bool good = true;

	if (names(name, "state")) {
		process->has_state = true;
		good = take_state(process, value);
	} else if (names(name, "options")) {
		good = take_options(process, value);
	} else {
		good = take_any(name, value);
	}
	if (!good)
		check_find(object->check, PKS_CHECK_STATE, NULL, "the attribute '%.*s' is not as it should be",
		           (int)name.size, (const char *)name.data);
}

/* ---- the index ---- */

static void put(struct state *state, const void *bytes, size_t size)
{
	memcpy(state->index + state->index_size, bytes, size);
	state->index_size += size;
}

static void put_byte(struct state *state, int byte)
{
	put(state, &(uint8_t){(uint8_t)byte}, 1);
}

/* Behind the last one that waits in the same queue. */
static uint64_t next_sequence(struct check *check, const struct state *right)
{
	struct key prefix, end;
	struct bytes key, value;
	struct engine_cursor *cursor;
	uint64_t sequence = 0;
	int r = engine_cursor_open(check->engine, &cursor);

	check_fail(check, r);
	if (r < 0)
		return 0;
	key_room(&prefix, ROOM_INDEX, right->index, right->index_size);
	end = prefix;
	key_successor(&end);
	r = engine_seek_before(cursor, key_bytes(&end), &key, &value);
	if (r == 0 && key_begins(key, key_bytes(&prefix)) && key.size == prefix.size + sizeof(sequence))
		sequence = key_get_u64((const uint8_t *)key.data + prefix.size) + 1;
	check_fail(check, r);
	engine_cursor_close(cursor);
	return sequence;
}

static void place_submitted(struct check_object *object)
{
	const struct check_process *process = &object->seen.process;
	const char *pool = process->elsewhere ? "" : process->pool[0] ? process->pool : "default";
	const struct state *state = &object->state;
	struct state *right = &object->right;
	uint8_t sequence[8];

	put_byte(right, (int)strlen(pool));
	put(right, pool, strlen(pool));
	put_byte(right, PRIORITY_MAX - process->priority);
	if (state->index_size == right->index_size + sizeof(sequence) &&
	    memcmp(state->index, right->index, right->index_size) == 0) {
		put(right, state->index + right->index_size, sizeof(sequence));
		return;
	}
	key_put_u64(sequence, next_sequence(object->check, right));
	put(right, sequence, sizeof(sequence));
}

static void process_end(struct check_object *object)
{
	const struct check_process *process = &object->seen.process;
	struct state *right = &object->right;
	uint8_t id[8];

	if (!process->has_state)
		check_find(object->check, PKS_CHECK_STATE, NULL, "the process has no attribute 'state'");
	if (process->status == 0) { /* it was told already that it cannot be read; then the header has the last word */
		put(right, object->state.index, object->state.index_size);
		right->pinned = object->state.pinned;
		return;
	}
	right->pinned = process->status == STATUS_SUBMITTED || process->status == STATUS_RUNNING;
	put_byte(right, PLACE_BASE - process->status);
	if (process->status == STATUS_SUBMITTED) {
		place_submitted(object);
		return;
	}
	key_put_u64(id, object->id);
	put(right, id, sizeof(id));
}

const struct check_type check_process = {
	.name = "process",
	.base = BASE_DICT,
	.parts = 1u << PART_ITEM,
	.attribute = process_attribute,
	.end = process_end,
};
