/* SPDX-License-Identifier: MIT */
/*
 * Processes against pipes, plain LMDB, and what Python and fork() take for the same; and what a process and a worker
 * take of memory.
 */
#include "bench.h"
#include "memory.h"
#include "peer.h"
#include "ping_pong.h"
#include "pipeline.h"

#include <pkstore/pkstore.h>

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* One after the other. */
#define ROUND_TRIPS 500
/* As many at once as are started. */
#define PROCESSES 2000
/* Starts in one commit, and what a worker of the raw pipeline claims then at a time. */
#define TOGETHER 1000
#define RAW_CLAIM 32
/* What a process that has ended may take in the store, in bytes. */
#define PROCESS_BYTES 500
/* And a worker of resident memory. */
#define WORKER_BYTES (4 << 20)

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

static void clean(struct pool *pool, unsigned count)
{
	uint64_t cleaned;

	for (unsigned i = 0; i < count; i++)
		pks_object_close(pool->processes[i]);
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

static double pipe_round_trip(void *arg)
{
	return ping_pong(false);
}

static double pipe_round_trip_apart(void *arg)
{
	return ping_pong(true);
}

/* `together` of them in each commit. */
static double run_all(struct pool *pool, unsigned together)
{
	int64_t start = bench_now();

	for (unsigned i = 0; i < PROCESSES; i += together) {
		BENCH_MUST(pks_begin(pool->store));
		for (unsigned j = i; j < i + together; j++)
			BENCH_MUST(pks_process_start(pool->processes[j]));
		BENCH_MUST(pks_commit(pool->store));
	}
	for (unsigned i = 0; i < PROCESSES; i++)
		BENCH_MUST(pks_process_join(pool->processes[i], -1));
	return (double)(bench_now() - start) / PROCESSES;
}

static double throughput(struct pool *pool, unsigned together)
{
	double time;

	create(pool, PROCESSES);
	time = run_all(pool, together);
	clean(pool, PROCESSES);
	return time;
}

static double ours_one_each(void *arg)
{
	return throughput(arg, 1);
}

static double ours_together(void *arg)
{
	return throughput(arg, TOGETHER);
}

static double raw_one_each(void *arg)
{
	const struct pool *pool = arg;

	return pipeline_run(&(struct pipeline){.workers = pool->workers, .items = PROCESSES, .submit = 1, .claim = 1});
}

static double raw_together(void *arg)
{
	const struct pool *pool = arg;

	return pipeline_run(&(struct pipeline){
	    .workers = pool->workers, .items = PROCESSES, .submit = TOGETHER, .claim = RAW_CLAIM});
}

static double raw_round_trip(void *arg)
{
	const struct pool *pool = arg;

	return pipeline_run(&(struct pipeline){
	    .workers = pool->workers, .items = ROUND_TRIPS, .submit = 1, .claim = 1, .one_by_one = true});
}

/* ---- peers ---- */

static double python(const struct pool *pool, const char *measurement, unsigned count)
{
	return peer_run(&(struct peer){measurement, pool->workers, count});
}

static double pool_apply(void *arg)
{
	return python(arg, "apply", ROUND_TRIPS);
}

static double pool_apply_async(void *arg)
{
	return python(arg, "apply_async", PROCESSES);
}

static double pool_map(void *arg)
{
	return python(arg, "map_one", PROCESSES);
}

static double executor(void *arg)
{
	return python(arg, "executor", PROCESSES);
}

static double fork_and_wait(void *arg)
{
	int64_t start = bench_now();

	for (unsigned i = 0; i < ROUND_TRIPS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		BENCH_MUST(waitpid(pid, NULL, 0) != pid);
	}
	return (double)(bench_now() - start) / ROUND_TRIPS;
}

/* ---- the table ---- */

static void sizes(struct pool *pool)
{
	struct pks_pool_status status;
	struct pks_store_stat before, after;
	struct memory memory;

	BENCH_MUST(pks_store_stat(pool->store, &before));
	create(pool, PROCESSES);
	run_all(pool, TOGETHER);
	BENCH_MUST(pks_store_stat(pool->store, &after));
	clean(pool, PROCESSES);
	bench_bytes("bytes stored per finished process", (double)(after.used - before.used) / PROCESSES, 0, AT_MOST,
	            PROCESS_BYTES);

	BENCH_MUST(pks_pool_status(pool->store, NULL, &status));
	BENCH_MUST(memory_of_children(status.supervisor_pid, &memory));
	bench_bytes("memory per worker, proportional (Pss)", (double)memory.pss / memory.processes, 0, AT_MOST, 0);
	bench_bytes("memory per worker, its own (Private)", (double)memory.private / memory.processes, 0, AT_MOST, 0);
	bench_bytes("memory per worker, resident", (double)memory.resident / memory.processes, 0, AT_MOST,
	            WORKER_BYTES);
}

static void round_trips(struct pool *pool)
{
	static const struct {
		const char *name;
		double (*control)(void *arg);
		double goal;
	} rows[] = {
		{"process, start to result (a pipe)", pipe_round_trip, 2},
		{"  (a pipe between 2 CPUs)", pipe_round_trip_apart, 2},
		{"  (raw puts)", raw_round_trip, 0},
		{"  (Pool.apply)", pool_apply, 1},
		{"  (fork and wait)", fork_and_wait, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		bench_run(&(struct bench){rows[i].name, ours_round_trip, rows[i].control, pool, AT_MOST, rows[i].goal});
}

static void throughputs(struct pool *pool, unsigned workers)
{
	static const struct {
		const char *name;
		double (*ours)(void *arg), (*control)(void *arg);
		double goal;
	} rows[] = {
		{"one commit each (raw puts)", ours_one_each, raw_one_each, 0.7},
		{"  (Pool.apply_async)", ours_one_each, pool_apply_async, 1},
		{"  (ProcessPoolExecutor)", ours_one_each, executor, 0},
		{"1000 in a commit (raw puts, batches)", ours_together, raw_together, 0.5},
		{"  (Pool.map, chunksize=1)", ours_together, pool_map, 2},
	};
	char name[64];

	pool->workers = workers;
	BENCH_MUST(pks_pool_set_size(pool->store, NULL, workers));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(name, sizeof(name), "%u workers, %s", workers, rows[i].name);
		bench_run(&(struct bench){name, rows[i].ours, rows[i].control, pool, AT_LEAST, rows[i].goal});
	}
}

int main(void)
{
	static struct pool pool;

	pks_worker_main();
	pool.store = pks_store_open(bench_path("store"), NULL);
	BENCH_MUST(!pool.store || pks_pool_size(pool.store, NULL, &pool.workers));
	bench_head();
	round_trips(&pool);
	sizes(&pool);
	for (unsigned workers = 1; workers <= 8; workers *= 2)
		throughputs(&pool, workers);
	BENCH_MUST(pks_killall(pool.store));
	pks_store_close(pool.store);
	return 0;
}
