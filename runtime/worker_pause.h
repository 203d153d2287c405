/* SPDX-License-Identifier: MIT */
/*
 * A handler that waits for another process leaves its place in the pool free: its own process says so in its state, and
 * the supervisor keeps one worker more for as long. So does a program that a command runs (within.h).
 */
#ifndef RUNTIME_WORKER_PAUSE_H
#define RUNTIME_WORKER_PAUSE_H

#include <pkstore/object.h>

#include <stdbool.h>

/* Whether this program is a worker whose handler runs just this process. */
bool worker_runs(const struct pks_object *process);
/* The process that its handler runs; borrowed. NULL outside a handler. */
struct pks_object *worker_self(void);
/* The id of the process that it runs in that store; 0: none. */
uint64_t worker_process(const struct pks_store *store);
/* The life of another process was tied to that of the running attempt, whose end the supervisor is to be told. */
void worker_keep(void);
/*
 * Returns whether there is anything to be resumed: false outside handlers and commands.
 */
bool worker_pause(struct pks_store *store);
void worker_resume(struct pks_store *store);

#endif
