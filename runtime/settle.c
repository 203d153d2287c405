/* SPDX-License-Identifier: MIT */
#include "settle.h"

#include "base/clock.h"
#include "death.h"
#include "kind.h"
#include "layer.h"
#include "output.h"
#include "recall.h"
#include "target.h"
#include "witness.h"

#include <pkstore/transaction.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All of them together: what was killed dies within milliseconds, unless it hangs in the kernel. */
#define DYING_TIMEOUT_MS 1000

struct settling {
	const struct proc *worker;
	struct lots *lots;               /* the worker's; NULL: it has left none */
	struct running_list running;     /* all that run, whoever runs them */
	const struct running *crashed;   /* the one that the worker was at; NULL: none */
	const struct record_end *end;    /* of that */
	struct pks_value report;
};

/* ---- whose turn it was ---- */

static struct lot_finding find(const struct settling *settling, uint64_t id, const struct process_state *state)
{
	if (!settling->lots)
		return (struct lot_finding){.place = LOT_UNLISTED};
	return lots_find(settling->lots, id, state->attempt, state->entered);
}

static bool is_back(const struct lot_finding *finding, const struct process_state *state)
{
	return finding->place == LOT_UNBEGUN && !state->entered;
}

/* It is dead: what it has noted does not change any more. */
static const struct running *find_crashed(const struct settling *settling)
{
	for (size_t i = 0; i < settling->running.count; i++) {
		const struct running *running = &settling->running.items[i];
		struct lot_finding finding;

		if (!proc_equal(&running->state.worker, settling->worker))
			continue;
		finding = find(settling, running->id, &running->state);
		if (finding.place != LOT_ENDED && !is_back(&finding, &running->state))
			return running;
	}
	return NULL;
}

/* ---- the transaction ---- */

/* Put together before it: it reads files. */
static void build_report(struct pks_store *store, struct settling *settling)
{
	struct pks_object *process = pks_object_from_id(store, settling->crashed->id);

	if (settling->end->event != EVENT_SUCCEED &&
	    report_build(process, settling->worker, settling->crashed->state.attempt, settling->end->death,
			 &settling->report) != 0)
		settling->report = (struct pks_value){0};
	pks_object_close(process);
}

/* The last word, too, that was not committed yet. */
static int attach_report(struct pks_object *process, const struct pks_value *report)
{
	struct pks_value progress;
	int r = layer_attr_set(process, REPORT_ATTR, report);

	if (r == 0 && pks_value_find(report, PROGRESS_ATTR, &progress) == 0)
		r = layer_attr_set(process, PROGRESS_ATTR, &progress);
	return r;
}

static int end_crashed(struct pks_object *process, struct process_state *state, const struct lot_finding *finding,
		       const struct settling *settling)
{
	const struct running *crashed = settling->crashed;
	bool told = settling->report.size && pks_object_id(process) == crashed->id &&
		    state->attempt == crashed->state.attempt;
	int r;

	recall_note_begin(state, finding);
	r = record_end(process, state, settling->end);
	if (r == 0 && told)
		r = attach_report(process, &settling->report);
	return r == 0 ? kind_call_later(process) : r;
}

static int settle_process(struct pks_object *process, const struct settling *settling)
{
	struct process_state state;
	struct lot_finding finding;
	int r = record_read(process, &state);

	/* Ended by somebody else, or dropped after that. */
	if (r == PKS_ERR_GONE ||
	    (r == 0 && !(state.status == STATUS_RUNNING && proc_equal(&state.worker, settling->worker))))
		return 0;
	if (r < 0)
		return r;
	finding = find(settling, pks_object_id(process), &state);
	if (finding.place == LOT_ENDED)
		return recall_record_end(process, &state, &finding);
	if (is_back(&finding, &state))
		return record_give_back(process, &state);
	return end_crashed(process, &state, &finding, settling);
}

/*
 * All of them in one: the worker's files, which tell them apart, go after it. A worker that only looks dead from here
 * is not to begin what is given back.
 */
static int settle(struct pks_store *store, void *arg)
{
	const struct settling *settling = arg;
	int r = 0;

	if (settling->lots)
		lots_recall(settling->lots);
	for (size_t i = 0; i < settling->running.count && r == 0; i++) {
		const struct running *running = &settling->running.items[i];
		struct pks_object *process;

		if (!proc_equal(&running->state.worker, settling->worker))
			continue;
		process = pks_object_from_id(store, running->id);
		r = settle_process(process, settling);
		pks_object_close(process);
	}
	return r;
}

static void remove_files(struct pks_store *store, const struct proc *worker)
{
	output_remove(store, worker);
	witness_remove(store, worker);
}

/* Its last lines first, as far as they can be had: who learns of the end looks for them. */
static int settle_all(struct pks_store *store, struct settling *settling)
{
	int r = settling->crashed ? output_copy(store, settling->crashed->id, settling->worker, true) : 0;

	if (r == PKS_ERR_BUSY)
		return r;
	if (settling->crashed)
		build_report(store, settling);
	r = pks_atomically(store, settle, settling);
	pks_value_clear(&settling->report);
	if (r == 0)
		remove_files(store, settling->worker);
	return r;
}

int settle_as(struct pks_store *store, const struct proc *worker, const struct record_end *end)
{
	struct settling settling = {.worker = worker, .end = end};
	struct witness_notes *notes = witness_map(store, worker);
	int r = running_read(store, &settling.running);

	if (r == 0) {
		settling.lots = notes ? &notes->lots : NULL;
		settling.crashed = find_crashed(&settling);
		r = settle_all(store, &settling);
		running_release(&settling.running);
	}
	witness_unmap(notes);
	return r;
}

/* The program in a process's target, for messages. */
static void read_program(struct pks_store *store, uint64_t id, char program[PKS_STORE_PATH_SIZE])
{
	struct pks_object *process = pks_object_from_id(store, id);
	struct target target;
	char *text = NULL;

	strcpy(program, "its program");
	if (pks_attr_getf(process, "target", "s", &text) == 0 && target_parse(text, &target) == 0)
		strcpy(program, target.module);
	free(text);
	pks_object_close(process);
}

static int settle_dead(struct pks_store *store, struct settling *settling, const struct death *death)
{
	char program[PKS_STORE_PATH_SIZE], text[DEATH_TEXT_SIZE];
	const struct running *crashed = find_crashed(settling);
	struct record_end end;

	settling->crashed = crashed;
	settling->end = &end;
	if (crashed) {
		/* The others of a lot are run by the program that has run the first. */
		bool entered = crashed->state.entered || find(settling, crashed->id, &crashed->state).index > 0;

		read_program(store, crashed->id, program);
		death_end(death->wait_status, entered, program, text, &end);
		end.death = death;
	} else {
		death_unknown(&end);
	}
	return settle_all(store, settling);
}

int settle_worker(struct pks_store *store, const struct proc *worker, const struct death *death)
{
	struct settling settling = {.worker = worker};
	struct witness_notes *notes;
	int r = running_read(store, &settling.running);

	if (r < 0)
		return r;
	if (running_find(&settling.running, worker)) {
		notes = witness_map(store, worker);
		settling.lots = notes ? &notes->lots : NULL;
		r = settle_dead(store, &settling, death);
		witness_unmap(notes);
	} else {
		remove_files(store, worker);
		r = PKS_NOT_FOUND;
	}
	running_release(&settling.running);
	return r;
}

int settle_stranger(struct pks_store *store, const struct proc *worker, int wait_status)
{
	return settle_worker(store, worker, &(struct death){.wait_status = wait_status, .oom = OOM_UNKNOWN});
}

/* Who has no memory any more, and so no environment by which a sweep could have found it, is nearly dead. */
static void await_dying(const struct proc *worker, int64_t deadline)
{
	int64_t left = (deadline - clock_monotonic()) / CLOCK_NS_PER_MS;
	int pidfd = proc_open(worker);

	if (pidfd < 0)
		return;
	proc_wait(pidfd, left > 0 ? (int)left : 0);
	close(pidfd);
}

int settle_all_killed(struct pks_store *store, const struct record_end *end)
{
	int64_t deadline = clock_deadline(DYING_TIMEOUT_MS);
	struct running_list list = {0};
	int r = running_read(store, &list);

	for (size_t i = 0; r == 0 && i < list.count; i++)
		await_dying(&list.items[i].state.worker, deadline);

	for (size_t i = 0; r == 0 && i < list.count; i++)
		if (!proc_alive(&list.items[i].state.worker))
			r = settle_as(store, &list.items[i].state.worker, end);
	running_release(&list);
	return r;
}
