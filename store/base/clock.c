/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

static int64_t clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

uint64_t clock_wall(void)
{
	return (uint64_t)clock_read(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_deadline(int timeout_ms)
{
	return timeout_ms < 0 ? INT64_MAX : clock_monotonic() + timeout_ms * CLOCK_NS_PER_MS;
}
