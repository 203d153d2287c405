/* SPDX-License-Identifier: MIT */
/*
 * pthread_mutex_clocklock(3), by which a writer waits at the gate, for builds with b_sanitize=thread: that of gcc 12
 * and clang 14 does not know it, and takes the mutex for free, and what it guards for shared. It does know
 * pthread_mutex_timedlock(3), which has another clock.
 */
#include "base/clock.h"

#include <pthread.h>
#include <time.h>

int __wrap_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until);

int __wrap_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
	struct timespec now;
	int64_t at;

	clock_gettime(clock, &now);
	at = (int64_t)clock_wall() + (until->tv_sec - now.tv_sec) * CLOCK_NS_PER_S + until->tv_nsec - now.tv_nsec;
	return pthread_mutex_timedlock(mutex, &(struct timespec){at / CLOCK_NS_PER_S, at % CLOCK_NS_PER_S});
}
