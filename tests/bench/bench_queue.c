/* SPDX-License-Identifier: MIT */
/*
 * Queues against pipes, Python's multiprocessing.Queue, and plain LMDB. An item is 100 bytes. Who takes part in a
 * repetition is started before the clock is.
 */
#include "bench.h"
#include "peer.h"
#include "raw.h"

#include <pkstore/pkstore.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEM_SIZE 100
#define ROUND_TRIPS 2000
#define WORKERS 2 /* producers, and as many consumers */
#define ITEMS 40000
/* What a program that has much to hand over does in one call. */
#define TOGETHER 64
#define SINGLE 5000

struct queues {
	const char *path;
	struct raw raw;
	struct peer round_trip, throughput;
	size_t together;        /* items in a call */
	int ready[2], begin[2]; /* pipes: children are ready, and may begin */
};

static struct pks_value item_of(void)
{
	static const char bytes[ITEM_SIZE];
	struct pks_value value;

	BENCH_MUST(pks_value_pack(&value, "y", bytes, sizeof(bytes)));
	return value;
}

/* ---- children ---- */

struct opened {
	struct pks_store *store;
	struct pks_object *there, *back;
};

static struct opened open_both(const char *path)
{
	struct opened opened = {.store = pks_store_open(path, NULL)};

	opened.there = pks_queue_open(opened.store, "bench/there", 0, PKS_OPEN_OR_CREATE);
	opened.back = pks_queue_open(opened.store, "bench/back", 0, PKS_OPEN_OR_CREATE);
	if (!opened.back)
		bench_die("pks_queue_open");
	return opened;
}

static pid_t start(int (*fn)(struct queues *queues), struct queues *queues)
{
	pid_t pid = fork();

	if (pid < 0)
		bench_die("fork");
	if (pid == 0)
		_exit(fn(queues));
	return pid;
}

static void end(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		bench_die("a child");
}

/* ---- round trips ---- */

static int echo(struct queues *queues)
{
	struct opened opened = open_both(queues->path);
	struct pks_value item = {0};

	for (int i = 0; i <= ROUND_TRIPS; i++) {
		BENCH_MUST(pks_queue_get(opened.there, -1, &item));
		BENCH_MUST(pks_queue_put(opened.back, &item, -1));
		pks_value_clear(&item);
	}
	pks_store_close(opened.store);
	return 0;
}

static void round_trip(const struct opened *opened, const struct pks_value *item)
{
	struct pks_value back = {0};

	BENCH_MUST(pks_queue_put(opened->there, item, -1));
	BENCH_MUST(pks_queue_get(opened->back, -1, &back));
	pks_value_clear(&back);
}

static double ours_round_trip(void *arg)
{
	struct queues *queues = arg;
	pid_t child = start(echo, queues);
	struct opened opened = open_both(queues->path);
	struct pks_value item = item_of();
	int64_t begin;

	round_trip(&opened, &item);
	begin = bench_now();
	for (int i = 0; i < ROUND_TRIPS; i++)
		round_trip(&opened, &item);
	begin = bench_now() - begin;
	end(child);
	pks_value_clear(&item);
	pks_store_close(opened.store);
	return (double)begin / ROUND_TRIPS;
}

static void move(int from, int to)
{
	char bytes[ITEM_SIZE] = {0};

	if (from >= 0)
		BENCH_MUST(read(from, bytes, sizeof(bytes)) != sizeof(bytes));
	if (to >= 0)
		BENCH_MUST(write(to, bytes, sizeof(bytes)) != sizeof(bytes));
}

static double pipe_round_trip(void *arg)
{
	int there[2], back[2];
	int64_t begin;
	pid_t child;

	BENCH_MUST(pipe(there) || pipe(back));
	child = fork();
	if (child == 0) {
		for (int i = 0; i <= ROUND_TRIPS; i++)
			move(there[0], back[1]);
		_exit(0);
	}
	move(-1, there[1]);
	move(back[0], -1);
	begin = bench_now();
	for (int i = 0; i < ROUND_TRIPS; i++) {
		move(-1, there[1]);
		move(back[0], -1);
	}
	begin = bench_now() - begin;
	end(child);
	for (int i = 0; i < 2; i++)
		close(there[i]), close(back[i]);
	return (double)begin / ROUND_TRIPS;
}

static double python_round_trip(void *arg)
{
	return peer_run(&((struct queues *)arg)->round_trip);
}

/* ---- producers and consumers ---- */

static void await(int fd)
{
	char byte;

	BENCH_MUST(read(fd, &byte, 1) != 1);
}

static void await_begin(struct queues *queues)
{
	BENCH_MUST(write(queues->ready[1], "r", 1) != 1);
	await(queues->begin[0]);
}

static int produce(struct queues *queues)
{
	struct opened opened = open_both(queues->path);
	struct pks_value items[TOGETHER];

	for (size_t i = 0; i < TOGETHER; i++)
		items[i] = item_of();
	await_begin(queues);
	for (size_t left = ITEMS / WORKERS, now; left > 0; left -= now) {
		now = left < queues->together ? left : queues->together;
		BENCH_MUST(pks_queue_put_many(opened.there, items, now, -1));
	}
	pks_store_close(opened.store);
	return 0;
}

static int consume(struct queues *queues)
{
	struct opened opened = open_both(queues->path);
	struct pks_value items[TOGETHER];
	size_t got;

	await_begin(queues);
	for (size_t left = ITEMS / WORKERS; left > 0; left -= got) {
		size_t max = left < queues->together ? left : queues->together;

		BENCH_MUST(pks_queue_get_many(opened.there, items, max, -1, &got));
		for (size_t i = 0; i < got; i++)
			pks_value_clear(&items[i]);
	}
	pks_store_close(opened.store);
	return 0;
}

static double ours_throughput(void *arg, size_t together)
{
	struct queues *queues = arg;
	pid_t children[2 * WORKERS];
	int64_t begin;

	queues->together = together;
	for (int i = 0; i < 2 * WORKERS; i++)
		children[i] = start(i < WORKERS ? produce : consume, queues);
	for (int i = 0; i < 2 * WORKERS; i++)
		await(queues->ready[0]);
	begin = bench_now();
	for (int i = 0; i < 2 * WORKERS; i++)
		BENCH_MUST(write(queues->begin[1], "b", 1) != 1);
	for (int i = 0; i < 2 * WORKERS; i++)
		end(children[i]);
	begin = bench_now() - begin;
	return (double)begin / ITEMS;
}

static double ours_single(void *arg)
{
	return ours_throughput(arg, 1);
}

static double ours_together(void *arg)
{
	return ours_throughput(arg, TOGETHER);
}

static double python_throughput(void *arg)
{
	return peer_run(&((struct queues *)arg)->throughput);
}

/* ---- one process alone ---- */

static double ours_put_get(void *arg)
{
	struct queues *queues = arg;
	struct opened opened = open_both(queues->path);
	struct pks_value item = item_of(), got = {0};
	int64_t begin = bench_now();

	for (int i = 0; i < SINGLE; i++) {
		BENCH_MUST(pks_queue_put(opened.there, &item, 0));
		BENCH_MUST(pks_queue_get(opened.there, 0, &got));
		pks_value_clear(&got);
	}
	begin = bench_now() - begin;
	pks_value_clear(&item);
	pks_store_close(opened.store);
	return (double)begin / SINGLE / 2;
}

static double raw_commits(void *arg)
{
	struct queues *queues = arg;
	uint8_t key[8] = {0}, value[ITEM_SIZE] = {0};
	int64_t begin = bench_now();

	for (int i = 0; i < SINGLE; i++) {
		MDB_txn *txn = raw_begin(&queues->raw, true);

		memcpy(value, &i, sizeof(i));
		raw_put(&queues->raw, txn, key, sizeof(key), value, sizeof(value), 0);
		raw_commit(txn);
	}
	return (double)(bench_now() - begin) / SINGLE;
}

int main(void)
{
	struct queues queues = {
		.path = bench_path("queues"),
		.round_trip = {"queue_round_trip", 1, ROUND_TRIPS},
		.throughput = {"queue_throughput", WORKERS, ITEMS},
	};

	BENCH_MUST(pipe(queues.ready) || pipe(queues.begin));
	raw_open(&queues.raw, "raw-queue");
	bench_head();
	bench_run(&(struct bench){"queue put or get, alone (a raw commit)", ours_put_get, raw_commits, &queues, AT_MOST,
	                          0});
	raw_close(&queues.raw);
	bench_run(
		&(struct bench){"queue round trip (a pipe)", ours_round_trip, pipe_round_trip, &queues, AT_MOST, 2.5});
	bench_run(&(struct bench){"queue round trip (mp.Queue)", ours_round_trip, python_round_trip, &queues, AT_MOST,
	                          1});
	bench_run(&(struct bench){"queue 2 to 2, an item a call (mp.Queue)", ours_single, python_throughput, &queues,
	                          AT_LEAST, 3});
	bench_run(&(struct bench){"queue 2 to 2, 64 items a call (mp.Queue)", ours_together, python_throughput, &queues,
	                          AT_LEAST, 3});
	return 0;
}
