/* SPDX-License-Identifier: MIT */
/*
 * A Barrier inside a transaction: its state, which is the own item of the header, and those who wait. These are records
 * of PART_WAITING (party.h), whose extra is the generation that they have come to. The last who comes deletes those of
 * its generation: they passed. Who finds its record there and its generation over takes it away itself.
 */
#ifndef STORE_BARRIER_LINE_H
#define STORE_BARRIER_LINE_H

#include "barrier_state.h"
#include "object.h"
#include "party.h"

struct barrier {
	struct txn *txn;
	struct state *state;
	struct barrier_state now;
};

/* object_begin(). scope_end() is the caller's, and barrier_save() if anything changed. */
int barrier_begin(struct scope *scope, const struct pks_object *object, enum touch touch, struct barrier *barrier_out);
int barrier_save(const struct barrier *barrier);

/* To those who wait for the present generation. */
int barrier_line_up(struct barrier *barrier, const struct owner *owner, uint64_t *ticket_out);
/* Whether it is one of them, and not of a generation that is over. */
bool barrier_awaits(const struct barrier *barrier, const struct party *party);
/* All of them look again. */
void barrier_wake(const struct barrier *barrier);

/* Whether one of them is dead. */
int barrier_has_dead(const struct barrier *barrier, bool *dead_out);
/* The one to look after: who came before `ticket`, or, before the first, the last. PKS_NOT_FOUND. */
int barrier_charge(const struct barrier *barrier, uint64_t ticket, struct party *party_out);

/*
 * Deletes the records of the dead at the end of the line, as party_line_up() does; not that of one who died waiting for
 * this generation: *dead_out, and the Barrier is to break.
 */
int barrier_sweep(const struct barrier *barrier, bool *dead_out);
/* Deletes those of a generation that passed, and of the dead of former ones, who will not do so themselves. */
int barrier_dismiss(const struct barrier *barrier, uint64_t generation);

#endif
