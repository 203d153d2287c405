/* SPDX-License-Identifier: MIT */
/* A store's pools, as every program that uses the store sees them: whether they are up, and how to start them. */
#ifndef RUNTIME_POOL_H
#define RUNTIME_POOL_H

#include "base/proc.h"
#include "children.h"
#include "functions.h"
#include "within.h"

#include <pkstore/pool.h>

#include <pthread.h>

/*
 * What marks everything that a store's pools ever started: "PKSTORE_POOL=<store's uuid>" in the supervisor's
 * environment, with "/<supervisor's pid>.<its start time>/<slot>.<pool>" behind it in a worker's, and
 * "/.../forkserver.<number>" in a forkserver's. Descendants inherit it, however they detach themselves, and are found
 * by it. The supervisor is in it because a worker outlives a dead
 * one: its successor's worker in the same slot is another one, and must not take the first one with it when it dies.
 */
#define POOL_MARK_ENV "PKSTORE_POOL"
#define POOL_MARK_FORKSERVER "forkserver."
#define POOL_MARK_SIZE                                                                                                \
	(sizeof(POOL_MARK_ENV "=") + PKS_UUID_SIZE +                                                                  \
	 sizeof("/9223372036854775807.18446744073709551615/4294967295.") + PKS_POOL_NAME_MAX)

/* What a program keeps with an open store. */
struct pool {
	int lock_fd; /* on pool.lock, to look at the lock only */
	pthread_mutex_t starting;
	char uuid[PKS_UUID_SIZE]; /* the store's */
	int64_t creator;          /* this program's number (parent.h) */
	struct within within;     /* the command that it belongs to */
	struct children children; /* that it has made for processes */
	struct functions functions; /* that it has forked for them */
};

/* NULL and the error when there is none to be had. Freed with the store. */
struct pool *pool_of(struct pks_store *store);
/* Whether there is a supervisor. Two quick system calls. */
bool pool_is_up(struct pks_store *store);
/*
 * Starts one if there is none. 0, PKS_ERR_POOL with the reason. May be called after a commit, not inside a transaction.
 */
int pool_ensure(struct pks_store *store);

/* Who the supervisor is, or was. PKS_NOT_FOUND when there never was one. */
int pool_supervisor(struct pks_store *store, struct proc *proc_out);
int pool_set_supervisor(struct pks_store *store, const struct proc *proc);
/* Has the supervisor look at what it should keep. Without one there is nobody to be told. */
void pool_notify(struct pks_store *store);

/* Writes the mark of a pool, or of what one worker started: NAME=value. */
void pool_mark(const char *uuid, char mark_out[POOL_MARK_SIZE]);
void pool_mark_worker(const char *uuid, const struct proc *supervisor, const char *pool, unsigned slot,
		      char mark_out[POOL_MARK_SIZE]);
/*
 * That of a forkserver, by its number: longer than any that its children write over it (forkserver.h). Also what a
 * spawned child begins with.
 */
void pool_mark_forkserver(const char *uuid, const struct proc *supervisor, unsigned number,
			  char mark_out[POOL_MARK_SIZE]);

/*
 * Makes the mark, which is no longer than the present one, this program's own: where the kernel shows it, and in what
 * it executes. For programs that were executed with one, before anything has changed their environment.
 */
void pool_mark_take(const char *mark);

#endif
