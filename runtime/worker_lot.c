/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "recall.h"
#include "worker_promise.h"

#include "layer.h"
#include "pool.h"

#include <string.h>

/* So long a handler may take for the next lot to be larger: about what a commit does. */
#define QUICK_NS 50000

/*
 * One that took longer has its end recorded at once, with those before it, and others run the rest: what was put off by
 * as many as a lot has, each just quick enough, comes some milliseconds late.
 */
#define SLOW_NS 200000

/* By how much a lot shrinks when one was slow: it may have been somebody else's doing. */
#define SLOW_DIVISOR 4

static struct lot *slot(const struct worker *worker, uint64_t number)
{
	return &worker->lots.shared->at[number % 2];
}

void worker_lots_begin(struct worker *worker)
{
	struct worker_lots *lots = &worker->lots;

	lots->shared = worker->witness.notes ? &worker->witness.notes->lots : NULL;
	lots->number = lots->shared ? lots_number(lots->shared) : 0;
	lots->size = 1;
	lots->pace = INT64_MAX;
}

/* ---- one after the other ---- */

static bool is_plain(const struct worker *worker, const struct worker_outcome *outcome)
{
	return outcome->ran && outcome->end.event == EVENT_SUCCEED && !outcome->end.result && !outcome->error &&
	       !outcome->report.size && !worker->witness.unsaved;
}

static void begin_small(struct worker_lots *lots)
{
	lots->size = 1;
	lots->now.quick = false;
}

void worker_lot_was_special(struct worker *worker)
{
	begin_small(&worker->lots);
	worker->lots.pace = INT64_MAX;
}

bool worker_lot_is_recalled(const struct worker *worker)
{
	return lot_is_recalled(slot(worker, worker->lots.number));
}

static void judge(struct worker_lots *lots, int64_t took)
{
	lots->now.quick = lots->now.quick && took <= QUICK_NS;
	if (took > SLOW_NS)
		lots->size = lots->size > SLOW_DIVISOR ? lots->size / SLOW_DIVISOR : 1;
}

/* One that was asked to end meanwhile is ended by the turn, which sees to what it has left behind. */
bool worker_lot_put_off(struct worker *worker, struct worker_outcome *outcome)
{
	struct worker_lots *lots = &worker->lots;
	struct worker_lot *now = &lots->now;
	int64_t took;

	worker_note_moment(worker);
	took = worker->now.monotonic - now->began;
	worker_promise_pace(worker, took);
	if (!is_plain(worker, outcome)) {
		begin_small(lots);
		return false;
	}
	judge(lots, took);
	/* A worker without notes has no lots, and makes no promise. */
	if (took > SLOW_NS || (now->count < 2 && !worker_promise_is_made(worker)) || worker_lot_is_recalled(worker))
		return false;
	lot_end(slot(worker, lots->number), now->begun - 1, worker->now.wall_ns);
	now->members[now->begun - 1].process = outcome->claim.process;
	outcome->claim.process = NULL;
	worker_outcome_release(outcome);
	return true;
}

/*
 * A SIGTERM that is held since the last handler's end, and was sent to end that, cannot be let loose on the next one:
 * who sent it has recalled the lot before.
 */
bool worker_lot_next(struct worker *worker, struct worker_claim *claim_out)
{
	struct worker_lots *lots = &worker->lots;
	struct worker_lot *now = &lots->now;
	struct worker_member *member = &now->members[now->begun];

	if (now->begun == now->count)
		return false;
	if (now->begun > 0) {
		if (!lot_begin(slot(worker, lots->number), now->begun))
			return false;
		worker_take_signals(false);
	} else {
		worker_note_moment(worker);
	}
	claim_out->process = member->process;
	claim_out->attempt = member->attempt;
	claim_out->submitted_ns = member->submitted_ns;
	claim_out->announce = member->announce;
	claim_out->options = member->options;
	strcpy(claim_out->target, now->target);
	member->process = NULL;
	now->begun++;
	now->began = worker->now.monotonic;
	return true;
}

bool worker_lot_is_open(const struct worker *worker)
{
	return worker->lots.now.count > 0;
}

/* ---- a turn ---- */

/* Also has it grow: it is asked once, before the transaction, about what was run. */
uint32_t worker_lot_wanted(struct worker *worker)
{
	struct worker_lots *lots = &worker->lots;
	const struct worker_lot *now = &lots->now;
	uint32_t wanted;

	if (now->count && strcmp(now->target, lots->quick) != 0) {
		strcpy(lots->quick, now->target);
		lots->size = 1;
	}
	if (now->count && now->begun == now->count && now->quick && now->more)
		lots->size = lots->size * 2 < LOT_MAX ? lots->size * 2 : LOT_MAX;
	wanted = lots->size;
	if (wanted > 1 && (worker->max_bytes || !witness_is_shared(&worker->witness)))
		return 1;
	if (worker->max_processes && worker->max_processes - worker->order.runs < wanted)
		wanted = worker->order.runs < worker->max_processes
				 ? (uint32_t)(worker->max_processes - worker->order.runs)
				 : 1;
	return wanted;
}

/* As it was claimed, if nothing about the process has changed since; else by what the store has now. */
static int read_state(const struct worker *worker, const struct worker_member *member, struct process_state *state_out)
{
	uint64_t version;

	if (layer_version(member->process, &version) != 0 || version == 0 || version != member->version)
		return worker_fence_member(worker, member, state_out);
	*state_out = member->state;
	return 0;
}

static int settle_one(struct worker *worker, const struct worker_member *member, bool swept)
{
	struct process_state state;
	struct lot_finding finding;
	int r = read_state(worker, member, &state);

	if (r == PKS_ERR_FENCED || record_is_bad(r))
		return 0;
	if (r == 0 && state.stop.signal && !swept)
		return TREE_LEFT;
	if (r < 0)
		return r;
	finding = lots_find(worker->lots.shared, pks_object_id(member->process), member->attempt, state.entered);
	return recall_record_end(member->process, &state, &finding);
}

static int give_back(struct worker *worker, const struct worker_member *member)
{
	struct process_state state;
	int r = worker_fence_member(worker, member, &state);

	if (r == PKS_ERR_FENCED || record_is_bad(r))
		return 0;
	return r == 0 ? record_give_back(member->process, &state) : r;
}

/*
 * What others have recorded, or given back, after they have recalled the lot is not this worker's any more. A damaged
 * one keeps the others from nothing.
 */
int worker_lot_settle(struct worker *worker, const struct worker_outcome *outcome, bool swept)
{
	const struct worker_lot *now = &worker->lots.now;
	uint32_t put_off = now->begun - (outcome && now->begun ? 1 : 0);
	int r = 0;

	for (uint32_t i = 0; i < put_off && r == 0; i++)
		r = settle_one(worker, &now->members[i], swept);
	for (uint32_t i = now->begun; i < now->count && r == 0; i++)
		r = give_back(worker, &now->members[i]);
	return r;
}

static void release(struct worker_lot *lot)
{
	for (uint32_t i = 0; i < lot->count; i++) {
		pks_object_close(lot->members[i].process);
		lot->members[i].process = NULL;
	}
	lot->count = lot->begun = 0;
}

void worker_lot_forget(struct worker *worker)
{
	release(&worker->lots.claimed);
}

void worker_lot_fill(struct worker *worker)
{
	const struct worker_lot *claimed = &worker->lots.claimed;
	struct lot_member members[LOT_MAX];

	if (!worker->lots.shared || claimed->count == 0)
		return;
	for (uint32_t i = 0; i < claimed->count; i++)
		members[i] = (struct lot_member){.process = pks_object_id(claimed->members[i].process),
						 .attempt = claimed->members[i].attempt};
	lot_fill(slot(worker, worker->lots.number + 1), worker->lots.number + 1, members, claimed->count);
}

/*
 * The supervisor is told of a lot that it might have to recall, unless it is looking. It says that it does not any
 * more, and then looks once more; here the lot is there first, and then is asked. So one of the two sees the other.
 */
static void tell_supervisor(struct worker *worker)
{
	const struct worker_lots *lots = &worker->lots;

	if (lots->shared && (lots->now.count > 1 || atomic_load(&lots->shared->promise)) &&
	    !atomic_load(&lots->shared->watched))
		pool_notify(worker->store);
}

void worker_lot_committed(struct worker *worker)
{
	struct worker_lots *lots = &worker->lots;

	if (lots->shared && lots->now.count)
		lot_empty(slot(worker, lots->number));
	release(&lots->now);
	lots->now = lots->claimed;
	lots->now.quick = true;
	lots->now.closed = false;
	lots->claimed.count = lots->claimed.begun = 0;
	lots->number += lots->shared && lots->now.count;
	worker_gather_begin(worker);
	tell_supervisor(worker);
}

/* ---- inside a handler ---- */

int worker_lot_close(struct worker *worker)
{
	if (worker->lots.now.count < 2 || worker->lots.now.closed)
		return 0;
	return recall_lots(worker->store, worker->lots.shared, &worker->self);
}

void worker_lot_closed(struct worker *worker)
{
	worker->lots.now.closed = true;
}

int worker_lot_leave(struct worker *worker, const struct worker_claim *claim)
{
	struct lot_member alone = {pks_object_id(claim->process), claim->attempt, 0};
	int r = worker_lot_close(worker);

	if (r == 0 && worker->lots.shared)
		lot_fill(slot(worker, worker->lots.number + 1), worker->lots.number + 1, &alone, 1);
	return r;
}

void worker_lot_left(struct worker *worker)
{
	struct worker_lots *lots = &worker->lots;

	if (lots->shared)
		lot_empty(slot(worker, lots->number++));
	release(&lots->now);
}
