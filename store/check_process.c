/* SPDX-License-Identifier: MIT */
/*
 * A Process: a Dict whose state, index entry and pin move together. Written from FORMAT.md, not from the runtime's own
 * functions: what both have wrong in the same way would not be found.
 */
#include "check.h"
#include "check_form.h"

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

/* ---- the state ---- */

enum {
	FIELD_STATUS,
	FIELD_ATTEMPT,
	FIELD_PRIORITY,
	FIELD_SUBMITTED,
	FIELD_STARTED,
	FIELD_ENDED,
	FIELD_EXITCODE,
	FIELD_IDENTITY,
	FIELD_PARENT,
	FIELD_ROOM,
};

static bool take_exitcode(struct check_process *process, struct bytes value)
{
	struct item item = form_head(value);

	process->has_exitcode = item.type != ITEM_NULL;
	process->exit_status = item.type == ITEM_NEGINT ? STATUS_CRASHED
	                       : item.number == 0       ? STATUS_FINISHED
	                                                : STATUS_FAILED;
	return !process->has_exitcode || form_within(value, INT32_MIN, EXITCODE_MAX);
}

static bool is_signal(struct form *form, struct bytes item)
{
	return form_within(item, 15, 15) || form_within(item, 9, 9);
}

/* The request to end it. */
static bool is_stop(struct form *form, struct bytes item)
{
	static form_is *const elements[] = {is_signal, form_unsigned, form_unsigned, NULL};

	return form_is_null(item) || form_elements(form, item, elements, 3);
}

static bool take_identity(struct check_process *process, struct bytes value)
{
	static form_is *const elements[] = {form_pid,  form_unsigned, form_boot, form_bool,
	                                    form_bool, is_stop,       form_bool, NULL};

	process->has_identity = !form_is_null(value);
	process->announced = form_bool(NULL, value);
	return !process->has_identity || process->announced || form_elements(NULL, value, elements, 4);
}

static bool take_field(struct check_process *process, uint64_t field, struct bytes value)
{
	struct item item = form_head(value);

	switch (field) {
	case FIELD_STATUS:
		process->status = form_within(value, STATUS_CREATED, STATUS_LAST) ? (int)item.number : 0;
		return process->status != 0;
	case FIELD_PRIORITY:
		process->priority = item.type == ITEM_NEGINT ? -1 - (int)item.number : (int)item.number;
		return form_within(value, -PRIORITY_MAX, PRIORITY_MAX);
	case FIELD_EXITCODE:
		return take_exitcode(process, value);
	case FIELD_IDENTITY:
		return take_identity(process, value);
	case FIELD_PARENT:
		return form_integer(NULL, value);
	case FIELD_ROOM:
		return item.type == ITEM_BYTES;
	case FIELD_ATTEMPT:
		process->attempt = item.number;
		return form_within(value, 0, UINT32_MAX);
	default: /* a time; what is behind the room means nothing */
		if (field <= FIELD_ENDED)
			process->times |= item.number ? 1u << field : 0;
		return field > FIELD_ROOM || form_unsigned(NULL, value);
	}
}

/* What goes together: see process_state_move(). A process that was cancelled before it ran has no attempt. */
static bool is_consistent(const struct check_process *process)
{
	enum { SUBMITTED = 1u << FIELD_SUBMITTED, STARTED = 1u << FIELD_STARTED, ENDED = 1u << FIELD_ENDED };
	bool listed = process->has_identity && !process->announced;

	if (process->has_exitcode && process->status != process->exit_status)
		return false;
	switch (process->status) {
	case STATUS_CREATED:
		return process->times == 0 && process->attempt == 0 && !listed;
	case STATUS_SUBMITTED:
		return process->times == SUBMITTED && !listed;
	case STATUS_RUNNING:
		return (process->times & (STARTED | ENDED)) == STARTED && process->attempt > 0 && listed;
	default:
		return process->times & ENDED && !process->has_identity &&
		       (process->attempt > 0 || process->status == STATUS_CRASHED);
	}
}

static void take_state(struct check_object *object, struct bytes value)
{
	struct check_process *process = &object->seen.process;
	struct form_walk walk = form_walk(value);
	bool good = form_list(NULL, value) && walk.left > 0;
	struct bytes element;

	process->has_state = true;
	for (uint64_t field = 0; good && form_next(&walk, &element); field++)
		good = take_field(process, field, element);
	if (!good) {
		process->status = 0;
		check_find(object->check, PKS_CHECK_STATE, NULL, "the attribute 'state' is not as it should be");
	} else if (!is_consistent(process)) {
		check_find(object->check, PKS_CHECK_STATE, NULL,
		           "the attribute 'state' has a status that its other elements do not go with");
	}
}

/* ---- the other attributes ---- */

/* Which queue a submitted one waits in: of its pool, or, where it is to run elsewhere, of none. */
static void take_options(struct check_process *process, struct bytes map)
{
	struct pks_value options = {.data = map.data, .size = map.size}, value;

	if (pks_value_find(&options, "method", &value) == 0)
		process->elsewhere = !form_is_text((struct bytes){value.data, value.size}, "pool");
	if (pks_value_find(&options, "pool", &value) == 0) {
		struct item name = form_head((struct bytes){value.data, value.size});

		memcpy(process->pool, name.data, name.number);
		process->pool[name.number] = 0;
	}
	if (pks_value_find(&options, "daemon", &value) == 0 && value.size <= sizeof(process->daemon)) {
		memcpy(process->daemon, value.data, value.size);
		process->daemon_size = value.size;
	}
}

static void take_output(struct check_object *object, struct bytes reference)
{
	struct pks_value value = {.data = reference.data, .size = reference.size};

	pks_value_ref(&value, &object->seen.process.output);
}

/* The oldest first, and none of the attempt that the state is about; the state stands behind it. */
static void take_history(struct check_object *object, struct bytes list)
{
	struct form_walk walk = form_walk(list);
	struct bytes entry;
	uint64_t before = 0;

	while (form_next(&walk, &entry)) {
		struct pks_value map = {.data = entry.data, .size = entry.size}, attempt;
		uint64_t number = before;

		if (pks_value_find(&map, "attempt", &attempt) == 0)
			pks_value_uint(&attempt, &number);
		if (number < before) {
			check_find(object->check, PKS_CHECK_STATE, NULL,
			           "the attribute 'history' has attempt %" PRIu64 " behind attempt %" PRIu64, number,
			           before);
			return;
		}
		before = number;
	}
	object->seen.process.past = before;
}

static void process_attribute(struct check_object *object, struct bytes name, struct bytes value)
{
	struct form form = {0};

	object->seen.process.has_target |= form_is_name(name, "target");
	if (form_is_name(name, "state")) {
		take_state(object, value);
	} else if (!form_attribute(&form, name, value)) {
		object->seen.process.no_options |= form_is_name(name, "options");
		check_find(object->check, PKS_CHECK_STATE, NULL, "the attribute '%.*s' is not as it should be%s%s%s",
		           (int)name.size, (const char *)name.data, form.where ? ": its '" : "",
		           form.where ? form.where : "", form.where ? "'" : "");
	} else if (form_is_name(name, "options")) {
		take_options(&object->seen.process, value);
	} else if (form_is_name(name, "output")) {
		take_output(object, value);
	} else if (form_is_name(name, "history")) {
		take_history(object, value);
	}
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

	check_process_pool(object, pool);
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

/*
 * What tells the place cannot be read, which was told already: then the header has the last word. The process may come
 * to where it belongs when somebody has set that right; a repair that guesses would have it run somewhere else.
 */
static void keep_place(struct check_object *object)
{
	put(&object->right, object->state.index, object->state.index_size);
	object->right.pinned = object->state.pinned;
}

static void process_end(struct check_object *object)
{
	const struct check_process *process = &object->seen.process;
	struct state *right = &object->right;
	uint8_t id[8];

	if (!process->has_state)
		check_find(object->check, PKS_CHECK_STATE, NULL, "the process has no attribute 'state'");
	if (!process->has_target)
		check_find(object->check, PKS_CHECK_STATE, NULL, "the process has no attribute 'target'");
	check_process_output(object);
	if (process->status == 0 || (process->status == STATUS_SUBMITTED && process->no_options)) {
		keep_place(object);
		return;
	}
	if (process->past > process->attempt)
		check_find(object->check, PKS_CHECK_STATE, NULL,
		           "the attribute 'history' has attempt %" PRIu64 ", and 'state' attempt %" PRIu64,
		           process->past, process->attempt);
	right->pinned = process->status == STATUS_SUBMITTED || process->status == STATUS_RUNNING;
	put_byte(right, PLACE_BASE - process->status);
	if (process->status == STATUS_SUBMITTED) {
		check_process_keeper(object);
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
