/* SPDX-License-Identifier: MIT */
/* A shared Dict against what people share dicts with today: a Manager's dict of Python's, and Redis. */
#include "bench.h"
#include "peer.h"
#include "redis.h"

#include <pkstore/pkstore.h>

#include <stdio.h>

#define KEYS 1000
#define COUNT 5000

struct shared {
	struct pks_object *dict;
	struct pks_value value;
	struct redis redis;
	struct peer peer;
};

static void key_of(unsigned i, char key[16])
{
	snprintf(key, 16, "key-%07u", i % KEYS);
}

/* Calls each() for COUNT keys: nanoseconds per call. */
static double repeat(struct shared *shared, void (*each)(struct shared *shared, const char *key))
{
	int64_t start = bench_now();
	char key[16];

	for (unsigned i = 0; i < COUNT; i++) {
		key_of(i, key);
		each(shared, key);
	}
	return (double)(bench_now() - start) / COUNT;
}

static void set_one(struct shared *shared, const char *key)
{
	BENCH_MUST(pks_dict_set(shared->dict, key, &shared->value));
}

static void get_one(struct shared *shared, const char *key)
{
	struct pks_value value;

	BENCH_MUST(pks_dict_get(shared->dict, key, &value));
	pks_value_clear(&value);
}

static void redis_set_one(struct shared *shared, const char *key)
{
	redis_set(&shared->redis, key, shared->value.data, shared->value.size);
}

static void redis_get_one(struct shared *shared, const char *key)
{
	redis_get(&shared->redis, key);
}

static double ours_set(void *arg)
{
	return repeat(arg, set_one);
}

static double ours_get(void *arg)
{
	return repeat(arg, get_one);
}

/* As a program that has several things to say does it. */
static double ours_set_together(void *arg)
{
	struct shared *shared = arg;
	double time;

	BENCH_MUST(pks_begin(pks_object_store(shared->dict)));
	time = repeat(shared, set_one);
	BENCH_MUST(pks_commit(pks_object_store(shared->dict)));
	return time;
}

static double redis_sets(void *arg)
{
	return repeat(arg, redis_set_one);
}

static double redis_gets(void *arg)
{
	return repeat(arg, redis_get_one);
}

static double peer(void *arg)
{
	return peer_run(&((struct shared *)arg)->peer);
}

static void against_manager(struct shared *shared)
{
	shared->peer = (struct peer){"manager_get", 1, COUNT};
	bench_run(&(struct bench){"dict get (Manager().dict())", ours_get, peer, shared, AT_LEAST, 20});
	shared->peer.measurement = "manager_set";
	bench_run(&(struct bench){"dict set, one commit each (likewise)", ours_set, peer, shared, AT_LEAST, 20});
	bench_run(&(struct bench){"dict set, in one commit (likewise)", ours_set_together, peer, shared, AT_LEAST, 20});
}

static void against_redis(struct shared *shared)
{
	if (redis_start(&shared->redis) < 0) {
		puts("redis-server is not there: its rows are left out");
		return;
	}
	redis_sets(shared);
	bench_run(&(struct bench){"dict get (Redis, Unix socket)", ours_get, redis_gets, shared, AT_LEAST, 1});
	bench_run(&(struct bench){"dict set, one commit each (likewise)", ours_set, redis_sets, shared, AT_LEAST, 1});
	redis_stop(&shared->redis);
}

int main(void)
{
	struct pks_store *store = pks_store_open(bench_path("store"), NULL);
	struct shared shared = {.dict = pks_dict_open(store, "bench/dict", PKS_MUST_CREATE)};

	BENCH_MUST(!shared.dict || pks_value_pack(&shared.value, "s", "sixteen bytes ok"));
	ours_set(&shared);
	bench_head();
	against_manager(&shared);
	against_redis(&shared);
	pks_value_clear(&shared.value);
	pks_store_close(store);
	return 0;
}
