/* SPDX-License-Identifier: MIT */
/* One writer at a time: who waits for one that does not end is told about it, and its death is noticed at once. */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *path;
static struct pks_store *store;
static struct pks_object *dict;

static void open_store(const char *test, uint32_t busy_timeout_ms)
{
	struct pks_store_options options = {.busy_timeout_ms = busy_timeout_ms};

	path = scratch_dir(test);
	store = pks_store_open(path, &options);
	cr_assert_not_null(store, "%s", pks_error_message());
	dict = pks_dict_open(store, "d", PKS_MUST_CREATE);
	cr_assert_eq(pks_dict_setf(dict, "key", "i", 1), 0);
}

static int number_of(const char *key)
{
	int number = -1;

	pks_dict_getf(dict, key, "i", &number);
	return number;
}

/* Writes, does not commit, and stays inside. */
static int write_for_ever(void *flag)
{
	struct pks_store *own = pks_store_open(path, NULL);
	struct pks_object *d = pks_dict_open(own, "d", PKS_MUST_EXIST);

	if (pks_begin(own) != 0 || pks_dict_setf(d, "key", "i", 2) != 0)
		return 1;
	child_flag_raise(flag);
	for (;;)
		pause();
}

static pid_t start_writer(void)
{
	struct child_flag flag = child_flag();
	pid_t writer = child_start(write_for_ever, &flag);

	cr_assert_eq(child_flag_wait(&flag), 0);
	close(flag.fds[0]);
	return writer;
}

Test(writers, a_stopped_writer_is_named)
{
	struct pks_store_stat stat;
	char pid[32];
	pid_t writer;

	open_store("stopped_writer", 50);
	writer = start_writer();
	child_stop(writer);
	snprintf(pid, sizeof(pid), "pid %d ", (int)writer);

	cr_expect_eq(pks_begin(store), PKS_ERR_BUSY);
	cr_expect_not_null(strstr(pks_error_message(), pid), "%s", pks_error_message());
	cr_expect_not_null(strstr(pks_error_message(), "stopped"), "%s", pks_error_message());
	cr_expect_eq(pks_dict_setf(dict, "key", "i", 3), PKS_ERR_BUSY);
	cr_expect_eq(number_of("key"), 1, "reads go on, and see no part of what it wrote");
	cr_expect_eq(pks_store_stat(store, &stat), 0);
	cr_expect_eq(stat.writer_pid, writer);
	cr_expect_gt(stat.writer_since_ns, 0u);

	child_kill(writer);
	cr_expect_eq(pks_dict_setf(dict, "key", "i", 3), 0, "%s", pks_error_message());
	cr_expect_eq(number_of("key"), 3);
	pks_store_close(store);
}

Test(writers, a_killed_writer_leaves_the_last_commit)
{
	open_store("killed_writer", 30000);
	for (int i = 0; i < (scratch_long() ? 1000 : 50); i++) {
		child_kill(start_writer());
		cr_expect_eq(number_of("key"), 1);
		cr_assert_eq(pks_dict_setf(dict, "round", "i", i), 0, "%s", pks_error_message());
	}
	pks_store_close(store);
}

static void *exit_inside(void *unused)
{
	cr_expect_eq(pks_begin(store), 0);
	cr_expect_eq(pks_dict_setf(dict, "key", "i", 4), 0);
	return unused;
}

Test(writers, a_thread_that_exits_inside_leaves_the_last_commit)
{
	pthread_t thread;

	open_store("exited_thread", 1000);
	pthread_create(&thread, NULL, exit_inside, NULL);
	pthread_join(thread, NULL);
	cr_expect_eq(number_of("key"), 1);
	cr_expect_eq(pks_dict_setf(dict, "key", "i", 5), 0, "%s", pks_error_message());
	pks_store_close(store);
}

/* A program that knows LMDB alone: it takes no gate. */
static int write_as_a_stranger(void *flag)
{
	MDB_env *env;
	MDB_txn *txn;

	if (mdb_env_create(&env) != 0 || mdb_env_open(env, path, 0, 0600) != 0 ||
	    mdb_txn_begin(env, NULL, 0, &txn) != 0)
		return 1;
	child_flag_raise(flag);
	for (;;)
		pause();
}

Test(writers, a_foreign_writer_is_told_as_one)
{
	struct child_flag flag = child_flag();
	struct pks_store_stat stat;
	pid_t stranger;

	open_store("foreign_writer", 1000);
	cr_expect_eq(pks_store_stat(store, &stat), 0);
	cr_expect_eq(stat.writer_pid, 0);
	stranger = child_start(write_as_a_stranger, &flag);
	cr_assert_eq(child_flag_wait(&flag), 0);
	cr_expect_eq(pks_store_stat(store, &stat), 0);
	cr_expect_eq(stat.writer_pid, -1);
	child_kill(stranger);
	cr_expect_eq(pks_store_stat(store, &stat), 0);
	cr_expect_eq(stat.writer_pid, 0);
	cr_expect_eq(pks_dict_setf(dict, "key", "i", 6), 0, "%s", pks_error_message());
	cr_expect_eq(pks_store_stat(store, &stat), 0);
	cr_expect_eq(stat.writer_pid, 0);
	pks_store_close(store);
}

/* ---- many at once ---- */

#define WRITERS 4
#define ROUNDS 500

static int add_often(void *unused)
{
	struct pks_store *own = pks_store_open(path, NULL);
	struct pks_object *d = pks_dict_open(own, "d", PKS_MUST_EXIST);

	(void)unused;
	for (int i = 0; i < ROUNDS; i++)
		if (pks_dict_add(d, "sum", 1, NULL) != 0)
			return 1;
	pks_store_close(own);
	return 0;
}

static void *add_in_thread(void *unused)
{
	for (int i = 0; i < ROUNDS; i++)
		cr_assert_eq(pks_dict_add(dict, "sum", 1, NULL), 0, "%s", pks_error_message());
	return unused;
}

Test(writers, no_update_is_lost_between_processes_and_threads)
{
	pid_t writers[WRITERS];
	pthread_t threads[WRITERS];

	open_store("sum", 30000);
	for (int i = 0; i < WRITERS; i++)
		writers[i] = child_start(add_often, NULL);
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, add_in_thread, NULL);
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		cr_expect_eq(child_wait(writers[i]), 0);
	}
	cr_expect_eq(number_of("sum"), 2 * WRITERS * ROUNDS);
	pks_store_close(store);
}

/* ---- without the wake file ---- */

static atomic_bool *stop;

static int delete_wake(void *unused)
{
	(void)unused;
	while (!atomic_load(stop)) {
		unlink(scratch_path(path, "wake"));
		sched_yield();
	}
	return 0;
}

Test(writers, no_update_is_lost_while_the_wake_file_is_deleted)
{
	pid_t writers[WRITERS], deleter;

	stop = child_shared(sizeof(*stop));
	open_store("no_wake", 30000);
	deleter = child_start(delete_wake, NULL);
	for (int i = 0; i < WRITERS; i++)
		writers[i] = child_start(add_often, NULL);
	for (int i = 0; i < WRITERS; i++)
		cr_expect_eq(child_wait(writers[i]), 0);
	atomic_store(stop, true);
	cr_expect_eq(child_wait(deleter), 0);
	cr_expect_eq(number_of("sum"), WRITERS * ROUNDS);
	pks_store_close(store);
}

static int wait_for_end(void *unused)
{
	struct pks_store *own = pks_store_open(path, NULL);
	struct pks_object *d = pks_dict_open(own, "d", PKS_MUST_EXIST);
	uint64_t seen = 0;
	int number = 0;

	(void)unused;
	while (number != ROUNDS)
		if (pks_wait(d, seen, -1, &seen) != 0 || pks_dict_getf(d, "key", "i", &number) != 0)
			return 1;
	pks_store_close(own);
	return 0;
}

Test(writers, waiters_see_the_last_commit_though_the_wake_file_is_deleted)
{
	pid_t waiters[WRITERS];

	open_store("waiters", 30000);
	for (int i = 0; i < WRITERS; i++)
		waiters[i] = child_start(wait_for_end, NULL);
	for (int i = 1; i <= ROUNDS; i++) {
		if (i % 50 == 0)
			unlink(scratch_path(path, "wake"));
		cr_assert_eq(pks_dict_setf(dict, "key", "i", i), 0);
	}
	for (int i = 0; i < WRITERS; i++)
		cr_expect_eq(child_wait(waiters[i]), 0);
	pks_store_close(store);
}
