/* SPDX-License-Identifier: MIT */
/*
 * The children that this program has made for processes of a store: by fork or spawn. Each is looked at before it is
 * waited for, and waited for by its descriptor, so that no other child of the program is ever taken from it. As long as
 * it is not waited for, its pid and its group are its own, and its exit status is everybody's to read: so its process
 * is settled first, its group killed, and then it is reaped.
 */
#ifndef RUNTIME_CHILDREN_H
#define RUNTIME_CHILDREN_H

#include "base/proc.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

struct pks_store;
struct children_watch;

struct child {
	int pidfd;
	struct proc proc;
};

struct children {
	pthread_mutex_t lock;
	atomic_size_t count;
	struct child *items;
};

void children_init(struct children *children);
/* Closes the descriptors; reaps those that have ended by themselves, which have recorded that. */
void children_release(struct children *children);

/* A new one. Without memory for it nobody waits for it in this program; whoever joins settles it. */
void children_add(struct pks_store *store, pid_t pid);
/*
 * In a worker, between two handlers: waits for those that have ended, and for whatever other children of this program
 * have: what handlers leave, which nobody else can wait for. Does not block.
 */
void children_reap(struct pks_store *store);
/* Settles and reaps those that have ended. Does not block; nothing to be done costs nothing. Not in a transaction. */
void children_look(struct pks_store *store);

/*
 * Has those that there are now looked at as soon as one has ended, until it is given back: around a wait. NULL when
 * there is none, or nobody to do it.
 */
struct children_watch *children_watch_begin(struct pks_store *store);
void children_watch_end(struct children_watch *watch);

#endif
