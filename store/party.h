/* SPDX-License-Identifier: MIT */
/*
 * Who takes part in an object: who holds what it has to give (PART_HELD), and who waits for it (PART_WAITING). Each is
 * a record under a number: a ticket, the next of the object's own, so that they lie in the order of coming.
 *
 * Tickets are what all kinds of synchronisation are built of. Who must wait puts a ticket into the store and sleeps;
 * who has something to give takes the ticket away, in the same commit that gives. So a ticket that is gone was served,
 * and a waiter that finds its own gone learns from the object what became of it: nothing is lost between a waiter's
 * timeout and its turn, as each is one transaction. Nobody else takes a ticket away but from the dead.
 */
#ifndef STORE_PARTY_H
#define STORE_PARTY_H

#include "base/owner.h"
#include "items.h"

#define PARTY_EXTRAS 2

struct party {
	uint64_t number;
	struct owner owner;
	uint64_t since_ns;            /* since 1970 */
	uint64_t extra[PARTY_EXTRAS]; /* what its type keeps with it; zeros at the end are left out */
};

/* The record: [owner, since, extra ...]. decode leaves the number alone; PKS_ERR_CORRUPT without a message. */
void party_encode(const struct party *party, struct buffer *buffer);
int party_decode(struct bytes record, struct party *party_out);

/* Those that wait are the object's count. */
int party_put(struct txn *txn, struct state *state, enum part part, const struct party *party);
int party_del(struct txn *txn, struct state *state, enum part part, uint64_t number); /* PKS_NOT_FOUND */

/* PKS_NOT_FOUND without a message, PKS_ERR_CORRUPT. */
int party_get(struct txn *txn, const struct state *state, enum part part, uint64_t number, struct party *party_out);
/* The first, or the last, with from <= number < end. */
int party_first(struct txn *txn, const struct state *state, enum part part, uint64_t from, uint64_t end,
                struct party *party_out);
int party_last(struct txn *txn, const struct state *state, enum part part, uint64_t from, uint64_t end,
               struct party *party_out);

/* The first of them that is dead. */
int party_first_dead(struct txn *txn, const struct state *state, enum part part, uint64_t from, uint64_t end,
                     struct party *party_out);

/*
 * Puts a waiter at the end of those from `from` on. The dead at the end go first, by remove(), so that waiters who are
 * killed one after the other leave no more than one record.
 */
int party_line_up(struct txn *txn, struct state *state, uint64_t from, uint64_t end, const struct party *party,
                  int (*remove)(struct txn *txn, struct state *state, const struct party *party));
/* A remove() that does nothing more. */
int party_leave(struct txn *txn, struct state *state, const struct party *party);

#endif
