/* SPDX-License-Identifier: MIT */
/*
 * The pool: the worker processes that run what was started. One supervisor per store keeps them; both outlive the
 * program that started them, use no CPU while there is nothing to do, and end with pks_killall().
 */
#ifndef PKSTORE_POOL_H
#define PKSTORE_POOL_H

#include <pkstore/store.h>

PKS_BEGIN_DECLS

/* The largest pool. */
#define PKS_POOL_SIZE_MAX 1024

/* How many workers the pool has, or will have when it is up: max(4, CPUs) until it is set. Returns 0, or as a read. */
PKS_EXPORT int pks_pool_size(struct pks_store *store, unsigned *size_out);
/*
 * Sets it; stored. A pool that is up follows at once: new workers start, surplus ones end when they are idle.
 * Returns 0, PKS_ERR_RANGE (not 1 to PKS_POOL_SIZE_MAX), and as a write.
 */
PKS_EXPORT int pks_pool_set_size(struct pks_store *store, unsigned size);

/*
 * Starts the pool unless it is up; inside a transaction: when that commits.
 * Returns 0, PKS_ERR_POOL (the message tells why), PKS_ERR_USAGE (inside a snapshot).
 */
PKS_EXPORT int pks_pool_start(struct pks_store *store);

struct pks_pool_status {
	bool up;
	int64_t supervisor_pid; /* 0 when it is not up */
	unsigned size;          /* as set */
	unsigned workers;       /* as there are */
	uint64_t running;       /* processes in that status */
	uint64_t submitted;     /* processes that wait */
};

PKS_EXPORT int pks_pool_status(struct pks_store *store, struct pks_pool_status *status_out);

/*
 * Stops the pool: every worker and everything that its handlers started is killed. What was running is crashed; what
 * was submitted stays so, and runs when a pool is started again. Nothing of the pool is left when it returns.
 * Returns 0 (also when it was not up), PKS_ERR_POOL, PKS_ERR_USAGE (from inside a handler, or inside a transaction).
 */
PKS_EXPORT int pks_killall(struct pks_store *store);

PKS_END_DECLS
#endif
