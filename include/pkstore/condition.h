/* SPDX-License-Identifier: MIT */
/*
 * Condition: a lock, and those who wait, without it, to be notified of something that the lock guards.
 *
 *     struct pks_object *changed = pks_condition_open(store, "example/changed", NULL, PKS_OPEN_OR_CREATE);
 *
 *     pks_condition_acquire(changed, -1);         // who waits
 *     while (!there_is_work())
 *             pks_condition_wait(changed, -1);
 *     take_work();
 *     pks_condition_release(changed);
 *
 *     pks_condition_acquire(changed, -1);         // who notifies
 *     make_work();
 *     pks_condition_notify(changed, 1);
 *     pks_condition_release(changed);
 *
 * As always with conditions, a wait may end though nothing was notified: ask again. When one who was notified dies
 * before it has the lock, another one is. When the owner of the lock dies, one of those who wait, for the lock or for a
 * notification, has it and is told, PKS_OWNER_DIED: it should see to what the lock guards, and notify the others.
 *
 * Waiting, fairness, transactions and the codes that every call may return are as in sync.h and lock.h.
 */
#ifndef PKSTORE_CONDITION_H
#define PKSTORE_CONDITION_H

#include <pkstore/lock.h>

PKS_BEGIN_DECLS

/*
 * As pks_dict_open(); an anonymous one is `condition-<uuid>`. A new one has the Lock or RLock `lock`, which other
 * Conditions and programs may use as well, or, for NULL, an RLock of its own; of one that exists `lock` is ignored.
 * PKS_ERR_TYPE when it is no lock, PKS_ERR_USAGE when it is of another store.
 */
PKS_EXPORT struct pks_object *pks_condition_open(struct pks_store *store, const char *path, struct pks_object *lock,
                                                 enum pks_mode mode);

/*
 * The Lock or RLock of another path that it has: its handle, to be given back with pks_object_close(). NULL and
 * PKS_NOT_FOUND (it has a lock of its own), PKS_ERR_GONE (its lock was dropped).
 */
PKS_EXPORT struct pks_object *pks_condition_lock(struct pks_object *condition);
/*
 * Gives it another lock, as pks_condition_open() does; NULL: one of its own. PKS_ERR_STATE as long as somebody holds
 * its present lock, waits for that, or waits to be notified; one that was dropped can be replaced.
 */
PKS_EXPORT int pks_condition_set_lock(struct pks_object *condition, struct pks_object *lock);

/* As pks_lock_acquire() and pks_lock_release() on its lock; PKS_ERR_GONE when that was dropped. */
PKS_EXPORT int pks_condition_acquire(struct pks_object *condition, int timeout_ms);
PKS_EXPORT int pks_condition_release(struct pks_object *condition);

/*
 * Releases the lock, however often it was acquired, waits for a notification, and acquires it again as often, however
 * long that takes. Releasing and beginning to wait are one commit: no notification is missed.
 *
 * Returns, with the lock held: 0; PKS_OWNER_DIED; PKS_TIMED_OUT (not notified in time). Without it: PKS_ERR_STATE (the
 * thread does not hold the lock), PKS_ERR_USAGE (inside a transaction), PKS_ERR_GONE, and other errors.
 */
PKS_EXPORT int pks_condition_wait(struct pks_object *condition, int timeout_ms);

/*
 * Waits until predicate(arg) holds: it is asked with the lock held, first at once, and returns 1 when it holds, 0 when
 * it does not yet, negative to end the wait with that code. Returns 0, what the predicate returned, or as
 * pks_condition_wait(); PKS_OWNER_DIED at once.
 */
PKS_EXPORT int pks_condition_wait_for(struct pks_object *condition, int (*predicate)(void *arg), void *arg,
                                      int timeout_ms);

/* Notifies so many of those who wait, who have waited longest; UINT64_MAX all. PKS_ERR_STATE without the lock. */
PKS_EXPORT int pks_condition_notify(struct pks_object *condition, uint64_t count);

PKS_END_DECLS
#endif
