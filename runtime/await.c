/* SPDX-License-Identifier: MIT */
/*
 * Waiting for processes. It must not hang whoever dies: a worker with its supervisor, the supervisor alone, or both
 * before the process was claimed. So besides sleeping until a process changes, a waiter looks from time to time
 * whether there is anybody left who would change it, and does that one's work if not:
 *
 *     submitted, no supervisor          starts the pool
 *     running, no supervisor            starts the pool, if it can: it is the first to know how a worker dies
 *     running, its turn not come        has it given back, if the worker is still at the same one of its lot
 *                                       (recall.h); the supervisor is much faster
 *     running, its worker dead          leaves it to the supervisor, who knows how it died; but settles it itself when
 *                                       there is no supervisor, or none that does it within SETTLE_AFTER_NS
 *     running, its worker dead, asked   as long as it has time of grace left: leaves it to the supervisor, or waits
 *     to end                            till nothing is left of its tree
 *     running, by fork or spawn, dead   settles it itself, and knows how it ended as long as it was not waited for
 */
#include "await.h"

#include "base/clock.h"
#include "base/error.h"
#include "children.h"
#include "death.h"
#include "layer.h"
#include "pool.h"
#include "recall.h"
#include "record.h"
#include "settle.h"
#include "stop.h"
#include "within.h"
#include "worker_pause.h"

#include <pkstore/transaction.h>
#include <pkstore/wait.h>

#include <stdlib.h>

/* How often to look: seldom enough to cost nothing beside a worker's own look, often enough not to be noticed. */
#define LOOK_EVERY_NS (200 * CLOCK_NS_PER_MS)

/* A supervisor settles within milliseconds, unless it is stopped or waits for the write lock. */
#define SETTLE_AFTER_NS CLOCK_NS_PER_S

struct waiting {
	struct await *awaits;
	struct pks_wait_item *items; /* one for each */
	size_t count, index;
	struct pks_store *store;
	int64_t deadline, next_look;
};

static bool is_there(const struct await *await)
{
	const struct process_state *state = &await->state;

	if (process_state_is_terminal(state->status))
		return true;
	if (await->what == AWAIT_RUN)
		return state->status == STATUS_RUNNING && state->entered && !state->announce;
	return await->what == AWAIT_ATTEMPT && !(state->status == STATUS_RUNNING && state->attempt == await->attempt);
}

/* Inside a snapshot: the version is that of the state, so a change after it ends the next wait at once. */
static int look_at(struct await *await, struct pks_wait_item *item)
{
	int r = pks_object_version(await->process, &item->version);

	if (r == 0)
		r = record_read(await->process, &await->state);
	if (r < 0)
		return r;
	if (is_there(await))
		return 0;
	if (await->state.status == STATUS_CREATED)
		return error_set(PKS_ERR_STATE, "%s: was never started", layer_path(await->process));
	return PKS_TIMED_OUT;
}

static int look(struct waiting *waiting)
{
	int r = pks_snapshot_begin(waiting->store);

	if (r < 0)
		return r;
	r = PKS_TIMED_OUT;
	for (waiting->index = 0; waiting->index < waiting->count; waiting->index++) {
		r = look_at(&waiting->awaits[waiting->index], &waiting->items[waiting->index]);
		if (r != PKS_TIMED_OUT)
			break;
	}
	pks_snapshot_end(waiting->store);
	return r;
}

static bool is_supervisor(struct pks_store *store, int64_t pid)
{
	struct proc supervisor;

	return pool_supervisor(store, &supervisor) == 0 && supervisor.pid == pid && proc_alive(&supervisor);
}

/* It was asked to end, and something that came from it may use its time of grace still. */
static bool has_time(struct pks_store *store, const struct proc *worker)
{
	return stop_grace(store, worker) && (pool_is_up(store) || stop_lingers_direct(store, worker));
}

static int check_worker(struct pks_store *store, struct await *await)
{
	int64_t now = clock_monotonic(), parent;
	struct record_end end;
	int status, r;

	if (proc_alive(&await->state.worker)) {
		await->dead_since = 0;
		pool_ensure(store); /* as well as it can: the wait goes on without it */
		recall_stuck(store, &await->state.worker, &await->lots);
		return 0;
	}
	if (await->dead_since == 0)
		await->dead_since = now;
	if (has_time(store, &await->state.worker)) {
		await->dead_since = now;
		return 0;
	}
	if (proc_wait_status(&await->state.worker, &status, &parent) == 0 && !is_supervisor(store, parent)) {
		if (await->state.stop.signal)
			stop_end_rest_direct(store, &await->state.worker);
		r = settle_stranger(store, &await->state.worker, status);
		return r < 0 ? r : 0;
	}
	if (pool_is_up(store) && now - await->dead_since < SETTLE_AFTER_NS)
		return 0;
	death_unknown(&end);
	return settle_as(store, &await->state.worker, &end);
}

int await_care(struct pks_store *store, struct await *await)
{
	return await->state.status == STATUS_SUBMITTED ? pool_ensure(store) : check_worker(store, await);
}

/* What was seen may be old news by now; each of these looks again itself before it changes anything. */
static int check(struct waiting *waiting)
{
	int r = 0;

	waiting->next_look = clock_monotonic() + LOOK_EVERY_NS;
	children_look(waiting->store);
	within_say_again(waiting->store);
	for (size_t i = 0; r == 0 && i < waiting->count; i++)
		r = await_care(waiting->store, &waiting->awaits[i]);
	return r;
}

/* Until a process changes, it is time to look around, or the deadline. */
static int sleep_once(struct waiting *waiting)
{
	int64_t now = clock_monotonic();
	int64_t until = waiting->deadline < waiting->next_look ? waiting->deadline : waiting->next_look;
	int64_t left = (until - now + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
	size_t index;
	int r = pks_wait_any(waiting->items, waiting->count, left < 0 ? 0 : (int)left, &index);

	if (r < 0)
		return r;
	now = clock_monotonic();
	return now >= waiting->next_look ? check(waiting) : 0;
}

static int wait_until_there(struct waiting *waiting)
{
	int r = PKS_TIMED_OUT;

	while (r == PKS_TIMED_OUT && clock_monotonic() < waiting->deadline) {
		r = sleep_once(waiting);
		if (r == 0)
			r = look(waiting);
	}
	return r;
}

static bool any_submitted(const struct waiting *waiting)
{
	for (size_t i = 0; i < waiting->count; i++)
		if (waiting->awaits[i].state.status == STATUS_SUBMITTED)
			return true;
	return false;
}

/* A handler that waits gives up its place in the pool, or it might wait for what can never start. */
static int await(struct waiting *waiting)
{
	struct children_watch *watch;
	bool paused;
	int r;

	children_look(waiting->store);
	r = look(waiting);
	/* Who does not want to wait does not start the pool either, which may take seconds. */
	if (r != PKS_TIMED_OUT || clock_monotonic() >= waiting->deadline)
		return r;
	if (any_submitted(waiting)) {
		int up = check(waiting);

		if (up < 0)
			return up;
	}
	waiting->next_look = clock_monotonic() + LOOK_EVERY_NS;
	paused = worker_pause(waiting->store);
	watch = children_watch_begin(waiting->store);
	r = wait_until_there(waiting);
	children_watch_end(watch);
	if (paused)
		worker_resume(waiting->store);
	return r;
}

int await_check(struct pks_object *process)
{
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	if (layer_in_transaction(pks_object_store(process)))
		return error_set(PKS_ERR_USAGE,
				 "waiting inside a transaction or snapshot, in which nothing would change");
	if (worker_runs(process))
		return error_set(PKS_ERR_USAGE, "%s: its handler would wait for itself", layer_path(process));
	return 0;
}

static int not_in_time(const struct waiting *waiting)
{
	const struct await *await = &waiting->awaits[0];

	if (waiting->count > 1)
		return error_set(PKS_TIMED_OUT, "%s: neither it nor any of %zu others has ended",
				 layer_path(await->process), waiting->count - 1);
	return error_set(PKS_TIMED_OUT, "%s: %s", layer_path(await->process),
			 await->what == AWAIT_RUN ? "does not run yet" : "has not ended yet");
}

int await_any(struct await *awaits, size_t count, int timeout_ms, size_t *index_out)
{
	struct pks_wait_item only, *items = count == 1 ? &only : calloc(count, sizeof(*items));
	struct waiting waiting = {
	    .awaits = awaits, .items = items, .count = count, .deadline = clock_deadline(timeout_ms)};
	int r;

	if (!items)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	waiting.store = pks_object_store(awaits[0].process);
	for (size_t i = 0; i < count; i++)
		items[i].object = awaits[i].process;
	r = await(&waiting);
	if (items != &only)
		free(items);
	if (r == 0 && index_out)
		*index_out = waiting.index;
	return r == PKS_TIMED_OUT ? not_in_time(&waiting) : r;
}
