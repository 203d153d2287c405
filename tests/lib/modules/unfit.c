/* SPDX-License-Identifier: MIT */
/* A module that no forkserver can load: as its name in the build folder says. */
#include <pkstore/pkstore.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int rounds;

PKS_PROCESS(tell_pid)
{
	return pks_return(self, "I", (int64_t)getpid());
}

/* Needs the thread that the module has started. */
PKS_PROCESS(wait_for_thread)
{
	int before = rounds;

	(void)self;
	while (rounds == before)
		usleep(1000);
	return 0;
}

static void *go_round(void *arg)
{
	for (;;) {
		rounds++;
		usleep(1000);
	}
	return arg;
}

__attribute__((constructor)) static void load(void)
{
	pthread_t thread;

	if (UNFIT_CRASHES)
		raise(SIGSEGV);
	else if (UNFIT_EXITS)
		_exit(9);
	else if (pthread_create(&thread, NULL, go_round, NULL) != 0)
		abort();
}
