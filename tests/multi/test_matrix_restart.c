/* SPDX-License-Identifier: MIT */
/* A process runs again by the method by which it was started, and a function is forked again by who has it. */
#include "by_method.h"
#include "lib/child.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

TestSuite(matrix_restart, .init = runtime_begin, .fini = runtime_end, .timeout = 100);

#define EACH_METHOD(check) EACH_METHOD_OF(matrix_restart, check)

/* ---- again ---- */

static void a_restart_runs_it_by_the_same_method(enum pks_method method)
{
	struct pks_object *process = start_by(method, "handlers:hold");
	int64_t first = runtime_await(process, "here"), second;

	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	pks_dict_del(process, "here");
	pks_dict_del(process, "go");
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	second = runtime_await(process, "here");
	expect_parent(second, method);
	if (method != PKS_METHOD_POOL)
		cr_assert_neq(first, second);
	expect_attempt(process, 2, 1);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	runtime_expect_index_right();
}
EACH_METHOD(a_restart_runs_it_by_the_same_method);

static void a_restart_can_end_it_first(enum pks_method method)
{
	struct pks_object *process = start_by(method, "handlers:daemonize");
	int64_t first = runtime_await(process, "here");

	cr_assert_eq(pks_process_restart(process, PKS_RESTART_TERMINATE, RUNTIME_PATIENCE_MS), 0, "%s",
		     pks_error_message());
	cr_assert_not(runtime_lives(first));
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	expect_attempt(process, 2, 1);
}
EACH_METHOD(a_restart_can_end_it_first);

static void one_that_crashed_is_restarted(enum pks_method method)
{
	struct pks_object *process = run_by(method, "handlers:segfault");

	for (uint32_t attempt = 2; attempt <= 3; attempt++) {
		cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, RUNTIME_PATIENCE_MS), 0, "%s",
			     pks_error_message());
		runtime_join(process);
		runtime_expect(process, PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV");
		expect_attempt(process, attempt, attempt - 1);
	}
}
EACH_METHOD(one_that_crashed_is_restarted);

/* From a program that has not started it. */
static int restart_and_hold(void *arg)
{
	struct pks_store *store = pks_store_open(pks_store_path(runtime_store), NULL);
	struct pks_object *process = pks_object_from_id(store, *(uint64_t *)arg);
	struct proc_stat stat;
	int64_t pid;

	if (pks_process_restart(process, PKS_RESTART_WAIT, RUNTIME_PATIENCE_MS) != 0)
		return 1;
	if (pks_process_pid(process, &pid) != 0 || proc_stat_read((pid_t)pid, &stat) != 0)
		return 2;
	pks_dict_setf(process, "go", "b", 1);
	return pks_process_join(process, RUNTIME_PATIENCE_MS) != 0 || stat.parent != getpid();
}

static void a_child_is_restarted_by(enum pks_method method)
{
	struct pks_object *process = start_by(method, "handlers:hold");
	uint64_t id = pks_object_id(process);

	runtime_await(process, "here");
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	pks_dict_del(process, "go");
	cr_assert_eq(child_wait(child_start(restart_and_hold, &id)), 0);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	expect_attempt(process, 2, 1);
}

Test(matrix_restart, a_spawned_one_is_restarted_as_a_child_of_whoever_does_it)
{
	a_child_is_restarted_by(PKS_METHOD_SPAWN);
}

Test(matrix_restart, a_forked_handler_is_restarted_as_a_child_of_whoever_does_it)
{
	a_child_is_restarted_by(PKS_METHOD_FORK);
}

/* ---- functions ---- */

static int count_up(struct pks_object *self, void *arg)
{
	return pks_return(self, "i", ++*(int *)arg);
}

static int restart_elsewhere(void *arg)
{
	struct pks_store *store = pks_store_open(pks_store_path(runtime_store), NULL);
	struct pks_object *process = pks_object_from_id(store, *(uint64_t *)arg);
	int number = 41;

	if (pks_process_restart(process, PKS_RESTART_WAIT, RUNTIME_PATIENCE_MS) != PKS_ERR_USAGE ||
	    !strstr(pks_error_message(), "PKS_FORK_RESTART"))
		return 1;
	if (pks_process_fork(process, count_up, &number, 0) != PKS_ERR_STATE)
		return 2;
	if (pks_process_fork(process, count_up, &number, PKS_FORK_RESTART) != 0)
		return 3;
	return pks_process_join(process, RUNTIME_PATIENCE_MS);
}

Test(matrix_restart, a_forked_function_is_restarted_by_its_program_and_by_who_brings_one)
{
	struct pks_object *process = pks_process_new_function(runtime_store, NULL, count_up);
	uint64_t id = pks_object_id(process);
	int number = 5, result = 0;

	cr_assert_eq(pks_process_fork(process, count_up, &number, PKS_FORK_WITH_THREADS), 0, "%s", pks_error_message());
	runtime_join(process);
	number = 7;
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_join(process);
	cr_assert_eq(pks_process_resultf(process, "i", &result), 0);
	cr_assert_eq(result, 8, "the same argument, as it is by now");
	cr_assert_eq(child_wait(child_start(restart_elsewhere, &id)), 0);
	cr_assert_eq(pks_process_resultf(process, "i", &result), 0);
	cr_assert_eq(result, 42);
	expect_attempt(process, 3, 2);
	runtime_expect_index_right();
}

Test(matrix_restart, what_has_not_ended_is_not_forked_again)
{
	struct pks_object *process = start_by(PKS_METHOD_FORK, "handlers:hold");
	unsigned flags = PKS_FORK_WITH_THREADS | PKS_FORK_RESTART;

	cr_assert_eq(pks_process_fork(process, NULL, NULL, flags), PKS_ERR_STATE);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	cr_assert_eq(pks_process_fork(process, NULL, NULL, flags), 0, "%s", pks_error_message());
	runtime_join(process);
	expect_attempt(process, 2, 1);
}

Test(matrix_restart, what_is_forked_for_dropped_processes_is_forgotten)
{
	int number = 0;

	for (int i = 0; i < 40; i++) {
		struct pks_object *process = pks_process_new_function(runtime_store, NULL, count_up);

		cr_assert_eq(pks_process_fork(process, count_up, &number, PKS_FORK_WITH_THREADS), 0);
		runtime_join(process);
		if (i % 2 == 0)
			cr_assert_eq(pks_object_drop(process), 0);
		else
			cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, RUNTIME_PATIENCE_MS), 0, "%s",
				     pks_error_message());
		pks_object_close(process);
	}
}

Test(matrix_restart, a_restart_of_a_child_cannot_be_in_a_transaction)
{
	struct pks_object *process = run_by(PKS_METHOD_SPAWN, "handlers:nothing");

	pks_begin(runtime_store);
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, -1), PKS_ERR_USAGE);
	pks_abort(runtime_store);
	expect_attempt(process, 1, 0);
}
