/* SPDX-License-Identifier: MIT */
/* The one commit between two processes, or two lots of them. */
#include "worker.h"

#include "base/clock.h"
#include "base/error.h"
#include "history.h"
#include "layer.h"
#include "pool_settings.h"
#include "process_key.h"
#include "process_options.h"
#include "recall.h"
#include "worker_promise.h"

#include <pkstore/transaction.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int worker_fence_member(const struct worker *worker, const struct worker_member *member,
			struct process_state *state_out)
{
	struct process_state state;
	int r = record_read(member->process, &state);

	/* A running process cannot be dropped: it was settled before. */
	if (r < 0 && r != PKS_ERR_GONE)
		return r;
	if (r < 0 || state.status != STATUS_RUNNING || state.attempt != member->attempt ||
	    !proc_equal(&state.worker, &worker->self))
		return error_set(PKS_ERR_FENCED, "attempt %u of process %llu was settled by others", member->attempt,
				 (unsigned long long)pks_object_id(member->process));
	*state_out = state;
	return 0;
}

int worker_fence(const struct worker *worker, const struct worker_claim *claim, struct process_state *state_out)
{
	struct worker_member member = {.process = claim->process, .attempt = claim->attempt};

	return worker_fence_member(worker, &member, state_out);
}

/* One that is not the first of its lot began when the one before it ended. */
static void note_begin(const struct worker *worker, const struct worker_claim *claim, struct process_state *state)
{
	struct lot_finding finding;

	if (!worker->lots.shared)
		return;
	finding = lots_find(worker->lots.shared, pks_object_id(claim->process), claim->attempt, state->entered);
	recall_note_begin(state, &finding);
}

/* What others have settled meanwhile stays as they did it. */
static int end_previous(const struct worker *worker, const struct worker_outcome *outcome, bool swept)
{
	struct process_state state;
	int r = worker_fence(worker, &outcome->claim, &state);

	if (r == PKS_ERR_FENCED)
		return 0;
	if (r == 0 && state.stop.signal && !swept)
		return TREE_LEFT;
	if (r == 0)
		r = worker_save_progress(worker, outcome->claim.process);
	if (r == 0)
		note_begin(worker, &outcome->claim, &state);
	if (r == 0)
		r = record_end(outcome->claim.process, &state, &outcome->end);
	if (r == 0 && outcome->report.size)
		r = layer_attr_set(outcome->claim.process, REPORT_ATTR, &outcome->report);
	return r;
}

/* ---- the only one ---- */

struct finding {
	struct pks_object *process;
	struct process_state state;
};

struct claiming {
	struct worker *worker;
	struct worker_claim *claim;
};

/*
 * One that was never to wait for anybody; its method tells that it is in no pool. A function is nothing that others can
 * find by its name.
 */
static int submit_direct(const struct worker *worker, struct finding *found)
{
	bool again = worker->order.again && process_state_is_terminal(found->state.status);
	int r = again ? history_add(found->process, &found->state)
		: found->state.status == STATUS_CREATED ? history_forget(found->process) : 0;

	if (r == 0)
		r = process_options_writef(found->process, "method", "s",
		                           pks_method_name((enum pks_method)worker->order.direct));
	if (r == 0 && worker->call.run)
		r = process_options_writef(found->process, "function", "b", true);
	return r == 0 ? record_move(found->process, &found->state, worker->order.again ? EVENT_RESTART : EVENT_SUBMIT)
	              : r;
}

/* May be run again, as all of these. */
static int claim_only(struct pks_store *store, void *arg)
{
	const struct claiming *claiming = arg;
	const struct order *order = &claiming->worker->order;
	struct finding found = {.process = pks_object_from_id(store, order->only)};
	int r = found.process ? record_read(found.process, &found.state) : pks_error_code();

	claiming->claim->process = NULL;
	if (r == 0 && order->direct)
		r = submit_direct(claiming->worker, &found);
	if (r == 0 && found.state.status != STATUS_SUBMITTED)
		r = error_set(PKS_ERR_STATE, "process %llu is %s", (unsigned long long)order->only,
			      pks_status_name(process_state_public(found.state.status)));
	if (r == 0)
		r = worker_read_target(found.process, claiming->claim->target);
	if (r == 0)
		r = worker_claim_one(claiming->worker, found.process, &found.state, true, clock_wall());
	if (r == 0) {
		claiming->claim->process = found.process;
		claiming->claim->attempt = found.state.attempt;
		claiming->claim->submitted_ns = found.state.submitted_ns;
		claiming->claim->announce = found.state.announce;
		claiming->claim->options = true;
	} else {
		pks_object_close(found.process);
	}
	return r;
}

int worker_claim_only(struct worker *worker, struct worker_claim *claim_out)
{
	return pks_atomically(worker->store, claim_only, &(struct claiming){worker, claim_out});
}

/* ---- one after another ---- */

struct turn {
	struct worker *worker;
	const struct worker_outcome *outcome;
	bool leaving;
	uint32_t wanted; /* how many to claim */
	bool *ended; /* the end is fine: what fails after it is the claim */
	bool swept;  /* nothing is left of what the handler started, as far as that matters */
};

/* May be run again, so what an earlier run claimed is forgotten first. */
static int run_turn(struct pks_store *store, void *arg)
{
	const struct turn *turn = arg;
	int r = worker_lot_settle(turn->worker, turn->outcome, turn->swept);

	if (r == 0 && turn->outcome)
		r = end_previous(turn->worker, turn->outcome, turn->swept);
	*turn->ended = r == 0;
	worker_lot_forget(turn->worker);
	if (r == 0 && !turn->leaving && !worker_promise_is_others(turn->worker))
		r = worker_claim_next(turn->worker, turn->wanted);
	if (r != 0)
		return r;
	worker_lot_fill(turn->worker);
	worker_promise_turn(turn->worker, !turn->leaving);
	return 0;
}

/* Most looks find nothing: they must not keep writers waiting. */
static bool has_work(struct worker *worker)
{
	struct process_key prefix = process_key_pool(worker->order.pool);
	struct layer_index_entry entry;

	return !worker_promise_is_others(worker) &&
	       layer_index_first(worker->store, prefix.bytes, prefix.size, &entry) != PKS_NOT_FOUND &&
	       !pool_is_paused(worker->store, worker->order.pool);
}

static void give_up(struct worker *worker)
{
	worker_lot_forget(worker);
	worker_promise_break(worker);
}

/* What cannot be claimed must not cost the one that has run its end: that is then committed alone. */
int worker_turn(struct worker *worker, const struct worker_outcome *outcome, bool leaving)
{
	bool ended = false, any = outcome || worker_lot_is_open(worker);
	struct turn turn = {worker, outcome, leaving, 1, &ended, false};
	int r;

	if (!any && (leaving || !has_work(worker)))
		return 0;
	turn.wanted = worker_lot_wanted(worker);
	worker_gather_before(worker);
	r = pks_atomically(worker->store, run_turn, &turn);
	if (r == TREE_LEFT) {
		worker_end_tree(worker, outcome ? &outcome->claim : NULL);
		turn.swept = true;
		r = pks_atomically(worker->store, run_turn, &turn);
	}
	if (r < 0 && ended && any && !leaving) {
		turn.leaving = true;
		r = pks_atomically(worker->store, run_turn, &turn);
	}
	if (r == 0 && any)
		worker_take_signals(turn.swept);
	if (r == 0)
		worker_lot_committed(worker);
	else
		give_up(worker);
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

	if (r == 0 && !noting->entered)
		r = worker_lot_leave(noting->worker, noting->claim);
	if (r == 0 && !noting->entered)
		r = worker_fence(noting->worker, noting->claim, &state);
	if (r < 0)
		return r;
	state.entered = noting->entered;
	return record_write(noting->claim->process, &state);
}

int worker_note_entered(struct worker *worker, struct worker_claim *claim, bool entered)
{
	int r = pks_atomically(worker->store, note, &(struct noting){worker, claim, entered});

	if (r == 0 && !entered)
		worker_lot_left(worker);
	return r;
}

/* ---- found ---- */

static int note_found(struct pks_store *store, void *arg)
{
	const struct noting *noting = arg;
	struct process_state state;
	int r = worker_fence(noting->worker, noting->claim, &state);

	if (r < 0)
		return r;
	state.announce = false;
	return record_write(noting->claim->process, &state);
}

int worker_note_found(struct worker *worker, struct worker_claim *claim)
{
	return pks_atomically(worker->store, note_found, &(struct noting){.worker = worker, .claim = claim});
}
