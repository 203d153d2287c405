/* SPDX-License-Identifier: MIT */
/* Handlers that leave last words for their report: how they fell, what they used, how far they had come. */
#include <pkstore/pkstore.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Reads where nothing is; the compiler is not to know. */
static int fall(int *volatile where)
{
	return *where;
}

PKS_PROCESS(fall_with_last_words)
{
	pks_progress(self, "%d of %d", 1, 3);
	pks_progress(self, "%d of %d", 2, 3);
	printf("first line\nlast line\n");
	return fall((int *)16);
}

static int overflow(volatile char *above);

/* Which function that is no compiler knows, and none says that it has no end. */
static int (*volatile deeper)(volatile char *above) = overflow;

/* What is called without end, on a stack that has one. */
static int overflow(volatile char *above)
{
	volatile char room[4096];

	room[0] = *above;
	return room[0] + deeper(room) + room[1];
}

PKS_PROCESS(overflow_stack)
{
	char first = 0;

	return overflow(&first);
}

static void leave(int number)
{
	_exit(9);
}

PKS_PROCESS(catch_its_own_fall)
{
	signal(SIGSEGV, leave);
	return fall((int *)16);
}

/* A child of the handler falls; the handler does not. */
PKS_PROCESS(child_falls)
{
	pid_t child = fork();

	if (child == 0)
		_exit(fall((int *)16));
	return waitpid(child, NULL, 0) == child ? kill(getpid(), SIGKILL) : 1;
}

/* Uses some CPU time, and goes on until somebody kills it. */
static void burn(double seconds)
{
	struct timespec now;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < seconds);
}

/* So many milliseconds in all of the worker's life. */
PKS_PROCESS(burn_cpu)
{
	int ms = 0, r = pks_process_argsf(self, "[i]", &ms);

	burn(ms / 1000.0);
	return r;
}

PKS_PROCESS(burn_cpu_and_abort)
{
	int ms = 0;

	pks_process_argsf(self, "[i]", &ms);
	burn(ms / 1000.0);
	abort();
}

/* So many words of progress. */
PKS_PROCESS(say)
{
	int words = 0, r = pks_process_argsf(self, "[i]", &words);

	for (int i = 1; i <= words && r == 0; i++)
		r = pks_progress(self, "%d", i);
	return r;
}

/* Its first word is in no transaction, the second one in one that is undone. */
PKS_PROCESS(say_in_transaction)
{
	struct pks_store *store = pks_object_store(self);
	int r = pks_begin(store);

	if (r == 0)
		r = pks_progress(self, "%s", "inside");
	if (r == 0)
		r = pks_abort(store);
	return r;
}

/* ---- the environment ---- */

/* Sets a hundred variables, whose names begin with its argument: more than any array of them has room for. */
PKS_PROCESS(fill_environment)
{
	char *beginning, name[32];
	int r = pks_process_argsf(self, "[s]", &beginning);

	for (int i = 0; r == 0 && i < 100; i++) {
		snprintf(name, sizeof(name), "%s%d", beginning, i);
		r = setenv(name, "set", 1);
	}
	free(beginning);
	return r;
}

/* How many there are whose names begin so. */
PKS_PROCESS(count_variables)
{
	int count = 0, r;
	char *beginning;

	r = pks_process_argsf(self, "[s]", &beginning);
	for (char **at = environ; r == 0 && *at; at++)
		count += strncmp(*at, beginning, strlen(beginning)) == 0;
	free(beginning);
	return r == 0 ? pks_return(self, "i", count) : r;
}
