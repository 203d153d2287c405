/* SPDX-License-Identifier: MIT */
/*
 * Pools: the worker processes that run what was started. A store has the pool `default`, and any number of others by
 * their names, each with a size and settings of its own: a process says before its start in which pool it is to run.
 * One supervisor per store keeps all their workers; it and they outlive the program that started them, use no CPU while
 * there is nothing to do, and end with pks_killall().
 *
 *     pks_pool_set_size(store, "mail", 2);        // from here on there is such a pool
 *     pks_pool_pause(store, "mail");
 *
 * Every call takes the pool's name; NULL stands for `default`. A name has 1 to PKS_POOL_NAME_MAX bytes and is good as a
 * part of a path; else PKS_ERR_PATH. A pool is made by the first setting that is set for it, or by the first process
 * that is started in it. Settings are stored: they outlive the supervisor, and the programs that set them.
 *
 * Beside what its comment says, each call may return what pks_begin() and pks_commit() return.
 */
#ifndef PKSTORE_POOL_H
#define PKSTORE_POOL_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

/* The largest pool. */
#define PKS_POOL_SIZE_MAX 1024
/* The longest name, in bytes. */
#define PKS_POOL_NAME_MAX 32

/*
 * How many workers the pool has, or will have when it is up: max(4, CPUs) until it is set. Returns 0, PKS_NOT_FOUND
 * (there is no such pool), or as a read.
 */
PKS_EXPORT int pks_pool_size(struct pks_store *store, const char *pool, unsigned *size_out);
/*
 * Sets it; stored. A pool that is up follows at once: new workers start, surplus ones end when they have finished what
 * they run. Returns 0, PKS_ERR_RANGE (not 1 to PKS_POOL_SIZE_MAX), and as a write.
 */
PKS_EXPORT int pks_pool_set_size(struct pks_store *store, const char *pool, unsigned size);

/*
 * Makes the pool if there is none of that name, and starts the store's pools unless they are up; inside a transaction:
 * when that commits. Returns 0, PKS_ERR_POOL (the message tells why), PKS_ERR_USAGE (inside a snapshot).
 */
PKS_EXPORT int pks_pool_start(struct pks_store *store, const char *pool);

struct pks_pool_status {
	bool up;                /* as are all of the store's */
	int64_t supervisor_pid; /* 0 when it is not up */
	unsigned size;          /* as set */
	unsigned workers;       /* as there are */
	uint64_t running;       /* its processes in that status */
	uint64_t submitted;     /* its processes that wait to be run */
};

/* Returns 0, PKS_NOT_FOUND (there is no such pool), or as a read. */
PKS_EXPORT int pks_pool_status(struct pks_store *store, const char *pool, struct pks_pool_status *status_out);

/*
 * Stops all pools of the store: every worker and everything that its handlers started is killed. What was running is
 * crashed; what was submitted stays so, and runs when the pools are started again. Nothing of them is left when it
 * returns. Returns 0 (also when none was up), PKS_ERR_POOL, PKS_ERR_USAGE (from inside a handler, or inside a
 * transaction).
 */
PKS_EXPORT int pks_killall(struct pks_store *store);

PKS_END_DECLS
#endif
