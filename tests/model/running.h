/* SPDX-License-Identifier: MIT */
/*
 * Running processes against a model. Callers create, start, restart, end and drop processes, workers run them, and all
 * of them are killed, the supervisor as well. Each step of a caller, and each run of a handler, is one transaction that
 * also appends to a journal how the process was before and after; between two such entries workers and the supervisor
 * have moved it. The model is the drawing of process_state.h, and asks of each entry:
 *
 *     what a process was before it follows from what it was after the last one: along the drawing, with the attempt
 *     that belongs to it, and never out of a terminal status, whose exitcode stays as well
 *     the step does what the API says
 *     an attempt says once at most that it runs, and while it is the one that runs
 *     one that is given back by its worker, as if it never had been claimed, has not said so
 */
#ifndef TESTS_MODEL_RUNNING_H
#define TESTS_MODEL_RUNNING_H

#include <pkstore/pkstore.h>

#include <stdbool.h>
#include <stdint.h>

#define RUNNING_JOURNAL "running/journal"

/* How a handler ends. */
enum manner { MANNER_RETURNS, MANNER_FAILS, MANNER_DIES, MANNER_SLEEPS, MANNER_STAYS, MANNER_STAYS_IN_SPITE, MANNERS };

/* Of one that fails by itself. */
#define PLAY_EXITCODE 3

/* How a process is. status 0: there is none. */
struct look {
	int status, attempt, exitcode; /* PLAY_NO_EXITCODE: none */
};

#define PLAY_NO_EXITCODE 1000

enum play_op {
	PLAY_NEW,
	PLAY_START,
	PLAY_START_TOO,
	PLAY_RESTART,
	PLAY_RESTART_TOO,
	PLAY_TERMINATE,
	PLAY_KILL,
	PLAY_DROP,
	PLAY_LOOK,
	PLAY_OPS, /* what callers do */
	PLAY_RUN = PLAY_OPS,
};

struct play {
	int op, slot; /* the slot's process; of a run there is only the id */
	uint64_t id;
	int code, manner;
	struct look before, after;
};

/* In a transaction: the process's present state. A missing process is looked at as NULL. */
static inline int play_look(struct pks_object *process, struct look *look_out)
{
	struct pks_process_info info;
	int r = process ? pks_process_info(process, &info) : 0;

	*look_out = (struct look){.exitcode = PLAY_NO_EXITCODE};
	if (r != 0 || !process)
		return r;
	look_out->status = (int)info.status;
	look_out->attempt = (int)info.attempt;
	if (info.has_exitcode)
		look_out->exitcode = info.exitcode;
	return 0;
}

#define PLAY_FORMAT "[iiIiiiiiiii]"

static inline int play_write(struct pks_object *journal, const struct play *play)
{
	return pks_log_appendf(journal, PLAY_FORMAT, play->op, play->slot, (int64_t)play->id, play->code, play->manner,
	                       play->before.status, play->before.attempt, play->before.exitcode, play->after.status,
	                       play->after.attempt, play->after.exitcode);
}

static inline int play_read(const struct pks_value *entry, struct play *play)
{
	int64_t id = 0;
	int r = pks_value_unpack(entry, PLAY_FORMAT, &play->op, &play->slot, &id, &play->code, &play->manner,
	                         &play->before.status, &play->before.attempt, &play->before.exitcode,
	                         &play->after.status, &play->after.attempt, &play->after.exitcode);

	play->id = (uint64_t)id;
	return r;
}

/* ---- the model (running_model.c); asserts ---- */

/* One entry of the journal, at that position. */
void running_replay(const struct play *play, uint64_t position);
/*
 * All is over: how the slot's process is, or that there is none. It has ended by itself, or was killed by the test,
 * which writes no entry about that.
 */
void running_expect_end(int slot, const struct look *look);

#define RUNNING_SLOTS 12

#endif
