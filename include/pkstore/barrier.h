/* SPDX-License-Identifier: MIT */
/*
 * Barrier: so many threads, of whichever processes, wait for each other; when the last has come, all go on.
 *
 *     struct pks_object *barrier = pks_barrier_open(store, "example/barrier", 4, PKS_OPEN_OR_CREATE);
 *     uint64_t index;
 *     if (pks_barrier_wait(barrier, 10000, &index) == 0 && index == 0)
 *             ...                             // just one of the four does this
 *
 * As in Python, a Barrier can break: when one who waits runs out of time, dies, or somebody aborts it. Then all who
 * wait, and all who come, get PKS_BROKEN, until it is reset. Waiting, transactions and the codes that every call may
 * return are as in sync.h.
 */
#ifndef PKSTORE_BARRIER_H
#define PKSTORE_BARRIER_H

#include <pkstore/sync.h>

PKS_BEGIN_DECLS

/*
 * As pks_dict_open(); a new one is for so many parties, of one that exists `parties` is ignored. An anonymous one is
 * `barrier-<uuid>`. PKS_ERR_USAGE for a new one without parties.
 */
PKS_EXPORT struct pks_object *pks_barrier_open(struct pks_store *store, const char *path, uint64_t parties,
                                               enum pks_mode mode);

/*
 * Waits until all have come. *index_out, which may be NULL, is another number for each, from 0 in the order of coming.
 *
 * Returns 0; PKS_TIMED_OUT: not all came in time, and the Barrier is broken by that; PKS_BROKEN: it is, or was broken
 * or reset while this one waited; PKS_ERR_USAGE: it would have to wait inside a transaction.
 */
PKS_EXPORT int pks_barrier_wait(struct pks_object *barrier, int timeout_ms, uint64_t *index_out);

/* Breaks it. */
PKS_EXPORT int pks_barrier_abort(struct pks_object *barrier);
/* Makes it as new: those who wait get PKS_BROKEN, those who come wait for each other. */
PKS_EXPORT int pks_barrier_reset(struct pks_object *barrier);
/* The same, and from now on it is for so many. PKS_ERR_USAGE for 0. */
PKS_EXPORT int pks_barrier_set_parties(struct pks_object *barrier, uint64_t parties);

struct pks_barrier_info {
	uint64_t parties;
	uint64_t waiting;    /* how many have come and wait for the others */
	uint64_t generation; /* how often it was passed, broken or reset */
	bool broken;
};

PKS_EXPORT int pks_barrier_info(struct pks_object *barrier, struct pks_barrier_info *info_out);

PKS_END_DECLS
#endif
