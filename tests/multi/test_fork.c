/* SPDX-License-Identifier: MIT */
/* A forked child's inherited handles refuse, whatever it does with them, and the parent is unhurt. */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHILDREN 100

/* What other threads of the parent held at the fork is a leak to the child, and nobody's fault. */
PKS_EXPORT const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
	return "detect_leaks=0";
}

static char *path;
static struct pks_store *store;
static struct pks_object *dict, *log_object;

static void open_at(char *at)
{
	path = at;
	store = pks_store_open(path, NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	dict = pks_dict_open(store, "d", PKS_MUST_CREATE);
	log_object = pks_log_open(store, "l", PKS_MUST_CREATE);
	cr_assert_eq(pks_dict_setf(dict, "key", "i", 1), 0);
}

static void open_store(const char *test)
{
	open_at(scratch_dir(test));
}

static bool refused(int r)
{
	return r == PKS_ERR_FORKED && strstr(pks_error_message(), path) && strstr(pks_error_message(), "fork");
}

static bool all_refused(void)
{
	struct pks_store_stat stat;
	int number;

	return refused(pks_dict_getf(dict, "key", "i", &number)) && refused(pks_dict_setf(dict, "key", "i", 2)) &&
	       refused(pks_log_appendf(log_object, "i", 2)) && refused(pks_begin(store)) &&
	       refused(pks_snapshot_begin(store)) && refused(pks_wait(dict, 0, 1000, NULL)) &&
	       refused(pks_store_stat(store, &stat)) && !pks_dict_open(store, "d", PKS_OPEN_OR_CREATE) &&
	       pks_error_code() == PKS_ERR_FORKED;
}

static bool works_when_opened_again(void)
{
	struct pks_store *own = pks_store_open(path, NULL);
	int number = 0, r;

	if (!own || own == store)
		return false;
	r = pks_dict_getf(pks_dict_open(own, "d", PKS_MUST_EXIST), "key", "i", &number);
	pks_store_close(own);
	return r == 0 && number > 0;
}

/* Each in its own way; all leave through exit(3), with every handler that it runs. */
static int use_inherited(void *number)
{
	int way = *(int *)number % 5;

	if (!all_refused())
		exit(1);
	if (way == 1)
		pks_object_close(dict);
	if (way == 2 && !works_when_opened_again())
		exit(2);
	if (way >= 3)
		pks_store_close(store);
	if (way == 4 && !works_when_opened_again())
		exit(3);
	exit(0);
}

static void expect_children_refused(void)
{
	pid_t children[CHILDREN];

	for (int i = 0; i < CHILDREN; i++)
		children[i] = child_start(use_inherited, &i);
	for (int i = 0; i < CHILDREN; i++)
		cr_expect_eq(child_wait(children[i]), 0, "child %d", i);
}

static void expect_parent_unhurt(void)
{
	int number = 0;

	cr_expect_eq(pks_dict_setf(dict, "key", "i", 3), 0, "%s", pks_error_message());
	cr_expect_eq(pks_dict_getf(dict, "key", "i", &number), 0, "%s", pks_error_message());
	cr_expect_eq(number, 3);
	for (int i = 0; i < 100; i++) {
		cr_expect_eq(pks_snapshot_begin(store), 0, "%s", pks_error_message());
		cr_expect_eq(pks_snapshot_end(store), 0);
	}
}

Test(fork, children_are_refused_under_an_open_snapshot)
{
	int number = 0;

	open_store("snapshot");
	cr_assert_eq(pks_snapshot_begin(store), 0);
	expect_children_refused();
	cr_expect_eq(pks_dict_getf(dict, "key", "i", &number), 0, "%s", pks_error_message());
	cr_expect_eq(number, 1);
	cr_expect_eq(pks_snapshot_end(store), 0);
	expect_parent_unhurt();
	pks_store_close(store);
}

static struct pks_iter *iter;

static int drop_iterator(void *number)
{
	if (!refused(pks_iter_next(iter, NULL, NULL)))
		exit(1);
	if (*(int *)number % 2)
		pks_iter_close(iter);
	pks_store_close(store);
	exit(0);
}

/* Sets all keys to `number`, in a commit each: pages that nobody reads are used again and again. */
static void overwrite(int number)
{
	char key[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "%03d", i);
		cr_assert_eq(pks_dict_setf(dict, key, "i", number), 0, "%s", pks_error_message());
	}
}

Test(fork, children_leave_an_open_iterator_its_snapshot)
{
	struct pks_value value;
	int64_t number;
	int status;

	open_store("iterator");
	overwrite(1);
	iter = pks_dict_iter(dict, NULL);
	cr_assert_eq(pks_iter_next(iter, NULL, NULL), 0);
	for (int i = 0; i < 4; i++)
		cr_expect_eq((status = child_wait(child_start(drop_iterator, &i))), 0, "child %d: %d", i, status);
	overwrite(2);
	overwrite(3);
	while (pks_iter_next(iter, NULL, &value) == 0) {
		cr_assert_eq(pks_value_int(&value, &number), 0, "%s", pks_error_message());
		cr_assert_eq(number, 1, "the snapshot's pages were written over: %lld", (long long)number);
	}
	pks_iter_close(iter);
	pks_store_close(store);
}

static int use_transaction(void *number)
{
	if (!refused(pks_dict_setf(dict, "key", "i", 9)))
		exit(1);
	if (*(int *)number % 2)
		pks_store_close(store);
	exit(0);
}

Test(fork, children_are_refused_under_an_open_transaction)
{
	int number = 0;

	open_store("transaction");
	cr_assert_eq(pks_begin(store), 0);
	cr_assert_eq(pks_dict_setf(dict, "key", "i", 5), 0);
	for (int i = 0; i < 10; i++)
		cr_expect_eq(child_wait(child_start(use_transaction, &i)), 0);
	cr_expect_eq(pks_commit(store), 0, "%s", pks_error_message());
	cr_expect_eq(pks_dict_getf(dict, "key", "i", &number), 0);
	cr_expect_eq(number, 5);
	expect_parent_unhurt();
	pks_store_close(store);
}

/* ---- a fork while other threads are busy ---- */

static atomic_bool stop;
static char *other_path;

static void *keep_busy(void *unused)
{
	while (!atomic_load(&stop)) {
		struct pks_store *same = pks_store_open(path, NULL), *other;
		struct pks_object *own = pks_dict_open(same, "d", PKS_OPEN_OR_CREATE);

		pks_dict_setf(own, "busy", "i", 1);
		pks_object_close(own);
		pks_store_close(same);
		other = pks_store_open(other_path, NULL);
		pks_store_close(other);
	}
	return unused;
}

Test(fork, a_child_of_busy_threads_can_open_and_close)
{
	char *top = scratch_dir("busy");
	pthread_t thread;

	/* Its allocator has no handler for fork(): a lock that the other thread holds stays locked in the child. */
#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("AddressSanitizer's malloc() hangs in children of programs with threads");
#endif
	open_at(scratch_path(top, "store"));
	other_path = scratch_path(top, "other");
	pthread_create(&thread, NULL, keep_busy, NULL);
	expect_children_refused();
	stop = true;
	pthread_join(thread, NULL);
	expect_parent_unhurt();
	pks_store_close(store);
}
