/* SPDX-License-Identifier: MIT */
/*
 * A worker: a Unix process of the pool that runs processes, one at a time, though it may claim several (worker_lot.h).
 * It lives in pkstore-worker, which loads the shared objects that hold handlers, or in a program that holds handlers of
 * its own, which it executes in its place: the pid and the start time stay, and so does its identity in the process
 * that it has claimed.
 *
 *      +--> look --nothing--> sleep on the channel ----------+
 *      |      |                                              |
 *      |    claim (the same commit ends the previous one)    |
 *      |      |                                              |
 *      |    choose --not here--> exec the other program, which goes on at "run"
 *      |      |    \--nowhere--> failed, with the reason
 *      |     run
 *      |      |
 *      +------+<---------------------------------------------+
 *
 * It may die anywhere. Before the claim's commit nothing has happened; from then on until the end's commit the process
 * is running with this worker's identity, and whoever finds the worker dead settles it.
 */
#ifndef RUNTIME_WORKER_H
#define RUNTIME_WORKER_H

#include "module.h"
#include "order.h"
#include "output.h"
#include "record.h"
#include "report.h"
#include "witness.h"
#include "worker_gather.h"
#include "worker_lot.h"

#include "base/proc.h"

#include <pkstore/method.h>

#include <stdatomic.h>

/* How it exits when it leaves by itself: replacing it at once leads to no endless loop. */
#define WORKER_EXIT_LEFT 77

/* A function instead of the target's handler; NULL: that. */
struct worker_call {
	pks_function_fn run;
	void *arg;
};

/* When a handler ended, or the first of a lot begins: the clocks are read once for all that asks at that moment. */
struct worker_moment {
	int64_t monotonic;
	uint64_t wall_ns; /* since 1970 */
};

struct worker {
	struct order order;
	bool forked; /* not executed: a copy of the program that starts its process, or of a forkserver */
	int word;    /* a descriptor to tell that; -1: nobody is to be told */
	struct worker_call call;
	struct pks_store *store;
	struct proc self;
	uint64_t fork_mark; /* another one in children that a handler forks */
	struct worker_moment now;
	int64_t next_look;  /* CLOCK_MONOTONIC: when to see whether it is to go */
	unsigned channel; /* on which it sleeps */
	uint64_t max_processes, max_bytes; /* when to be replaced; 0: never */
	bool is_program; /* executed for the handlers in it; else pkstore-worker, which loads shared objects */
	struct module_file program; /* the one that it was executed from */
	struct output output;
	struct witness witness;
	struct worker_lots lots;
	struct worker_gather gather;
};

/* A process that is this worker's. */
struct worker_claim {
	struct pks_object *process; /* NULL: none */
	uint32_t attempt;
	uint64_t submitted_ns;
	bool announce; /* that its handler is found is to be told */
	bool options;  /* it may have some */
	char target[PKS_STORE_PATH_SIZE];
};

/* How one ended; recorded in the next turn. */
struct worker_outcome {
	struct worker_claim claim;
	struct record_end end; /* its texts and values are those below */
	char *error;           /* malloc'd */
	const struct pks_handler *ran; /* what was run; NULL: nothing, or a command */
	struct pks_value result;
	struct death death; /* of a command that was killed */
	struct pks_value report;
	atomic_bool keeper; /* lives of others are tied to it */
};

/* worker.c: what time it is now. */
void worker_note_moment(struct worker *worker);

/* Fails it before it ran, or because of how it ran. The thread's error message if `format` is NULL. */
void worker_outcome_fail(struct worker_outcome *outcome, int exitcode, const char *format, ...) PKS_PRINTF(3, 4);
void worker_outcome_release(struct worker_outcome *outcome);

/* Whether the process is still running as this attempt of this worker. 0, PKS_ERR_FENCED, or as a read. */
int worker_fence(const struct worker *worker, const struct worker_claim *claim, struct process_state *state_out);
int worker_fence_member(const struct worker *worker, const struct worker_member *member,
			struct process_state *state_out);

/* What the handler started must be ended before its end is told; there is no error of this number. */
#define TREE_LEFT PKS_MISMATCH

/*
 * worker_turn.c: records *outcome, which may be NULL, and what else of its lot is to be, and claims the next ones
 * unless the worker is `leaving`: one commit. They are to be had from worker_lot_next().
 */
int worker_turn(struct worker *worker, const struct worker_outcome *outcome, bool leaving);
/* Claims the process that the worker is for. 0, PKS_ERR_STATE when it is not to be claimed any more, or as a write. */
int worker_claim_only(struct worker *worker, struct worker_claim *claim_out);
/*
 * worker_tree_linux.c: ends what a handler that was asked to end has left, when the time of grace is over. `claim` may
 * be NULL: then it is over.
 */
void worker_end_tree(struct worker *worker, const struct worker_claim *claim);
/* Notes whether the claimed process has its program. */
int worker_note_entered(struct worker *worker, struct worker_claim *claim, bool entered);
/* Tells who waits for that that its handler is found. */
int worker_note_found(struct worker *worker, struct worker_claim *claim);

/* worker_claim.c: inside a transaction. The next ones of the pool, or none. */
int worker_claim_next(struct worker *worker, uint32_t wanted);
/* This one, of which the state was read; it runs from now on, or has its turn after others of its lot. */
int worker_claim_one(struct worker *worker, struct pks_object *process, struct process_state *state, bool runs,
		     uint64_t now_ns);
/* Its target; "" when it is a command, or what is no MODULE:HANDLER. */
int worker_read_target(struct pks_object *process, char target_out[PKS_STORE_PATH_SIZE]);

/* worker_run.c: runs the handler; fills the outcome, in which claim is set already. */
void worker_run(struct worker *worker, const struct pks_handler *handler, struct worker_outcome *outcome);
/*
 * After the end of what was run is recorded: lets signals through again. The SIGTERM that a request to end it has sent
 * is to be forgotten, when it came too late: the next process must not meet it.
 */
void worker_take_signals(bool forget_sigterm);
/* Whether the kind of what ended has a word to say after that; says it, while the handle is still open. */
bool worker_has_on_exit(const struct worker_outcome *outcome);
void worker_on_exit(struct worker *worker, const struct worker_outcome *outcome);
/* Whether it was nothing but that for another process, and is of no further use. */
bool worker_was_word(const struct worker_outcome *outcome);

/* worker_command.c: runs the command that the process is; likewise. */
void worker_command(struct worker *worker, struct worker_outcome *outcome);
/* The worker whose handler runs just this process; NULL: this program runs it in none. */
struct worker *worker_of(const struct pks_object *process);
/* worker_progress.c: what the process said last, unless it is committed already; inside a transaction. */
int worker_save_progress(const struct worker *worker, struct pks_object *process);

/* worker_choose.c: where the handler of a target is. */
struct worker_choice {
	const struct pks_handler *handler; /* here; NULL: in `program`, to be executed */
	char program[PKS_STORE_PATH_SIZE];
};
/* Loads what there is to be loaded. 0, or PKS_ERR_MODULE with the reason, and *choice_out is of no meaning. */
int worker_choose(struct worker *worker, const struct worker_claim *claim, struct worker_choice *choice_out);

/*
 * worker_exec_linux.c: executes the program in this one's place. Returns only when it cannot, with the reason as the
 * error, the store and the claim open as before.
 */
int worker_exec(struct worker *worker, const char *program, struct worker_claim *claim);

/*
 * worker_outfit_linux.c: makes it as its pool's settings want it. Fails when it cannot be, and as a read; whether it is
 * to be replaced, because they are other ones now, or because it has become too large.
 */
int worker_outfit_take(struct worker *worker);
bool worker_outfit_is_over(const struct worker *worker);

/* worker_perform.c: finds what runs the claimed process, and has it run; fills the outcome. */
void worker_perform(struct worker *worker, struct worker_outcome *outcome);

/* worker_loop.c: goes on from what was run, if anything was, to the next ones of the pool, until it is to leave. */
void worker_loop(struct worker *worker, struct worker_outcome *outcome) __attribute__((noreturn));
/*
 * A worker without a supervisor would die unnoticed: it leaves the work to the workers of the next one, and sees to it
 * that there is one.
 */
void worker_leave(struct worker *worker) __attribute__((noreturn));
/* In a copy of another program nothing of that program's own is to run at the end. */
void worker_quit(const struct worker *worker, int status) __attribute__((noreturn));

/* worker.c: becomes the worker that the order describes, in a child that was just forked. */
void worker_forked(const struct order *order, int word, const struct worker_call *call) __attribute__((noreturn));

/*
 * The same for a copy of a forkserver, that has loaded a module or is a program with handlers; as this is set in
 * `worker`.
 */
void worker_templated(const struct worker *worker) __attribute__((noreturn));
/* Loads the shared object before its first process comes. 0, or PKS_ERR_MODULE with the reason. */
int worker_preload(const char *module);
/* Whether there is such a handler in it, or, if the worker is a program with handlers, there. */
bool worker_holds(const struct worker *worker, const char *module, const char *handler);

/* forkserver_linux.c: does an ORDER_FORKSERVER. */
void forkserver_run(const struct order *order) __attribute__((noreturn));

/* worker_list.c: does an ORDER_LIST. */
void worker_list(const struct order *order);

#endif
