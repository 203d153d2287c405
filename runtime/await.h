/* SPDX-License-Identifier: MIT */
/* Waiting until one of several processes has come as far as is wanted of it. */
#ifndef RUNTIME_AWAIT_H
#define RUNTIME_AWAIT_H

#include "process_state.h"

#include <stddef.h>

enum await_what {
	AWAIT_END,     /* it has ended */
	AWAIT_ATTEMPT, /* that attempt of it has ended, whatever has become of the process since */
	AWAIT_RUN,     /* its handler is about to run, or it has ended */
};

struct await {
	struct pks_object *process;
	enum await_what what;
	uint32_t attempt;

	/* The waiting's own. The state is the one that was seen last. */
	struct process_state state;
	int64_t dead_since; /* its worker; 0: not seen dead */
	uint64_t lots;      /* where its worker was with them at the last look */
};

/* Whether the calling thread may wait for it at all: 0, PKS_ERR_TYPE, PKS_ERR_USAGE, ... */
int await_check(struct pks_object *process);
/*
 * Waits for any of them, which are of one store and were checked; *index_out, which may be NULL, is the first that is
 * there. Returns 0, PKS_TIMED_OUT, PKS_ERR_STATE (one that was never started), PKS_ERR_POOL, PKS_ERR_MEMORY, or as a
 * read.
 */
int await_any(struct await *awaits, size_t count, int timeout_ms, size_t *index_out);

/*
 * Looks, by the state that was seen last, whether there is anybody left who would move the process on, and does that
 * one's work if not. To be called from time to time; of one that is submitted or running.
 */
int await_care(struct pks_store *store, struct await *await);

#endif
