/* SPDX-License-Identifier: MIT */
/*
 * Lock and RLock: one thread at a time, of whichever process.
 *
 *     struct pks_object *lock = pks_lock_open(store, "example/lock", PKS_OPEN_OR_CREATE);
 *     int r = pks_lock_acquire(lock, -1);
 *     if (r == PKS_OWNER_DIED)
 *             ...                             // held all the same: see to what it guards
 *     ...
 *     pks_lock_release(lock);
 *
 * An RLock can be acquired again by the thread that holds it, and is free when it was released as often. Waiting,
 * fairness, transactions and the codes that every call may return are as in sync.h.
 */
#ifndef PKSTORE_LOCK_H
#define PKSTORE_LOCK_H

#include <pkstore/sync.h>

PKS_BEGIN_DECLS

/* As pks_dict_open(); anonymous ones are `lock-<uuid>` and `rlock-<uuid>`. */
PKS_EXPORT struct pks_object *pks_lock_open(struct pks_store *store, const char *path, enum pks_mode mode);
PKS_EXPORT struct pks_object *pks_rlock_open(struct pks_store *store, const char *path, enum pks_mode mode);

/*
 * Acquires it for the calling thread. Returns 0, or PKS_OWNER_DIED: the lock is held as well, but its last owner died
 * with it, so what it guards may be half changed. (Every later acquire returns 0 again: there is nothing to repair in
 * the lock itself.) PKS_TIMED_OUT: not held. PKS_ERR_STATE: the thread holds it already, and it is no RLock.
 * PKS_ERR_USAGE: it would have to wait inside a transaction.
 */
PKS_EXPORT int pks_lock_acquire(struct pks_object *lock, int timeout_ms);

/*
 * Releases it. PKS_ERR_STATE, and the message names the owner, when the calling thread does not hold it: also when it
 * was acquired in another thread.
 */
PKS_EXPORT int pks_lock_release(struct pks_object *lock);

struct pks_lock_info {
	bool held;
	struct pks_party owner; /* if it is held */
	uint64_t depth;         /* how often its owner has acquired it */
	bool owner_died;        /* the present owner has it from one who died holding it */
	uint64_t waiting;       /* how many wait, those who died meanwhile included */
};

/* How it is at this moment; also of a Condition's lock. Does not block. */
PKS_EXPORT int pks_lock_info(struct pks_object *lock, struct pks_lock_info *info_out);

PKS_END_DECLS
#endif
