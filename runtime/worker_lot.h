/* SPDX-License-Identifier: MIT */
/*
 * The worker's side of lots (lot.h): how many it claims at once, what is put off until the next commit, and which one
 * comes next.
 *
 * Put off is only the end of a handler that returned 0 and left nothing else to be recorded, or done: no result, no
 * output, no progress, no word at its end. With any other outcome the worker comes to its commit at once, which takes
 * all ends with it that were put off, and gives the rest of the lot back.
 *
 * A lot is for quick handlers: one makes sense only where a commit costs more than what is run. So it begins with one
 * process, and doubles as long as all were quick and there were more of them; of one target, since others of that are
 * likely to be as quick. A slow one makes it shorter, and one that must be recorded at once makes it one again.
 */
#ifndef RUNTIME_WORKER_LOT_H
#define RUNTIME_WORKER_LOT_H

#include "lot.h"
#include "process_state.h"

#include <pkstore/store.h>

struct worker;
struct worker_claim;
struct worker_outcome;

struct worker_member {
	struct pks_object *process;
	uint32_t attempt;
	uint64_t submitted_ns;
	bool announce; /* as in its state */
	bool options;  /* it has some */
	uint64_t version; /* of the process with the state below; 0: it tells nothing */
	struct process_state state;
};

struct worker_lot {
	struct worker_member members[LOT_MAX];
	uint32_t count, begun; /* those that have begun are ended, but for the one that is run now */
	bool more;             /* waited behind it */
	bool quick;            /* all so far */
	bool closed;           /* by its own handler: the store has what there was to be recorded */
	int64_t began;         /* CLOCK_MONOTONIC: the last one */
	char target[PKS_STORE_PATH_SIZE];
};

struct worker_lots {
	struct worker_lot now;
	struct worker_lot claimed; /* in the transaction that runs, or ran last */
	struct lots *shared;       /* in its notes; NULL: it has none, and every process is claimed alone */
	uint64_t number;           /* of the one that was filled last */
	uint32_t size;             /* of the next one */
	int64_t pace;              /* what handlers of `quick` take; INT64_MAX: not known */
	char quick[PKS_STORE_PATH_SIZE]; /* the target that was run last, for which that is */
};

/* After the notes were opened. */
void worker_lots_begin(struct worker *worker);

/*
 * Has a look at what was run. Returns whether its end is put off: the outcome is empty then. Not to be asked about one
 * that has written something, or has a word at its end.
 */
bool worker_lot_put_off(struct worker *worker, struct worker_outcome *outcome);
/* One that is to be recorded at once. */
void worker_lot_was_special(struct worker *worker);
/* The next one of the lot; false: there is none, or none that may begin, and the next turn is due. */
bool worker_lot_next(struct worker *worker, struct worker_claim *claim_out);
/* By somebody who waits for one of its members, or ends one. Of a worker that has notes. */
bool worker_lot_is_recalled(const struct worker *worker);
/* Whether there is something that a turn has to see to. */
bool worker_lot_is_open(const struct worker *worker);

/* ---- of a turn ---- */

/* How many to claim at most. */
uint32_t worker_lot_wanted(struct worker *worker);
/*
 * Inside its transaction, which may run more than once: records what was put off, all but `outcome`, and gives back
 * what has not begun. TREE_LEFT as for the outcome.
 */
int worker_lot_settle(struct worker *worker, const struct worker_outcome *outcome, bool swept);
/* Forgets what an earlier run of it has claimed. Notes what this one has. */
void worker_lot_forget(struct worker *worker);
void worker_lot_fill(struct worker *worker);
/* It has committed. */
void worker_lot_committed(struct worker *worker);

/* ---- inside a handler ---- */

/* Inside a transaction: closes the lot, so that its process is the only one of this worker. That has committed. */
int worker_lot_close(struct worker *worker);
void worker_lot_closed(struct worker *worker);
/* Likewise, for another program to go on with it; after the commit: forgets the others. */
int worker_lot_leave(struct worker *worker, const struct worker_claim *claim);
void worker_lot_left(struct worker *worker);

#endif
