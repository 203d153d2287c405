/* SPDX-License-Identifier: MIT */
/*
 * Writers that grow a small map together, killed at random. Whatever each of them had been told is stored must be there
 * and whole; what it was about to store is there and whole, or not at all.
 */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WRITERS 8

/* The map's first size, and what they fill it with before they end: both in bytes. */
#define MAP_SIZE ((uint64_t)1 << 20)
#define FILL_SHORT ((size_t)64 << 20)
#define FILL_LONG ((size_t)1 << 30)

#define VALUE_MAX 20000

static char *path;
static atomic_llong *acknowledged; /* per writer: how many of its values are stored */
static size_t fill;

/* Any value is told by its writer and its number: its size, and each of its bytes. */
static size_t make_value(int writer, long long number, uint8_t value[VALUE_MAX])
{
	unsigned seed = (unsigned)(writer * 1000003 + number);
	size_t size = 1 + (size_t)rand_r(&seed) % (VALUE_MAX - 1);

	for (size_t i = 0; i < size; i++)
		value[i] = (uint8_t)(seed = seed * 1664525 + 1013904223, seed >> 24);
	return size;
}

static void key_of(int writer, long long number, char key[32])
{
	snprintf(key, 32, "%d/%06lld", writer, number);
}

/* An average of VALUE_MAX / 2 each. */
static long long share(void)
{
	return (long long)(fill / WRITERS / (VALUE_MAX / 2));
}

static int write_share(void *arg)
{
	static uint8_t value[VALUE_MAX];
	int writer = *(int *)arg;
	struct pks_store *store = pks_store_open(path, NULL);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_MUST_EXIST);
	char key[32];

	for (long long number = atomic_load(&acknowledged[writer]); number < share(); number++) {
		size_t size = make_value(writer, number, value);

		key_of(writer, number, key);
		if (pks_dict_setf(dict, key, "y", value, size) != 0) {
			fprintf(stderr, "%s: %s\n", key, pks_error_message());
			return 1;
		}
		atomic_store(&acknowledged[writer], number + 1);
	}
	pks_store_close(store);
	return 0;
}

static bool is_whole(struct pks_object *dict, int writer, long long number)
{
	static uint8_t expected[VALUE_MAX];
	struct pks_value value;
	const void *bytes = NULL;
	size_t size = 0;
	char key[32];
	bool whole;

	key_of(writer, number, key);
	if (pks_dict_get(dict, key, &value) != 0)
		return false;
	whole = pks_value_bytes(&value, &bytes, &size) == 0 && size == make_value(writer, number, expected) &&
	        memcmp(bytes, expected, size) == 0;
	pks_value_clear(&value);
	return whole;
}

static void expect_whole(struct pks_object *dict)
{
	uint64_t count = 0, told = 0;

	for (int writer = 0; writer < WRITERS; writer++) {
		long long values = atomic_load(&acknowledged[writer]);

		told += (uint64_t)values;
		for (long long number = 0; number < values; number++)
			cr_expect(is_whole(dict, writer, number), "%d/%lld", writer, number);
	}
	cr_expect_eq(pks_dict_count(dict, &count), 0);
	cr_expect_geq(count, told);
	cr_expect_leq(count, told + WRITERS);
}

static bool done(void)
{
	for (int writer = 0; writer < WRITERS; writer++)
		if (atomic_load(&acknowledged[writer]) < share())
			return false;
	return true;
}

/* Not to wait for something, but to kill at just any moment. */
static void some_time(unsigned *seed)
{
	struct timespec time = {0, rand_r(seed) % 4000000};

	nanosleep(&time, NULL);
}

Test(growth, what_killed_writers_stored_in_a_growing_map_is_whole)
{
	struct pks_store_options options = {.map_size = MAP_SIZE};
	unsigned seed = (unsigned)time(NULL);
	pid_t pids[WRITERS];
	int numbers[WRITERS], kills = 0;
	struct pks_store_stat stat;
	struct pks_store *store;
	struct pks_object *dict;

	unsetenv("PKSTORE_MAP_SIZE");
	fill = scratch_long() ? FILL_LONG : FILL_SHORT;
	path = scratch_dir("growth");
	acknowledged = child_shared(WRITERS * sizeof(*acknowledged));
	store = pks_store_open(path, &options);
	cr_assert_not_null(store, "%s", pks_error_message());
	dict = pks_dict_open(store, "d", PKS_MUST_CREATE);
	for (int i = 0; i < WRITERS; i++) {
		numbers[i] = i;
		pids[i] = child_start(write_share, &numbers[i]);
	}
	while (!done()) {
		int victim = rand_r(&seed) % WRITERS, status;

		some_time(&seed);
		kill(pids[victim], SIGKILL);
		status = child_wait(pids[victim]);
		cr_assert(status == 0 || status == -SIGKILL, "writer %d: %d (seed %u)", victim, status, seed);
		kills += status == -SIGKILL;
		pids[victim] = child_start(write_share, &numbers[victim]);
	}
	for (int i = 0; i < WRITERS; i++)
		cr_expect_eq(child_wait(pids[i]), 0);
	expect_whole(dict);
	cr_expect_gt(kills, 10);
	cr_expect_eq(pks_store_stat(store, &stat), 0, "%s", pks_error_message());
	cr_expect_geq(stat.used, fill / 2);
	cr_expect_geq(stat.map_size, stat.file);
	pks_store_close(store);
}
