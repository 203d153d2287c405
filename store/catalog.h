/* SPDX-License-Identifier: MIT */
/* The catalog: which path names which object. */
#ifndef STORE_CATALOG_H
#define STORE_CATALOG_H

#include "txn.h"

/* PKS_NOT_FOUND. The path is checked already, as in all of these. */
int catalog_find(struct txn *txn, const char *path, uint64_t *id_out);
/* Has the path name the object. */
int catalog_put(struct txn *txn, const char *path, uint64_t id);
/* A new object with nothing in it; the path must be free. A NULL path: `<type>-<uuid>`. */
int catalog_create(struct txn *txn, const char *path, const char *type, struct state **state_out);
/* Takes the object away, with all its records. */
int catalog_drop(struct txn *txn, struct state *state);
/* PKS_EXISTS. */
int catalog_rename(struct txn *txn, struct state *state, const char *path);

#endif
