/* SPDX-License-Identifier: MIT */
/* Processes against pipes and plain LMDB; and what a process and a worker take. */
#include "bench.h"
#include "memory.h"
#include "pipeline.h"

#include <pkstore/pkstore.h>

#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* One after the other. */
#define ROUND_TRIPS 500
/* As many at once as are started. */
#define PROCESSES 2000
/* What a process that has ended may take in the store, in bytes. */
#define PROCESS_BYTES 500

PKS_PROCESS(nothing)
{
	return 0;
}

struct pool {
	struct pks_store *store;
	unsigned workers;
	struct pks_object *processes[PROCESSES];
};

static void create(struct pool *pool, unsigned count)
{
	BENCH_MUST(pks_begin(pool->store));
	for (unsigned i = 0; i < count; i++) {
		pool->processes[i] = pks_process_new(pool->store, NULL, "nothing");
		BENCH_MUST(!pool->processes[i]);
	}
	BENCH_MUST(pks_commit(pool->store));
}

static void close_all(struct pool *pool, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		pks_object_close(pool->processes[i]);
}

static void clean(struct pool *pool, unsigned count)
{
	uint64_t cleaned;

	close_all(pool, count);
	BENCH_MUST(pks_process_clean(pool->store, 0, &cleaned));
	BENCH_MUST(cleaned != count);
}

static double ours_round_trip(void *arg)
{
	struct pool *pool = arg;
	int64_t start;

	create(pool, ROUND_TRIPS);
	start = bench_now();
	for (unsigned i = 0; i < ROUND_TRIPS; i++) {
		BENCH_MUST(pks_process_start(pool->processes[i]));
		BENCH_MUST(pks_process_join(pool->processes[i], -1));
	}
	start = bench_now() - start;
	clean(pool, ROUND_TRIPS);
	return (double)start / ROUND_TRIPS;
}

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

static double ping_pong(bool apart)
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

/* Wherever the scheduler puts the two: on one CPU in some runs and on two in others, which differ tenfold. */
static double pipe_round_trip(void *arg)
{
	return ping_pong(false);
}

/* On a CPU each, as a starter and a worker are. */
static double pipe_round_trip_apart(void *arg)
{
	return ping_pong(true);
}

static double run_all(struct pool *pool)
{
	int64_t start = bench_now();

	for (unsigned i = 0; i < PROCESSES; i++)
		BENCH_MUST(pks_process_start(pool->processes[i]));
	for (unsigned i = 0; i < PROCESSES; i++)
		BENCH_MUST(pks_process_join(pool->processes[i], -1));
	return (double)(bench_now() - start) / PROCESSES;
}

static double ours_throughput(void *arg)
{
	struct pool *pool = arg;
	double time;

	create(pool, PROCESSES);
	time = run_all(pool);
	clean(pool, PROCESSES);
	return time;
}

static double raw_throughput(void *arg)
{
	struct pool *pool = arg;

	return pipeline_run(pool->workers, PROCESSES, false);
}

static double raw_round_trip(void *arg)
{
	struct pool *pool = arg;

	return pipeline_run(pool->workers, ROUND_TRIPS, true);
}

static void sizes(struct pool *pool)
{
	struct pks_pool_status status;
	struct pks_store_stat before, after;
	struct memory memory;

	BENCH_MUST(pks_store_stat(pool->store, &before));
	create(pool, PROCESSES);
	run_all(pool);
	BENCH_MUST(pks_store_stat(pool->store, &after));
	close_all(pool, PROCESSES);
	bench_bytes("bytes stored per finished process", (double)(after.used - before.used) / PROCESSES, 0, AT_MOST,
	            PROCESS_BYTES);

	BENCH_MUST(pks_pool_status(pool->store, NULL, &status));
	BENCH_MUST(memory_of_children(status.supervisor_pid, &memory));
	bench_bytes("memory per worker, proportional (Pss)", (double)memory.pss / memory.processes, 0, AT_MOST, 0);
	bench_bytes("memory per worker, its own (Private)", (double)memory.private / memory.processes, 0, AT_MOST, 0);
}

int main(void)
{
	static struct pool pool;

	pks_worker_main();
	pool.store = pks_store_open(bench_path("store"), NULL);
	BENCH_MUST(!pool.store || pks_pool_size(pool.store, NULL, &pool.workers));
	bench_head();
	bench_run(&(struct bench){"process, start to result (control: a pipe)", ours_round_trip, pipe_round_trip, &pool,
	                          AT_MOST, 2.5});
	bench_run(&(struct bench){"process, start to result (a pipe, 2 CPUs)", ours_round_trip, pipe_round_trip_apart,
	                          &pool, AT_MOST, 0});
	bench_run(&(struct bench){"process, start to result (control: raw puts)", ours_round_trip, raw_round_trip,
	                          &pool, AT_MOST, 0});
	bench_run(&(struct bench){"process, one commit each (control: raw puts)", ours_throughput, raw_throughput,
	                          &pool, AT_LEAST, 0.7});
	sizes(&pool);
	BENCH_MUST(pks_killall(pool.store));
	pks_store_close(pool.store);
	return 0;
}
