/* SPDX-License-Identifier: MIT */
/*
 * The life of a process beyond start and join (process.h): waiting until it runs, waiting for several, ending it,
 * running it once more.
 *
 *     int64_t pid;
 *
 *     pks_process_start_wait(process, -1, &pid);    // its handler is about to run
 *     pks_process_terminate(process, -1);           // SIGTERM, SIGKILL if it does not care, and it has ended
 *
 * Timeouts are milliseconds; 0 does not wait, a negative one waits for ever. A call that waits returns PKS_ERR_USAGE
 * inside a transaction, in which nothing would change, and in the process's own handler; as pks_process_join() it
 * starts a pool that is found down, and gives the place of a handler that waits to others. What else each call may
 * return stands in process.h.
 */
#ifndef PKSTORE_PROCESS_CONTROL_H
#define PKSTORE_PROCESS_CONTROL_H

#include <pkstore/process.h>

PKS_BEGIN_DECLS

/* ---- starting and waiting ---- */

/*
 * Starts the process and waits until a worker has it, has found its handler, and is about to run that. *pid_out, which
 * may be NULL, is the worker's pid; 0 when the process has ended by now, as one has failed whose module or handler is
 * not there. Returns 0, PKS_TIMED_OUT (started, and not running yet), and what pks_process_start() returns.
 */
PKS_EXPORT int pks_process_start_wait(struct pks_object *process, int timeout_ms, int64_t *pid_out);

/*
 * Waits until all of them have ended. Returns 0, also for none at all; PKS_TIMED_OUT, and what pks_process_join()
 * returns for any of them.
 */
PKS_EXPORT int pks_process_join_all(struct pks_object *const *processes, size_t count, int timeout_ms);
/*
 * Waits until one of them has ended: *index_out, which may be NULL, is the first that has. All must be of one store.
 * Each change of any of them costs a look at each: for thousands of processes join them all.
 * Returns 0, PKS_TIMED_OUT, PKS_ERR_USAGE (none at all, or of two stores), PKS_ERR_MEMORY, and what pks_process_join()
 * returns for any of them.
 */
PKS_EXPORT int pks_process_join_any(struct pks_object *const *processes, size_t count, int timeout_ms,
                                    size_t *index_out);

/* The pid of the worker that runs it. PKS_NOT_FOUND when it does not run. */
PKS_EXPORT int pks_process_pid(struct pks_object *process, int64_t *pid_out);

/*
 * Gives the handle of a process back that is not submitted or running. PKS_ERR_STATE when it is: the handle is then the
 * caller's still. pks_object_close() does it in any status, and nothing to the process.
 */
PKS_EXPORT int pks_process_close(struct pks_object *process);

/* ---- ending ---- */

/* The time of grace that a process has unless it sets another one, in milliseconds. */
#define PKS_GRACE_MS 5000

/*
 * Ends the process. A running one gets SIGTERM, in its handler and in everything that came from that, wherever in the
 * machine it is by now (but for what has both detached itself, by an end of its parent, and cleared its environment,
 * by which it is known: that ends with its pool); and SIGKILL when anything of it still runs after its time of grace,
 * though the caller may be gone by then: the supervisor sees to that, and is started if there is none. A handler that
 * catches the signal may end in its own way, and the process ends as it says; but it runs, and its time of grace does,
 * until all that came from it has ended, too. One that is created or submitted is recorded as crashed with exitcode
 * -SIGTERM and never runs, and one that has ended stays as it is.
 *
 * Waits until it has ended and that is recorded; 0 as `timeout_ms` asks only, and is what may stand inside a
 * transaction, where the signal is sent at once. Of several requests the earliest deadline holds.
 *
 * Returns 0, PKS_TIMED_OUT, PKS_ERR_IO when the signal cannot be sent, PKS_ERR_BUSY (somebody else holds the write
 * lock; the message names who).
 */
PKS_EXPORT int pks_process_terminate(struct pks_object *process, int timeout_ms);

/*
 * The same with SIGKILL at once: nothing can refuse it, and none of its tree is left when it has ended; one that was
 * not running is crashed with exitcode -SIGKILL. Also ends a handler that hangs inside a transaction.
 */
PKS_EXPORT int pks_process_kill(struct pks_object *process, int timeout_ms);

/*
 * How long pks_process_terminate() gives it, in milliseconds; negative: for ever. An option of the process, to be set
 * before the start: PKS_ERR_STATE after it.
 */
PKS_EXPORT int pks_process_set_grace(struct pks_object *process, int grace_ms);

/* ---- again ---- */

/* What a restart does with an attempt that is submitted or running still. */
enum pks_restart {
	PKS_RESTART_WAIT,      /* waits for its end */
	PKS_RESTART_TERMINATE, /* terminates it, as pks_process_terminate() does, and waits for its end then */
};

/*
 * Runs the process once more, with the same target, arguments and options, when it has ended: a new attempt, with
 * status submitted. Result and error of the last one are cleared, and what is to be told about it goes into the
 * history; the process's items and own attributes stay as they are. One that was never started is started.
 *
 * The new attempt runs by the same method (method.h). By spawn it is a child of the program that restarts it; by fork,
 * too, with what that is to run: the process's own handler or command anywhere, a function in the program that forked
 * it. Neither can be part of a transaction.
 *
 * The timeout is for the end of the present attempt; the new one is not waited for. When it has ended already the call
 * does not wait, and may be part of a transaction. Who waits for the process's end meanwhile may be told of this
 * attempt's or of the new one's. Of several restarts at once each makes an attempt.
 *
 * Returns 0, PKS_TIMED_OUT (it has not ended, and is not restarted), PKS_ERR_USAGE (inside a transaction, or its own
 * handler, when it has not ended; by fork, a function of another program), and what pks_process_start(),
 * pks_process_fork() and pks_process_terminate() return.
 */
PKS_EXPORT int pks_process_restart(struct pks_object *process, enum pks_restart policy, int timeout_ms);

/*
 * The earlier attempts, a list with the oldest first, the last 16 at most; empty when there were none. Each is a map:
 * `attempt`, its number, that of the one before if it ended before it ran; `status`, a text; `exitcode`, when it had
 * one; `submitted`, `started` and `ended`, the times, as far as it came; `error`, when it had one, cut at 1 KiB;
 * `report`, when there was one. Clear *list_out when done.
 */
PKS_EXPORT int pks_process_history(struct pks_object *process, struct pks_value *list_out);

PKS_END_DECLS
#endif
