/* SPDX-License-Identifier: MIT */
/*
 * Forkservers: for each module whose processes are started by that method the supervisor keeps a Unix process that has
 * loaded it, or, if it is a program, has been executed from it, and is copied for each of its processes.
 *
 *     supervisor                     forkserver                    copy
 *        |---- spawn --------------------> |                          .
 *        |                             loads the module               .
 *        |<--- "+", or "-" and why --------|                          .
 *        |---- "ID SLOT HANDLER", word --->|                          .
 *        |                                 |---- fork, twice -------> |
 *        |<--- "+PID START" in the word ------------------------------| a worker for just this process,
 *        |                                 | (the next one)           | as a dedicated one
 *        |---- the link is closed -------->| exits
 *
 * Whose child it is. The copy must be the supervisor's child, which alone shall learn how it ends. clone(2) has a flag
 * for that, CLONE_PARENT, but only fork(3) makes a whole process of a copy: it tells the C library its new thread id
 * and the kernel its list of robust mutexes, by which a lock of LMDB's is freed when its holder dies. So the forkserver
 * forks one in between, that forks the copy and ends: then the copy is the sub-reaper's, which is the supervisor. It
 * is, too, when it dies before that: a dead child that was not waited for goes the same way. Nobody but the supervisor
 * ever waits for it.
 *
 * What the supervisor knows when. The copy says who it is, in a socket of its own, before it opens the store. So
 * whatever it does later, its word is there by then, and the supervisor hears it before it waits for a child that it
 * does not know, or wonders whose a running process is. Who dies:
 * - the forkserver, the one in between, or the copy before its word: nothing has happened. Nobody has the other end of
 *   the word any more, which the supervisor sees, and the process, still submitted, is started again.
 * - the copy after its word: as any worker.
 * - the supervisor: the forkserver is killed by that (PR_SET_PDEATHSIG). A copy that cannot give its word ends; one
 *   that has given it goes on as any worker without its supervisor.
 *
 * The forkserver never opens the store, so that there is none to be inherited. What marks a worker's tree stands in its
 * environment as the kernel shows it, which is the memory that it was executed with: the copy writes its own mark over
 * the forkserver's there. Where it cannot, since the module has changed that, there is no forkserver; nor where a
 * module has started threads, which would be missing, and what they hold be locked, in each copy. Whatever it is that a
 * forkserver cannot do: its module's processes then run as dedicated ones, and fail as these do.
 */
#ifndef RUNTIME_FORKSERVER_H
#define RUNTIME_FORKSERVER_H

#include <pkstore/store.h>

/* The forkserver's end of the link, a socket that keeps messages apart. */
#define FORKSERVER_FD 3

/* The first byte of its word when it has loaded the module, and of a copy's; then its pid and start time. */
#define FORKSERVER_READY '+'
/* The reason follows; from a copy, that its module has no such handler. */
#define FORKSERVER_REFUSES '-'

/* A message of any of them. */
#define FORKSERVER_TEXT_SIZE (PKS_STORE_PATH_SIZE + 64)

#endif
