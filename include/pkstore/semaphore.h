/* SPDX-License-Identifier: MIT */
/*
 * Semaphore and BoundedSemaphore: so many permits, each for one thread at a time.
 *
 *     struct pks_object *places = pks_boundedsemaphore_open(store, "example/places", 3, PKS_OPEN_OR_CREATE);
 *     pks_semaphore_acquire(places, -1);
 *     ...
 *     pks_semaphore_release(places, 1);
 *
 * Who acquires a permit holds it, and is told by pks_holders(); the permits of those who died come back by themselves.
 * Any thread may release: one that holds none gives back on behalf of who has held one for longest.
 *
 * A Semaphore made with no permits is for signals: a release is a signal, an acquire uses one up. Nobody holds such a
 * permit, and none comes back.
 *
 * Waiting, fairness, transactions and the codes that every call may return are as in sync.h.
 */
#ifndef PKSTORE_SEMAPHORE_H
#define PKSTORE_SEMAPHORE_H

#include <pkstore/sync.h>

PKS_BEGIN_DECLS

/*
 * As pks_dict_open(); a new one has so many permits, of one that exists `permits` is ignored. Anonymous ones are
 * `semaphore-<uuid>` and `boundedsemaphore-<uuid>`.
 */
PKS_EXPORT struct pks_object *pks_semaphore_open(struct pks_store *store, const char *path, uint64_t permits,
                                                 enum pks_mode mode);
/* One that never has more permits than at first. PKS_ERR_USAGE for 0 permits. */
PKS_EXPORT struct pks_object *pks_boundedsemaphore_open(struct pks_store *store, const char *path, uint64_t permits,
                                                        enum pks_mode mode);

/*
 * Acquires one permit for the calling thread, which may hold any number. Returns 0, PKS_TIMED_OUT, PKS_ERR_USAGE (it
 * would have to wait inside a transaction).
 */
PKS_EXPORT int pks_semaphore_acquire(struct pks_object *semaphore, int timeout_ms);

/*
 * Releases so many permits: those of the calling thread first, then those that are held for longest, then new ones.
 * PKS_ERR_STATE, and nothing released, when a BoundedSemaphore would have more than at first; PKS_ERR_RANGE beyond
 * uint64_t.
 */
PKS_EXPORT int pks_semaphore_release(struct pks_object *semaphore, uint64_t permits);

struct pks_semaphore_info {
	uint64_t value;   /* permits that can be acquired now; those of the dead come back when they are wanted */
	uint64_t initial; /* that it was made with */
	bool bounded;
	uint64_t waiting; /* how many wait, those who died meanwhile included */
};

PKS_EXPORT int pks_semaphore_info(struct pks_object *semaphore, struct pks_semaphore_info *info_out);

/* Makes it as if it were new, with so many permits: nobody holds any. Those who wait get them in turn. */
PKS_EXPORT int pks_semaphore_reset(struct pks_object *semaphore, uint64_t permits);

PKS_END_DECLS
#endif
