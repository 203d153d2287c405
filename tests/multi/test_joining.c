/* SPDX-License-Identifier: MIT */
/* Waiting: until a process runs, for all of several, for any of them; and what a handle is when one is done. */
#include "lib/runtime.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <string.h>

TestSuite(joining, .init = runtime_begin, .fini = runtime_end, .timeout = 100);

/* ---- until it runs ---- */

Test(joining, start_wait_returns_with_the_pid_when_the_handler_is_about_to_run)
{
	struct pks_object *process = runtime_new("handlers:hold");
	int64_t pid = 0, told = 0;

	cr_assert_eq(pks_process_pid(process, &told), PKS_NOT_FOUND);
	cr_assert_eq(pks_process_start_wait(process, RUNTIME_PATIENCE_MS, &pid), 0, "%s", pks_error_message());
	cr_assert_eq(runtime_await(process, "here"), pid);
	cr_assert_eq(pks_process_pid(process, &told), 0);
	cr_assert_eq(told, pid);
	cr_assert_eq(pks_process_start_wait(process, -1, NULL), PKS_ERR_STATE, "it was started before");
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	cr_assert_eq(pks_process_pid(process, &told), PKS_NOT_FOUND, "a pid only while it runs");
}

Test(joining, start_wait_tells_when_there_is_no_place)
{
	struct pks_object *first, *second = runtime_new("handlers:nothing");

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	first = runtime_start("handlers:hold");
	runtime_await(first, "here");
	cr_assert_eq(pks_process_start_wait(second, 20, NULL), PKS_TIMED_OUT);
	pks_dict_setf(first, "go", "b", 1);
	runtime_join(second);
	runtime_expect(second, PKS_FINISHED, 0, NULL);
}

Test(joining, start_wait_returns_for_one_that_is_over_before_anybody_could_look)
{
	for (int i = 0; i < 50; i++) {
		struct pks_object *process = runtime_new("handlers:nothing");

		cr_assert_eq(pks_process_start_wait(process, RUNTIME_PATIENCE_MS, NULL), 0);
		runtime_join(process);
		pks_object_close(process);
	}
}

Test(joining, start_wait_cannot_be_in_a_transaction)
{
	struct pks_object *process = runtime_new("handlers:nothing");
	enum pks_status status;

	pks_begin(runtime_store);
	cr_assert_eq(pks_process_start_wait(process, -1, NULL), PKS_ERR_USAGE);
	pks_abort(runtime_store);
	cr_assert_eq(pks_process_status(process, &status), 0);
	cr_assert_eq(status, PKS_CREATED);
}

/* ---- what is said when it takes too long ---- */

static void expect_not_in_time(struct pks_object *process, int answer, const char *call)
{
	struct pks_object_info info;

	cr_expect_eq(answer, PKS_TIMED_OUT, "%s: %d", call, answer);
	cr_expect_eq(pks_error_code(), PKS_TIMED_OUT, "%s", call);
	cr_assert_eq(pks_object_info(process, &info), 0);
	cr_expect_not_null(strstr(pks_error_message(), info.path), "%s: %s", call, pks_error_message());
}

#define NOT_IN_TIME(process, call) expect_not_in_time(process, (pks_object_exists(runtime_store, "/"), call), #call)

Test(joining, who_is_waited_for_in_vain_is_named)
{
	struct pks_object *process, *other = runtime_new("handlers:nothing");
	size_t which;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	process = runtime_start("handlers:hold");
	runtime_await(process, "here");
	for (int timeout = 0; timeout < 2; timeout++) {
		NOT_IN_TIME(process, pks_process_join(process, timeout));
		NOT_IN_TIME(process, pks_process_join_all(&process, 1, timeout));
		NOT_IN_TIME(process, pks_process_join_any(&process, 1, timeout, &which));
		NOT_IN_TIME(process, pks_process_restart(process, PKS_RESTART_WAIT, timeout));
		NOT_IN_TIME(process, pks_pool_drain(runtime_store, NULL, timeout));
	}
	cr_assert_eq(pks_pool_resume(runtime_store, NULL), 0);
	NOT_IN_TIME(other, pks_process_start_wait(other, 1, NULL));
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(other);
}

/* ---- all ---- */

Test(joining, join_all_returns_when_the_last_one_has_ended)
{
	struct pks_object *processes[6];

	for (int i = 0; i < 6; i++)
		processes[i] = runtime_start(i == 3  ? "handlers:hold"
		                             : i % 2 ? "handlers:nothing"
		                                     : "handlers:kill_itself");
	runtime_await(processes[3], "here");
	cr_assert_eq(pks_process_join_all(processes, 6, 0), PKS_TIMED_OUT);
	cr_assert_eq(pks_process_join_all(processes, 6, 20), PKS_TIMED_OUT);
	pks_dict_setf(processes[3], "go", "b", 1);
	cr_assert_eq(pks_process_join_all(processes, 6, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	for (int i = 0; i < 6; i++)
		cr_assert_eq(pks_process_is_alive(processes[i]), PKS_NOT_FOUND);
	cr_assert_eq(pks_process_join_all(NULL, 0, -1), 0, "none at all have all ended");
}

Test(joining, one_that_was_never_started_cannot_be_waited_for)
{
	struct pks_object *processes[] = {runtime_start("handlers:hold"), runtime_new("handlers:nothing")};

	cr_assert_eq(pks_process_join_all(processes, 2, -1), PKS_ERR_STATE, "not after the first one's end");
	cr_assert_eq(pks_process_join_any(processes, 2, -1, NULL), PKS_ERR_STATE);
	cr_assert_eq(pks_process_kill(processes[0], -1), 0);
}

/* ---- any ---- */

Test(joining, join_any_tells_which_has_ended)
{
	struct pks_object *processes[4];
	size_t index = 99;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 4), 0);
	for (int i = 0; i < 4; i++) {
		processes[i] = runtime_start("handlers:hold");
		runtime_await(processes[i], "here");
	}
	cr_assert_eq(pks_process_join_any(processes, 4, 0, &index), PKS_TIMED_OUT);
	cr_assert_eq(pks_process_join_any(processes, 4, 20, &index), PKS_TIMED_OUT);
	cr_assert_eq(index, 99, "untouched");
	pks_dict_setf(processes[2], "go", "b", 1);
	cr_assert_eq(pks_process_join_any(processes, 4, RUNTIME_PATIENCE_MS, &index), 0);
	cr_assert_eq(index, 2);
	kill((pid_t)runtime_await(processes[1], "here"), SIGKILL);
	runtime_join(processes[1]);
	cr_assert_eq(pks_process_join_any(processes, 4, -1, &index), 0);
	cr_assert_eq(index, 1, "the first that has ended");
	cr_assert_eq(pks_process_join_any(NULL, 0, -1, &index), PKS_ERR_USAGE);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(pks_process_kill(processes[i], -1), 0);
}

/* ---- close ---- */

Test(joining, a_handle_is_closed_when_its_process_is_done)
{
	struct pks_object *process = runtime_start("handlers:hold");

	runtime_await(process, "here");
	cr_assert_eq(pks_process_close(process), PKS_ERR_STATE);
	cr_assert_eq(pks_process_terminate(process, -1), 0, "the handle is still there");
	cr_assert_eq(pks_process_close(process), 0);
	cr_assert_eq(pks_process_close(runtime_new("handlers:nothing")), 0, "one that was not started");
	process = runtime_run("handlers:nothing");
	cr_assert_eq(pks_object_drop(process), 0);
	cr_assert_eq(pks_process_close(process), 0, "one that is no more");
}
