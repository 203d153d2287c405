/* SPDX-License-Identifier: MIT */
/*
 * What a Barrier is in, and the moves between: pure functions. A generation is one meeting; who comes waits with a
 * ticket that bears its number.
 *
 *                        arrive: not the last                       arrive: the last one
 *      n have come of    --------------------> n + 1 have come ... ---------------------> none have come of g + 1,
 *      generation g                                                                       the tickets go: passed
 *         |      ^
 *         |      | reset
 *         v      |
 *      broken, of generation g + 1: who has come to g finds its ticket there, and the generation over
 *
 * Broken by abort, and by one that waits and runs out of time or dies. Reset works in both, and ends the generation in
 * the same way.
 */
#ifndef STORE_BARRIER_STATE_H
#define STORE_BARRIER_STATE_H

#include "base/buffer.h"
#include "engine.h"

struct barrier_state {
	uint64_t parties;
	uint64_t generation;
	uint64_t arrived; /* and wait; fewer than the parties */
	bool broken;      /* then nobody waits */
	uint64_t last_ticket;
};

void barrier_state_encode(const struct barrier_state *barrier, struct buffer *buffer);
/* PKS_ERR_CORRUPT without a message. */
int barrier_state_decode(struct bytes own, struct barrier_state *barrier_out);

enum barrier_answer {
	BARRIER_WAIT,
	BARRIER_PASS, /* all have come: the generation is over */
	BARRIER_BROKEN,
};

/* The index of who comes is how many have come before. */
enum barrier_answer barrier_arrive(struct barrier_state *barrier, uint64_t *index_out);
/* Ends the generation. Nothing when it is broken already. */
void barrier_break(struct barrier_state *barrier);
void barrier_reset(struct barrier_state *barrier);

#endif
