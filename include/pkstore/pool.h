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

/*
 * A paused pool starts nothing: what runs goes on, and what is submitted waits until pks_pool_resume(). Once the pause
 * has returned nothing more starts. Pausing a paused pool, or resuming one that is not, changes nothing.
 */
PKS_EXPORT int pks_pool_pause(struct pks_store *store, const char *pool);
PKS_EXPORT int pks_pool_resume(struct pks_store *store, const char *pool);

/*
 * Pauses the pool and waits until nothing runs in it; it stays paused, also when the timeout passes first. Blocks
 * without using the CPU, at most `timeout_ms` milliseconds; a negative one waits for ever. A handler of the pool that
 * waits for a process that was not started yet keeps it running: that will not start either.
 * Returns 0, PKS_TIMED_OUT, PKS_NOT_FOUND (there is no such pool), PKS_ERR_USAGE (inside a transaction, or in a handler
 * that runs in this pool), and what pks_process_join() returns.
 */
PKS_EXPORT int pks_pool_drain(struct pks_store *store, const char *pool, int timeout_ms);

/*
 * Removes the pool with its settings; its workers end. Returns 0, PKS_NOT_FOUND, PKS_ERR_STATE (something is submitted
 * to it, or runs in it), PKS_ERR_USAGE (`default` is always there).
 */
PKS_EXPORT int pks_pool_remove(struct pks_store *store, const char *pool);

/* ---- how its workers are ----
 *
 *     pks_pool_setf(store, "mail", "nice", "i", 10);
 *     pks_pool_setf(store, "mail", "env", "{s:s, s:n}", "LANG", "C.UTF-8", "DISPLAY");
 *
 *     setting          value                                                     default
 *     max_processes    integer: a worker is replaced when it has run so many     never
 *     max_bytes        integer: or when it has so many bytes resident after one  never
 *     cwd              text: the working folder, an absolute path                /
 *     env              map: names in the environment to texts; null removes one  as of who started the pools
 *     nice             integer, -20 to 19: their priority                        as of who started the pools
 *     cpus             list of integers: the CPUs they may run on                as of who started the pools
 *
 * Settings are stored, and hold for new workers. When one is changed idle workers are replaced at once, and busy ones
 * when they have finished what they run.
 */

/*
 * Sets one; `value` NULL: to its default. The `f` form takes a format of value.h. What can be seen now not to work is
 * refused: a folder that is not there, a CPU or a priority that this program may not use. What the system refuses later
 * is in the system log: a worker whose folder is gone does not start, and the others do as well as they can.
 *
 * Returns 0, PKS_NOT_FOUND (there is no such setting), PKS_ERR_TYPE (another kind of value), PKS_ERR_RANGE,
 * PKS_ERR_USAGE (no environment can have it, or it is pkstore's own), PKS_ERR_ACCESS.
 */
PKS_EXPORT int pks_pool_set(struct pks_store *store, const char *pool, const char *setting,
                            const struct pks_value *value);
PKS_EXPORT int pks_pool_setf(struct pks_store *store, const char *pool, const char *setting, const char *format, ...);
/* All that are set, as a map; clear it when done. PKS_NOT_FOUND: there is no such pool. */
PKS_EXPORT int pks_pool_settings(struct pks_store *store, const char *pool, struct pks_value *map_out);

/* ---- what it does ---- */

struct pks_pool_status {
	bool up;                /* as are all of the store's */
	bool paused;
	int64_t supervisor_pid; /* 0 when it is not up */
	unsigned size;          /* as set */
	unsigned workers;       /* as there are */
	uint64_t running;       /* its processes that are run: one of those that a worker has claimed */
	uint64_t waiting;       /* those of them that wait for others, which gives their places up */
	uint64_t submitted;     /* its processes that wait to be run */
};

/* Returns 0, PKS_NOT_FOUND (there is no such pool), or as a read. */
PKS_EXPORT int pks_pool_status(struct pks_store *store, const char *pool, struct pks_pool_status *status_out);

/* A worker. Times are nanoseconds since 1970, UTC. */
struct pks_pool_worker {
	int64_t pid;
	unsigned slot;       /* its place in the pool, from 0; one beyond the size stands in for a waiting one */
	bool left_over;      /* its supervisor died: it ends when it has finished what it runs */
	uint64_t started_ns; /* the worker */
	uint64_t resident;   /* bytes */
	uint64_t process;    /* the id of the process that it runs; 0: none */
	uint64_t since_ns;   /* when it began to run that */
	bool waiting;        /* for another process */
	char name[PKS_PATH_MAX + 1]; /* the process's path; "" when it runs none */
};

struct pks_pool_workers;

/*
 * Iterates over the pool's workers in the order of their places: what they run is of one snapshot, who there is was
 * found when it was opened. To be closed with pks_pool_workers_close(). NULL and PKS_NOT_FOUND, or as a read.
 */
PKS_EXPORT struct pks_pool_workers *pks_pool_workers_open(struct pks_store *store, const char *pool);
/* The next one. Returns 0, PKS_END, PKS_ERR_USAGE. */
PKS_EXPORT int pks_pool_workers_next(struct pks_pool_workers *workers, struct pks_pool_worker *worker_out);
PKS_EXPORT void pks_pool_workers_close(struct pks_pool_workers *workers);

/* A forkserver (method.h): the process that has loaded a module, and is copied for its processes. Of no pool. */
struct pks_pool_forkserver {
	int64_t pid;
	uint64_t started_ns; /* since 1970, UTC */
	uint64_t resident;   /* bytes */
	char module[PKS_STORE_PATH_SIZE];
};

/*
 * Calls each(forkserver, arg) for every forkserver of the store, in no order, until it returns another value than 0,
 * which is forwarded. Any thread.
 */
PKS_EXPORT int pks_pool_forkservers(struct pks_store *store,
                                    int (*each)(const struct pks_pool_forkserver *forkserver, void *arg), void *arg);

/*
 * Calls each(name, arg) for every pool, `default` first, until it returns another value than 0, which is forwarded. In
 * a snapshot: it may read, not write.
 */
PKS_EXPORT int pks_pool_each(struct pks_store *store, int (*each)(const char *name, void *arg), void *arg);

/*
 * Stops all pools of the store: every worker and everything that its handlers started is killed, what has cleared its
 * environment and detached itself as well unless the supervisor died before. What was running is crashed; what was
 * submitted stays so, and runs when the pools are started again. Nothing of them is left when it returns. Returns 0
 * (also when none was up), PKS_ERR_POOL, PKS_ERR_USAGE (from inside a handler, or inside a transaction).
 */
PKS_EXPORT int pks_killall(struct pks_store *store);

PKS_END_DECLS
#endif
