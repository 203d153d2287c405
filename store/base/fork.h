/* SPDX-License-Identifier: MIT */
/* Telling a forked child from its parent without a system call. */
#ifndef BASE_FORK_H
#define BASE_FORK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A number that is the same in all threads of this process and another one in each child that fork() makes: read
 * from a page that the kernel empties in children (MADV_WIPEONFORK) and that is then filled in again. Never 0.
 */
static inline uint64_t fork_current(void);

/* Where the number is; NULL before the first question. For fork_current(), which every call on a store asks. */
extern _Atomic(atomic_uint_least64_t *) fork_mark_at;
/* Makes the number of a process that has none yet. */
uint64_t fork_fill(void);

static inline uint64_t fork_current(void)
{
	atomic_uint_least64_t *at = atomic_load_explicit(&fork_mark_at, memory_order_acquire);
	uint64_t current = at ? atomic_load_explicit(at, memory_order_relaxed) : 0;

	return current ? current : fork_fill();
}

/* Whether it is that number, which was read from there before. */
static inline bool fork_is_current(uint64_t mark)
{
	atomic_uint_least64_t *at = atomic_load_explicit(&fork_mark_at, memory_order_acquire);

	return at && atomic_load_explicit(at, memory_order_relaxed) == mark;
}

#endif
