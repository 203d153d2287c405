/* SPDX-License-Identifier: MIT */
/* Ending processes: terminate and kill, their trees, and the time of grace. */
#include "lib/child.h"
#include "lib/runtime.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(stop, .init = runtime_begin, .fini = runtime_end, .timeout = 100);

/* Makes a process with that time of grace and starts it; returns when its handler says that it is ready. */
static struct pks_object *start_with_grace(const char *target, int grace_ms)
{
	struct pks_object *process = runtime_new(target);

	cr_assert_eq(pks_process_set_grace(process, grace_ms), 0, "%s", pks_error_message());
	cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	runtime_await(process, "here");
	return process;
}

static void expect_all_gone(struct pks_object *process)
{
	int64_t daemon = runtime_await(process, "daemon");

	cr_assert_not(runtime_lives(runtime_await(process, "here")));
	cr_assert_not(daemon && runtime_lives(daemon), "its daemon is gone before its end is told");
	runtime_expect_index_right();
}

Test(stop, terminate_returns_when_it_is_ended_and_recorded)
{
	struct pks_object *process = runtime_start("handlers:daemonize");

	runtime_await(process, "here");
	cr_assert_eq(pks_process_terminate(process, -1), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	expect_all_gone(process);
	cr_assert_eq(pks_process_terminate(process, -1), 0, "one that has ended stays as it is");
	runtime_expect_well();
}

Test(stop, kill_is_refused_by_nobody_and_leaves_nobody)
{
	struct pks_object *process = start_with_grace("stubborn:ignore_sigterm", -1);

	cr_assert_eq(pks_process_kill(process, -1), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	expect_all_gone(process);
	runtime_expect_well();
}

/* What it has left is killed at once, and takes its time to end; the supervisor is its parent, or is not. */
Test(stop, what_ends_slowly_has_ended_when_its_process_has)
{
	static const enum pks_method methods[] = {PKS_METHOD_SPAWN, PKS_METHOD_POOL, PKS_METHOD_DEDICATED};

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		struct pks_object *process = runtime_new("stubborn:die_before_one_that_ends_slowly");

		cr_assert_eq(pks_process_set_method(process, methods[i]), 0, "%s", pks_error_message());
		cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
		runtime_await(process, "here");
		cr_assert_eq(pks_process_kill(process, -1), 0, "%s", pks_error_message());
		expect_all_gone(process);
	}
	runtime_expect_well();
}

Test(stop, who_ignores_sigterm_is_killed_when_its_grace_is_over)
{
	struct pks_object *process = start_with_grace("stubborn:ignore_sigterm", 100);

	cr_assert_eq(pks_process_terminate(process, 10), PKS_TIMED_OUT);
	cr_assert_eq(pks_process_is_alive(process), 0, "in its time of grace");
	cr_assert_eq(pks_process_terminate(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	expect_all_gone(process);
}

Test(stop, without_grace_it_is_killed_at_once)
{
	struct pks_object *process = start_with_grace("stubborn:ignore_sigterm", 0);

	cr_assert_eq(pks_process_terminate(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	expect_all_gone(process);
}

Test(stop, with_endless_grace_it_is_not_killed_until_somebody_asks_for_that)
{
	struct pks_object *process = start_with_grace("stubborn:ignore_sigterm", -1);

	/* Longer than the supervisor takes to look by itself. */
	cr_assert_eq(pks_process_terminate(process, 1500), PKS_TIMED_OUT);
	cr_assert_eq(pks_process_is_alive(process), 0);
	cr_assert_eq(pks_process_kill(process, RUNTIME_PATIENCE_MS), 0);
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
}

Test(stop, what_is_left_of_it_has_the_same_time_and_is_killed_then)
{
	struct pks_object *process = start_with_grace("stubborn:die_before_one_that_ignores", 2000);
	int64_t daemon = runtime_await(process, "daemon");

	cr_assert_eq(pks_process_terminate(process, 10), PKS_TIMED_OUT);
	cr_assert(runtime_lives(daemon));
	cr_assert_eq(pks_process_is_alive(process), 0, "it runs until all of it has ended");
	cr_assert_eq(pks_process_terminate(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	expect_all_gone(process);
	runtime_expect_well();
}

Test(stop, what_is_left_of_it_can_be_killed_before_its_time)
{
	struct pks_object *process = start_with_grace("stubborn:die_before_one_that_ignores", -1);

	/* Longer than whoever waits leaves it to the supervisor otherwise. */
	cr_assert_eq(pks_process_terminate(process, 1500), PKS_TIMED_OUT);
	cr_assert_not(runtime_lives(runtime_await(process, "here")));
	cr_assert_eq(pks_process_is_alive(process), 0);
	cr_assert_eq(pks_process_kill(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	expect_all_gone(process);
	runtime_expect_well();
}

Test(stop, a_supervisor_that_dies_while_it_waits_for_the_rest_leaves_nothing_unsettled)
{
	struct pks_object *process = start_with_grace("stubborn:die_before_one_that_ignores", -1);
	struct pks_pool_status status;

	cr_assert_eq(pks_process_terminate(process, 10), PKS_TIMED_OUT);
	runtime_await_death(runtime_await(process, "here"));
	cr_assert_eq(pks_pool_status(runtime_store, NULL, &status), 0);
	kill((pid_t)status.supervisor_pid, SIGKILL);
	runtime_join(process);
	cr_assert_eq(pks_process_is_alive(process), PKS_NOT_FOUND);
	runtime_expect_index_right();
}

Test(stop, who_catches_sigterm_ends_as_it_says_and_its_tree_with_it)
{
	struct pks_object *process = start_with_grace("stubborn:catch_sigterm", PKS_GRACE_MS);
	int number;

	cr_assert_eq(pks_process_terminate(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "i", &number), 0);
	cr_assert_eq(number, SIGTERM);
	cr_assert_not(runtime_lives(runtime_await(process, "daemon")));
	cr_assert(runtime_lives(runtime_await(process, "here")), "its worker goes on");
}

Test(stop, sigterm_reaches_what_has_left_the_tree_by_all_rules)
{
	struct pks_object *process = start_with_grace("stubborn:hear_from_daemon", -1);
	int reached;

	cr_assert_eq(pks_process_terminate(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "b", &reached), 0);
	cr_assert(reached);
}

Test(stop, a_neighbours_tree_is_not_touched)
{
	struct pks_object *first = start_with_grace("stubborn:ignore_sigterm", -1), *second;

	second = start_with_grace("stubborn:ignore_sigterm", -1);
	cr_assert_eq(pks_process_kill(first, RUNTIME_PATIENCE_MS), 0);
	expect_all_gone(first);
	cr_assert(runtime_lives(runtime_await(second, "here")) && runtime_lives(runtime_await(second, "daemon")));
	cr_assert_eq(pks_process_kill(second, RUNTIME_PATIENCE_MS), 0);
}

/* A worker of its own ends with it, and its tree as well. */
Test(stop, a_dedicated_one_is_ended_and_restarted_as_any)
{
	struct pks_object *process = runtime_new("stubborn:ignore_sigterm");
	int64_t daemon, pid;

	cr_assert_eq(pks_process_set_method(process, PKS_METHOD_DEDICATED), 0);
	cr_assert_eq(pks_process_set_grace(process, 50), 0);
	cr_assert_eq(pks_process_start_wait(process, RUNTIME_PATIENCE_MS, &pid), 0, "%s", pks_error_message());
	cr_assert_eq(runtime_await(process, "here"), pid);
	daemon = runtime_await(process, "daemon");
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_TERMINATE, RUNTIME_PATIENCE_MS), 0, "%s",
		     pks_error_message());
	cr_assert_not(runtime_lives(pid));
	cr_assert_not(runtime_lives(daemon));
	cr_assert_eq(pks_process_kill(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect_index_right();
}

/* Whether or not the command is there yet when it is asked to end. */
Test(stop, a_command_gets_sigterm_though_it_has_only_just_begun)
{
	static const char *const argv[] = {"sleep", "1000", NULL};

	for (int i = 0; i < 30; i++) {
		struct pks_object *process = pks_process_new_command(runtime_store, NULL, argv);

		cr_assert_eq(pks_process_set_grace(process, -1), 0);
		cr_assert_eq(pks_process_start_wait(process, RUNTIME_PATIENCE_MS, NULL), 0);
		cr_assert_eq(pks_process_terminate(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
		runtime_expect(process, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	}
}

/* ---- what has not run ---- */

Test(stop, what_has_not_run_ends_by_the_signal_that_it_would_have_had)
{
	struct pks_object *created = runtime_new("handlers:nothing"), *first, *submitted;
	struct pks_process_info info;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	first = runtime_start("handlers:hold");
	runtime_await(first, "here");
	submitted = runtime_start("handlers:nothing");
	cr_assert_eq(pks_process_kill(created, -1), 0);
	cr_assert_eq(pks_process_kill(submitted, -1), 0);
	runtime_expect(created, PKS_CRASHED, -SIGKILL, "killed before it ran");
	runtime_expect(submitted, PKS_CRASHED, -SIGKILL, "killed before it ran");
	cr_assert_eq(pks_process_terminate(first, -1), 0);
	runtime_expect_well();
	cr_assert_eq(pks_process_info(submitted, &info), 0);
	cr_assert_eq(info.attempt, 0, "it never ran");
	cr_assert_eq(pks_process_start(created), PKS_ERR_STATE, "it never will");
}

/* ---- in transactions ---- */

Test(stop, a_request_in_a_transaction_counts_when_that_commits)
{
	struct pks_object *process = runtime_new("handlers:nothing");
	enum pks_status status;

	pks_begin(runtime_store);
	cr_assert_eq(pks_process_terminate(process, -1), PKS_ERR_USAGE, "nothing would change");
	cr_assert_eq(pks_process_terminate(process, 0), 0);
	pks_abort(runtime_store);
	cr_assert_eq(pks_process_status(process, &status), 0);
	cr_assert_eq(status, PKS_CREATED);
}

/* It holds the write lock, which whoever ends a process usually needs. */
Test(stop, a_handler_that_hangs_inside_a_transaction_can_be_killed)
{
	struct pks_object *process = start_with_grace("stubborn:hang_in_transaction", PKS_GRACE_MS);
	int64_t pid = runtime_await(process, "here");
	struct pks_store_stat stat = {0};

	while (stat.writer_pid != pid)
		cr_assert_eq(pks_store_stat(runtime_store, &stat), 0);
	cr_assert_eq(pks_process_kill(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	runtime_expect_well();
}

/* ---- who asked is gone ---- */

static char *store_path;
static uint64_t process_id;

static int terminate_and_die(void *arg)
{
	struct pks_store *store = pks_store_open(store_path, NULL);
	struct pks_object *process = pks_object_from_id(store, process_id);

	return pks_process_terminate(process, 0) == 0 ? raise(SIGKILL) : 1;
}

Test(stop, a_caller_that_is_killed_has_asked_all_the_same)
{
	struct pks_object *process = start_with_grace("stubborn:ignore_sigterm", 200);

	store_path = strdup(pks_store_path(runtime_store));
	process_id = pks_object_id(process);
	cr_assert_eq(child_wait(child_start(terminate_and_die, NULL)), -SIGKILL);
	runtime_join(process);
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	expect_all_gone(process);
}

Test(stop, null_and_other_types_are_refused)
{
	struct pks_object *dict = pks_dict_open(runtime_store, "d", PKS_OPEN_OR_CREATE);

	cr_assert_eq(pks_process_terminate(dict, -1), PKS_ERR_TYPE);
	cr_assert_eq(pks_process_kill(dict, 0), PKS_ERR_TYPE);
	cr_assert_eq(pks_process_set_grace(dict, 5), PKS_ERR_TYPE);
}
