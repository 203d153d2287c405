/* SPDX-License-Identifier: MIT */
/*
 * Looking before sleeping. To be put to sleep and woken takes a waiter and its waker some ten microseconds each, as
 * long as a commit does: who waits for another program's next commit does best to look for it for a moment first. The
 * moment is short, and there is one in each wait, so that a waiter that sleeps costs nothing. A thread that has looked
 * in vain again and again hardly looks any more, until it was right to.
 */
#ifndef STORE_BASE_PATIENCE_H
#define STORE_BASE_PATIENCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* One wait's. */
struct patience {
	int64_t until; /* CLOCK_MONOTONIC; 0: sleeps at once */
	bool slept;
};

struct patience patience_begin(void);
/* Looks at the word until it is another one than `seen` (true), or the moment is over. */
bool patience_look(struct patience *patience, atomic_uint_least32_t *word, uint32_t seen);
/* Between two looks: leaves the CPU's other thread more of it. */
void patience_relax(void);
/* What came of it, for the thread's next ones. */
void patience_end(const struct patience *patience);

#endif
