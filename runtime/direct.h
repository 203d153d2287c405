/* SPDX-License-Identifier: MIT */
/*
 * Processes that run in a child of the program that starts them.
 *
 *     starter --fork or spawn--> child: opens the store, claims the process (created, submitted and running in one
 *        |                         |    commit, with the child's identity), says so in a pipe, and runs it
 *        |<------- "+" ------------+
 *
 * Before that commit nothing has happened: a child that dies leaves the process created, which the starter learns by
 * the end of the pipe. A restart is the same with one that has ended: the commit begins with what ends its last
 * attempt's time. From then on it is a running process like any other, whoever dies; a starter that has died meanwhile
 * is not missed.
 */
#ifndef RUNTIME_DIRECT_H
#define RUNTIME_DIRECT_H

#include <pkstore/method.h>

/* PKS_METHOD_SPAWN; whether it is a restart. Codes as pks_process_fork(). */
int direct_spawn(struct pks_object *process, bool again);
/* PKS_METHOD_FORK; run NULL: its own target. */
int direct_fork(struct pks_object *process, pks_function_fn run, void *arg, unsigned flags);

#endif
