/* SPDX-License-Identifier: MIT */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Long enough to mean "for ever" to a test, short enough to end one that hangs. */
#define FAR_MS 20000

static struct pks_store *open_store(const char *path)
{
	struct pks_store *store = pks_store_open(path, NULL);

	cr_assert_not_null(store, "%s", pks_error_message());
	return store;
}

/* A child that sets "go" in a Dict of the store at `arg`. */
static int set_go(void *arg)
{
	struct pks_store *store = pks_store_open(arg, NULL);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);

	return pks_dict_setf(dict, "go", "i", 1) == 0 ? 0 : 1;
}

Test(wait, another_process_commit_ends_a_wait)
{
	char *path = scratch_dir("another_process");
	struct pks_store *store = open_store(path);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	uint64_t seen, now;
	pid_t child;

	pks_object_version(dict, &seen);
	child = child_start(set_go, path);
	cr_expect_eq(pks_wait(dict, seen, FAR_MS, &now), 0, "%s", pks_error_message());
	cr_expect_gt(now, seen);
	cr_expect_eq(child_wait(child), 0);
	pks_store_close(store);
}

Test(wait, a_version_that_has_moved_already_returns_at_once)
{
	struct pks_store *store = open_store(scratch_dir("moved_already"));
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	uint64_t seen;

	pks_object_version(dict, &seen);
	cr_expect_eq(pks_wait(dict, seen, 0, NULL), PKS_TIMED_OUT);
	pks_dict_setf(dict, "k", "i", 1);
	cr_expect_eq(pks_wait(dict, seen, -1, NULL), 0);
	pks_store_close(store);
}

Test(wait, any_of_several_names_the_one_that_changed)
{
	struct pks_store *store = open_store(scratch_dir("any_of_several"));
	struct pks_wait_item items[40];
	size_t index = 99;
	char path[16];

	for (size_t i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "d%zu", i);
		items[i].object = pks_dict_open(store, path, PKS_OPEN_OR_CREATE);
		pks_object_version(items[i].object, &items[i].version);
	}
	cr_expect_eq(pks_wait_any(items, 40, 0, &index), PKS_TIMED_OUT);
	pks_dict_setf(items[33].object, "k", "i", 1);
	cr_expect_eq(pks_wait_any(items, 40, -1, &index), 0);
	cr_expect_eq(index, 33);
	cr_expect_eq(pks_wait_any(items, 40, 0, &index), PKS_TIMED_OUT, "the version was moved along");
	pks_object_drop(items[5].object);
	cr_expect_eq(pks_wait_any(items, 40, -1, &index), PKS_ERR_GONE);
	cr_expect_eq(index, 5);
	cr_expect_eq(pks_wait_any(NULL, 0, 0, &index), PKS_ERR_USAGE);
	pks_store_close(store);
}

static int has_go(void *arg)
{
	return pks_dict_contains(arg, "go") == 0;
}

static int gives_up(void *arg)
{
	(void)arg;
	return -1234;
}

Test(wait, a_predicate_is_asked_until_it_holds)
{
	char *path = scratch_dir("a_predicate");
	struct pks_store *store = open_store(path);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	pid_t child;

	cr_expect_eq(pks_wait_until(&dict, 1, has_go, dict, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_wait_until(&dict, 1, gives_up, dict, -1), -1234);
	child = child_start(set_go, path);
	cr_expect_eq(pks_wait_until(&dict, 1, has_go, dict, FAR_MS), 0);
	cr_expect_eq(child_wait(child), 0);
	pks_store_close(store);
}

Test(wait, waiting_in_a_transaction_is_refused)
{
	struct pks_store *store = open_store(scratch_dir("in_a_transaction"));
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);

	pks_begin(store);
	cr_expect_eq(pks_wait(dict, 1, -1, NULL), PKS_ERR_USAGE);
	pks_abort(store);
	pks_store_close(store);
}

Test(wait, a_waiter_uses_no_cpu_to_speak_of)
{
	struct pks_store *store = open_store(scratch_dir("no_cpu"));
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	struct rusage before, after;
	uint64_t seen;

	pks_object_version(dict, &seen);
	getrusage(RUSAGE_THREAD, &before);
	cr_expect_eq(pks_wait(dict, seen, 1000, NULL), PKS_TIMED_OUT);
	getrusage(RUSAGE_THREAD, &after);
	/* Twenty rechecks in a second: hundreds of switches would be polling. */
	cr_expect_lt(after.ru_nvcsw - before.ru_nvcsw, 100);
	pks_store_close(store);
}

/* ---- nothing is missed ---- */

#define PINGS 2000

/* Counts "n" up whenever it is odd. */
static int answer(void *arg)
{
	struct pks_store *store = pks_store_open(arg, NULL);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	uint64_t version;
	int n = 0;

	while (n < 2 * PINGS) {
		if (pks_object_version(dict, &version) != 0 || pks_dict_getf(dict, "n", "i", &n) != 0)
			return 1;
		if (n % 2 == 0 && n < 2 * PINGS && pks_wait(dict, version, FAR_MS, NULL) != 0)
			return 2;
		if (n % 2 && pks_dict_setf(dict, "n", "i", n + 1) != 0)
			return 3;
	}
	return 0;
}

Test(wait, two_processes_play_ping_pong_and_nothing_is_missed, .timeout = 120)
{
	char *path = scratch_dir("ping_pong");
	struct pks_store *store = open_store(path);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	uint64_t version;
	pid_t child;
	int n = 0;

	pks_dict_setf(dict, "n", "i", 0);
	child = child_start(answer, path);
	while (n < 2 * PINGS) {
		pks_object_version(dict, &version);
		pks_dict_getf(dict, "n", "i", &n);
		if (n % 2 == 0 && n < 2 * PINGS)
			cr_assert_eq(pks_dict_setf(dict, "n", "i", n + 1), 0);
		else if (n % 2)
			cr_assert_eq(pks_wait(dict, version, FAR_MS, NULL), 0, "%s at %d", pks_error_message(), n);
	}
	cr_expect_eq(child_wait(child), 0);
	pks_store_close(store);
}

/* ---- following a Log that another process fills ---- */

static int append_many(void *arg)
{
	struct pks_store *store = pks_store_open(arg, NULL);
	struct pks_object *log = pks_log_open(store, "l", PKS_OPEN_OR_CREATE);

	for (int i = 0; i < 2000; i++)
		if (pks_log_appendf(log, "i", i) != 0)
			return 1;
	return 0;
}

Test(wait, a_follower_gets_every_entry_in_order, .timeout = 120)
{
	char *path = scratch_dir("a_follower");
	struct pks_store *store = open_store(path);
	struct pks_object *log = pks_log_open(store, "l", PKS_OPEN_OR_CREATE);
	pid_t child = child_start(append_many, path);
	uint64_t position = 0;
	struct pks_value value;
	int64_t number;

	for (int i = 0; i < 2000; i++) {
		cr_assert_eq(pks_log_follow(log, &position, FAR_MS, &value), 0, "%s", pks_error_message());
		pks_value_int(&value, &number);
		pks_value_clear(&value);
		cr_assert_eq(number, i);
	}
	cr_expect_eq(child_wait(child), 0);
	pks_store_close(store);
}
