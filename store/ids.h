/* SPDX-License-Identifier: MIT */
/* The counters of the meta room: the next object id, and how many objects there are. */
#ifndef STORE_IDS_H
#define STORE_IDS_H

#include "txn.h"

/* An id that no object has had before: one after another in a transaction, written once with it. */
int ids_take(struct txn *txn, uint64_t *id_out);
/* One object more (1) or less (-1). */
int ids_count(struct txn *txn, int by);
/* Writes what changed; for the commit. */
int ids_flush(struct txn *txn);

/* Any of its numbers by name; `missing` when it is not there. */
int ids_number_get(struct txn *txn, const char *name, uint64_t missing, uint64_t *number_out);
int ids_number_put(struct txn *txn, const char *name, uint64_t number);

#endif
