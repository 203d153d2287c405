/* SPDX-License-Identifier: MIT */
/*
 * What a Semaphore or a BoundedSemaphore is in: the own item of its header, [value, initial, last ticket] (FORMAT.md,
 * "Semaphore"). Who holds its permits and who waits for one are records beside it (semaphore_line.h).
 */
#ifndef STORE_SEMAPHORE_STATE_H
#define STORE_SEMAPHORE_STATE_H

#include "base/buffer.h"
#include "engine.h"

struct semaphore_state {
	uint64_t value;       /* permits that are free */
	uint64_t initial;     /* permits that it was made with; 0: it counts signals, which nobody holds */
	uint64_t last_ticket; /* that was given to a holder or a waiter */
};

void semaphore_state_encode(const struct semaphore_state *semaphore, struct buffer *buffer);
/* PKS_ERR_CORRUPT without a message. */
int semaphore_state_decode(struct bytes own, struct semaphore_state *semaphore_out);

#endif
