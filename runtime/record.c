/* SPDX-License-Identifier: MIT */
#include "record.h"

#include "base/clock.h"
#include "base/error.h"
#include "daemon.h"
#include "layer.h"
#include "parent.h"
#include "pool_settings.h"
#include "process_key.h"
#include "process_options.h"

#include <string.h>

/* Where the state stands among the attributes. */
#define STATE_ATTR "state"

/* An error's text that would not fit the largest value is of no use to anybody; this is plenty. */
#define ERROR_TEXT_MAX 65536

static int corrupt(struct pks_object *process)
{
	return error_set(PKS_ERR_CORRUPT, "%s: has no valid state", layer_path(process));
}

int record_read(struct pks_object *process, struct process_state *state_out)
{
	struct pks_value value = {0};
	int r = layer_check(process, RECORD_TYPE);

	if (r == 0)
		r = pks_attr_get(process, STATE_ATTR, &value);
	if (r == PKS_NOT_FOUND)
		return corrupt(process);
	if (r != 0)
		return r;
	r = process_state_decode(&value, state_out);
	pks_value_clear(&value);
	return r < 0 ? corrupt(process) : 0;
}

bool record_is_bad(int code)
{
	return code == PKS_ERR_GONE || code == PKS_ERR_TYPE || code == PKS_ERR_CORRUPT;
}

int record_write(struct pks_object *process, const struct process_state *state)
{
	struct pks_value value = {0};
	int r = process_state_encode(state, &value);

	if (r == 0)
		r = layer_attr_set(process, STATE_ATTR, &value);
	pks_value_clear(&value);
	return r;
}

/* By so much a sequence may be ahead of the time for the difference not to matter to anybody. */
#define AHEAD_NS CLOCK_NS_PER_S

/* Its place by the time of submission, which is the last one but for a clock that was set back. */
static int place_now(struct pks_object *process, const struct process_key *prefix, const struct process_state *state,
		     const char *pool)
{
	struct process_key key = process_key_submitted(pool, state->priority, state->submitted_ns);

	return layer_index_move_last(process, key.bytes, key.size, prefix->size, true);
}

/*
 * Behind the last one that waits at this priority: those that were started first are claimed first. Its sequence is the
 * time of the submission, or becomes that: so one that is given back finds its old place, however empty the queue was
 * meanwhile. Where a clock was set back far the two are not the same, and the process is claimed alone, which is never
 * given back.
 */
static int take_place(struct pks_object *process, const char *pool, struct process_state *state)
{
	struct process_key prefix = process_key_priority(pool, state->priority), key;
	struct layer_index_entry last;
	uint64_t sequence;
	int r = place_now(process, &prefix, state, pool);

	if (r != PKS_EXISTS)
		return r;
	r = layer_index_last(pks_object_store(process), prefix.bytes, prefix.size, &last);
	if (r != 0)
		return r;
	sequence = process_key_sequence(&last) + 1;
	key = process_key_submitted(pool, state->priority, sequence);
	if (sequence - state->submitted_ns < AHEAD_NS)
		state->submitted_ns = sequence;
	return layer_index_move(process, key.bytes, key.size, true);
}

static int tell_supervisor(struct pks_store *store)
{
	pool_notify(store);
	return 0;
}

/* Who is to run it learns that there is work. One that is in no pool gets a worker of its own. */
static int tell(struct pks_store *store, const char *pool)
{
	int r;

	if (!pool[0])
		return layer_after_commit(store, tell_supervisor);
	r = pool_register(store, pool);
	if (r == 0)
		pool_post(store, pool, 1);
	return r;
}

/* Behind those that wait already; one of the pool's workers is woken for it. */
static int queue(struct pks_object *process, struct process_state *state)
{
	struct pks_store *store = pks_object_store(process);
	char pool[POOL_NAME_SIZE];
	bool tied = false;
	int r = 0;

	if (state->plain)
		strcpy(pool, POOL_DEFAULT);
	else
		r = process_options_pool(process, pool, &tied);
	if (r == 0)
		r = tell(store, pool);
	if (r == 0 && tied)
		r = daemon_note(process);
	if (r == 0)
		r = take_place(process, pool, state);
	return r == 0 ? record_write(process, state) : r;
}

static int write_and_place(struct pks_object *process, struct process_state *state)
{
	struct process_key key = process_key_other(state->status, pks_object_id(process));
	int r;

	if (state->status == STATUS_SUBMITTED)
		return queue(process, state);
	r = record_write(process, state);
	return r == 0 ? layer_index_move(process, key.bytes, key.size, state->status == STATUS_RUNNING) : r;
}

int record_create(struct pks_object *process)
{
	return write_and_place(process,
			       &(struct process_state){.status = STATUS_CREATED,
						       .parent = parent_here(pks_object_store(process))});
}

int record_move_at(struct pks_object *process, struct process_state *state, enum process_event event, uint64_t now_ns)
{
	const char *status = pks_status_name(process_state_public(state->status));

	if (process_state_move(state, event, now_ns) < 0)
		return error_set(PKS_ERR_STATE, "%s: is %s", layer_path(process),
				 status);
	return write_and_place(process, state);
}

int record_move(struct pks_object *process, struct process_state *state, enum process_event event)
{
	return record_move_at(process, state, event, clock_wall());
}

/* A clock that was set back may have given the place to another one. */
static int put_back(struct pks_object *process, const char *pool, struct process_state *state)
{
	int r = PKS_EXISTS;

	while (r == PKS_EXISTS) {
		struct process_key key = process_key_submitted(pool, state->priority, state->submitted_ns);

		r = layer_index_move(process, key.bytes, key.size, true);
		state->submitted_ns += r == PKS_EXISTS;
	}
	return r;
}

int record_give_back(struct pks_object *process, struct process_state *state)
{
	char pool[POOL_NAME_SIZE];
	int r = process_options_pool(process, pool, NULL);

	if (r == 0 && process_state_move(state, EVENT_GIVE_BACK, 0) < 0)
		r = error_set(PKS_ERR_STATE, "%s: does not run", layer_path(process));
	if (r == 0)
		r = put_back(process, pool, state);
	if (r == 0)
		r = record_write(process, state);
	if (r == 0)
		pool_post(pks_object_store(process), pool, 1);
	return r;
}

static int write_error(struct pks_object *process, const char *text)
{
	struct pks_value value = {0};
	int r = pks_value_pack(&value, "S", text, strnlen(text, ERROR_TEXT_MAX));

	/* A path or an argument in it need not be UTF-8; that is no reason for the end not to be recorded. */
	if (r == PKS_ERR_SYNTAX)
		r = pks_value_pack(&value, "s", "(a text that is not UTF-8)");
	if (r == 0)
		r = layer_attr_set(process, "error", &value);
	pks_value_clear(&value);
	return r;
}

int record_end(struct pks_object *process, struct process_state *state, const struct record_end *end)
{
	int r = 0;

	state->has_exitcode = end->has_exitcode;
	state->exitcode = end->exitcode;
	if (end->error)
		r = write_error(process, end->error);
	if (r == 0 && end->result)
		r = layer_attr_set(process, "result", end->result);
	return r < 0 ? r : record_move_at(process, state, end->event, end->ended_ns ? end->ended_ns : clock_wall());
}
