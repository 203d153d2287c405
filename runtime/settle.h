/* SPDX-License-Identifier: MIT */
/*
 * Recording the end of a process whose worker is dead. Anybody may do it: the supervisor, which knows how the worker
 * died, and who waits for the process when there is no supervisor. It is done in one transaction that looks first
 * whether the process is still run by just that worker, so the first one does it and the others find it done.
 */
#ifndef RUNTIME_SETTLE_H
#define RUNTIME_SETTLE_H

#include "record.h"
#include "report.h"
#include "running.h"

/* Ends the process `id` if `worker` still runs it. 0 also when not. */
int settle_one(struct pks_store *store, uint64_t id, const struct proc *worker, const struct record_end *end);
/* Ends what the worker ran, by how it died. 0, PKS_NOT_FOUND when it ran nothing. */
int settle_worker(struct pks_store *store, const struct proc *worker, const struct death *death);
/* The same for one of which only the exit status is known. */
int settle_stranger(struct pks_store *store, const struct proc *worker, int wait_status);
/* After all of the pool was killed: ends all that ran, each in the same way. Waits for workers that are dying still. */
int settle_all_killed(struct pks_store *store, const struct record_end *end);

#endif
