/* SPDX-License-Identifier: MIT */
/* The one commit between two processes. */
#include "worker.h"

#include "base/error.h"
#include "layer.h"
#include "process_key.h"

#include <pkstore/transaction.h>

#include <string.h>

int worker_fence(const struct worker *worker, const struct worker_claim *claim, struct process_state *state_out)
{
	struct process_state state;
	int r = record_read(claim->process, &state);

	if (r < 0)
		return r;
	if (state.status != STATUS_RUNNING || state.attempt != claim->attempt ||
	    !proc_equal(&state.worker, &worker->self))
		return error_set(PKS_ERR_FENCED, "attempt %u of process %llu was settled by others", claim->attempt,
				 (unsigned long long)pks_object_id(claim->process));
	*state_out = state;
	return 0;
}

/* What others have settled meanwhile stays as they did it. */
static int end_previous(const struct worker *worker, const struct worker_outcome *outcome)
{
	struct process_state state;
	int r = worker_fence(worker, &outcome->claim, &state);

	if (r == PKS_ERR_FENCED || r == PKS_ERR_GONE)
		return 0;
	return r == 0 ? record_end(outcome->claim.process, &state, &outcome->end) : r;
}

/* One whose state is damaged would be the next one for ever. */
static int set_aside(struct pks_object *process)
{
	return record_end(process, &(struct process_state){.status = STATUS_SUBMITTED},
			  &(struct record_end){.event = EVENT_CANCEL, .error = "its state was damaged"});
}

static int read_target(struct pks_object *process, char target_out[PKS_STORE_PATH_SIZE])
{
	struct pks_value value = {0};
	const char *text;
	size_t size;
	int r = pks_attr_get(process, "target", &value);

	if (r == 0)
		r = pks_value_text(&value, &text, &size);
	if (r == 0 && size < PKS_STORE_PATH_SIZE) {
		memcpy(target_out, text, size);
		target_out[size] = '\0';
	} else {
		target_out[0] = '\0'; /* which then is no MODULE:HANDLER */
	}
	pks_value_clear(&value);
	return r < 0 && r != PKS_ERR_TYPE ? r : 0;
}

/*
 * The process counts as having its program from the claim on: nearly all run here. The worker takes that back before it
 * executes another one.
 */
static int claim_one(struct worker *worker, struct pks_object *process, struct worker_claim *claim)
{
	struct process_state state;
	int r = record_read(process, &state);

	if (r == PKS_ERR_CORRUPT)
		return set_aside(process);
	if (r == 0)
		r = read_target(process, claim->target);
	if (r < 0)
		return r;
	state.worker = worker->self;
	state.entered = true;
	r = record_move(process, &state, EVENT_CLAIM);
	if (r == 0) {
		claim->process = process;
		claim->attempt = state.attempt;
	}
	return r;
}

static int claim_next(struct worker *worker, struct worker_claim *claim)
{
	struct process_key prefix = process_key_pool(POOL_NAME);
	struct layer_index_entry entry;
	int r = layer_index_first(worker->store, prefix.bytes, prefix.size, &entry);

	if (r == PKS_NOT_FOUND)
		return 0;
	if (r == 0) {
		struct pks_object *process = pks_object_from_id(worker->store, entry.id);

		r = process ? claim_one(worker, process, claim) : pks_error_code();
		if (claim->process != process)
			pks_object_close(process);
	}
	return r;
}

struct turn {
	struct worker *worker;
	const struct worker_outcome *outcome;
	bool leaving;
	struct worker_claim *claim;
};

/* May be run again, so what an earlier run claimed is forgotten first. */
static int turn(struct pks_store *store, void *arg)
{
	const struct turn *turn = arg;
	int r = turn->outcome ? end_previous(turn->worker, turn->outcome) : 0;

	pks_object_close(turn->claim->process);
	turn->claim->process = NULL;
	return r == 0 && !turn->leaving ? claim_next(turn->worker, turn->claim) : r;
}

/* Most looks find nothing: they must not keep writers waiting. */
static bool has_work(struct worker *worker)
{
	struct process_key prefix = process_key_pool(POOL_NAME);
	struct layer_index_entry entry;

	return layer_index_first(worker->store, prefix.bytes, prefix.size, &entry) != PKS_NOT_FOUND;
}

int worker_turn(struct worker *worker, const struct worker_outcome *outcome, bool leaving,
		struct worker_claim *claim_out)
{
	int r;

	claim_out->process = NULL;
	if (!outcome && (leaving || !has_work(worker)))
		return 0;
	r = pks_atomically(worker->store, turn, &(struct turn){worker, outcome, leaving, claim_out});
	if (r != 0) {
		pks_object_close(claim_out->process);
		claim_out->process = NULL;
	}
	return r;
}

/* ---- entered ---- */

struct noting {
	struct worker *worker;
	struct worker_claim *claim;
	bool entered;
};

static int note(struct pks_store *store, void *arg)
{
	const struct noting *noting = arg;
	struct process_state state;
	int r = worker_fence(noting->worker, noting->claim, &state);

	if (r < 0)
		return r;
	state.entered = noting->entered;
	return record_write(noting->claim->process, &state);
}

int worker_note_entered(struct worker *worker, struct worker_claim *claim, bool entered)
{
	return pks_atomically(worker->store, note, &(struct noting){worker, claim, entered});
}
