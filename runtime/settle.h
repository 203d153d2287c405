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

/*
 * All of these settle whatever the worker had claimed: by its notes the one that it was at ends so, what had ended is
 * finished, and what had not begun is submitted again (lot.h). The process that ends is no different to who is not
 * told of lots: mostly it is the only one.
 */
/* 0 also when there is nothing left to be done. */
int settle_as(struct pks_store *store, const struct proc *worker, const struct record_end *end);
/* By how it died. 0, PKS_NOT_FOUND when it ran nothing. */
int settle_worker(struct pks_store *store, const struct proc *worker, const struct death *death);
/* The same for one of which only the exit status is known. */
int settle_stranger(struct pks_store *store, const struct proc *worker, int wait_status);
/* After all of the pool was killed: ends all that ran, each in the same way. Waits for workers that are dying still. */
int settle_all_killed(struct pks_store *store, const struct record_end *end);

#endif
