/* SPDX-License-Identifier: MIT */
/*
 * A process in the store: its state attribute and its entry in the index, which move together in one transaction, so
 * that at any instant each process stands at exactly one place. What writes here is called inside a transaction.
 */
#ifndef RUNTIME_RECORD_H
#define RUNTIME_RECORD_H

#include "process_state.h"

#define RECORD_TYPE "process"

/* How a run ended. */
struct record_end {
	enum process_event event; /* EVENT_SUCCEED, _FAIL, _CRASH or _CANCEL */
	bool has_exitcode;
	int exitcode;
	const char *error;              /* why it failed or crashed; NULL: nothing to say */
	const struct pks_value *result; /* what it returned; NULL: nothing */
	const struct death *death;      /* how its worker died, if it did and its parent could wait for it */
	uint64_t ended_ns;              /* when; 0: now */
};

/* Returns 0, PKS_ERR_TYPE, PKS_ERR_GONE, PKS_ERR_CORRUPT, or as a read. */
int record_read(struct pks_object *process, struct process_state *state_out);
/*
 * Whether a read failed because of this one process alone: it is damaged, or the index names what is not there or is no
 * process.
 */
bool record_is_bad(int code);
/* Rewrites the state where the status has not changed. */
int record_write(struct pks_object *process, const struct process_state *state);
/* Makes a new process's first state and entry. */
int record_create(struct pks_object *process);
/* Moves it on; PKS_ERR_STATE with a message when its status does not allow the event. */
int record_move(struct pks_object *process, struct process_state *state, enum process_event event);
/* The same, of a moment that many share. */
int record_move_at(struct pks_object *process, struct process_state *state, enum process_event event, uint64_t now_ns);
/* Puts one that runs, but has not begun (lot.h), back to where it was claimed from, and wakes a worker for it. */
int record_give_back(struct pks_object *process, struct process_state *state);
/* Ends it, with what there is to say about that. */
int record_end(struct pks_object *process, struct process_state *state, const struct record_end *end);

#endif
