/* SPDX-License-Identifier: MIT */
#include "settle.h"

#include "base/clock.h"
#include "death.h"
#include "layer.h"
#include "output.h"
#include "target.h"

#include <pkstore/transaction.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All of them together: what was killed dies within milliseconds, unless it hangs in the kernel. */
#define DYING_TIMEOUT_MS 1000

struct settling {
	uint64_t id;
	const struct proc *worker;
	const struct record_end *end;
	uint32_t attempt; /* that the report is about */
	struct pks_value report;
};

/* Put together before the transaction: it reads files. */
static void build_report(struct pks_store *store, struct settling *settling)
{
	struct pks_object *process = pks_object_from_id(store, settling->id);
	struct process_state state;

	if (settling->end->event != EVENT_SUCCEED && record_read(process, &state) == 0 &&
	    report_build(process, settling->worker, state.attempt, settling->end->death, &settling->report) == 0)
		settling->attempt = state.attempt;
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

static int end_it(struct pks_object *process, struct process_state *state, const struct settling *settling)
{
	int r = record_end(process, state, settling->end);

	if (r == 0 && settling->report.size && state->attempt == settling->attempt)
		r = attach_report(process, &settling->report);
	return r;
}

static int settle(struct pks_store *store, void *arg)
{
	const struct settling *settling = arg;
	struct pks_object *process = pks_object_from_id(store, settling->id);
	struct process_state state;
	int r = record_read(process, &state);

	/* Ended by somebody else, or dropped after that. */
	if (r == PKS_ERR_GONE ||
	    (r == 0 && !(state.status == STATUS_RUNNING && proc_equal(&state.worker, settling->worker))))
		r = 0;
	else if (r == 0)
		r = end_it(process, &state, settling);
	pks_object_close(process);
	return r;
}

static void remove_files(struct pks_store *store, const struct proc *worker)
{
	output_remove(store, worker);
	witness_remove(store, worker);
}

/* Its last lines first, as far as they can be had: who learns of the end looks for them. */
int settle_one(struct pks_store *store, uint64_t id, const struct proc *worker, const struct record_end *end)
{
	struct settling settling = {.id = id, .worker = worker, .end = end};
	int r = output_copy(store, id, worker, true);

	if (r == PKS_ERR_BUSY)
		return r;
	build_report(store, &settling);
	r = pks_atomically(store, settle, &settling);
	pks_value_clear(&settling.report);
	if (r == 0)
		remove_files(store, worker);
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

int settle_worker(struct pks_store *store, const struct proc *worker, const struct death *death)
{
	char program[PKS_STORE_PATH_SIZE], text[DEATH_TEXT_SIZE];
	struct running_list list;
	const struct running *found;
	struct record_end end;
	int r = running_read(store, &list);

	if (r < 0)
		return r;
	found = running_find(&list, worker);
	r = PKS_NOT_FOUND;
	if (found) {
		read_program(store, found->id, program);
		death_end(death->wait_status, found->state.entered, program, text, &end);
		end.death = death;
		r = settle_one(store, found->id, worker, &end);
	} else {
		remove_files(store, worker);
	}
	running_release(&list);
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
			r = settle_one(store, list.items[i].id, &list.items[i].state.worker, end);
	running_release(&list);
	return r;
}
