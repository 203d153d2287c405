/* SPDX-License-Identifier: MIT */
/*
 * Threads that share a store and its handles, all at once. A plain program rather than a Criterion one, as that does
 * not run under ThreadSanitizer: exits with 0 when everything agrees in the end.
 */
#include <pkstore/pkstore.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 300

static struct pks_store *store;
static struct pks_object *numbers, *events;

#define CHECK(call) check(call, #call)

static void check(int r, const char *call)
{
	if (r >= 0)
		return;
	fprintf(stderr, "%s: %s\n", call, pks_error_message());
	exit(1);
}

static void *write_values(void *arg)
{
	char key[32];

	for (int i = 0; i < ROUNDS; i++) {
		snprintf(key, sizeof(key), "%s-%d", (const char *)arg, i % 20);
		CHECK(pks_dict_setf(numbers, key, "i", i));
		CHECK(pks_dict_add(numbers, "sum", 1, NULL));
		CHECK(pks_log_appendf(events, "[si]", arg, i));
	}
	return NULL;
}

static int move(struct pks_store *in, void *arg)
{
	(void)in;
	(void)arg;
	CHECK(pks_dict_add(numbers, "left", -1, NULL));
	return pks_dict_add(numbers, "right", 1, NULL);
}

static void *run_transactions(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(pks_atomically(store, move, NULL));
		CHECK(pks_begin(store));
		CHECK(pks_dict_setf(numbers, "never", "i", 1));
		CHECK(pks_abort(store));
	}
	return arg;
}

static void *read_snapshots(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct pks_value left = {0}, right = {0};
		int64_t l = 0, r = 0;

		CHECK(pks_snapshot_begin(store));
		if (pks_dict_get(numbers, "left", &left) == 0 && pks_dict_get(numbers, "right", &right) == 0) {
			CHECK(pks_value_int(&left, &l));
			CHECK(pks_value_int(&right, &r));
		}
		CHECK(pks_snapshot_end(store));
		if (l + r != 0 || pks_dict_contains(numbers, "never") == 0) {
			fprintf(stderr, "a snapshot saw half a transaction: %lld, %lld\n", (long long)l, (long long)r);
			exit(1);
		}
	}
	return arg;
}

static void *iterate(void *arg)
{
	for (int i = 0; i < ROUNDS / 10; i++) {
		struct pks_iter *iter = pks_dict_iter(numbers, NULL);
		struct pks_log_iter *log = pks_log_iter(events, -50, INT64_MAX, i % 2);
		const char *key;

		while (pks_iter_next(iter, &key, NULL) == 0)
			;
		while (pks_log_next(log, NULL, NULL) == 0)
			;
		pks_iter_close(iter);
		pks_log_iter_close(log);
	}
	return arg;
}

/* Every entry is seen once: there are two writers. */
static void *follow(void *arg)
{
	uint64_t position = 0;
	struct pks_value value;

	while (position < 2 * ROUNDS) {
		CHECK(pks_log_follow(events, &position, -1, &value));
		pks_value_clear(&value);
	}
	return arg;
}

static void *open_and_close(void *arg)
{
	for (int i = 0; i < ROUNDS / 3; i++) {
		struct pks_store *again = pks_store_open(pks_store_path(store), NULL);
		struct pks_object *made = pks_dict_open(again, NULL, PKS_OPEN_OR_CREATE);
		struct pks_store_stat stat;

		CHECK(pks_dict_setf(made, "k", "i", i));
		CHECK(pks_store_stat(again, &stat));
		CHECK(pks_object_drop(made));
		pks_object_close(made);
		pks_store_close(again);
		CHECK(pks_syslog(store, PKS_LEVEL_INFO, "round %d", i));
	}
	return arg;
}

static void expect(const char *key, int64_t expected)
{
	int64_t number = -1;

	CHECK(pks_dict_getf(numbers, key, "I", &number));
	if (number == expected)
		return;
	fprintf(stderr, "%s is %lld, not %lld\n", key, (long long)number, (long long)expected);
	exit(1);
}

int main(void)
{
	static char first[] = "first", second[] = "second";
	const struct {
		void *(*run)(void *arg);
		void *arg;
	} jobs[] = {{write_values, first}, {write_values, second}, {run_transactions, NULL}, {read_snapshots, NULL},
	            {iterate, NULL},       {follow, NULL},         {open_and_close, NULL},   {open_and_close, NULL}};
	pthread_t threads[sizeof(jobs) / sizeof(*jobs)];
	char path[64], remove[80];

	snprintf(path, sizeof(path), "/dev/shm/pks-test-threads-%d", (int)getpid());
	store = pks_store_open(path, NULL);
	numbers = pks_dict_open(store, "numbers", PKS_OPEN_OR_CREATE);
	events = pks_log_open(store, "events", PKS_OPEN_OR_CREATE);
	check(events ? 0 : pks_error_code(), "open");
	for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++)
		pthread_create(&threads[i], NULL, jobs[i].run, jobs[i].arg);
	for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++)
		pthread_join(threads[i], NULL);
	expect("sum", 2 * ROUNDS);
	expect("left", -ROUNDS);
	expect("right", ROUNDS);
	pks_store_close(store);
	snprintf(remove, sizeof(remove), "rm -r %s", path);
	return system(remove) != 0;
}
