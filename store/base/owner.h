/* SPDX-License-Identifier: MIT */
/*
 * Who owns a lock, or has taken an item: a thread of a Unix process. As with struct proc, numbers alone are reused;
 * with the start times and the boot they name one thread for ever.
 */
#ifndef STORE_BASE_OWNER_H
#define STORE_BASE_OWNER_H

#include "proc.h"

struct owner {
	struct proc proc;
	int64_t tid; /* 0: the process as a whole, whichever of its threads */
	uint64_t tid_start; /* clock ticks after boot */
};

/* The calling thread. Cheap but for the first time in each thread. 0, or PKS_ERR_IO where /proc cannot be read. */
int owner_self(struct owner *owner_out);
bool owner_equal(const struct owner *a, const struct owner *b);
/* Whether just this thread still runs. Reads /proc. */
bool owner_alive(const struct owner *owner);

enum owner_state {
	OWNER_DEAD,
	OWNER_STOPPED, /* by a signal or a debugger: it is there, and does nothing */
	OWNER_RUNS,
};
/* As owner_alive(), in more detail. One file of /proc is read. */
enum owner_state owner_look(const struct owner *owner);

#endif
