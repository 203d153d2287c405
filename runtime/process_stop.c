/* SPDX-License-Identifier: MIT */
/* Ending a process, whatever its status: see stop.h for one that runs. */
#include "await.h"
#include "pool.h"
#include "process_options.h"
#include "recall.h"
#include "record.h"
#include "stop.h"

#include "base/clock.h"
#include "base/error.h"
#include "layer.h"

#include <pkstore/process_control.h>
#include <pkstore/transaction.h>

#include <signal.h>

/* So often may one attempt end and the next begin between a look and the transaction. */
#define TRIES 100

/* How long the supervisor has after a deadline before whoever waits does its work. */
#define FORCE_AFTER_NS CLOCK_NS_PER_S

/* When to look again after that, in milliseconds: longer than who waits takes to settle what nobody else does. */
#define FORCE_AGAIN_MS 1000

struct request {
	struct pks_object *process;
	int signal;
	struct stop stop;    /* of what runs, as it was seen before the transaction; attempt 0: nothing ran */
	int64_t deadline;    /* CLOCK_MONOTONIC: SIGKILL then */
};

/* What never ran has ended as if the signal had reached it. */
static int cancel(const struct request *request, struct process_state *state)
{
	bool kill = request->signal == SIGKILL;

	return record_end(request->process, state,
			  &(struct record_end){.event = EVENT_CANCEL,
					       .has_exitcode = true,
					       .exitcode = -request->signal,
					       .error = kill ? "killed before it ran" : "terminated before it ran"});
}

/* Somebody must be there when the time has passed; and who is there must know. */
static int watch_over(struct pks_store *store)
{
	pool_ensure(store);
	pool_notify(store);
	return 0;
}

/* Its worker is dead; the supervisor may be giving the rest of its tree time. */
static int hurry(struct pks_store *store)
{
	pool_notify(store);
	return 0;
}

static int read_grace(struct pks_object *process, int64_t *ns_out)
{
	struct process_options options;
	int r = process_options_read(process, &options);

	if (r == 0)
		*ns_out = options.grace_ms < 0 ? INT64_MAX : options.grace_ms * CLOCK_NS_PER_MS;
	process_options_release(&options);
	return r;
}

static int ask_running(struct pks_store *store, struct request *request, struct process_state *state)
{
	int64_t grace = 0;
	int r = request->signal == SIGKILL ? 0 : read_grace(request->process, &grace);

	if (r == 0)
		r = stop_ask(&request->stop, state, request->signal, grace);
	if (r != 0)
		return r;
	request->deadline = state->stop.deadline;
	return layer_after_commit(store, proc_alive(&state->worker) ? watch_over : hurry);
}

/*
 * It may have ended by that, or be submitted again. Then its worker is no business of whoever wants it to end: another
 * process runs there.
 */
static int recall(struct pks_store *store, struct request *request, struct process_state *state)
{
	int r = recall_worker(store, &state->worker);

	if (r == 0)
		r = record_read(request->process, state);
	if (r == 0 && state->status != STATUS_RUNNING)
		request->stop.attempt = 0;
	return r;
}

static int ask(struct pks_store *store, void *arg)
{
	struct request *request = arg;
	struct process_state state;
	int r = record_read(request->process, &state);

	if (r == 0 && state.status == STATUS_RUNNING)
		r = recall(store, request, &state);
	if (r < 0 || process_state_is_terminal(state.status))
		return r;
	return state.status == STATUS_RUNNING ? ask_running(store, request, &state) : cancel(request, &state);
}

/* What its worker has started is another one's when its turn has not come. */
static bool is_its_turn(struct pks_store *store, const struct request *request)
{
	struct process_state state;

	return record_read(request->process, &state) == 0 && state.status == STATUS_RUNNING &&
	       recall_is_begun(store, pks_object_id(request->process), &state);
}

/* Its worker is in a transaction, and killing needs none. */
static int kill_at_once(struct pks_store *store, const struct request *request)
{
	tree_signal(&request->stop.tree, SIGKILL);
	return stop_freeze_and_kill(store, pks_object_id(request->process), &request->stop.worker,
				    request->stop.attempt);
}

/*
 * A handler that hangs inside a transaction would have its own end wait for itself. One that is still to have its turn
 * is got back from its worker, for which the transaction has to be waited for.
 */
static int ask_or_kill(struct pks_store *store, struct request *request)
{
	const struct stop *stop = &request->stop;
	bool may_kill = request->signal == SIGKILL && stop->attempt != 0;
	int r;

	if (may_kill && stop_is_writing(store, &stop->worker) && is_its_turn(store, request))
		return kill_at_once(store, request);
	r = pks_atomically(store, ask, request);
	if (r == PKS_ERR_BUSY && may_kill && is_its_turn(store, request))
		r = kill_at_once(store, request);
	return r;
}

/* In a transaction of the caller's nothing changes between the look and the request. */
static int send(struct pks_store *store, struct request *request)
{
	int r = PKS_MISMATCH;

	for (int tries = 0; r == PKS_MISMATCH && tries < TRIES; tries++) {
		struct process_state state;

		stop_release(&request->stop);
		request->stop = (struct stop){0};
		r = record_read(request->process, &state);
		if (r < 0 || process_state_is_terminal(state.status))
			return r;
		if (state.status == STATUS_RUNNING)
			stop_prepare(request->process, &state, &request->stop);
		r = ask_or_kill(store, request);
	}
	return r == PKS_MISMATCH ? error_set(PKS_ERR_BUSY, "%s: is restarted again and again",
					     layer_path(request->process))
				 : r;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int ms_until(int64_t when)
{
	int64_t now = clock_monotonic();

	if (when == INT64_MAX)
		return -1;
	return when <= now ? 0 : (int)((when - now + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS);
}

/* The supervisor kills what stays; where it does not, because it is stopped itself, who waits here does. */
static int await_end(struct pks_store *store, const struct request *request, int timeout_ms)
{
	struct await await = {
	    .process = request->process, .what = AWAIT_ATTEMPT, .attempt = request->stop.attempt};
	int64_t deadline = clock_deadline(timeout_ms);
	int64_t force = request->deadline < INT64_MAX - FORCE_AFTER_NS ? request->deadline + FORCE_AFTER_NS : INT64_MAX;
	int r;

	for (;;) {
		r = await_any(&await, 1, ms_until(earlier(deadline, force)), NULL);
		if (r != PKS_TIMED_OUT || clock_monotonic() >= deadline)
			break;
		stop_force(store, pks_object_id(request->process), &request->stop.worker, request->stop.attempt);
		force = clock_deadline(FORCE_AGAIN_MS);
	}
	if (r == 0)
		stop_sweep(store, &request->stop);
	return r;
}

static int stop(struct pks_object *process, int signal_number, int timeout_ms)
{
	struct request request = {.process = process, .signal = signal_number};
	int r = timeout_ms == 0 ? layer_check(process, RECORD_TYPE) : await_check(process);
	struct pks_store *store;

	if (r < 0)
		return r;
	store = pks_object_store(process);
	r = send(store, &request);
	/* What SIGKILL has missed ends with the worker. */
	if (r == 0 && signal_number != SIGKILL && request.stop.attempt != 0)
		r = stop_ask_late_ones(store, &request.stop, signal_number);
	if (r == 0 && timeout_ms != 0 && request.stop.attempt != 0)
		r = await_end(store, &request, timeout_ms);
	stop_release(&request.stop);
	return r;
}

int pks_process_terminate(struct pks_object *process, int timeout_ms)
{
	return stop(process, SIGTERM, timeout_ms);
}

int pks_process_kill(struct pks_object *process, int timeout_ms)
{
	return stop(process, SIGKILL, timeout_ms);
}

int pks_process_set_grace(struct pks_object *process, int grace_ms)
{
	if (grace_ms == PKS_GRACE_MS)
		return process_options_set(process, "grace", NULL);
	return process_options_setf(process, "grace", "i", grace_ms < 0 ? -1 : grace_ms);
}
