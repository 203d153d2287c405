/* SPDX-License-Identifier: MIT */
/* The one commit between two processes. */
#include "worker.h"

#include "base/error.h"
#include "layer.h"
#include "pool_settings.h"
#include "process_key.h"
#include "process_options.h"
#include "process_submit.h"
#include "sweep.h"

#include <pkstore/transaction.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long what outlives a handler that was asked to end is looked for: killing takes milliseconds. */
#define SWEEP_TIMEOUT_MS 1000

int worker_fence(const struct worker *worker, const struct worker_claim *claim, struct process_state *state_out)
{
	struct process_state state;
	int r = record_read(claim->process, &state);

	/* A running process cannot be dropped: it was settled before. */
	if (r < 0 && r != PKS_ERR_GONE)
		return r;
	if (r < 0 || state.status != STATUS_RUNNING || state.attempt != claim->attempt ||
	    !proc_equal(&state.worker, &worker->self))
		return error_set(PKS_ERR_FENCED, "attempt %u of process %llu was settled by others", claim->attempt,
				 (unsigned long long)pks_object_id(claim->process));
	*state_out = state;
	return 0;
}

/* What the handler started must be ended before its end is told; there is no error of this number. */
#define TREE_LEFT PKS_MISMATCH

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
		r = record_end(outcome->claim.process, &state, &outcome->end);
	if (r == 0 && outcome->report.size)
		r = layer_attr_set(outcome->claim.process, REPORT_ATTR, &outcome->report);
	return r;
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
		target_out[0] = '\0'; /* a command, or what is no MODULE:HANDLER */
	}
	pks_value_clear(&value);
	return r < 0 && r != PKS_ERR_TYPE ? r : 0;
}

/* Found one; there is no error of this number. */
#define FOUND PKS_FULL

struct finding {
	struct pks_store *store;
	struct pks_object *process;
	struct process_state state;
	bool damaged; /* there is no such state */
};

/*
 * What an entry leads to is passed over when it is not there, no process or not submitted: nothing says how to take
 * such an entry away, and it must not keep the others from being claimed. A damaged state is found, to be set aside.
 */
static int find_one(const struct layer_index_entry *entry, void *arg)
{
	struct finding *finding = arg;
	int r;

	finding->process = pks_object_from_id(finding->store, entry->id);
	r = record_read(finding->process, &finding->state);
	finding->damaged = r == PKS_ERR_CORRUPT && layer_check(finding->process, RECORD_TYPE) == 0;
	if (finding->damaged || (r == 0 && finding->state.status == STATUS_SUBMITTED))
		return FOUND;
	pks_object_close(finding->process);
	finding->process = NULL;
	return record_is_bad(r) ? 0 : r;
}

/*
 * The process counts as having its program from the claim on: nearly all run here. The worker takes that back before it
 * executes another one.
 */
static int claim_one(struct worker *worker, struct finding *found, struct worker_claim *claim)
{
	struct process_state *state = &found->state;
	int r;

	if (found->damaged)
		return set_aside(found->process);
	r = read_target(found->process, claim->target);
	if (r < 0)
		return r;
	state->worker = worker->self;
	state->entered = true;
	r = record_move(found->process, state, EVENT_CLAIM);
	if (r == 0) {
		claim->process = found->process;
		claim->attempt = state->attempt;
		claim->submitted_ns = state->submitted_ns;
	}
	return r;
}

static int claim_next(struct worker *worker, struct worker_claim *claim)
{
	struct process_key prefix = process_key_pool(worker->order.pool);
	struct finding finding = {.store = worker->store};
	int r = 0;

	/* In this transaction: nothing is claimed after the commit of a pause. */
	if (!pool_is_paused(worker->store, worker->order.pool))
		r = layer_index_each(worker->store, prefix.bytes, prefix.size, find_one, &finding);

	if (r == FOUND)
		r = claim_one(worker, &finding, claim);
	if (claim->process != finding.process)
		pks_object_close(finding.process);
	return r;
}

/* ---- the only one ---- */

struct claiming {
	struct worker *worker;
	struct worker_claim *claim;
};

static int write_option(struct pks_object *process, const char *name, const char *format, ...)
{
	struct pks_value value = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = pks_value_vpack(&value, format, args);
	va_end(args);
	if (r == 0)
		r = process_options_write(process, name, &value);
	pks_value_clear(&value);
	return r;
}

/*
 * One that was never to wait for anybody; its method tells that it is in no pool. A function is nothing that others can
 * find by its name.
 */
static int submit_direct(const struct worker *worker, struct finding *found)
{
	bool again = worker->order.again && process_state_is_terminal(found->state.status);
	int r = again ? process_begin_again(found->process, &found->state) : 0;

	if (r == 0)
		r = write_option(found->process, "method", "s", pks_method_name((enum pks_method)worker->order.direct));
	if (r == 0 && worker->call.run)
		r = write_option(found->process, "function", "b", true);
	return r == 0 ? record_move(found->process, &found->state, worker->order.again ? EVENT_RESTART : EVENT_SUBMIT) : r;
}

/* May be run again, as all of these. */
static int claim_only(struct pks_store *store, void *arg)
{
	const struct claiming *claiming = arg;
	const struct order *order = &claiming->worker->order;
	struct finding found = {.store = store, .process = pks_object_from_id(store, order->only)};
	int r = found.process ? record_read(found.process, &found.state) : pks_error_code();

	claiming->claim->process = NULL;
	if (r == 0 && order->direct)
		r = submit_direct(claiming->worker, &found);
	if (r == 0 && found.state.status != STATUS_SUBMITTED)
		r = error_set(PKS_ERR_STATE, "process %llu is %s", (unsigned long long)order->only,
			      pks_status_name(process_state_public(found.state.status)));
	if (r == 0)
		r = claim_one(claiming->worker, &found, claiming->claim);
	if (r != 0)
		pks_object_close(found.process);
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
	struct worker_claim *claim;
	bool *ended; /* the end is fine: what fails after it is the claim */
	bool swept;  /* nothing is left of what the handler started, as far as that matters */
};

/* May be run again, so what an earlier run claimed is forgotten first. */
static int run_turn(struct pks_store *store, void *arg)
{
	const struct turn *turn = arg;
	int r = turn->outcome ? end_previous(turn->worker, turn->outcome, turn->swept) : 0;

	*turn->ended = r == 0;
	pks_object_close(turn->claim->process);
	turn->claim->process = NULL;
	return r == 0 && !turn->leaving ? claim_next(turn->worker, turn->claim) : r;
}

/* Most looks find nothing: they must not keep writers waiting. */
static bool has_work(struct worker *worker)
{
	struct process_key prefix = process_key_pool(worker->order.pool);
	struct layer_index_entry entry;

	return layer_index_first(worker->store, prefix.bytes, prefix.size, &entry) != PKS_NOT_FOUND &&
	       !pool_is_paused(worker->store, worker->order.pool);
}

/*
 * A handler that was asked to end may do so in its own way, and leave what it started behind. That was asked to end
 * with it. Everything that bears the worker's mark is its own, but for the worker itself.
 */
static void sweep_own_tree(void)
{
	const char *value = getenv(POOL_MARK_ENV);
	char mark[POOL_MARK_SIZE];

	if (!value || !strchr(value, '/') || strlen(value) >= sizeof(mark) - sizeof(POOL_MARK_ENV))
		return;
	snprintf(mark, sizeof(mark), POOL_MARK_ENV "=%s", value);
	sweep_kill_marked(mark, getpid(), SWEEP_TIMEOUT_MS);
}

/* What cannot be claimed must not cost the one that has run its end: that is then committed alone. */
int worker_turn(struct worker *worker, const struct worker_outcome *outcome, bool leaving,
		struct worker_claim *claim_out)
{
	bool ended = false;
	struct turn turn = {worker, outcome, leaving, claim_out, &ended, false};
	int r;

	claim_out->process = NULL;
	if (!outcome && (leaving || !has_work(worker)))
		return 0;
	r = pks_atomically(worker->store, run_turn, &turn);
	if (r == TREE_LEFT) {
		sweep_own_tree();
		turn.swept = true;
		r = pks_atomically(worker->store, run_turn, &turn);
	}
	if (r < 0 && ended && outcome && !leaving) {
		turn.leaving = true;
		r = pks_atomically(worker->store, run_turn, &turn);
	}
	if (r == 0 && outcome)
		worker_take_signals(turn.swept);
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
