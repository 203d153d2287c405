/* SPDX-License-Identifier: MIT */
/*
 * Lots: a worker claims several quick processes in one commit, runs them one after the other, and records their ends in
 * one commit. In the store all members of a lot are running with the worker's identity; which of them has begun, and
 * which have ended, stands in memory that the worker shares with everybody: its notes (witness.h).
 *
 *     first     an ordinary claim: it has begun with the claim's commit
 *     another   claimed, `entered` false   --begin--> begun --end--> ended (noted here)  --turn--> finished
 *                          |                            \--any other end--turn--> finished, failed
 *                          \--recall--> submitted again, in the same place of the queue, as if never claimed
 *
 * What is decided by one word. `state` counts how many have begun, and has a bit that says that the lot was recalled. A
 * worker begins a member by moving the count on with a compare-and-swap, which fails once the bit is set; whoever
 * recalls sets the bit and gets the count as it was then. So each of the two knows exactly what the other one does: a
 * member that had not begun when the lot was recalled never begins by this claim. No order of other loads and stores
 * matters for that.
 *
 * Who may do what:
 * - The worker fills a lot inside its own write transaction, the one that claims its members, and begins one only after
 *   that has committed. There are two lots, filled in turns, so that the one in use, whose ends are not recorded yet,
 *   is never overwritten by one whose transaction may still fail. A lot that is to be filled is empty first: whoever
 *   finds the worker killed half-way through it finds nothing there, and the store as it was before.
 * - Who recalls does so inside a write transaction, to draw conclusions from it: the worker, which is in none then, can
 *   neither record an end nor claim before that is over. He recalls both lots, records what has ended, and gives back
 *   what has not begun (recall.h). If his transaction fails, a lot that was recalled for nothing remains, which is
 *   always right: the worker then comes to its next commit earlier.
 * - The worker alone makes an empty lot of one whose ends are recorded, and fills one anew that was recalled: it holds
 *   the write lock then, so that it sees in the store whatever was concluded from the recall.
 *
 * Of two lots that name the same attempt of a process the later one is right: it was given back from the earlier one.
 * Where the later one was never committed the process had not begun in the earlier one either, and only one that is its
 * first is told apart: it has not entered then.
 *
 * The worker may be killed anywhere: a member that has ended is finished; the one that had begun crashed with it; the
 * others are given back. Notes of an earlier boot tell nothing: the disk may have lost the last of what was noted.
 */
#ifndef RUNTIME_LOT_H
#define RUNTIME_LOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A commit, and waking who waits for it, costs about as much as five processes in it: more of them gain little. */
#define LOT_MAX 32

struct lot_member {
	uint64_t process;
	uint32_t attempt;
	uint64_t ended_ns; /* since 1970; once it has ended */
};

struct lot {
	_Atomic uint64_t number; /* of all that were filled */
	_Atomic uint32_t count;  /* 0: it is empty */
	_Atomic uint32_t state;  /* how many have begun, and LOT_RECALLED */
	_Atomic uint32_t ended;  /* how many have ended so that there is nothing to tell but that */
	struct lot_member members[LOT_MAX];
};

#define LOT_RECALLED UINT32_C(0x80000000)

/* A worker's: the next one is the one at number % 2. */
struct lots {
	struct lot at[2];
	_Atomic uint32_t watched; /* the supervisor looks whether they move (supervisor_lots.c) */
	_Atomic int64_t promise;  /* until when the worker said it would look for more (worker_promise.h); 0: not */
};

/* ---- the worker's side ---- */

/* What was filled last; 0: nothing yet. */
uint64_t lots_number(const struct lots *lots);
/* Inside the transaction that claims the members, of which the first one has begun by that. */
void lot_fill(struct lot *lot, uint64_t number, const struct lot_member *members, uint32_t count);
/* All that the lot named is recorded. */
void lot_empty(struct lot *lot);
/* Whether the member at `index`, behind the last one that has begun, begins; false: the lot was recalled. */
bool lot_begin(struct lot *lot, uint32_t index);
/* The one that begun last has ended, and with it nothing but that is to be recorded. */
void lot_end(struct lot *lot, uint32_t index, uint64_t now_ns);
bool lot_is_recalled(const struct lot *lot);

/* ---- everybody's ---- */

/* Both of them; may be called again. */
void lots_recall(struct lots *lots);

enum lot_place {
	LOT_UNLISTED, /* claimed alone, or by somebody who keeps no lots */
	LOT_UNBEGUN,
	LOT_BEGUN, /* it is the one that the worker runs */
	LOT_ENDED,
};

struct lot_finding {
	enum lot_place place;
	uint32_t index;
	uint64_t begun_ns; /* when the one before it ended; 0: it is the first, or has not begun */
	uint64_t ended_ns; /* of LOT_ENDED */
};

/* Where an attempt is that the store has as running by this worker; whether it has `entered`, by the store. */
struct lot_finding lots_find(const struct lots *lots, uint64_t process, uint32_t attempt, bool entered);

/*
 * Whether a lot is in use in which members may have to wait for the one that is run, or to have their ends recorded:
 * unless it was recalled.
 */
bool lots_are_open(const struct lots *lots);
/* Also when it was recalled: who did may have died before his transaction had committed. */
bool lots_are_in_use(const struct lots *lots);
/* A number that is another one whenever they have moved. Never 0. */
uint64_t lots_stamp(const struct lots *lots);

#endif
