/* SPDX-License-Identifier: MIT */
#include "ping_pong.h"

#include "bench.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUND_TRIPS 500

static void echo(int from, int to)
{
	char byte;

	while (read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1)
		;
	_exit(0);
}

/* The n-th of the CPUs in `all` for the calling process. */
static void pin(const cpu_set_t *all, int n)
{
	cpu_set_t one;
	int cpu = 0;

	for (; cpu < CPU_SETSIZE - 1 && (!CPU_ISSET(cpu, all) || n-- > 0); cpu++)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	BENCH_MUST(sched_setaffinity(0, sizeof(one), &one));
}

double ping_pong(bool apart)
{
	int there[2], back[2];
	cpu_set_t all;
	char byte = 0;
	int64_t start;

	BENCH_MUST(pipe(there) || pipe(back) || sched_getaffinity(0, sizeof(all), &all));
	apart = apart && CPU_COUNT(&all) > 1;
	if (apart)
		pin(&all, 0);
	if (fork() == 0) {
		if (apart)
			pin(&all, 1);
		close(there[1]);
		close(back[0]);
		echo(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	start = bench_now();
	for (unsigned i = 0; i < ROUND_TRIPS; i++)
		BENCH_MUST(write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1);
	start = bench_now() - start;
	close(there[1]);
	close(back[0]);
	wait(NULL);
	BENCH_MUST(sched_setaffinity(0, sizeof(all), &all));
	return (double)start / ROUND_TRIPS;
}
