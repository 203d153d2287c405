/* SPDX-License-Identifier: MIT */
/*
 * The state of a process, as one attribute holds it: written whole at each transition, so that nobody reads half of
 * one. Pure functions, with the clock passed in.
 *
 *                submit               claim             succeed
 *      created ---------> submitted ---------> running ---------> finished
 *         |                   | ^                 |      fail
 *         |      cancel       | |                 +-------------> failed
 *         +---------+---------+ |                 |      crash
 *                   +-----------|-----------------+-------------> crashed
 *                               |       restart                      |
 *                               +---- any of the last three <--------+
 *
 * A running one that its worker has claimed together with others, and not begun (lot.h), may be given back: it is
 * submitted again then, in its old place, as if it never had been claimed.
 *
 * Nothing else leads out of the last three: an event that the drawing does not have is refused.
 */
#ifndef RUNTIME_PROCESS_STATE_H
#define RUNTIME_PROCESS_STATE_H

#include "base/proc.h"

#include <pkstore/process.h>

/* As stored (store/FORMAT.md); the public statuses are sets of bits, 1 << (status - 1). */
enum process_status {
	STATUS_NONE = 0,
	STATUS_CREATED = 1,
	STATUS_SUBMITTED = 2,
	STATUS_RUNNING = 3,
	STATUS_FINISHED = 4,
	STATUS_FAILED = 5,
	STATUS_CRASHED = 6,
};

#define STATUS_MAX STATUS_CRASHED

enum process_event {
	EVENT_SUBMIT,
	EVENT_CLAIM,
	EVENT_CANCEL,
	EVENT_SUCCEED,
	EVENT_FAIL,
	EVENT_CRASH,
	EVENT_RESTART,
	EVENT_GIVE_BACK,
};

#define EVENT_MAX EVENT_GIVE_BACK

/* A request to end the running attempt; it is gone with that, so that it can never be taken for one about the next. */
struct process_stop {
	int signal; /* what was sent; 0: nobody has asked */
	uint64_t asked_ns;
	int64_t deadline; /* CLOCK_MONOTONIC: SIGKILL then. INT64_MAX: never */
};

struct process_state {
	enum process_status status;
	uint32_t attempt; /* counts the claims */
	int priority;
	uint64_t submitted_ns, started_ns, ended_ns; /* of the start also its sequence in the queue (process_key.h) */
	bool has_exitcode;
	int exitcode;
	int64_t parent; /* who created it: see parent.h. 0: not known */
	bool announce;  /* who starts it waits until its handler is found, which it has not been yet */

	/* While it is running. */
	struct proc worker;
	/*
	 * The worker has its program, and runs it: one that was exec'd and never calls pks_worker_main() has not. Nor
	 * has one whose turn has not come, as far as is known here (lot.h).
	 */
	bool entered;
	bool waiting; /* its handler waits for another process, so that its place in the pool is free */
	struct process_stop stop;

	bool plain; /* not stored: it is known to have no options */
};

/* The status that the event leads to, or STATUS_NONE when it is refused. */
enum process_status process_state_next(enum process_status status, enum process_event event);
/* Moves the state and notes when. Returns 0, or PKS_ERR_STATE without a message, with nothing changed. */
int process_state_move(struct process_state *state, enum process_event event, uint64_t now_ns);

/* The attribute's value; the encoded one is to be cleared. 0, PKS_ERR_MEMORY. */
int process_state_encode(const struct process_state *state, struct pks_value *value_out);
/* 0, or PKS_ERR_CORRUPT without a message. */
int process_state_decode(const struct pks_value *value, struct process_state *state_out);

static inline enum pks_status process_state_public(enum process_status status)
{
	return (enum pks_status)(1 << (status - 1));
}

static inline bool process_state_is_terminal(enum process_status status)
{
	return status >= STATUS_FINISHED;
}

#endif
