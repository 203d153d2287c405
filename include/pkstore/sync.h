/* SPDX-License-Identifier: MIT */
/*
 * Synchronisation between threads, processes and programs that share a store: lock.h, semaphore.h, event.h,
 * condition.h and barrier.h, as in Python's threading and multiprocessing. This header tells what they have in common.
 *
 * Whoever takes part is known by the pid, its start time, the boot and the thread: none of them is mistaken for
 * another, and one that died is known to be dead. What a dead one held goes to the next. Nobody has to be told: those
 * who wait find out within PKS_RECHECK_MS.
 *
 * Waiting: a waiter puts its name into the store and sleeps in the kernel until it is its turn; whoever releases wakes
 * just that one. Timeouts are milliseconds; 0 does not wait, a negative one waits for ever. None of those who wait
 * starves: after a millisecond (LMDB's own commits take hundredths of that) what is released is given to the first in
 * line that runs.
 *
 * Transactions: each call is one transaction, or joins the thread's. What is acquired in a transaction is held once
 * that commits, and was never held if it aborts. A call that would have to wait inside a transaction is PKS_ERR_USAGE:
 * nobody could release anything meanwhile. Do not hold a lock to guard objects of the same store: that is what
 * transactions do.
 *
 * A wait whose time has passed ends with its name being taken out of the store: while that cannot be written, as
 * another writer is stopped or the filesystem is full, it goes on. A program that replaces itself with exec(3) stays
 * who it is; a forked child is somebody else.
 *
 * An object that is dropped wakes those who wait: they get PKS_ERR_GONE.
 *
 * Beside what its comment says, each call may return PKS_ERR_TYPE, PKS_ERR_GONE, PKS_ERR_CORRUPT, PKS_ERR_FORKED,
 * PKS_ERR_MEMORY, PKS_ERR_IO (/proc cannot be read), and what pks_begin() and pks_commit() return.
 */
#ifndef PKSTORE_SYNC_H
#define PKSTORE_SYNC_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

/* One who holds, or waits. */
struct pks_party {
	int64_t pid;
	int64_t tid;       /* the thread; 0: the process as a whole */
	uint64_t since_ns; /* nanoseconds since 1970 */
	bool alive;        /* false: it died, and the next who comes will take its place */
};

/*
 * Who holds what the object has to give: the owner of a Lock, an RLock or a Condition's lock; those who have acquired a
 * Semaphore; the ends of a Pipe. Nobody ever holds an Event or a Barrier. At most `max` of them are written, in the
 * order of coming; *count_out is how many there are. Does not block. PKS_ERR_TYPE for other objects.
 */
PKS_EXPORT int pks_holders(struct pks_object *object, struct pks_party *parties, size_t max, size_t *count_out);

/*
 * Who waits for it, likewise. Of a Condition: for its own lock, then for a notification. Nobody's name is there who
 * only looks (a timeout of 0), nor are those who wait for messages of a Pipe.
 */
PKS_EXPORT int pks_waiters(struct pks_object *object, struct pks_party *parties, size_t max, size_t *count_out);

PKS_END_DECLS
#endif
