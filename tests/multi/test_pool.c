/* SPDX-License-Identifier: MIT */
/* The pool: its size, its start, and that it is gone when it is stopped. */
#include "lib/child.h"
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(pool, .init = runtime_begin, .fini = runtime_end);

static struct pks_pool_status pool_status(void)
{
	struct pks_pool_status status;

	cr_assert_eq(pks_pool_status(runtime_store, NULL, &status), 0, "%s", pks_error_message());
	return status;
}

/* Asks until there are as many workers. */
static void await_workers(unsigned workers)
{
	while (pool_status().workers != workers)
		;
}

Test(pool, its_size_is_remembered_and_has_bounds)
{
	unsigned size;

	cr_assert_eq(pks_pool_size(runtime_store, NULL, &size), 0);
	cr_assert_geq(size, 4);
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 0), PKS_ERR_RANGE);
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, PKS_POOL_SIZE_MAX + 1), PKS_ERR_RANGE);
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 6), 0);
	cr_assert_eq(pks_pool_size(runtime_store, NULL, &size), 0);
	cr_assert_eq(size, 6);
}

Test(pool, workers_come_and_go_as_the_size_is_set)
{
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 2), 0);
	cr_assert_eq(pks_pool_start(runtime_store, NULL), 0, "%s", pks_error_message());
	await_workers(2);
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 5), 0);
	await_workers(5);
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	await_workers(1);
	runtime_expect_well();
}

Test(pool, a_named_one_has_its_own_size_and_workers)
{
	struct pks_pool_status status;
	unsigned size;

	cr_assert_eq(pks_pool_size(runtime_store, "mail", &size), PKS_NOT_FOUND);
	cr_assert_eq(pks_pool_status(runtime_store, "mail", &status), PKS_NOT_FOUND);
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_pool_set_size(runtime_store, "mail", 3), 0);
	cr_assert_eq(pks_pool_start(runtime_store, "a.mail"), 0, "%s", pks_error_message());
	for (status.workers = 0; status.workers != 3;)
		cr_assert_eq(pks_pool_status(runtime_store, "mail", &status), 0);
	await_workers(1);
	for (status.workers = 0; status.workers < 4;)
		cr_assert_eq(pks_pool_status(runtime_store, "a.mail", &status), 0);
	cr_assert_eq(pks_pool_size(runtime_store, "a.mail", &size), 0);
	cr_assert_eq(size, status.workers);
	cr_assert_eq(pks_pool_size(runtime_store, "default", &size), 0);
	cr_assert_eq(size, 1);
}

Test(pool, a_name_is_one_part_of_a_path_of_at_most_32_bytes)
{
	static const char *const bad[] = {"", "a/b", ".", "a\nb", "\xff", "123456789012345678901234567890123"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_assert_eq(pks_pool_set_size(runtime_store, bad[i], 2), PKS_ERR_PATH, "%s", bad[i]);
	cr_assert_eq(pks_pool_set_size(runtime_store, "12345678901234567890123456789012", 2), 0);
}

Test(pool, there_is_one_supervisor_however_often_it_is_started)
{
	int64_t supervisor = runtime_supervisor();

	for (int i = 0; i < 10; i++)
		cr_assert_eq(pks_pool_start(runtime_store, NULL), 0);
	cr_assert_eq(pool_status().supervisor_pid, supervisor);
}

Test(pool, a_supervisor_that_cannot_be_found_is_told)
{
	struct pks_object *process = runtime_new("handlers:nothing");
	enum pks_status status;

	setenv("PKSTORE_LIBEXECDIR", "/no/such/folder", 1);
	cr_assert_eq(pks_pool_start(runtime_store, NULL), PKS_ERR_POOL);
	cr_assert(strstr(pks_error_message(), "/no/such/folder"), "%s", pks_error_message());
	cr_assert_eq(pks_process_start(process), PKS_ERR_POOL);
	cr_assert_eq(pks_process_status(process, &status), 0);
	cr_assert_eq(status, PKS_CREATED);
}

Test(pool, killall_ends_what_runs_and_keeps_what_waits)
{
	struct pks_object *running, *waiting;
	int64_t worker, supervisor;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	running = runtime_start("handlers:hold");
	worker = runtime_await(running, "here");
	waiting = runtime_start("handlers:nothing");
	supervisor = runtime_supervisor();
	cr_assert_eq(pks_killall(runtime_store), 0, "%s", pks_error_message());
	cr_assert_eq(runtime_left_over(), 0);
	cr_assert_not(runtime_lives(supervisor));
	cr_assert_not(runtime_lives(worker));
	cr_assert_not(pool_status().up);
	runtime_expect(running, PKS_CRASHED, -SIGKILL, "killed with the whole pool");
	cr_assert_eq(pks_process_is_alive(waiting), 0);
	cr_assert_eq(pks_pool_start(runtime_store, NULL), 0);
	runtime_join(waiting);
	runtime_expect(waiting, PKS_FINISHED, 0, NULL);
}

Test(pool, killall_without_a_pool_is_no_error)
{
	cr_assert_eq(pks_killall(runtime_store), 0);
	cr_assert_eq(pks_killall(runtime_store), 0);
	pks_begin(runtime_store);
	cr_assert_eq(pks_killall(runtime_store), PKS_ERR_USAGE);
	pks_abort(runtime_store);
}

Test(pool, killall_finds_daemons_that_handlers_have_started)
{
	struct pks_object *process = runtime_start("handlers:daemonize");
	int64_t daemon;

	runtime_await(process, "here");
	daemon = runtime_await(process, "daemon");
	cr_assert(runtime_lives(daemon));
	cr_assert_eq(pks_killall(runtime_store), 0, "%s", pks_error_message());
	cr_assert_not(runtime_lives(daemon));
}

Test(pool, killall_does_not_wait_for_a_stopped_supervisor)
{
	struct pks_object *process = runtime_start("handlers:daemonize");
	int64_t daemon;

	runtime_await(process, "here");
	daemon = runtime_await(process, "daemon");
	kill((pid_t)runtime_supervisor(), SIGSTOP);
	cr_assert_eq(pks_killall(runtime_store), 0, "%s", pks_error_message());
	cr_assert_eq(runtime_left_over(), 0);
	runtime_await_death(daemon);
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed");
}

Test(pool, a_pool_whose_store_is_removed_ends)
{
	int64_t supervisor = runtime_supervisor();
	char command[PKS_STORE_PATH_SIZE + 64];

	/* While rm is at work the pool may make its wake file anew, and then the directory is not empty. */
	snprintf(command, sizeof(command), "until rm -rf '%s'; do :; done", pks_store_path(runtime_store));
	cr_assert_eq(system(command), 0);
	runtime_await_death(supervisor);
	while (runtime_left_over() != 0)
		;
	pks_store_close(runtime_store);
	runtime_store = NULL;
}

/* ---- dead readers ---- */

static int read_for_ever(void *flag)
{
	struct pks_store *own = pks_store_open(pks_store_path(runtime_store), NULL);

	if (!own || pks_snapshot_begin(own) != 0)
		return 1;
	child_flag_raise(flag);
	for (;;)
		pause();
}

/* Overwrites an item: whether that needs new pages in the file, as what it frees is pinned. */
static bool grows(struct pks_object *dict)
{
	const char *file = scratch_path(pks_store_path(runtime_store), "data.mdb");
	struct stat before, after;

	cr_assert_eq(stat(file, &before), 0);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(pks_dict_setf(dict, "key", "i", i), 0, "%s", pks_error_message());
	cr_assert_eq(stat(file, &after), 0);
	return after.st_size > before.st_size;
}

/* Nobody opens the store meanwhile, looks at its readers, or finds its map full. */
Test(pool, the_supervisor_takes_what_dead_readers_pin_back)
{
	struct pks_object *dict = pks_dict_open(runtime_store, "d", PKS_MUST_CREATE);
	struct child_flag flag = child_flag();
	uint64_t version;
	int looks = 0;
	pid_t reader;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_pool_start(runtime_store, NULL), 0, "%s", pks_error_message());
	runtime_supervisor();
	await_workers(1);
	runtime_expect_well();
	reader = child_start(read_for_ever, &flag);
	cr_assert_eq(child_flag_wait(&flag), 0);
	cr_expect(grows(dict));
	child_kill(reader);
	/* It looks by itself once in a second, and there is nothing else to be seen of that. */
	while (grows(dict) && looks++ < 200) {
		pks_object_version(dict, &version);
		pks_wait(dict, version, 50, NULL);
	}
	cr_expect_lt(looks, 200);
}
