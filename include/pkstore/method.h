/* SPDX-License-Identifier: MIT */
/*
 * Start methods: where a process runs. Each process may have its own (pks_process_set_method()); those that have none
 * run as the program that starts them has chosen, else in a pool.
 *
 *     static int work(struct pks_object *self, void *arg)         // any function, with the program's memory as it is
 *     {
 *             return pks_return(self, "d", sum(arg));
 *     }
 *
 *     struct pks_object *p = pks_process_new_function(store, NULL, work);
 *     pks_process_fork(p, work, &table, 0);
 *     pks_process_join(p, -1);
 *
 * pool         in a worker of its pool, as soon as one is free
 * dedicated    in a worker of its own, at once and beside the pool's: for services. Its parent is the supervisor
 * forkserver   as dedicated, but the worker is a copy of a process that has loaded its module already
 * spawn        in a new Unix process, a child of the program that starts it, which executes pkstore-worker or the
 *              module if that is a program
 * fork         in a copy of the program that starts it, its child
 *
 * By forkserver a heavy module is loaded once. For each module whose processes are started so the supervisor keeps a
 * forkserver: a process that has loaded the shared object, or that was executed from the program and has come to its
 * pks_worker_main(), and that is forked for each of them. What is warm in the copies is what constructors, of the
 * module and of what it links, have made of static data and memory; their output goes nowhere, and an atexit(3) of
 * theirs does not run in copies. A forkserver ends when it has had nothing to do for a minute, or for the seconds that
 * $PKSTORE_FORKSERVER_IDLE says in the environment of who starts the pools, and when its file is replaced; one that
 * dies is made anew at the next start. A fork has no thread but one: a module whose constructors start threads has no
 * forkserver, and one whose constructors start processes, or connect to something, should know that copies share these.
 * Where there is none, for a command, for such a module and for one that cannot be loaded, forkserver is the same as
 * dedicated; of a module a line in the system log says why. pks_pool_forkservers() (pool.h) tells which there are.
 *
 * A child that fork or spawn makes is recorded in the store like every other process: it outlives who started it,
 * writes under its attempt's fence, leads a process group of its own, its output is kept (output.h), and pks_killall()
 * ends it. What a forked one starts, and detaches from its tree and its group without executing a program, is not known
 * for its own, and goes on. Whoever dies, it is settled: by the program that started it, in pks_process_join() or the
 * next call that starts or waits for a process or asks for a status, by anybody who waits for it, or by the supervisor,
 * with its exit status as long as the kernel has it; only when the starter died before the child, or has waited for all
 * children itself, nobody can learn that. The program reaps its children in the same calls, just these and no others.
 */
#ifndef PKSTORE_METHOD_H
#define PKSTORE_METHOD_H

#include <pkstore/process.h>

PKS_BEGIN_DECLS

enum pks_method {
	PKS_METHOD_DEFAULT = 0, /* as the program that starts it has chosen */
	PKS_METHOD_POOL = 1,
	PKS_METHOD_DEDICATED = 2,
	PKS_METHOD_FORK = 3,
	PKS_METHOD_SPAWN = 4,
	PKS_METHOD_FORKSERVER = 5,
};

/* "pool", ...; "default" for PKS_METHOD_DEFAULT, "unknown" for what is none. A constant string. */
PKS_EXPORT const char *pks_method_name(enum pks_method method);
/* The method of that name, or PKS_NOT_FOUND. */
PKS_EXPORT int pks_method_from_name(const char *name, enum pks_method *method_out);
/* The names of all methods but "default", the last one followed by NULL. Constant. */
PKS_EXPORT const char *const *pks_method_names(void);

/* What PKS_METHOD_DEFAULT means in this program: PKS_METHOD_POOL until it is set. Any thread. */
PKS_EXPORT enum pks_method pks_method_get_default(void);
/*
 * Sets it, once in a program: 0, PKS_ERR_STATE when it was set before (also to the same), PKS_ERR_USAGE for
 * PKS_METHOD_DEFAULT and what is no method. Any thread.
 */
PKS_EXPORT int pks_method_set_default(enum pks_method method);

typedef int (*pks_function_fn)(struct pks_object *self, void *arg);

/*
 * Creates a process that is to run a function of this program by pks_process_fork(). Its target names the function, for
 * people, if the program tells its name: elsewhere nobody can run it.
 * Returns as pks_process_new().
 */
PKS_EXPORT struct pks_object *pks_process_new_function(struct pks_store *store, const char *path, pks_function_fn run);

/* For pks_process_fork(): also when other threads exist. What they hold locked then stays locked in the child. */
#define PKS_FORK_WITH_THREADS 1
/* And for one that has ended: runs it once more, as pks_process_restart() does. */
#define PKS_FORK_RESTART 2

/*
 * Starts the process in a forked child of this program, which calls run(self, arg); `run` NULL: the process's own
 * handler or command. The child opens the store anew: handles that were opened before are refused there, and `self` is
 * its own. It returns from `run` to end; a handler's return values and calls are those of handler.h. Functions that are
 * registered with atexit(3) do not run in it.
 *
 * pks_process_restart() of it forks this program again and calls the same function with the same argument, as long as
 * the program has the store open; from another program it answers PKS_ERR_USAGE, and this call with PKS_FORK_RESTART
 * does it there, too.
 *
 * Blocks until the child has claimed the process, some milliseconds. Returns 0, PKS_ERR_STATE (started before, or not
 * ended if it is to be restarted), PKS_ERR_USAGE (inside a transaction; other threads exist and the flag is not given;
 * flags that are none), PKS_ERR_POOL (there can be no child, or it died before it came so far: the process is as it
 * was).
 */
PKS_EXPORT int pks_process_fork(struct pks_object *process, pks_function_fn run, void *arg, unsigned flags);

PKS_END_DECLS
#endif
