/* SPDX-License-Identifier: MIT */
/*
 * A wall clock that is moved while programs run: preloaded into them it is off by as many nanoseconds as the file
 * $PKSTORE_TEST_CLOCK says at the moment, an int64_t that the test maps and changes.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

static const volatile int64_t *moved;

__attribute__((constructor)) static void map_it(void)
{
	const char *path = getenv("PKSTORE_TEST_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*moved), PROT_READ, MAP_SHARED, fd, 0);

	if (mapped == MAP_FAILED)
		abort();
	close(fd);
	moved = mapped;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now)
{
	int r = (int)syscall(SYS_clock_gettime, clock, now);
	int64_t ns;

	if (r == 0 && clock == CLOCK_REALTIME && moved) {
		ns = now->tv_sec * NS_PER_S + now->tv_nsec + *moved;
		*now = (struct timespec){ns / NS_PER_S, ns % NS_PER_S};
	}
	return r;
}
