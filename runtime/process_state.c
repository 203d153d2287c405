/* SPDX-License-Identifier: MIT */
#include "process_state.h"

#include "base/cbor.h"
#include "base/error.h"

#include <string.h>

enum process_status process_state_next(enum process_status status, enum process_event event)
{
	static const uint8_t table[STATUS_MAX + 1][EVENT_MAX + 1] = {
	    [STATUS_CREATED] = {[EVENT_SUBMIT] = STATUS_SUBMITTED, [EVENT_CANCEL] = STATUS_CRASHED},
	    [STATUS_SUBMITTED] = {[EVENT_CLAIM] = STATUS_RUNNING, [EVENT_CANCEL] = STATUS_CRASHED},
	    [STATUS_RUNNING] =
		{[EVENT_SUCCEED] = STATUS_FINISHED,
		 [EVENT_FAIL] = STATUS_FAILED,
		 [EVENT_CRASH] = STATUS_CRASHED,
		 [EVENT_GIVE_BACK] = STATUS_SUBMITTED},
	    [STATUS_FINISHED] = {[EVENT_RESTART] = STATUS_SUBMITTED},
	    [STATUS_FAILED] = {[EVENT_RESTART] = STATUS_SUBMITTED},
	    [STATUS_CRASHED] = {[EVENT_RESTART] = STATUS_SUBMITTED},
	};

	if (status > STATUS_MAX || event > EVENT_MAX)
		return STATUS_NONE;
	return table[status][event];
}

static void forget_run(struct process_state *state)
{
	state->worker = (struct proc){0};
	state->entered = state->waiting = false;
	state->stop = (struct process_stop){0};
}

int process_state_move(struct process_state *state, enum process_event event, uint64_t now_ns)
{
	enum process_status next = process_state_next(state->status, event);

	if (next == STATUS_NONE)
		return PKS_ERR_STATE;
	if (event == EVENT_GIVE_BACK) {
		state->started_ns = 0;
		state->attempt--;
		forget_run(state);
	} else if (next == STATUS_SUBMITTED) {
		state->submitted_ns = now_ns;
		state->started_ns = state->ended_ns = 0;
		state->has_exitcode = false;
		state->exitcode = 0;
	}
	if (next == STATUS_RUNNING) {
		state->started_ns = now_ns;
		state->attempt++;
	}
	if (process_state_is_terminal(next)) {
		state->ended_ns = now_ns;
		state->announce = false;
		forget_run(state);
	}
	state->status = next;
	return 0;
}

/*
 * ---- the record: [status, attempt, priority, submitted, started, ended, exitcode, worker, parent, room] ----
 *
 * What follows the last field that says something is left out, but for one thing. Processes that are created in a row
 * fill their pages to the brim, and a state that grew from two bytes to fifty when its process runs would split each of
 * these pages into two that stay half empty for ever. So it begins as long as it will ever be: the last field is bytes
 * of no meaning that keep the room. A submitted one keeps less, since its key in the index, which is in its header
 * beside it, is longer by as much; but as much as it takes when it runs: the states of a lot are written before the
 * first of their headers gets shorter.
 */

#define PARENT_FIELD 8
#define ROOM_FIELD 9

/* Of the worker: those that are always there, and all. */
#define WORKER_FIELDS_MIN 4
#define WORKER_FIELDS 7

/*
 * A running state: 20 for two times and the small numbers before them, 4 for what follows, 30 for the worker, 5 for the
 * parent.
 */
#define ROOM_SUBMITTED 59
/* With the index key's pool (1 + strlen("default")) and priority. */
#define ROOM_CREATED (ROOM_SUBMITTED + 9)

/* Of an unsigned number in CBOR. */
static size_t encoded_size(uint64_t number)
{
	if (number < 24)
		return 1;
	if (number <= UINT8_MAX)
		return 2;
	if (number <= UINT16_MAX)
		return 3;
	return number <= UINT32_MAX ? 5 : 9;
}

static size_t signed_size(int64_t number)
{
	return encoded_size((uint64_t)(number < 0 ? -1 - number : number));
}

/* How many bytes of no meaning; 0: the field is left out. */
static size_t room(const struct process_state *state)
{
	/* The list, the status, the two times that are not yet, two nulls, and the head of the bytes themselves. */
	size_t used = 1 + 1 + encoded_size(state->attempt) + signed_size(state->priority) +
		      encoded_size(state->submitted_ns) + 2 + 2 + signed_size(state->parent) + 2;
	size_t wanted = state->status == STATUS_CREATED ? ROOM_CREATED : ROOM_SUBMITTED;

	if (state->status > STATUS_SUBMITTED || used >= wanted)
		return 0;
	return wanted - used;
}

static int field_count(const struct process_state *state)
{
	if (room(state) > 0)
		return ROOM_FIELD + 1;
	if (state->parent)
		return PARENT_FIELD + 1;
	if (state->status == STATUS_RUNNING || state->announce)
		return 8;
	if (state->has_exitcode)
		return 7;
	if (state->ended_ns)
		return 6;
	if (state->submitted_ns)
		return 4;
	return state->priority ? 3 : 1;
}

/* stop: [signal, asked, deadline] */
static void put_stop(struct buffer *record, const struct process_stop *stop)
{
	item_put_array(record, 3);
	item_put_int(record, stop->signal);
	item_put_uint(record, stop->asked_ns);
	item_put_int(record, stop->deadline);
}

static unsigned worker_field_count(const struct process_state *state)
{
	if (state->announce)
		return WORKER_FIELDS;
	return state->stop.signal ? 6 : state->waiting ? 5 : WORKER_FIELDS_MIN;
}

/* worker: [pid, start, boot, entered, waiting, stop, announce] */
static void put_worker(struct buffer *record, const struct process_state *state)
{
	unsigned fields = worker_field_count(state);

	item_put_array(record, fields);
	item_put_int(record, state->worker.pid);
	item_put_uint(record, state->worker.start);
	item_put_bytes(record, state->worker.boot, PROC_BOOT_SIZE);
	item_put_bool(record, state->entered);
	if (fields > 4)
		item_put_bool(record, state->waiting);
	if (fields > 5 && state->stop.signal)
		put_stop(record, &state->stop);
	else if (fields > 5)
		item_put_null(record);
	if (fields > 6)
		item_put_bool(record, true);
}

static void put_identity(struct buffer *record, const struct process_state *state)
{
	if (state->status == STATUS_RUNNING)
		put_worker(record, state);
	else if (state->announce)
		item_put_bool(record, true);
	else
		item_put_null(record);
}

static void put_field(struct buffer *record, const struct process_state *state, int field)
{
	static const uint8_t nothing[ROOM_CREATED];

	switch (field) {
	case 0:
		item_put_uint(record, state->status);
		break;
	case 1:
		item_put_uint(record, state->attempt);
		break;
	case 2:
		item_put_int(record, state->priority);
		break;
	case 3:
		item_put_uint(record, state->submitted_ns);
		break;
	case 4:
		item_put_uint(record, state->started_ns);
		break;
	case 5:
		item_put_uint(record, state->ended_ns);
		break;
	case 6:
		if (state->has_exitcode)
			item_put_int(record, state->exitcode);
		else
			item_put_null(record);
		break;
	case 7:
		put_identity(record, state);
		break;
	case PARENT_FIELD:
		item_put_int(record, state->parent);
		break;
	case ROOM_FIELD:
		item_put_bytes(record, nothing, room(state));
		break;
	}
}

int process_state_encode(const struct process_state *state, struct pks_value *value_out)
{
	int fields = field_count(state);
	struct buffer record = {0};

	item_put_array(&record, (uint64_t)fields);
	for (int field = 0; field < fields; field++)
		put_field(&record, state, field);
	if (record.failed) {
		buffer_release(&record);
		return error_set(PKS_ERR_MEMORY, "out of memory");
	}
	*value_out = (struct pks_value){.data = record.data, .size = record.size, .owned = record.data};
	return 0;
}

/* ---- reading it: what is no such record is PKS_ERR_CORRUPT ---- */

struct reading {
	const uint8_t *at, *end;
};

/* Of a list only its head. */
static int read_item(struct reading *reading, struct item *item_out)
{
	int r = item_read(reading->at, reading->end, item_out);

	if (r == 0)
		reading->at = item_out->next;
	return r;
}

/* One that says nothing, or is of a later version. */
static int skip(struct reading *reading)
{
	const uint8_t *next = item_end(reading->at, reading->end);

	if (!next)
		return PKS_ERR_CORRUPT;
	reading->at = next;
	return 0;
}

static int skip_many(struct reading *reading, uint64_t count)
{
	int r = 0;

	while (r == 0 && count-- > 0)
		r = skip(reading);
	return r;
}

static int take_number(const struct item *item, int64_t min, int64_t max, int64_t *number_out)
{
	int64_t number;

	if ((item->type != ITEM_UINT && item->type != ITEM_NEGINT) || item->number > INT64_MAX)
		return PKS_ERR_CORRUPT;
	number = item->type == ITEM_UINT ? (int64_t)item->number : -1 - (int64_t)item->number;
	if (number < min || number > max)
		return PKS_ERR_CORRUPT;
	*number_out = number;
	return 0;
}

static int take_time(const struct item *item, uint64_t *ns_out)
{
	if (item->type != ITEM_UINT)
		return PKS_ERR_CORRUPT;
	*ns_out = item->number;
	return 0;
}

static int take_bool(const struct item *item, bool *bool_out)
{
	if (item->type != ITEM_BOOL)
		return PKS_ERR_CORRUPT;
	*bool_out = item->number != 0;
	return 0;
}

static int take_boot(const struct item *item, struct proc *worker)
{
	if (item->type != ITEM_BYTES || item->number != PROC_BOOT_SIZE)
		return PKS_ERR_CORRUPT;
	memcpy(worker->boot, item->data, PROC_BOOT_SIZE);
	return 0;
}

/* What stands behind the list's head. */
static int read_stop(struct reading *reading, const struct item *list, struct process_stop *stop)
{
	struct item signal, asked, deadline;
	int64_t number;

	if (list->type != ITEM_ARRAY || list->number < 3 || read_item(reading, &signal) < 0 ||
	    read_item(reading, &asked) < 0 || read_item(reading, &deadline) < 0 ||
	    take_number(&signal, 1, INT32_MAX, &number) < 0 || take_time(&asked, &stop->asked_ns) < 0 ||
	    take_number(&deadline, 0, INT64_MAX, &stop->deadline) < 0)
		return PKS_ERR_CORRUPT;
	stop->signal = (int)number;
	return skip_many(reading, list->number - 3);
}

static int read_worker_field(struct reading *reading, unsigned field, struct process_state *state)
{
	struct item item;

	if (read_item(reading, &item) < 0)
		return PKS_ERR_CORRUPT;
	switch (field) {
	case 0:
		return take_number(&item, 1, INT32_MAX, &state->worker.pid);
	case 1:
		return take_time(&item, &state->worker.start);
	case 2:
		return take_boot(&item, &state->worker);
	case 3:
		return take_bool(&item, &state->entered);
	case 4:
		return take_bool(&item, &state->waiting);
	case 5:
		return item.type == ITEM_NULL ? 0 : read_stop(reading, &item, &state->stop);
	default:
		return take_bool(&item, &state->announce);
	}
}

static int read_worker(struct reading *reading, uint64_t fields, struct process_state *state)
{
	int r = fields < WORKER_FIELDS_MIN ? PKS_ERR_CORRUPT : 0;

	for (unsigned field = 0; r == 0 && field < fields && field < WORKER_FIELDS; field++)
		r = read_worker_field(reading, field, state);
	return r == 0 && fields > WORKER_FIELDS ? skip_many(reading, fields - WORKER_FIELDS) : r;
}

/* The identity of the worker, or of one that has none yet whether its being found is to be told. */
static int read_identity(struct reading *reading, const struct item *item, struct process_state *state)
{
	if (item->type == ITEM_NULL)
		return 0;
	if (item->type == ITEM_ARRAY)
		return read_worker(reading, item->number, state);
	return take_bool(item, &state->announce);
}

static int take_exitcode(const struct item *item, struct process_state *state)
{
	int64_t number;

	if (item->type == ITEM_NULL)
		return 0;
	if (take_number(item, INT32_MIN, INT32_MAX, &number) < 0)
		return PKS_ERR_CORRUPT;
	state->has_exitcode = true;
	state->exitcode = (int)number;
	return 0;
}

static int read_field(struct reading *reading, int field, struct process_state *state)
{
	int64_t number = 0;
	struct item item;
	int r;

	if (field >= ROOM_FIELD)
		return skip(reading);
	if (read_item(reading, &item) < 0)
		return PKS_ERR_CORRUPT;
	switch (field) {
	case 0:
		r = take_number(&item, STATUS_CREATED, STATUS_MAX, &number);
		state->status = (enum process_status)number;
		return r;
	case 1:
		r = take_number(&item, 0, UINT32_MAX, &number);
		state->attempt = (uint32_t)number;
		return r;
	case 2:
		r = take_number(&item, INT32_MIN, INT32_MAX, &number);
		state->priority = (int)number;
		return r;
	case 3:
		return take_time(&item, &state->submitted_ns);
	case 4:
		return take_time(&item, &state->started_ns);
	case 5:
		return take_time(&item, &state->ended_ns);
	case 6:
		return take_exitcode(&item, state);
	case 7:
		return read_identity(reading, &item, state);
	default:
		return take_number(&item, INT64_MIN, INT64_MAX, &state->parent);
	}
}

int process_state_decode(const struct pks_value *value, struct process_state *state_out)
{
	struct reading reading = {.at = value->data};
	struct process_state state = {0};
	struct item list;
	int r;

	/* The empty value is at no address. */
	if (value->size == 0)
		return PKS_ERR_CORRUPT;
	reading.end = reading.at + value->size;
	r = read_item(&reading, &list);
	if (r < 0 || list.type != ITEM_ARRAY || list.number == 0)
		return PKS_ERR_CORRUPT;
	for (uint64_t field = 0; r == 0 && field < list.number; field++)
		r = read_field(&reading, field < ROOM_FIELD ? (int)field : ROOM_FIELD, &state);
	/* A running process without a worker could never be settled. */
	if (r < 0 || reading.at != reading.end || (state.status == STATUS_RUNNING && state.worker.pid == 0))
		return PKS_ERR_CORRUPT;
	*state_out = state;
	return 0;
}
