/* SPDX-License-Identifier: MIT */
/*
 * What a Lock, an RLock or a Condition's own RLock is in, and the moves between: pure functions, which are told who
 * asks, how the owner is, and what time it is. All of it is the header's own item (FORMAT.md, "Lock"), so that taking
 * and giving back an unwanted lock is one record of one commit each.
 *
 *                acquire
 *      free ----------------> held by A <--. again, release   (RLock only: its depth)
 *       ^                     |   |   `----'
 *       |  release: nobody    |   |
 *       |  waits, or the      |   |  release: the first in line has waited for LOCK_PATIENCE_NS
 *       |  first has just     |   `-----------------------------------------------> held by B, the first that runs
 *       `--come: it is woken--'
 *
 *      held by A, who is dead ----> held by B, inherited: B is told, whether it waited or has just come to acquire
 *
 * Why a lock is not always handed to the first in line: that one must be woken first, while the lock is held by
 * somebody asleep; those who are awake could have had it many times over. Why it is after LOCK_PATIENCE_NS: those who
 * are awake might else keep it among them for ever. So each waiter is passed over for that long, and one holding more.
 */
#ifndef STORE_LOCK_STATE_H
#define STORE_LOCK_STATE_H

#include "base/buffer.h"
#include "base/owner.h"
#include "engine.h"

/* A hundred short holdings, or some ten times what waking somebody up takes on a busy machine. */
#define LOCK_PATIENCE_NS UINT64_C(1000000)

struct lock_state {
	struct owner owner;   /* its pid is 0: free */
	uint64_t since_ns;    /* since 1970; 0: free */
	uint64_t depth;       /* how often the owner has acquired it; 0: free */
	uint64_t last_ticket; /* that was given to a waiter */
	bool inherited;       /* from an owner who died holding it */
};

void lock_state_encode(const struct lock_state *lock, struct buffer *buffer);
/* Nothing at all is a new lock. PKS_ERR_CORRUPT without a message. */
int lock_state_decode(struct bytes own, struct lock_state *lock_out);

static inline bool lock_is_free(const struct lock_state *lock)
{
	return lock->depth == 0;
}

struct lock_asking {
	struct owner who;
	bool again;             /* may the owner acquire it again? */
	enum owner_state owner; /* how the present owner is; of no meaning when it is free, or held by `who` */
	uint64_t now_ns;
};

enum lock_answer {
	LOCK_TAKEN,
	LOCK_INHERITED, /* taken, from a dead owner */
	LOCK_BUSY,
	LOCK_YOURS, /* held by `who` already, who may not acquire it again */
};

/* Changes nothing when it is not taken. */
enum lock_answer lock_acquire(struct lock_state *lock, const struct lock_asking *asking);

/* To a waiter; it is free, or its owner is dead. */
void lock_give(struct lock_state *lock, const struct owner *who, uint64_t depth, uint64_t now_ns, bool inherited);

enum lock_release {
	LOCK_KEPT, /* acquired more often than released so far */
	LOCK_FREED,
	LOCK_NOT_YOURS,
};

enum lock_release lock_release(struct lock_state *lock, const struct owner *who);
/* All of its depth at once, which is told, to wait for a Condition. */
enum lock_release lock_release_all(struct lock_state *lock, const struct owner *who, uint64_t *depth_out);

/*
 * Whether somebody has waited so long that it must be its turn; a clock that was set back must not make it wait more.
 */
static inline bool lock_patience_ends(uint64_t since_ns, uint64_t now_ns)
{
	return now_ns < since_ns || now_ns - since_ns >= LOCK_PATIENCE_NS;
}

#endif
