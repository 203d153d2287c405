/* SPDX-License-Identifier: MIT */
/* The two clocks, in nanoseconds. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_S INT64_C(1000000000)

/* Since 1970, UTC. */
uint64_t clock_wall(void);
/* CLOCK_MONOTONIC: what deadlines are made of. */
int64_t clock_monotonic(void);
/* The deadline of a timeout in milliseconds; INT64_MAX when it is negative. */
int64_t clock_deadline(int timeout_ms);

#endif
