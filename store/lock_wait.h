/* SPDX-License-Identifier: MIT */
/* Waiting for a lock, with a ticket in its line, or in that of its Condition. */
#ifndef STORE_LOCK_WAIT_H
#define STORE_LOCK_WAIT_H

#include "lock_line.h"

struct lock_wait {
	const struct pks_object *object; /* the lock, or the Condition */
	enum base base;
	struct owner self;
	uint64_t lock_id; /* of the object that has the lock */
	uint64_t ticket;
};

/*
 * Sleeps until the lock was given to the waiter: 0 or PKS_OWNER_DIED. After PKS_TIMED_OUT, and most likely after an
 * error, the ticket is still there, or was served meanwhile.
 */
int lock_await(struct lock_wait *wait, int timeout_ms);
/*
 * Takes the ticket out of the lock's line, for the reason `r`, which it answers; unless the lock was given to the
 * waiter already: then as lock_await().
 */
int lock_give_up(struct lock_wait *wait, int r);

/* The calling thread's ticket at the end of the lock's line. The lock is to be saved. */
int lock_line_up(struct lock *lock, struct lock_wait *wait, uint64_t now_ns);

#endif
