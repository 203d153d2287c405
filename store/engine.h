/* SPDX-License-Identifier: MIT */
/*
 * The engine seam: an ordered map of byte keys to byte values with transactions. Objects are written against it and
 * never see what stands behind. Rules that every engine keeps:
 *
 * - Keys are 1 to ENGINE_KEY_MAX bytes and compare as memcmp(3) does, a prefix before what it begins.
 * - What get and the cursors return points into the engine's memory: valid until the transaction ends, and in a write
 *   transaction until its next change.
 * - One write transaction at a time; read transactions see the last commit before their begin, and never wait.
 * - A transaction is used by one thread at a time; a write transaction is ended by the thread that began it.
 * - A change that fails leaves the transaction good only for an abort.
 * - commit may answer PKS_ERR_CONFLICT or PKS_ERR_MAP_FULL: nothing was done, run it again.
 *
 * Calls return 0, PKS_NOT_FOUND where it says so, or a negative code with the thread's error message set.
 */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include <pkstore/store.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENGINE_KEY_MAX 511

struct engine;
struct engine_txn;
struct engine_cursor;

struct engine_config {
	const char *path; /* the directory; for messages, too */
	enum pks_durability durability;
	bool in_memory; /* its filesystem has no disk: to sync would be a call that does nothing */
	bool read_only;
	bool create;       /* there is no environment yet; else there must be one */
	uint64_t map_size; /* 0: of a new environment as much as there is, of an old one what it has */
};

struct bytes {
	const void *data;
	size_t size;
};

/*
 * Opens the environment. The caller holds the directory's lock (directory_lock) around it, and checked that the
 * directory is a store of ours.
 */
int engine_open(const struct engine_config *config, struct engine **engine_out);
/* The caller holds the directory's lock; all transactions are over. */
void engine_close(struct engine *engine);
/* In a forked child: touches nothing shared. */
void engine_forget(struct engine *engine);

/* Clears dead readers away, which keep pages from being used again. Cheap: looks at the table of readers only. */
int engine_check_readers(struct engine *engine);
/* Fills in what it knows: sizes, readers, last_commit, whether somebody writes. Also checks the readers. */
int engine_stat(struct engine *engine, struct pks_store_stat *stat);

/* The most bytes of a value that lies on one page of its own, and so at an address that is a multiple of 16. */
size_t engine_page_value(const struct engine *engine);

int engine_begin(struct engine *engine, bool write, struct engine_txn **txn_out);
/* Both end the transaction, whatever they return. A read transaction is always aborted. */
int engine_commit(struct engine_txn *txn);
void engine_abort(struct engine_txn *txn);
/* The commit that a read transaction sees, or that a write transaction will be. */
uint64_t engine_txn_id(const struct engine_txn *txn);

/* After PKS_ERR_MAP_FULL, with no transaction of this thread open: makes the map larger. PKS_ERR_MAP_FULL again when
 * it cannot: another thread has a transaction open, or the address space ends. */
int engine_grow(struct engine *engine);

int engine_get(struct engine_txn *txn, struct bytes key, struct bytes *value_out); /* PKS_NOT_FOUND */
/* The size of a value that is not there. */
#define ENGINE_NO_VALUE ((size_t)-1)
/* Puts or replaces. *old_size_out, which may be NULL: the size of the value that was there, or ENGINE_NO_VALUE. */
int engine_put(struct engine_txn *txn, struct bytes key, struct bytes value, size_t *old_size_out);
/* PKS_EXISTS, without a message, when there is a value. */
int engine_insert(struct engine_txn *txn, struct bytes key, struct bytes value);
/* Likewise, and also when a key that begins with the first `prefix` bytes of this one lies behind it. */
int engine_insert_last(struct engine_txn *txn, struct bytes key, size_t prefix, struct bytes value);
/* As engine_put(). PKS_NOT_FOUND. */
int engine_del(struct engine_txn *txn, struct bytes key, size_t *old_size_out);

/* The first key >= `key`, as engine_seek() finds it, without a cursor for it. */
int engine_from(struct engine_txn *txn, struct bytes key, struct bytes *key_out, struct bytes *value_out);
/* The last key < `key`, as engine_seek_before() finds it; likewise, in a write transaction. */
int engine_before(struct engine_txn *txn, struct bytes key, struct bytes *key_out, struct bytes *value_out);

struct engine_removed {
	uint64_t records, bytes; /* of their keys and their values */
};
/* Deletes every key from `from` up to but not including `to`; *removed_out, which may be NULL: how much that was. */
int engine_del_range(struct engine_txn *txn, struct bytes from, struct bytes to, struct engine_removed *removed_out);

/* A cursor must be closed before its transaction ends. */
int engine_cursor_open(struct engine_txn *txn, struct engine_cursor **cursor_out);
void engine_cursor_close(struct engine_cursor *cursor);
/* To the first key >= `key`; of a cursor's moves each may answer PKS_NOT_FOUND, after which it stands nowhere. */
int engine_seek(struct engine_cursor *cursor, struct bytes key, struct bytes *key_out, struct bytes *value_out);
/* To the last key < `key`. */
int engine_seek_before(struct engine_cursor *cursor, struct bytes key, struct bytes *key_out, struct bytes *value_out);
int engine_next(struct engine_cursor *cursor, struct bytes *key_out, struct bytes *value_out);
int engine_prev(struct engine_cursor *cursor, struct bytes *key_out, struct bytes *value_out);

#endif
