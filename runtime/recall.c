/* SPDX-License-Identifier: MIT */
#include "recall.h"

#include "layer.h"
#include "record.h"
#include "witness.h"

#include <pkstore/transaction.h>

#include <stdlib.h>

void recall_note_begin(struct process_state *state, const struct lot_finding *finding)
{
	if (finding->begun_ns > state->started_ns)
		state->started_ns = finding->begun_ns;
}

int recall_record_end(struct pks_object *process, struct process_state *state, const struct lot_finding *finding)
{
	recall_note_begin(state, finding);
	return record_end(process, state, &(struct record_end){.event = EVENT_SUCCEED,
							       .has_exitcode = true,
							       .ended_ns = finding->ended_ns});
}

/* The one that the worker runs: from now on the store has it as any other one. */
static int note_begun(struct pks_object *process, struct process_state *state, const struct lot_finding *finding)
{
	if (state->entered)
		return 0;
	recall_note_begin(state, finding);
	state->entered = true;
	return record_write(process, state);
}

static int see_to(struct pks_object *process, struct process_state *state, const struct lot_finding *finding)
{
	switch (finding->place) {
	case LOT_ENDED:
		return recall_record_end(process, state, finding);
	case LOT_BEGUN:
		return note_begun(process, state, finding);
	case LOT_UNBEGUN:
		return state->entered ? 0 : record_give_back(process, state);
	case LOT_UNLISTED:
		break;
	}
	return 0;
}

/* Both lots may name it: what was found out about it once is not true any more when it has moved. */
static int recall_member(struct pks_store *store, const struct lots *lots, const struct proc *worker,
			 const struct lot_member *member)
{
	struct pks_object *process = pks_object_from_id(store, member->process);
	struct process_state state;
	struct lot_finding finding;
	int r = record_read(process, &state);

	if (r == 0 && state.status == STATUS_RUNNING && state.attempt == member->attempt &&
	    proc_equal(&state.worker, worker)) {
		finding = lots_find(lots, member->process, member->attempt, state.entered);
		r = see_to(process, &state, &finding);
	} else if (record_is_bad(r)) {
		r = 0;
	}
	pks_object_close(process);
	return r;
}

int recall_lots(struct pks_store *store, struct lots *lots, const struct proc *worker)
{
	int r = 0;

	lots_recall(lots);
	for (size_t i = 0; i < 2; i++) {
		const struct lot *lot = &lots->at[i];
		uint32_t count = atomic_load(&lot->count);

		for (uint32_t j = 0; j < count && j < LOT_MAX && r == 0; j++)
			r = recall_member(store, lots, worker, &lot->members[j]);
	}
	return r;
}

/* The file is opened inside the transaction: it is the store's own, and nobody has to be waited for. */
int recall_worker(struct pks_store *store, const struct proc *worker)
{
	struct witness_notes *notes = witness_map(store, worker);
	int r = notes ? recall_lots(store, &notes->lots, worker) : 0;

	witness_unmap(notes);
	return r;
}

/* ---- from time to time ---- */

struct recalling {
	struct lots *lots;
	const struct proc *worker;
};

static int recall(struct pks_store *store, void *arg)
{
	const struct recalling *recalling = arg;

	return recall_lots(store, recalling->lots, recalling->worker);
}

int recall_at_once(struct pks_store *store, struct lots *lots, const struct proc *worker)
{
	return pks_atomically(store, recall, &(struct recalling){lots, worker});
}

/* Whether it is one that a recall would move. A look, which may be wrong by the time it is over. */
static bool is_due(struct pks_store *store, const struct lots *lots, const struct proc *worker,
		   const struct lot_member *member)
{
	struct pks_object *process = pks_object_from_id(store, member->process);
	struct process_state state;
	bool his = record_read(process, &state) == 0 && state.status == STATUS_RUNNING &&
		   state.attempt == member->attempt && proc_equal(&state.worker, worker);
	enum lot_place place = LOT_UNLISTED;

	if (his)
		place = lots_find(lots, member->process, member->attempt, state.entered).place;
	pks_object_close(process);
	return his && (place == LOT_ENDED || (place == LOT_UNBEGUN && !state.entered));
}

static bool any_due(struct pks_store *store, const struct lots *lots, const struct proc *worker)
{
	bool due = false;

	if (pks_snapshot_begin(store) != 0)
		return false;
	for (size_t i = 0; i < 2; i++) {
		const struct lot *lot = &lots->at[i];
		uint32_t count = atomic_load(&lot->count);

		for (uint32_t j = 0; j < count && j < LOT_MAX && !due; j++)
			due = is_due(store, lots, worker, &lot->members[j]);
	}
	pks_snapshot_end(store);
	return due;
}

int recall_stuck(struct pks_store *store, const struct proc *worker, uint64_t *stamp)
{
	struct witness_notes *notes = witness_map(store, worker);
	uint64_t now = notes && lots_are_in_use(&notes->lots) ? lots_stamp(&notes->lots) : 0;
	bool stuck = now && *stamp == now;
	int r = 0;

	*stamp = now;
	if (stuck && any_due(store, &notes->lots, worker))
		r = recall_at_once(store, &notes->lots, worker);
	witness_unmap(notes);
	return r;
}

bool recall_is_begun(struct pks_store *store, uint64_t process, const struct process_state *state)
{
	struct witness_notes *notes = witness_map(store, &state->worker);
	struct lot_finding finding = {.place = LOT_UNLISTED};

	if (notes)
		finding = lots_find(&notes->lots, process, state->attempt, state->entered);
	witness_unmap(notes);
	return finding.place == LOT_BEGUN || finding.place == LOT_UNLISTED;
}
