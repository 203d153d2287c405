/* SPDX-License-Identifier: MIT */
/*
 * The control: plain LMDB, opened as a store is: its durability, no WRITEMAP, no thread-local readers. It syncs, as
 * LMDB does by itself; a store leaves that out on tmpfs, where it does nothing.
 */
#ifndef RAW_H
#define RAW_H

#include <lmdb.h>

#include <stdbool.h>
#include <stdint.h>

struct raw {
	MDB_env *env;
	MDB_dbi dbi;
};

/* Creates an environment of that name in the bench's directory. Everything here ends the program when it fails. */
void raw_open(struct raw *raw, const char *name);
/* Opens one that there is, in another process or again. */
void raw_reopen(struct raw *raw, const char *name);
void raw_close(struct raw *raw);
/* Creates one with what is in a store of the bench's directory: a page that is full costs more than one of one key. */
void raw_open_copy(struct raw *raw, const char *name, const char *store);
/* From now on without syncing, which on tmpfs makes no difference but for the calls. */
void raw_unsynced(struct raw *raw);

MDB_txn *raw_begin(struct raw *raw, bool write);
void raw_commit(MDB_txn *txn);
void raw_put(struct raw *raw, MDB_txn *txn, const void *key, size_t key_size, const void *value, size_t size,
             unsigned flags);
void raw_del(struct raw *raw, MDB_txn *txn, const void *key, size_t key_size);

/* Deletes everything. */
void raw_empty(struct raw *raw);
/* Pages in use, in bytes. */
uint64_t raw_used(struct raw *raw);

#endif
