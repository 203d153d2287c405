/* SPDX-License-Identifier: MIT */
/* Running a process again, and what is told of its earlier attempts. */
#include "lib/runtime.h"

#include <criterion/criterion.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(restart, .init = runtime_begin, .fini = runtime_end, .timeout = 100);

static void restart(struct pks_object *process, enum pks_restart policy)
{
	cr_assert_eq(pks_process_restart(process, policy, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
}

static void expect_attempt(struct pks_object *process, uint32_t attempt)
{
	struct pks_process_info info;

	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert_eq(info.attempt, attempt, "attempt %u", info.attempt);
}

static size_t count_history(struct pks_object *process)
{
	struct pks_value list = {0};
	size_t count;

	cr_assert_eq(pks_process_history(process, &list), 0, "%s", pks_error_message());
	cr_assert_eq(pks_value_count(&list, &count), 0);
	pks_value_clear(&list);
	return count;
}

/* From the end if negative. */
static void expect_history(struct pks_object *process, int at, int attempt, const char *status, int exitcode,
			   const char *error)
{
	struct pks_value list = {0}, entry;
	char *is_status, *is_error = NULL;
	int is_attempt, is_exitcode;

	cr_assert_eq(pks_process_history(process, &list), 0);
	cr_assert_eq(pks_value_at(&list, at, &entry), 0, "there is no entry %d", at);
	cr_assert_eq(pks_value_unpack(&entry, "{s:i, s:s, s:i, s:?s}", "attempt", &is_attempt, "status", &is_status,
				      "exitcode", &is_exitcode, "error", &is_error),
		     0, "%s", pks_error_message());
	cr_assert_eq(is_attempt, attempt, "attempt %d", is_attempt);
	cr_assert_str_eq(is_status, status);
	cr_assert_eq(is_exitcode, exitcode, "exitcode %d", is_exitcode);
	if (error)
		cr_assert(is_error && strncmp(is_error, error, strlen(error)) == 0, "%s", is_error);
	else
		cr_assert_null(is_error);
	free(is_status);
	free(is_error);
	pks_value_clear(&list);
}

/* ---- what it is ---- */

Test(restart, an_ended_one_runs_again_with_the_same_arguments_and_items)
{
	struct pks_object *process = runtime_new("handlers:echo");
	struct pks_value result = {0};
	int number;

	cr_assert_eq(pks_process_set_argsf(process, "[i]", 7), 0);
	pks_dict_setf(process, "mine", "i", 5);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	cr_assert_eq(count_history(process), 0);
	restart(process, PKS_RESTART_WAIT);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	expect_attempt(process, 2);
	cr_assert_eq(pks_process_resultf(process, "[i]", &number), 0);
	cr_assert_eq(number, 7);
	cr_assert_eq(pks_dict_getf(process, "mine", "i", &number), 0);
	cr_assert_eq(number, 5);
	cr_assert_eq(count_history(process), 1);
	expect_history(process, 0, 1, "finished", 0, NULL);
	pks_value_clear(&result);
	runtime_expect_index_right();
}

Test(restart, what_the_last_attempt_left_is_not_taken_for_the_next_ones)
{
	struct pks_object *process = runtime_run("handlers:fail_with_text"), *first;
	char *error;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	first = runtime_start("handlers:hold");
	runtime_await(first, "here");
	restart(process, PKS_RESTART_WAIT);
	cr_assert_eq(pks_process_error(process, &error), PKS_NOT_FOUND, "it waits to run again");
	cr_assert_eq(pks_process_is_alive(process), 0);
	cr_assert_eq(pks_object_drop(process), PKS_ERR_STATE, "nor can it be dropped");
	pks_dict_setf(first, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FAILED, 1, "no file x");
	expect_history(process, 0, 1, "failed", 1, "no file x");
}

Test(restart, one_that_was_never_started_is_started)
{
	struct pks_object *process = runtime_new("handlers:nothing");

	restart(process, PKS_RESTART_WAIT);
	runtime_join(process);
	expect_attempt(process, 1);
	cr_assert_eq(count_history(process), 0);
}

Test(restart, one_that_was_terminated_before_it_ran_runs)
{
	struct pks_object *process = runtime_new("handlers:nothing");

	cr_assert_eq(pks_process_terminate(process, -1), 0);
	restart(process, PKS_RESTART_WAIT);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	expect_attempt(process, 1);
	expect_history(process, 0, 0, "crashed", -SIGTERM, "terminated before it ran");
}

Test(restart, the_history_is_bounded_and_keeps_the_newest)
{
	struct pks_object *process = runtime_run("handlers:fail_with_7");

	for (int i = 0; i < 20; i++) {
		restart(process, PKS_RESTART_WAIT);
		runtime_join(process);
	}
	expect_attempt(process, 21);
	cr_assert_eq(count_history(process), 16);
	expect_history(process, 0, 5, "failed", 7, "its handler returned 7");
	expect_history(process, -1, 20, "failed", 7, "its handler returned 7");
}

Test(restart, a_long_error_is_cut_between_its_characters)
{
	struct pks_object *process = runtime_new("handlers:fail_with_args");
	struct pks_value list = {0}, entry;
	char *text, long_text[4096];

	for (size_t i = 0; i < sizeof(long_text) - 3; i += 3)
		memcpy(long_text + i, "\xe2\x82\xac", 4);
	cr_assert_eq(pks_process_set_argsf(process, "[s]", long_text), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	restart(process, PKS_RESTART_WAIT);
	runtime_join(process);
	cr_assert_eq(pks_process_history(process, &list), 0);
	cr_assert_eq(pks_value_at(&list, 0, &entry), 0);
	cr_assert_eq(pks_value_unpack(&entry, "{s:s}", "error", &text), 0);
	cr_assert_eq(strlen(text), 1023, "%zu", strlen(text));
	free(text);
	pks_value_clear(&list);
}

/* ---- policies ---- */

Test(restart, to_wait_is_to_leave_the_running_attempt_alone)
{
	struct pks_object *process = runtime_start("handlers:hold");

	runtime_await(process, "here");
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, 0), PKS_TIMED_OUT);
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, 20), PKS_TIMED_OUT);
	expect_attempt(process, 1);
	pks_dict_setf(process, "go", "b", 1);
	restart(process, PKS_RESTART_WAIT);
	runtime_join(process);
	expect_attempt(process, 2);
	expect_history(process, 0, 1, "finished", 0, NULL);
}

Test(restart, to_terminate_is_to_end_it_first)
{
	struct pks_object *process = runtime_start("handlers:daemonize");
	int64_t daemon;

	runtime_await(process, "here");
	daemon = runtime_await(process, "daemon");
	restart(process, PKS_RESTART_TERMINATE);
	cr_assert_not(runtime_lives(daemon), "the first attempt's");
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	expect_attempt(process, 2);
	expect_history(process, 0, 1, "crashed", -SIGTERM, "killed by SIGTERM");
}

Test(restart, a_way_that_is_none_is_refused)
{
	struct pks_object *process = runtime_run("handlers:nothing");

	cr_assert_eq(pks_process_restart(process, (enum pks_restart)2, -1), PKS_ERR_USAGE);
	expect_attempt(process, 1);
}

static void *restart_many(void *arg)
{
	for (int i = 0; i < 10; i++)
		if (pks_process_restart(arg, PKS_RESTART_WAIT, RUNTIME_PATIENCE_MS) != 0)
			return arg;
	return NULL;
}

Test(restart, of_several_at_once_each_makes_an_attempt)
{
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE);
	struct pks_object *process = runtime_new("handlers:append");
	pthread_t threads[4];
	uint64_t count;
	void *failed;

	pks_dict_setf(process, "log", "o", log);
	cr_assert_eq(pks_process_start(process), 0);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, restart_many, process), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		cr_assert_null(failed, "%d", i);
	}
	runtime_join(process);
	expect_attempt(process, 41);
	pks_log_count(log, &count);
	cr_assert_eq(count, 41);
}

/* ---- transactions ---- */

Test(restart, in_a_transaction_it_counts_when_that_commits)
{
	struct pks_object *process = runtime_run("handlers:nothing"), *running = runtime_start("handlers:hold");

	runtime_await(running, "here");
	pks_begin(runtime_store);
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, -1), 0);
	cr_assert_eq(pks_process_restart(running, PKS_RESTART_WAIT, -1), PKS_ERR_USAGE);
	pks_abort(runtime_store);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	expect_attempt(process, 1);
	pks_begin(runtime_store);
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, -1), 0);
	cr_assert_eq(pks_commit(runtime_store), 0);
	runtime_join(process);
	expect_attempt(process, 2);
	cr_assert_eq(pks_process_kill(running, -1), 0);
}
