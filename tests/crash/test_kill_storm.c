/* SPDX-License-Identifier: MIT */
/*
 * Short-lived processes that open, commit and close, killed at random: the moment at which LMDB's first opener could
 * lose what others committed. Each commit adds 1 to a sum, and is counted in memory that outlives its process once it
 * is acknowledged: the sum in the store may be ahead of that by one for each process killed in between, and never
 * behind.
 */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 4

/* What one of them commits before it closes. */
#define COMMITS 3

/* The longest time between the kills of one of them, in nanoseconds: some live to their end, most do not. */
#define LIFE_NS 400000

struct counts {
	atomic_llong acknowledged;
	atomic_int failed;
};

static char *path;
static struct counts *counts;

static int live_shortly(void *unused)
{
	struct pks_store *store = pks_store_open(path, NULL);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	int r = 0;

	(void)unused;
	for (int i = 0; i < COMMITS && r == 0; i++) {
		r = pks_dict_add(dict, "sum", 1, NULL);
		if (r == 0)
			atomic_fetch_add(&counts->acknowledged, 1);
	}
	if (r != 0) {
		fprintf(stderr, "%s\n", pks_error_message());
		atomic_fetch_add(&counts->failed, 1);
	}
	pks_store_close(store);
	return r != 0;
}

static long long sum(void)
{
	struct pks_store *store = pks_store_open(path, NULL);
	int64_t number = 0;

	cr_assert_not_null(store, "%s", pks_error_message());
	pks_dict_getf(pks_dict_open(store, "d", PKS_OPEN_OR_CREATE), "sum", "I", &number);
	pks_store_close(store);
	return number;
}

/* Not to wait for something, but to kill at just any moment. */
static void some_time(unsigned *seed)
{
	struct timespec time = {0, rand_r(seed) % LIFE_NS / PROCESSES};

	nanosleep(&time, NULL);
}

/* How many were killed. */
static int storm(int kills, unsigned *seed)
{
	pid_t pids[PROCESSES] = {0};
	int killed = 0;

	for (int i = 0; i < kills; i++) {
		pid_t *pid = &pids[rand_r(seed) % PROCESSES];

		some_time(seed);
		if (*pid > 0) {
			kill(*pid, SIGKILL);
			killed += child_wait(*pid) == -SIGKILL;
		}
		*pid = child_start(live_shortly, NULL);
	}
	for (int i = 0; i < PROCESSES; i++)
		if (pids[i] > 0)
			child_wait(pids[i]);
	return killed;
}

static void expect_nothing_lost(int killed)
{
	long long acknowledged = atomic_load(&counts->acknowledged), stored = sum();

	cr_expect_geq(stored, acknowledged, "%lld commits were acknowledged, %lld are there", acknowledged, stored);
	cr_expect_leq(stored, acknowledged + killed, "%lld commits were acknowledged, %lld are there", acknowledged,
	              stored);
	cr_expect_eq(atomic_load(&counts->failed), 0);
}

Test(kill_storm, no_commit_is_lost_when_openers_are_killed)
{
	unsigned seed = (unsigned)time(NULL);
	int killed = 0;

	path = scratch_dir("kill_storm");
	counts = child_shared(sizeof(*counts));
	for (int round = 0; round < (scratch_long() ? 100 : 2); round++) {
		killed += storm(2000, &seed);
		expect_nothing_lost(killed);
	}
	cr_expect_gt(killed, 0, "seed %u", seed);
}

/* In what is not there, and in turn in an empty directory. */
Test(kill_storm, creators_that_are_killed_leave_nothing_or_a_store)
{
	unsigned seed = (unsigned)time(NULL);

	counts = child_shared(sizeof(*counts));
	for (int round = 0; round < (scratch_long() ? 1000 : 50); round++) {
		const char *top = scratch_dir("killed_creators");
		int killed;

		path = scratch_path(top, "store");
		cr_assert_eq(mkdir(top, 0700), 0);
		if (round % 2 > 0)
			cr_assert_eq(mkdir(path, 0700), 0);
		atomic_store(&counts->acknowledged, 0);
		killed = storm(8, &seed);
		expect_nothing_lost(killed);
		cr_expect_neq(access(scratch_path(path, "pkstore.json.new"), F_OK), 0);
	}
}
