/* SPDX-License-Identifier: MIT */
/*
 * A lock inside a transaction: who has it (lock_state.h), and the line of those who wait for it. A Condition has a
 * lock, its own or another object's, and a second line: those who wait to be notified. A notified waiter moves from
 * there into the lock's line, with its ticket; it is woken once, when it has the lock.
 *
 * Both lines are records of waiters (party.h), whose first extra is the depth with which a Condition's waiter held the
 * lock, and the second, in the lock's line, the id of the Condition that notified it. Should such a waiter die before
 * it had the lock, its notification is another's: the removal of the dead passes it on.
 */
#ifndef STORE_LOCK_LINE_H
#define STORE_LOCK_LINE_H

#include "lock_state.h"
#include "object.h"
#include "party.h"

/* Tickets of the second line are as much higher. The lock gives out less than that many. */
#define LOCK_NOTIFY (UINT64_C(1) << 63)
#define LOCK_NOTIFY_END UINT64_MAX

enum lock_extra { LOCK_DEPTH, LOCK_CONDITION };

struct lock {
	struct txn *txn;
	struct state *state;     /* of the object that has the lock */
	struct state *condition; /* of the Condition through which it was found; NULL: none */
	struct lock_state now;
};

/*
 * object_begin() on a Lock, an RLock, or a Condition and its lock. scope_end() is the caller's, and lock_save() if
 * anything changed.
 */
int lock_begin(struct scope *scope, const struct pks_object *object, enum base base, enum touch touch,
               struct lock *lock_out);
int lock_save(struct lock *lock);
/* Finds the lock of a state that is at hand. PKS_ERR_GONE when a Condition's lock was dropped. */
int lock_find(struct txn *txn, struct state *state, struct lock *lock_out);

/* The own item of a Condition that has another object's lock: a reference. */
void lock_refer(uint64_t id, struct buffer *buffer);
/* The lock's id in such an item; 0: the lock is in the item itself. */
uint64_t lock_referred(const struct state *condition);

/*
 * To the line, when the lock became free, or `died`: its owner is dead. Gives it to the first that runs, or, while the
 * first in line has just come, only wakes that one. A lock that nobody can have is left as it is.
 */
int lock_hand_on(struct lock *lock, uint64_t now_ns, bool died);

/* Moves the first `count` living waiters for a notification into the line of their lock. */
int lock_notify(struct txn *txn, struct state *condition, struct state *lock, uint64_t count);

/* Takes a dead waiter out of the lock's line; what it was notified of, another one is. */
int lock_bury(struct txn *txn, struct state *lock, const struct party *waiter);
/* All of them. */
int lock_bury_dead(struct lock *lock);
/* Whether there is a dead one in it. */
int lock_has_dead(const struct lock *lock, bool *dead_out);

#endif
