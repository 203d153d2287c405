/* SPDX-License-Identifier: MIT */
/* Processes from their creation to their end, as their user sees them. */
#include "lib/runtime.h"

#include <criterion/criterion.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/scratch.h"

TestSuite(process, .init = runtime_begin, .fini = runtime_end);

static enum pks_status status_of(struct pks_object *process)
{
	enum pks_status status;

	cr_assert_eq(pks_process_status(process, &status), 0, "%s", pks_error_message());
	return status;
}

/* ---- the way through ---- */

Test(process, a_process_is_created_started_joined_and_has_a_result)
{
	struct pks_object *process = runtime_new("handlers:echo");
	struct pks_process_info info;
	char *word;
	int number;

	cr_assert_eq(status_of(process), PKS_CREATED);
	cr_assert_eq(pks_process_is_alive(process), PKS_NOT_FOUND);
	cr_assert_eq(pks_process_set_argsf(process, "[is]", 7, "seven"), 0);
	cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "[is]", &number, &word), 0);
	cr_assert(number == 7 && strcmp(word, "seven") == 0);
	free(word);
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert(info.attempt == 1 && info.pid == 0);
	cr_assert(info.created_ns <= info.submitted_ns && info.submitted_ns <= info.started_ns &&
		  info.started_ns <= info.ended_ns);
}

/* What the library notes about a process counts, and is noted all the same. */
Test(process, in_a_full_namespace_it_ends_as_ever)
{
	struct pks_object *process = pks_process_new(runtime_store, "full/process", "handlers:echo"), *failing;
	struct pks_namespace_info before, after;

	cr_assert_not_null(process, "%s", pks_error_message());
	failing = pks_process_new(runtime_store, "full/failing", "handlers:missing");
	cr_assert_not_null(failing, "%s", pks_error_message());
	cr_assert_eq(pks_process_set_argsf(process, "[s]", "a result of some length"), 0);
	cr_assert_eq(pks_namespace_info(runtime_store, "full", &before), 0);
	cr_assert_eq(pks_namespace_set_limit(runtime_store, "full", 0, before.bytes), 0);
	cr_assert_eq(pks_dict_setf(process, "k", "i", 1), PKS_ERR_QUOTA);
	cr_assert_null(pks_process_new(runtime_store, "full/another", "handlers:echo"));
	cr_assert_eq(pks_error_code(), PKS_ERR_QUOTA);
	cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	cr_assert_eq(pks_process_start(failing), 0, "%s", pks_error_message());
	runtime_join(process);
	runtime_join(failing);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_neq(status_of(failing), PKS_FINISHED);
	cr_assert_eq(pks_namespace_info(runtime_store, "full", &after), 0);
	cr_assert_gt(after.bytes, before.bytes, "the result and the error");
}

Test(process, a_running_one_tells_its_worker)
{
	struct pks_object *process = runtime_start("handlers:hold");
	int64_t pid = runtime_await(process, "here");
	struct pks_process_info info;

	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert_eq(info.status, PKS_RUNNING);
	cr_assert_eq(info.pid, pid);
	cr_assert_not(info.has_exitcode);
	cr_assert_eq(pks_process_is_alive(process), 0);
	cr_assert_eq(pks_process_join(process, 0), PKS_TIMED_OUT);
	cr_assert_eq(pks_process_join(process, 20), PKS_TIMED_OUT);
	cr_assert_eq(pks_dict_setf(process, "go", "b", 1), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

Test(process, the_submitted_run_by_priority_and_then_in_their_order)
{
	static const int priorities[] = {-1, 0, 5, 0, 100};
	static const char *const order[] = {"p/4", "p/2", "p/1", "p/3", "p/0"};
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE), *processes[5], *first;
	char path[8], *name;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	first = runtime_start("handlers:hold");
	runtime_await(first, "here");
	for (int i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "p/%d", i);
		processes[i] = pks_process_new(runtime_store, path, "handlers:append");
		pks_dict_setf(processes[i], "log", "o", log);
		cr_assert_eq(pks_process_set_priority(processes[i], priorities[i]), 0);
		cr_assert_eq(pks_process_start(processes[i]), 0, "%s", pks_error_message());
	}
	pks_dict_setf(first, "go", "b", 1);
	for (int i = 0; i < 5; i++)
		runtime_join(processes[i]);
	for (int i = 0; i < 5; i++) {
		cr_assert_eq(pks_log_getf(log, i, "s", &name), 0);
		cr_assert_str_eq(name, order[i]);
		free(name);
	}
}

/* ---- transactions ---- */

Test(process, a_start_in_an_aborted_transaction_never_happened)
{
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE);
	struct pks_object *process = runtime_new("handlers:append");
	uint64_t count;

	pks_dict_setf(process, "log", "o", log);
	pks_begin(runtime_store);
	cr_assert_eq(pks_process_start(process), 0);
	cr_assert_eq(status_of(process), PKS_SUBMITTED);
	pks_abort(runtime_store);
	cr_assert_eq(status_of(process), PKS_CREATED);
	cr_assert_eq(pks_process_join(process, 0), PKS_ERR_STATE);
	runtime_expect_well();
	pks_log_count(log, &count);
	cr_assert_eq(count, 0);
}

Test(process, all_that_one_transaction_starts_run_after_its_commit)
{
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE), *processes[20];
	struct pks_pool_status status;
	uint64_t count;

	pks_begin(runtime_store);
	for (int i = 0; i < 20; i++) {
		processes[i] = runtime_new("handlers:append");
		pks_dict_setf(processes[i], "log", "o", log);
		cr_assert_eq(pks_process_start(processes[i]), 0);
	}
	cr_assert_eq(pks_pool_status(runtime_store, NULL, &status), 0);
	cr_assert_not(status.up, "started for work that may never be committed");
	cr_assert_eq(pks_commit(runtime_store), 0, "%s", pks_error_message());
	for (int i = 0; i < 20; i++)
		runtime_join(processes[i]);
	pks_log_count(log, &count);
	cr_assert_eq(count, 20);
}

Test(process, work_and_what_it_is_about_are_committed_together)
{
	struct pks_object *dict = pks_dict_open(runtime_store, "d", PKS_OPEN_OR_CREATE), *process;

	pks_begin(runtime_store);
	process = runtime_new("handlers:nothing");
	pks_dict_setf(dict, "order", "i", 1);
	pks_process_start(process);
	pks_abort(runtime_store);
	cr_assert_eq(pks_process_join(process, -1), PKS_ERR_GONE);
	cr_assert_eq(pks_dict_contains(dict, "order"), PKS_NOT_FOUND);
}

/* ---- what is refused ---- */

Test(process, what_comes_too_late_is_refused)
{
	struct pks_object *process = runtime_run("handlers:nothing");

	cr_assert_eq(pks_process_start(process), PKS_ERR_STATE);
	cr_assert_eq(pks_process_set_argsf(process, "[]"), PKS_ERR_STATE);
	cr_assert_eq(pks_process_set_kwargsf(process, "{}"), PKS_ERR_STATE);
	cr_assert_eq(pks_process_set_priority(process, 1), PKS_ERR_STATE);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

#define SAYS(expected, call)                                                                                           \
	do {                                                                                                           \
		cr_expect_neq(call, 0, #call);                                                                         \
		cr_expect_str_eq(pks_error_message(), expected);                                                       \
	} while (0)

Test(process, messages_name_it_by_its_path)
{
	struct pks_object *process = pks_process_new(runtime_store, "a/job", "handlers:nothing");
	int number;

	SAYS("a/job: was never started", pks_process_join(process, 0));
	SAYS("a/job: has no parent", (pks_process_parent(process), pks_error_code()));
	pks_process_set_argsf(process, "[s]", "x");
	SAYS("a/job: its args: text, not int", pks_process_argsf(process, "[i]", &number));
	pks_pool_pause(runtime_store, NULL);
	pks_process_start(process);
	SAYS("a/job: is submitted", pks_process_start(process));
	SAYS("a/job: has not ended yet", pks_process_join(process, 0));
	SAYS("a/job: has not ended yet", pks_process_join(process, 1));
	SAYS("a/job: its args must be set before the process is started", pks_process_set_argsf(process, "[]"));
	SAYS("a/job: its option 'grace' must be set before the process is started", pks_process_set_grace(process, 1));
	SAYS("a/job: its priority must be set before the process is started", pks_process_set_priority(process, 1));
}

Test(process, what_can_never_be_right_is_refused)
{
	struct pks_object *process = runtime_new("handlers:nothing");

	cr_assert_eq(pks_process_join(process, -1), PKS_ERR_STATE, "it would wait for ever");
	cr_assert_eq(pks_process_set_argsf(process, "i", 1), PKS_ERR_TYPE);
	cr_assert_eq(pks_process_set_kwargsf(process, "[]"), PKS_ERR_TYPE);
	cr_assert_eq(pks_process_set_priority(process, 101), PKS_ERR_RANGE);
	cr_assert_null(pks_process_new(runtime_store, NULL, "no_such_handler"));
	cr_assert_eq(pks_error_code(), PKS_ERR_MODULE);
	cr_assert_null(pks_process_new(runtime_store, NULL, "handlers:"));
	cr_assert_eq(pks_error_code(), PKS_ERR_MODULE);
	cr_assert_eq(pks_process_start(pks_dict_open(runtime_store, "d", PKS_OPEN_OR_CREATE)), PKS_ERR_TYPE);
	cr_assert_null(pks_process_open(runtime_store, "d"));
	cr_assert_eq(pks_error_code(), PKS_ERR_TYPE);
	pks_process_start(process);
	pks_snapshot_begin(runtime_store);
	cr_assert_eq(pks_process_join(process, -1), PKS_ERR_USAGE);
	pks_snapshot_end(runtime_store);
	runtime_join(process);
}

Test(process, unknown_waiting_and_gone_are_three_answers)
{
	struct pks_object *process = pks_process_new(runtime_store, "p/once", "handlers:nothing");
	uint64_t id = pks_object_id(process);

	cr_assert_null(pks_process_open(runtime_store, "p/never"));
	cr_assert_eq(pks_error_code(), PKS_NOT_FOUND);
	cr_assert_eq(status_of(process), PKS_CREATED);
	cr_assert_eq(pks_pool_pause(runtime_store, NULL), 0);
	cr_assert_eq(pks_process_start(process), 0);
	cr_assert_eq(status_of(process), PKS_SUBMITTED);
	cr_assert_eq(pks_process_join(process, 0), PKS_TIMED_OUT);
	cr_assert_eq(pks_process_terminate(process, -1), 0);
	cr_assert_eq(pks_object_drop(process), 0);
	cr_assert_eq(pks_process_join(process, -1), PKS_ERR_GONE);
	cr_assert_null(pks_object_from_id(runtime_store, id));
	cr_assert_eq(pks_error_code(), PKS_ERR_GONE);
}

/* ---- terminate ---- */

Test(process, a_terminated_one_that_never_ran_never_will)
{
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE);
	struct pks_object *created = runtime_new("handlers:append"), *submitted = runtime_new("handlers:append");
	struct pks_object *first;
	uint64_t count;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	first = runtime_start("handlers:hold");
	runtime_await(first, "here");
	pks_dict_setf(submitted, "log", "o", log);
	cr_assert_eq(pks_process_start(submitted), 0);
	cr_assert_eq(pks_process_terminate(created, 0), 0);
	cr_assert_eq(pks_process_terminate(submitted, 0), 0);
	runtime_expect(created, PKS_CRASHED, -SIGTERM, "terminated before it ran");
	runtime_expect(submitted, PKS_CRASHED, -SIGTERM, "terminated before it ran");
	pks_dict_setf(first, "go", "b", 1);
	runtime_join(first);
	runtime_expect_well();
	pks_log_count(log, &count);
	cr_assert_eq(count, 0);
}

Test(process, a_terminated_one_that_runs_is_crashed_and_others_go_on)
{
	struct pks_object *process = runtime_start("handlers:hold");

	runtime_await(process, "here");
	cr_assert_eq(pks_process_terminate(process, 0), 0, "%s", pks_error_message());
	runtime_join(process);
	runtime_expect(process, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	cr_assert_eq(pks_process_terminate(process, 0), 0, "it stays as it is");
	runtime_expect(process, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	runtime_expect_well();
}

/* ---- the table ---- */

static int count_table(int statuses)
{
	struct pks_process_table *table = pks_process_table_open(runtime_store, statuses);
	struct pks_process_info info;
	int count = 0;

	cr_assert(table, "%s", pks_error_message());
	while (pks_process_table_next(table, &info, NULL) == 0)
		count++;
	pks_process_table_close(table);
	return count;
}

Test(process, the_table_lists_in_the_order_of_creation)
{
	struct pks_object *failed = runtime_run("handlers:fail_with_7"), *done = runtime_new("handlers:echo");
	struct pks_object *created = runtime_new("handlers:nothing");
	struct pks_process_table *table;
	struct pks_process_info info;
	struct pks_value result;

	pks_process_set_argsf(done, "[i]", 5);
	pks_process_start(done);
	runtime_join(done);
	table = pks_process_table_open(runtime_store, PKS_ANY_STATUS);
	cr_assert_eq(pks_process_table_next(table, &info, &result), 0);
	cr_assert(info.id == pks_object_id(failed) && info.status == PKS_FAILED && info.exitcode == 7 && !result.size);
	cr_assert_eq(pks_process_table_next(table, &info, &result), 0);
	cr_assert(info.id == pks_object_id(done) && pks_value_unpack(&result, "[i]", &(int){0}) == 0);
	cr_assert(strstr(info.target, "handlers.so:echo"), "%s", info.target);
	cr_assert_eq(pks_process_clean(runtime_store, 0, NULL), 0, "the table is of one moment, whatever is cleaned");
	cr_assert_eq(pks_process_table_next(table, &info, NULL), 0);
	cr_assert(info.id == pks_object_id(created) && info.status == PKS_CREATED);
	cr_assert_eq(pks_process_table_next(table, &info, NULL), PKS_END);
	pks_process_table_close(table);
}

Test(process, clean_drops_what_has_ended_and_nothing_else)
{
	struct pks_object *held = runtime_start("handlers:hold");
	uint64_t count;

	runtime_new("handlers:nothing");
	runtime_run("handlers:nothing");
	runtime_run("handlers:fail_with_7");
	runtime_await(held, "here");
	cr_assert_eq(pks_process_clean(runtime_store, PKS_RUNNING, NULL), PKS_ERR_USAGE);
	cr_assert_eq(pks_object_drop(held), PKS_ERR_STATE);
	cr_assert_eq(pks_process_clean(runtime_store, PKS_FAILED, &count), 0);
	cr_assert_eq(count, 1);
	cr_assert_eq(pks_process_clean(runtime_store, 0, &count), 0);
	cr_assert_eq(count, 1);
	cr_assert_eq(count_table(PKS_ANY_STATUS), 2);
	cr_assert_eq(count_table(PKS_CREATED), 1);
	cr_assert_eq(pks_process_clean(runtime_store, PKS_CREATED, &count), 0);
	cr_assert_eq(count, 1);
	cr_assert_eq(count_table(PKS_ANY_STATUS), 1);
}

Test(process, clean_goes_on_over_many_transactions)
{
	uint64_t count;

	pks_begin(runtime_store);
	for (int i = 0; i < 2500; i++)
		pks_object_close(runtime_new("handlers:nothing"));
	cr_assert_eq(pks_commit(runtime_store), 0);
	cr_assert_eq(pks_process_clean(runtime_store, PKS_CREATED, &count), 0);
	cr_assert_eq(count, 2500);
	cr_assert_eq(count_table(PKS_ANY_STATUS), 0);
}

/* ---- many threads ---- */

#define THREADS 32

static void *start_many(void *arg)
{
	struct pks_object *log = arg;
	int each = (scratch_long() ? 10000 : 1000) / THREADS;
	long failed = 0;

	for (int i = 0; i < each; i++) {
		struct pks_object *process = pks_process_new(runtime_store, NULL, "handlers:append");
		void *memory = malloc(4096);

		failed += pks_dict_setf(process, "log", "o", log) != 0 || pks_process_start(process) != 0;
		pks_object_close(process);
		free(memory);
	}
	return (void *)failed;
}

Test(process, threads_that_allocate_start_a_crowd)
{
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE);
	uint64_t each = (uint64_t)(scratch_long() ? 10000 : 1000) / THREADS, count;
	struct pks_process_table *table;
	struct pks_process_info info;
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, start_many, log), 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		cr_assert_null(failed, "%s", pks_error_message());
	}
	table = pks_process_table_open(runtime_store, PKS_ANY_STATUS);
	while (pks_process_table_next(table, &info, NULL) == 0) {
		struct pks_object *process = pks_object_from_id(runtime_store, info.id);

		runtime_join(process);
		runtime_expect(process, PKS_FINISHED, 0, NULL);
		pks_object_close(process);
	}
	pks_process_table_close(table);
	pks_log_count(log, &count);
	cr_assert_eq(count, each * THREADS);
}
