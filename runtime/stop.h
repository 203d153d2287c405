/* SPDX-License-Identifier: MIT */
/*
 * Ending a running attempt: the signal, and SIGKILL for what is still there when the time of grace has passed.
 *
 *     asked ---signal---> stopping ---all of it ends by itself---> ended
 *                            \---deadline, SIGKILL to the rest---> ended
 *
 * The time of grace is the whole tree's. When the handler ends before its tree does, its worker waits for the rest;
 * when the worker has died, whoever would settle it waits with that: the supervisor for its own workers, the program
 * that started it, or who waits in its place, for a child by fork or spawn. So the process runs until all of it has
 * ended.
 *
 * The request stands in the process's state, in the worker's identity (process_state.h): one commit makes it, and the
 * end of the attempt takes it away. So it is never lost with whoever made it, and never met by the next process.
 *
 * What a signal meets. A worker ends processes and claims the next ones in one write transaction. As long as somebody
 * else has the write lock it cannot. Of a lot (lot.h) it may run several without one, so its lots are recalled first,
 * inside the write transaction: after that it begins nothing before its next one, and the only process that the store
 * still has as running by it is the one that it is at. So a signal that is sent inside a write transaction that has
 * recalled the lots, and then found the attempt running, meets this attempt's handler, or a worker about to record its
 * end, and never the next one. What had ended is finished, and the request comes too late; what had not begun is
 * submitted again, and is ended as that. The identity (pid and start time) keeps strangers out of it. Later signals
 * and SIGKILL need no recall of their own: as long as the request stands in the state of the attempt the worker has
 * not come to another transaction.
 *
 * Where the write lock cannot be had, since the handler that is to be ended hangs inside a transaction or somebody is
 * stopped in one, there is another way to the same certainty, for SIGKILL: the worker is stopped with SIGSTOP first.
 * Stopped, it commits nothing, and begins nothing. A look at the state and at its lots after that tells which attempt
 * it is at, for as long as it stays stopped: it is killed if it is the right one, and goes on if not, having lost a
 * moment.
 *
 * Who dies where. The caller, before its commit: it has not asked, though the signal may have arrived. After it: the
 * supervisor finds the request, at once or, if it was not told, within SUPERVISOR_TICK_MS. The supervisor: the next
 * one. The worker: settled as ever, and the request is gone with the state.
 */
#ifndef RUNTIME_STOP_H
#define RUNTIME_STOP_H

#include "pool.h"
#include "record.h"
#include "tree.h"

/* A running attempt, and what belongs to it. */
struct stop {
	struct pks_object *process;
	struct proc worker;
	uint32_t attempt;
	char mark[POOL_MARK_SIZE]; /* the worker's; "" if it has none of its own */
	struct tree tree;
};

/* Looks at it from outside: where its processes are. It may end meanwhile. Release it. */
void stop_prepare(struct pks_object *process, const struct process_state *state, struct stop *stop_out);
void stop_release(struct stop *stop);

/*
 * Inside a write transaction, with the state as read in it: notes the request, and sends the signal to the whole tree.
 * Returns 0, also when the worker is gone by now, PKS_MISMATCH when another attempt runs than was prepared for.
 */
int stop_ask(struct stop *stop, struct process_state *state, int signal_number, int64_t grace_ns);

/*
 * After the request: sends the signal to those, too, that came after the look at the tree, if the attempt runs still.
 * 0, or as a write.
 */
int stop_ask_late_ones(struct pks_store *store, const struct stop *stop, int signal_number);

/*
 * Kills the attempt's worker if it runs still, was asked to end, and its time is over. What it leaves behind is killed
 * by who reaps it. 0, also when it was not time; else as stop_freeze_and_kill().
 */
int stop_force(struct pks_store *store, uint64_t id, const struct proc *worker, uint32_t attempt);
/*
 * Kills it without the write lock, and whether or not it was asked to end. 0: killed, or dead already. PKS_MISMATCH: it
 * does not run there any more, or has not begun. PKS_ERR_BUSY: the worker cannot even be stopped.
 */
int stop_freeze_and_kill(struct pks_store *store, uint64_t id, const struct proc *worker, uint32_t attempt);
/*
 * Until when (CLOCK_MONOTONIC) what a dead worker ran has time, if it was asked to end; 0: it has none. A
 * request sends its signal before it is committed, so this waits for the write lock.
 */
int64_t stop_grace(struct pks_store *store, const struct proc *worker);
/*
 * Whether it is not to be settled yet: it has such time, and something of its tree, which `mark` leads to, lives. Looks
 * through all processes in that case alone. The other one is for a child by fork or spawn.
 */
bool stop_lingers(struct pks_store *store, const struct proc *worker, const char *mark);
bool stop_lingers_direct(struct pks_store *store, const struct proc *worker);
/* Kills what a dead child by fork or spawn has left, before whoever is not its parent settles it. */
void stop_end_rest_direct(struct pks_store *store, const struct proc *worker);
/* Whether a state has such time. */
bool stop_has_grace(const struct process_state *state);
/* Whether it is the worker that has the write lock now. */
bool stop_is_writing(struct pks_store *store, const struct proc *worker);

/* For a worker whose supervisor is dead nobody reaps: kills what it has left behind. After its end. */
void stop_sweep(struct pks_store *store, const struct stop *stop);

#endif
