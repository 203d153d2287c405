/* SPDX-License-Identifier: MIT */
/*
 * Pools under what breaks pools elsewhere: workers replaced all the time, callers with many threads, and killing while
 * everything about them changes. Numbers are those of TRAPS.md in the long form ($PKS_LONG=1).
 */
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(pool_storm, .init = runtime_begin, .fini = runtime_end, .timeout = 3600);

static int start_many(struct pks_store *store, void *arg)
{
	int count = *(int *)arg, r = 0;

	for (int i = 0; i < count && r == 0; i++) {
		struct pks_object *process = pks_process_new(store, NULL, "handlers:nothing");

		r = process ? pks_process_start(process) : pks_error_code();
		pks_object_close(process);
	}
	return r;
}

static uint64_t count_of(int statuses)
{
	struct pks_process_table *table = pks_process_table_open(runtime_store, statuses);
	struct pks_process_info info;
	uint64_t count = 0;

	cr_assert(table, "%s", pks_error_message());
	while (pks_process_table_next(table, &info, NULL) == 0)
		count++;
	pks_process_table_close(table);
	return count;
}

/* Waits for the one that is not done yet, again and again: who hangs is told by the patience of one wait. */
static void await_all(void)
{
	struct pks_process_table *table = pks_process_table_open(runtime_store, PKS_SUBMITTED | PKS_RUNNING);
	struct pks_process_info info;

	cr_assert(table, "%s", pks_error_message());
	while (pks_process_table_next(table, &info, NULL) == 0) {
		struct pks_object *process = pks_process_open(runtime_store, info.name);

		cr_assert(process, "%s", pks_error_message());
		runtime_join(process);
		pks_object_close(process);
	}
	pks_process_table_close(table);
}

/* ---- replacing workers all the time ---- */

static void run_with(unsigned processes_each, unsigned workers, int processes)
{
	uint64_t cleaned;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, workers), 0);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "max_processes", "i", (int)processes_each), 0, "%s",
		     pks_error_message());
	cr_assert_eq(pks_atomically(runtime_store, start_many, &processes), 0, "%s", pks_error_message());
	await_all();
	cr_assert_eq(count_of(PKS_FINISHED), (uint64_t)processes, "%u each, %u workers", processes_each, workers);
	cr_assert_eq(pks_process_clean(runtime_store, 0, &cleaned), 0);
}

Test(pool_storm, workers_that_are_replaced_all_the_time_leave_nothing_waiting)
{
	static const unsigned pairs[][2] = {{1, 1}, {1, 8}, {2, 4}, {3, 2}, {5, 1}, {5, 8}};

	if (!scratch_long()) {
		for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
			run_with(pairs[i][0], pairs[i][1], 40);
		return;
	}
	for (unsigned each = 1; each <= 5; each++)
		for (unsigned workers = 1; workers <= 8; workers++)
			run_with(each, workers, 10000);
}

/* ---- callers with many threads ---- */

#define THREADS 32

static struct {
	int each; /* processes that a thread starts */
	atomic_int failures;
} starting;

/* Memory is got and given back all the time: a fork here would copy locks that are held. */
static void *start_and_allocate(void *arg)
{
	for (int i = 0; i < starting.each; i++) {
		void *pieces[16];

		for (size_t n = 0; n < 16; n++)
			pieces[n] = malloc(16 + (size_t)i % 4096 * n);
		starting.failures += start_many(runtime_store, &(int){1}) != 0;
		for (size_t n = 0; n < 16; n++)
			free(pieces[n]);
	}
	return NULL;
}

static void expect_executed(void)
{
	char link[64], path[PKS_STORE_PATH_SIZE];
	pid_t pids[64];
	size_t count = runtime_workers(pids, 64);

	cr_assert_gt(count, 0);
	for (size_t i = 0; i < count; i++) {
		ssize_t size;

		snprintf(link, sizeof(link), "/proc/%d/exe", pids[i]);
		size = readlink(link, path, sizeof(path) - 1);
		path[size < 0 ? 0 : size] = '\0';
		cr_assert(size < 0 || strstr(path, "/pkstore-worker"), "%s", path);
	}
}

Test(pool_storm, threads_that_allocate_may_start_processes)
{
	pthread_t threads[THREADS];
	int total = scratch_long() ? 10000 : 1600;

	starting.each = total / THREADS;
	total = starting.each * THREADS;
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, start_and_allocate, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_assert_eq(starting.failures, 0);
	await_all();
	expect_executed();
	cr_assert_eq(count_of(PKS_FINISHED), (uint64_t)total);
}

/* ---- killing while all changes ---- */

#define POOLS 3

static const char *const names[POOLS] = {"default", "mail", "a much longer name for a pool"};

/*
 * What must hold whoever is killed when: each process ends once, having run at most once, and exactly once if it
 * finished; each stands in the index where its state says; and a pool that is not paused runs what is submitted to it.
 */
static void change_one(unsigned *seed)
{
	const char *name = names[rand_r(seed) % POOLS];
	int r = 0;

	switch (rand_r(seed) % 5) {
	case 0:
		r = pks_pool_set_size(runtime_store, name, 1 + (unsigned)rand_r(seed) % 4);
		break;
	case 1:
		r = pks_pool_pause(runtime_store, name);
		break;
	case 2:
		r = pks_pool_resume(runtime_store, name);
		break;
	case 3:
		r = pks_pool_setf(runtime_store, name, "max_processes", "i", 1 + rand_r(seed) % 5);
		break;
	case 4:
		r = pks_pool_setf(runtime_store, name, "env", "{s:s}", "ROUND", rand_r(seed) % 2 ? "odd" : "even");
		break;
	}
	cr_assert_eq(r, 0, "%s", pks_error_message());
}

static void expect_once(struct pks_object *process, struct pks_object *log)
{
	struct pks_process_info info;
	int runs;

	cr_assert_eq(pks_process_info(process, &info), 0);
	runs = runtime_count(log, info.name);
	if (info.status == PKS_FINISHED)
		cr_assert_eq(runs, 1, "finished, and ran %d times", runs);
	else
		cr_assert(info.status == PKS_CRASHED && runs <= 1, "%s, and ran %d times",
			  pks_status_name((int)info.status), runs);
}

Test(pool_storm, killed_while_all_changes_nothing_is_lost_and_nothing_runs_twice)
{
	int rounds = scratch_long() ? 2000 : 100;
	struct pks_object **processes = calloc((size_t)rounds, sizeof(struct pks_object *));
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE);
	unsigned seed = 7;

	for (int i = 0; i < rounds; i++) {
		processes[i] = runtime_new("handlers:append");
		pks_dict_setf(processes[i], "log", "o", log);
		cr_assert_eq(pks_process_set_pool(processes[i], names[rand_r(&seed) % POOLS]), 0);
		cr_assert_eq(pks_process_start(processes[i]), 0, "%s", pks_error_message());
		change_one(&seed);
		runtime_kill_one(&seed);
	}
	for (int i = 0; i < POOLS; i++)
		cr_assert_eq(pks_pool_resume(runtime_store, names[i]), 0);
	for (int i = 0; i < rounds; i++) {
		runtime_join(processes[i]);
		expect_once(processes[i], log);
	}
	cr_assert_eq(runtime_expect_index_right(), (uint64_t)rounds);
	free(processes);
}
