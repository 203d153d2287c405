/* SPDX-License-Identifier: MIT */
/*
 * Transactions and snapshots, over any number of objects.
 *
 *     pks_begin(store);
 *     pks_dict_setf(accounts, "alice", "i", alice - 10);
 *     pks_dict_setf(accounts, "bob", "i", bob + 10);
 *     if (pks_commit(store) < 0) ...
 *
 * A transaction belongs to the thread that began it: what that thread does with the store's objects joins it. Outside
 * one, each call runs in one of its own. A begin inside a begin joins it, and only the outermost commit commits;
 * after an inner abort the outer one can only abort. There is one writer at a time on the whole store, so write
 * transactions should be short; snapshots never wait for anybody, and nobody for them.
 *
 * Inside a snapshot all reads see the store as it was when the snapshot began, and what they return is borrowed
 * from the store's memory until it ends.
 */
#ifndef PKSTORE_TRANSACTION_H
#define PKSTORE_TRANSACTION_H

#include <pkstore/store.h>

PKS_BEGIN_DECLS

/*
 * Begins a write transaction in the calling thread, or joins the one that is open there. Waits for other writers,
 * at most for the store's busy timeout. Every begin must be ended by pks_commit() or pks_abort() in the same
 * thread; a thread that exits inside one has it aborted.
 *
 * Returns 0, PKS_ERR_BUSY (the message names the pid that writes, and whether it is stopped), PKS_ERR_READ_ONLY (the
 * thread is in a snapshot, or the store is open read-only), PKS_ERR_ABORTED (the open transaction can only be aborted),
 * PKS_ERR_FENCED, PKS_ERR_FORKED, PKS_ERR_NO_SPACE, PKS_ERR_IO.
 */
PKS_EXPORT int pks_begin(struct pks_store *store);

/*
 * Ends the innermost begin; the outermost one commits. After any return but PKS_ERR_USAGE the transaction is over; on
 * an error but PKS_ERR_POOL nothing of it was done.
 *
 * Returns 0, PKS_ERR_USAGE (none is open in this thread, or a snapshot inside it still is), PKS_ERR_POOL (committed,
 * but the pool that is to run the processes started in it cannot be started), PKS_ERR_ABORTED (an inner abort or a
 * failed operation doomed it), PKS_ERR_NO_SPACE, PKS_ERR_MAP_FULL (run it again), PKS_ERR_CONFLICT (likewise),
 * PKS_ERR_IO, PKS_ERR_MEMORY.
 */
PKS_EXPORT int pks_commit(struct pks_store *store);

/*
 * Ends the innermost begin without committing: nothing that was done since the outermost begin will have happened.
 * Returns 0, or PKS_ERR_USAGE as pks_commit().
 */
PKS_EXPORT int pks_abort(struct pks_store *store);

/*
 * Begins a snapshot in the calling thread, or joins what is open there (inside a transaction it sees that
 * transaction's writes). Does not block. A long snapshot keeps the store from reusing pages: see pks_store_stat().
 * Returns 0, PKS_ERR_READERS, PKS_ERR_MAP_FULL (another process made the map larger, which cannot be followed while
 * other threads have transactions open), PKS_ERR_FORKED, PKS_ERR_IO.
 */
PKS_EXPORT int pks_snapshot_begin(struct pks_store *store);

/* Ends it. Returns 0, or PKS_ERR_USAGE when none is open in this thread. */
PKS_EXPORT int pks_snapshot_end(struct pks_store *store);

/*
 * Runs fn(store, arg) inside a transaction: commits if it returns 0, aborts and forwards what it returned if not.
 * Runs it again when the commit answers PKS_ERR_CONFLICT or PKS_ERR_MAP_FULL, so fn must have no other effects than
 * on the store. Inside an open transaction it joins it and runs once; that one is then doomed, unless fn had changed
 * nothing before it returned.
 * Returns 0, what fn returned, or what pks_begin() and pks_commit() return.
 */
PKS_EXPORT int pks_atomically(struct pks_store *store, int (*fn)(struct pks_store *store, void *arg), void *arg);

PKS_END_DECLS
#endif
