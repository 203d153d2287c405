/* SPDX-License-Identifier: MIT */
#include "process_state.h"

#include <pkstore/builder.h>
#include <pkstore/error.h>

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
 * beside it, is longer by as much.
 */

#define PARENT_FIELD 8
#define ROOM_FIELD 9

/*
 * A running state: 20 for two times and the small numbers before them, 4 for what follows, 30 for the worker, 5 for the
 * parent.
 */
#define ROOM_CREATED 59
/* ROOM_CREATED less the index key's pool (1 + strlen("default")) and priority. */
#define ROOM_SUBMITTED (ROOM_CREATED - 9)

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
static void build_stop(struct pks_builder *builder, const struct process_stop *stop)
{
	pks_build_list(builder);
	pks_build_int(builder, stop->signal);
	pks_build_uint(builder, stop->asked_ns);
	pks_build_int(builder, stop->deadline);
	pks_build_end(builder);
}

/* worker: [pid, start, boot, entered, waiting, stop, announce] */
static void build_worker(struct pks_builder *builder, const struct process_state *state)
{
	pks_build_list(builder);
	pks_build_int(builder, state->worker.pid);
	pks_build_uint(builder, state->worker.start);
	pks_build_bytes(builder, state->worker.boot, PROC_BOOT_SIZE);
	pks_build_bool(builder, state->entered);
	if (state->waiting || state->stop.signal || state->announce)
		pks_build_bool(builder, state->waiting);
	if (state->stop.signal)
		build_stop(builder, &state->stop);
	else if (state->announce)
		pks_build_null(builder);
	if (state->announce)
		pks_build_bool(builder, true);
	pks_build_end(builder);
}

static void build_field(struct pks_builder *builder, const struct process_state *state, int field)
{
	switch (field) {
	case 0:
		pks_build_uint(builder, state->status);
		break;
	case 1:
		pks_build_uint(builder, state->attempt);
		break;
	case 2:
		pks_build_int(builder, state->priority);
		break;
	case 3:
		pks_build_uint(builder, state->submitted_ns);
		break;
	case 4:
		pks_build_uint(builder, state->started_ns);
		break;
	case 5:
		pks_build_uint(builder, state->ended_ns);
		break;
	case 6:
		if (state->has_exitcode)
			pks_build_int(builder, state->exitcode);
		else
			pks_build_null(builder);
		break;
	case 7:
		if (state->status == STATUS_RUNNING)
			build_worker(builder, state);
		else if (state->announce)
			pks_build_bool(builder, true);
		else
			pks_build_null(builder);
		break;
	case PARENT_FIELD:
		pks_build_int(builder, state->parent);
		break;
	case ROOM_FIELD:
		pks_build_bytes(builder, (const uint8_t[ROOM_CREATED]){0}, room(state));
		break;
	}
}

int process_state_encode(const struct process_state *state, struct pks_value *value_out)
{
	struct pks_builder *builder = pks_builder_new();
	int fields = field_count(state), r;

	if (!builder)
		return PKS_ERR_MEMORY;
	pks_build_list(builder);
	for (int field = 0; field < fields; field++)
		build_field(builder, state, field);
	pks_build_end(builder);
	r = pks_builder_finish(builder, value_out);
	pks_builder_free(builder);
	return r;
}

static int read_number(const struct pks_value *value, int64_t min, int64_t max, int64_t *number_out)
{
	int64_t number;

	if (pks_value_int(value, &number) < 0 || number < min || number > max)
		return PKS_ERR_CORRUPT;
	*number_out = number;
	return 0;
}

static int read_time(const struct pks_value *value, uint64_t *ns_out)
{
	return pks_value_uint(value, ns_out) < 0 ? PKS_ERR_CORRUPT : 0;
}

static int read_boot(const struct pks_value *value, struct proc *worker)
{
	const void *boot;
	size_t size;

	if (pks_value_bytes(value, &boot, &size) < 0 || size != PROC_BOOT_SIZE)
		return PKS_ERR_CORRUPT;
	memcpy(worker->boot, boot, size);
	return 0;
}

static int read_stop(const struct pks_value *value, struct process_stop *stop)
{
	struct pks_value signal, asked, deadline;
	int64_t number;

	if (pks_value_at(value, 0, &signal) != 0 || pks_value_at(value, 1, &asked) != 0 ||
	    pks_value_at(value, 2, &deadline) != 0 || read_number(&signal, 1, INT32_MAX, &number) < 0)
		return PKS_ERR_CORRUPT;
	stop->signal = (int)number;
	return read_time(&asked, &stop->asked_ns) < 0 ? PKS_ERR_CORRUPT
						      : read_number(&deadline, 0, INT64_MAX, &stop->deadline);
}

static int read_worker_field(const struct pks_value *value, int field, struct process_state *state)
{
	switch (field) {
	case 0:
		return read_number(value, 1, INT32_MAX, &state->worker.pid);
	case 1:
		return read_time(value, &state->worker.start);
	case 2:
		return read_boot(value, &state->worker);
	case 3:
		return pks_value_bool(value, &state->entered) < 0 ? PKS_ERR_CORRUPT : 0;
	case 4:
		return pks_value_bool(value, &state->waiting) < 0 ? PKS_ERR_CORRUPT : 0;
	case 5:
		return pks_value_kind(value) == PKS_KIND_NULL ? 0 : read_stop(value, &state->stop);
	case 6:
		return pks_value_bool(value, &state->announce) < 0 ? PKS_ERR_CORRUPT : 0;
	default:
		return 0; /* of a later version */
	}
}

static int read_worker(const struct pks_value *value, struct process_state *state)
{
	struct pks_value_iter iter;
	struct pks_value element;
	int field = 0, r = pks_value_iter_init(&iter, value);

	if (r < 0 || iter.map)
		return PKS_ERR_CORRUPT;
	while (r == 0 && (r = pks_value_next(&iter, NULL, &element)) == 0)
		r = read_worker_field(&element, field++, state);
	return r == PKS_END && field >= 4 ? 0 : PKS_ERR_CORRUPT;
}

/* The identity of the worker, or of one that has none yet whether its being found is to be told. */
static int read_identity(const struct pks_value *value, struct process_state *state)
{
	int kind = pks_value_kind(value);

	if (kind == PKS_KIND_NULL)
		return 0;
	if (kind == PKS_KIND_BOOL)
		return pks_value_bool(value, &state->announce);
	return read_worker(value, state);
}

static int read_exitcode(const struct pks_value *value, struct process_state *state)
{
	int64_t number;

	if (pks_value_kind(value) == PKS_KIND_NULL)
		return 0;
	if (read_number(value, INT32_MIN, INT32_MAX, &number) < 0)
		return PKS_ERR_CORRUPT;
	state->has_exitcode = true;
	state->exitcode = (int)number;
	return 0;
}

static int read_field(const struct pks_value *value, int field, struct process_state *state)
{
	int64_t number = 0;
	int r;

	switch (field) {
	case 0:
		r = read_number(value, STATUS_CREATED, STATUS_MAX, &number);
		state->status = (enum process_status)number;
		return r;
	case 1:
		r = read_number(value, 0, UINT32_MAX, &number);
		state->attempt = (uint32_t)number;
		return r;
	case 2:
		r = read_number(value, INT32_MIN, INT32_MAX, &number);
		state->priority = (int)number;
		return r;
	case 3:
		return read_time(value, &state->submitted_ns);
	case 4:
		return read_time(value, &state->started_ns);
	case 5:
		return read_time(value, &state->ended_ns);
	case 6:
		return read_exitcode(value, state);
	case 7:
		return read_identity(value, state);
	case PARENT_FIELD:
		return read_number(value, INT64_MIN, INT64_MAX, &state->parent);
	default:
		return 0; /* of a later version */
	}
}

int process_state_decode(const struct pks_value *value, struct process_state *state_out)
{
	struct process_state state = {0};
	struct pks_value_iter iter;
	struct pks_value element;
	int field = 0, r = pks_value_iter_init(&iter, value);

	if (r < 0 || iter.map)
		return PKS_ERR_CORRUPT;
	while (r == 0 && (r = pks_value_next(&iter, NULL, &element)) == 0)
		r = read_field(&element, field++, &state);
	/* A running process without a worker could never be settled. */
	if (r != PKS_END || field == 0 || (state.status == STATUS_RUNNING && state.worker.pid == 0))
		return PKS_ERR_CORRUPT;
	*state_out = state;
	return 0;
}
