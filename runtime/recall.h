/* SPDX-License-Identifier: MIT */
/*
 * Recalling a worker's lots (lot.h): what has ended is recorded, what has not begun is submitted again, and what the
 * worker runs is the only one that the store has as running by it. So who wants to be sure of a process that runs
 * recalls its worker's lots first:
 *
 *     who wants to end it        the signal must meet its own handler (stop.h)
 *     who pauses the pool        nothing may begin after that
 *     who settles a dead worker  one has crashed with it, the others have not (settle.h)
 *     who waits, the supervisor  others must not wait for a handler that takes long, or waits for them
 *     a handler that waits       it may be for one of its own lot
 */
#ifndef RUNTIME_RECALL_H
#define RUNTIME_RECALL_H

#include "lot.h"
#include "process_state.h"

#include <pkstore/store.h>

/* Inside a write transaction. 0, also when it has none, or as a write. */
int recall_worker(struct pks_store *store, const struct proc *worker);
/* Likewise, of lots that are at hand. */
int recall_lots(struct pks_store *store, struct lots *lots, const struct proc *worker);

/*
 * Outside: recalls the lots of a worker, unless none is in use, or it has moved on since *stamp was set, which is 0 at
 * first. To be called from time to time for a worker that somebody waits for. 0, or as a write.
 */
int recall_stuck(struct pks_store *store, const struct proc *worker, uint64_t *stamp);

/* Likewise, whether or not it has moved. */
int recall_at_once(struct pks_store *store, struct lots *lots, const struct proc *worker);

/* Ends a process whose state says that it runs as the finding tells that it has ended; inside a write transaction. */
int recall_record_end(struct pks_object *process, struct process_state *state, const struct lot_finding *finding);
/* Corrects in the state when it began. */
void recall_note_begin(struct process_state *state, const struct lot_finding *finding);

/*
 * Whether the worker of a running process is at just this one, of those that it runs by the store: false for one of a
 * lot whose turn has not come, or is over.
 */
bool recall_is_begun(struct pks_store *store, uint64_t process, const struct process_state *state);

#endif
