/* SPDX-License-Identifier: MIT */
/* What a worker does from one process to the next, until it leaves. */
#include "worker.h"

#include "base/clock.h"
#include "children.h"
#include "layer.h"
#include "pool_settings.h"
#include "running.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- when to go ---- */

void worker_quit(const struct worker *worker, int status)
{
	if (worker->forked)
		_exit(status);
	exit(status);
}

/* Its parent is its supervisor until that dies. */
static bool is_orphan(const struct worker *worker)
{
	return getppid() != worker->order.supervisor;
}

/* Places beyond the pool's size are for as many as wait for others. */
static bool is_surplus(const struct worker *worker)
{
	struct running_list list;
	unsigned size, waiting;
	int r;

	r = pool_size(worker->store, worker->order.pool, worker->order.size_default, &size);
	if (r == PKS_NOT_FOUND)
		return true; /* the pool was removed */
	if (r < 0 || worker->order.slot < size || running_read(worker->store, &list) < 0)
		return false;
	waiting = running_waiting(&list, worker->order.pool);
	running_release(&list);
	return worker->order.slot >= size + waiting;
}

void worker_leave(struct worker *worker)
{
	if (!worker->order.direct && is_orphan(worker))
		pool_ensure(worker->store);
	output_remove(worker->store, &worker->self);
	witness_remove(worker->store, &worker->self);
	pks_store_close(worker->store);
	worker_quit(worker, WORKER_EXIT_LEFT);
}

/* ---- the loop ---- */

/*
 * So often in a row is tried what may be this program's own trouble and then never passes: an environment that LMDB has
 * given up (MDB_PANIC, which comes as an I/O error), memory that a handler has leaked. A fresh worker is rid of both.
 */
#define TROUBLE_TRIES 5

/*
 * What may pass by itself: the next try comes within PKS_RECHECK_MS. A full disk and a stopped writer are everybody's
 * trouble, and end only when somebody sees to them: giving up would lose a result for nothing.
 */
static bool may_pass(int code, unsigned tries)
{
	if (code == PKS_ERR_IO || code == PKS_ERR_MEMORY)
		return tries < TROUBLE_TRIES;
	return code == PKS_ERR_BUSY || code == PKS_ERR_NO_SPACE || code == PKS_ERR_MAP_FULL || code == PKS_ERR_READERS;
}

/*
 * An end that cannot be recorded as it is, such as one with too large a result, is recorded as a failure that says so.
 * When not even that is possible the worker gives up, and the supervisor settles the process.
 */
static void turn_failed(struct worker *worker, int code, unsigned tries, struct worker_outcome *outcome, uint32_t seen)
{
	if (may_pass(code, tries))
		layer_channel_wait(worker->store, worker->channel, seen);
	else if (outcome->claim.process && outcome->end.event == EVENT_SUCCEED)
		worker_outcome_fail(outcome, 1, "its result cannot be stored: %s", pks_error_message());
	else
		worker_quit(worker, EXIT_FAILURE);
}

/*
 * So that who has waited for the end has the output, too. What cannot be kept, for good, is not worth more than the
 * end.
 */
static int keep_output(struct worker *worker, const struct worker_outcome *outcome, unsigned tries)
{
	int r = output_copy(worker->store, pks_object_id(outcome->claim.process), &worker->self, true);

	return r < 0 && may_pass(r, tries) ? r : 0;
}

/* With the last lines, which are kept by now; before the transaction that stores it. */
static void report_on(const struct worker *worker, struct worker_outcome *outcome)
{
	if (outcome->death.is_command && !outcome->report.size &&
	    report_build(outcome->claim.process, &worker->self, outcome->claim.attempt, &outcome->death,
			 &outcome->report) != 0)
		outcome->report = (struct pks_value){0};
}

/*
 * How often a worker that has no rest waits for children that handlers have left, and sees whether it is to go: that
 * costs system calls, and nobody waits for it.
 */
#define LOOK_EVERY_NS (10 * CLOCK_NS_PER_MS)

static bool is_to_leave(struct worker *worker)
{
	int64_t now = clock_monotonic();

	if (worker->order.only || (worker->max_processes && worker->order.runs >= worker->max_processes))
		return true;
	if (now < worker->next_look)
		return false;
	worker->next_look = now + LOOK_EVERY_NS;
	children_reap(worker->store);
	return is_orphan(worker) || is_surplus(worker) || worker_outfit_is_over(worker);
}

static void rest(struct worker *worker, uint32_t seen)
{
	layer_channel_wait(worker->store, worker->channel, seen);
	worker->next_look = 0;
}

static bool perform_next(struct worker *worker, struct worker_outcome *outcome)
{
	if (!worker_lot_next(worker, &outcome->claim))
		return false;
	worker->order.runs++;
	worker_perform(worker, outcome);
	return true;
}

/* With the next one of the lot, while the end of what was run is put off. */
static bool go_on(struct worker *worker, struct worker_outcome *outcome, bool special)
{
	if (!outcome->claim.process)
		return false;
	if (special)
		worker_lot_was_special(worker);
	else if (worker_lot_put_off(worker, outcome))
		return perform_next(worker, outcome);
	return false;
}

void worker_loop(struct worker *worker, struct worker_outcome *outcome)
{
	unsigned tries = 0; /* in a row that failed */

	for (;;) {
		bool written = outcome->claim.process && output_written(&worker->output);
		bool word = outcome->claim.process && worker_has_on_exit(outcome);
		uint32_t seen;
		bool leaving;
		int r;

		if (go_on(worker, outcome,
			  written || word || worker_was_word(outcome) || atomic_load(&outcome->keeper)))
			continue;
		if (!outcome->claim.process)
			worker_gather(worker);
		seen = layer_channel_word(worker->store, worker->channel); /* before the look */
		leaving = is_to_leave(worker);
		r = written ? keep_output(worker, outcome, tries) : 0;
		if (r == 0)
			report_on(worker, outcome);
		if (r == 0)
			r = worker_turn(worker, outcome->claim.process ? outcome : NULL, leaving || written || word);
		if (r < 0) {
			turn_failed(worker, r, ++tries, outcome, seen);
			continue;
		}
		tries = 0;
		if (atomic_load(&outcome->keeper))
			pool_notify(worker->store);
		if (word)
			worker_on_exit(worker, outcome);
		if (worker_was_word(outcome))
			pks_object_drop(outcome->claim.process);
		worker_outcome_release(outcome);
		if (perform_next(worker, outcome))
			continue;
		if (written)
			output_renew(&worker->output, worker->store, &worker->self);
		else if (leaving)
			worker_leave(worker);
		else if (!word)
			rest(worker, seen);
	}
}
