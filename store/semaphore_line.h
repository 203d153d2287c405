/* SPDX-License-Identifier: MIT */
/*
 * A semaphore inside a transaction: its permits, who holds them, and the line of those who wait for one. A permit that
 * is held is a record of PART_HELD under the ticket of who has it (party.h), and one who waits one of PART_WAITING.
 *
 *              acquire                                       release
 *      value ------------> held, a record                held -----------> value, or at once to the first in line
 *                                                          |  dies
 *                                                          `-------------> value, when somebody wants one
 *
 * As with locks (lock_wait.c): a waiter whose record is gone was served, with a record in PART_HELD under the same
 * ticket.
 */
#ifndef STORE_SEMAPHORE_LINE_H
#define STORE_SEMAPHORE_LINE_H

#include "object.h"
#include "party.h"
#include "semaphore_state.h"

struct semaphore {
	struct txn *txn;
	struct state *state;
	struct semaphore_state now;
};

/* object_begin(). scope_end() is the caller's, and semaphore_save() if anything changed. */
int semaphore_begin(struct scope *scope, const struct pks_object *object, enum touch touch,
                    struct semaphore *semaphore_out);
int semaphore_save(const struct semaphore *semaphore);

/* Gives a free permit to somebody who is not in the line, with a new ticket. */
int semaphore_take(struct semaphore *semaphore, const struct owner *owner, uint64_t now_ns);
/* The same to a waiter, who leaves the line. */
int semaphore_give(struct semaphore *semaphore, const struct party *waiter, uint64_t now_ns);
/* A permit of this owner is held no longer, or, when he has none, the one held for longest; PKS_NOT_FOUND: none is. */
int semaphore_let_go(struct semaphore *semaphore, const struct owner *owner);

/* To the end of the line. */
int semaphore_line_up(struct semaphore *semaphore, const struct owner *owner, uint64_t now_ns, uint64_t *ticket_out);
/*
 * To the line, when there are free permits: what became free goes to the first that runs once that has waited for
 * LOCK_PATIENCE_NS; before, as many as there are permits are woken, and whoever comes first has one.
 */
int semaphore_hand_on(struct semaphore *semaphore, uint64_t now_ns);

/* Whether one who holds a permit is dead. */
int semaphore_has_dead(const struct semaphore *semaphore, bool *dead_out);
/* The permits of the dead are free again. */
int semaphore_reclaim(struct semaphore *semaphore);

#endif
