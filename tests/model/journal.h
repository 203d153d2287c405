/* SPDX-License-Identifier: MIT */
/* The steps that were committed: a Log that is written in the transactions of the steps. */
#ifndef TESTS_MODEL_JOURNAL_H
#define TESTS_MODEL_JOURNAL_H

#include "model.h"

struct pks_object *journal_open(struct pks_store *store);
int journal_write(struct pks_object *journal, const struct step *step);
/* The position of the next entry. */
uint64_t journal_next(struct pks_object *journal);

struct journal_reader {
	uint64_t position; /* of the next one to be replayed */
};

/* Does to the models what was not done to them yet, and asserts that they answer the same. */
void journal_replay(struct journal_reader *reader, struct pks_store *store, unsigned seed);
/* Trims what was replayed. */
void journal_forget(struct journal_reader *reader, struct pks_store *store);

#endif
