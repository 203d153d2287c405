/* SPDX-License-Identifier: MIT */
/* What holds for a process by whichever method it was started: a table of methods, and tests that each of them passes. */
#include "lib/child.h"
#include "lib/runtime.h"
#include "lib/scratch.h"

#include "base/proc.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

TestSuite(matrix, .init = runtime_begin, .fini = runtime_end, .timeout = 100);

/* A test for each method of what `check` asserts. */
#define EACH_METHOD(check)                                                                                             \
	Test(matrix, check##_by_pool)                                                                                  \
	{                                                                                                              \
		check(PKS_METHOD_POOL);                                                                                \
	}                                                                                                              \
	Test(matrix, check##_by_dedicated)                                                                             \
	{                                                                                                              \
		check(PKS_METHOD_DEDICATED);                                                                           \
	}                                                                                                              \
	Test(matrix, check##_by_forkserver)                                                                            \
	{                                                                                                              \
		check(PKS_METHOD_FORKSERVER);                                                                          \
	}                                                                                                              \
	Test(matrix, check##_by_spawn)                                                                                 \
	{                                                                                                              \
		check(PKS_METHOD_SPAWN);                                                                               \
	}                                                                                                              \
	Test(matrix, check##_by_fork)                                                                                  \
	{                                                                                                              \
		check(PKS_METHOD_FORK);                                                                                \
	}                                                                                                              \
	_Static_assert(1, "takes the semicolon")

/*
 * A copy of this program, which is linked with a library of its own, cannot load a module that is linked with the shared
 * one: so it executes the module's twin. fork_shared.c is a program that can.
 */
static struct pks_object *new_by(enum pks_method method, const char *target)
{
	const char *colon = strchr(target, ':');
	char twin[PKS_STORE_PATH_SIZE];
	struct pks_object *process;

	snprintf(twin, sizeof(twin), "%s/%.*s_program%s", getenv("PKSTORE_MODULE_PATH"), (int)(colon - target), target,
		 colon);
	if (method == PKS_METHOD_FORK && target[0] != '/' && strncmp(target, "no_", 3) != 0)
		target = twin;
	process = runtime_new(target);
	cr_assert_eq(pks_process_set_method(process, method), 0, "%s", pks_error_message());
	return process;
}

/* A test has threads that are not its own. */
static void start(struct pks_object *process, enum pks_method method)
{
	int r = method == PKS_METHOD_FORK ? pks_process_fork(process, NULL, NULL, PKS_FORK_WITH_THREADS)
					  : pks_process_start(process);

	cr_assert_eq(r, 0, "%s: %s", pks_method_name(method), pks_error_message());
}

static struct pks_object *start_by(enum pks_method method, const char *target)
{
	struct pks_object *process = new_by(method, target);

	start(process, method);
	return process;
}

static struct pks_object *run_by(enum pks_method method, const char *target)
{
	struct pks_object *process = start_by(method, target);

	runtime_join(process);
	return process;
}

/* Whose child the worker is: the program's that starts it, or the supervisor's. */
static void expect_parent(int64_t pid, enum pks_method method)
{
	bool mine = method == PKS_METHOD_SPAWN || method == PKS_METHOD_FORK;
	struct proc_stat stat;

	cr_assert_eq(proc_stat_read((pid_t)pid, &stat), 0);
	cr_assert_eq(stat.parent, mine ? getpid() : runtime_supervisor(), "%s", pks_method_name(method));
}

static void expect_attempt(struct pks_object *process, uint32_t attempt, size_t history)
{
	struct pks_process_info info;
	struct pks_value list = {0};
	size_t count;

	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert_eq(info.attempt, attempt, "attempt %u", info.attempt);
	cr_assert_eq(pks_process_history(process, &list), 0);
	cr_assert_eq(pks_value_count(&list, &count), 0);
	cr_assert_eq(count, history);
	pks_value_clear(&list);
}

/* ---- how it ends ---- */

static void every_end_is_told_exactly(enum pks_method method)
{
	runtime_expect(run_by(method, "handlers:nothing"), PKS_FINISHED, 0, NULL);
	runtime_expect(run_by(method, "handlers:fail_with_7"), PKS_FAILED, 7, "its handler returned 7");
	runtime_expect(run_by(method, "handlers:exit_with_3"), PKS_FAILED, 3, "exited with status 3");
	runtime_expect(run_by(method, "handlers:segfault"), PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV");
	runtime_expect(run_by(method, "handlers:kill_itself"), PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	runtime_expect_index_right();
}
EACH_METHOD(every_end_is_told_exactly);

static void what_is_not_there_fails(enum pks_method method)
{
	char target[PKS_STORE_PATH_SIZE + 32];

	runtime_expect(run_by(method, "no_such_module:handler"), PKS_FAILED, 1, "no_such_module: no such module");
	runtime_expect(run_by(method, "handlers:no_such_handler"), PKS_FAILED, 1, "");
	snprintf(target, sizeof(target), "%s/handlers_program:no_such_handler", getenv("PKSTORE_MODULE_PATH"));
	runtime_expect(run_by(method, target), PKS_FAILED, 1, "");
	runtime_expect_index_right();
}
EACH_METHOD(what_is_not_there_fails);

static void a_program_holds_its_handlers(enum pks_method method)
{
	struct pks_object *process;
	char target[PKS_STORE_PATH_SIZE + 32];
	int64_t pid = 0;

	snprintf(target, sizeof(target), "%s/handlers_program:tell_pid", getenv("PKSTORE_MODULE_PATH"));
	process = run_by(method, target);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "I", &pid), 0);
	cr_assert(pid != getpid() && pid != 0);
}
EACH_METHOD(a_program_holds_its_handlers);

static void a_command_runs(enum pks_method method)
{
	static const char *const argv[] = {"sh", "-c", "echo said; exit 4", NULL};
	struct pks_object *process = pks_process_new_command(runtime_store, NULL, argv);
	char *text;

	cr_assert_eq(pks_process_set_method(process, method), 0);
	start(process, method);
	runtime_join(process);
	runtime_expect(process, PKS_FAILED, 4, "exited with status 4");
	cr_assert_eq(pks_log_getf(pks_process_output(process), 0, "{s:s}", "text", &text), 0);
	cr_assert_str_eq(text, "said");
	free(text);
}
EACH_METHOD(a_command_runs);

static void output_and_report_are_kept(enum pks_method method)
{
	struct pks_object *process = run_by(method, "handlers:fall_with_last_words");
	struct pks_value report = {0};
	char *text, *signal_name;

	runtime_expect(process, PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV");
	cr_assert_eq(pks_log_getf(pks_process_output(process), -1, "{s:s}", "text", &text), 0);
	cr_assert_str_eq(text, "last line");
	cr_assert_eq(pks_process_report(process, &report), 0, "%s", pks_error_message());
	cr_assert_eq(pks_value_unpack(&report, "{s:s}", "signal_name", &signal_name), 0);
	cr_assert_str_eq(signal_name, "SIGSEGV");
	free(signal_name);
	free(text);
	pks_value_clear(&report);
}
EACH_METHOD(output_and_report_are_kept);

/* ---- ending it ---- */

static void terminate_ends_it_and_its_tree(enum pks_method method)
{
	struct pks_object *process = start_by(method, "handlers:daemonize");
	int64_t pid = runtime_await(process, "here"), daemon = runtime_await(process, "daemon");

	expect_parent(pid, method);
	cr_assert_eq(pks_process_terminate(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	cr_assert_not(runtime_lives(pid));
	cr_assert_not(runtime_lives(daemon));
	runtime_expect_index_right();
}
EACH_METHOD(terminate_ends_it_and_its_tree);

static void kill_is_refused_by_nobody(enum pks_method method)
{
	struct pks_object *process = start_by(method, "stubborn:ignore_sigterm");
	int64_t pid = runtime_await(process, "here"), daemon = runtime_await(process, "daemon");

	cr_assert_eq(pks_process_kill(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	cr_assert_not(runtime_lives(pid));
	cr_assert_not(runtime_lives(daemon));
}
EACH_METHOD(kill_is_refused_by_nobody);

static void grace_ends_by_sigkill(enum pks_method method)
{
	struct pks_object *process = new_by(method, "stubborn:ignore_sigterm");
	int64_t pid, daemon;

	cr_assert_eq(pks_process_set_grace(process, 100), 0);
	start(process, method);
	pid = runtime_await(process, "here");
	daemon = runtime_await(process, "daemon");
	cr_assert_eq(pks_process_terminate(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	cr_assert_not(runtime_lives(pid));
	cr_assert_not(runtime_lives(daemon));
}
EACH_METHOD(grace_ends_by_sigkill);

static void the_time_of_grace_is_its_trees(enum pks_method method)
{
	struct pks_object *process = new_by(method, "stubborn:die_before_one_that_cleans_up");
	const char *path = scratch_path(pks_store_path(runtime_store), "cleaned");
	int64_t pid, daemon;

	cr_assert_eq(pks_process_set_grace(process, RUNTIME_PATIENCE_MS), 0);
	cr_assert_eq(pks_process_set_argsf(process, "[s]", path), 0);
	start(process, method);
	pid = runtime_await(process, "here");
	daemon = runtime_await(process, "daemon");
	cr_assert_eq(pks_process_terminate(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(process, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	cr_assert_not(runtime_lives(pid));
	cr_assert_not(runtime_lives(daemon));
	cr_assert_eq(access(path, F_OK), 0, "it had time to clean up");
	runtime_expect_index_right();
}
EACH_METHOD(the_time_of_grace_is_its_trees);

static void who_ignores_sigterm_in_its_tree_is_killed(enum pks_method method)
{
	struct pks_object *process = new_by(method, "stubborn:die_before_one_that_ignores");
	int64_t pid, daemon;

	cr_assert_eq(pks_process_set_grace(process, 1000), 0);
	start(process, method);
	pid = runtime_await(process, "here");
	daemon = runtime_await(process, "daemon");
	cr_assert_eq(pks_process_terminate(process, 0), 0, "%s", pks_error_message());
	runtime_await_death(pid);
	runtime_join(process);
	runtime_expect(process, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	runtime_await_death(daemon);
	runtime_expect_index_right();
}
EACH_METHOD(who_ignores_sigterm_in_its_tree_is_killed);

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

Test(matrix, a_spawned_one_is_restarted_as_a_child_of_whoever_does_it)
{
	a_child_is_restarted_by(PKS_METHOD_SPAWN);
}

Test(matrix, a_forked_handler_is_restarted_as_a_child_of_whoever_does_it)
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

Test(matrix, a_forked_function_is_restarted_by_its_program_and_by_who_brings_one)
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

Test(matrix, what_has_not_ended_is_not_forked_again)
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

Test(matrix, what_is_forked_for_dropped_processes_is_forgotten)
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

Test(matrix, a_restart_of_a_child_cannot_be_in_a_transaction)
{
	struct pks_object *process = run_by(PKS_METHOD_SPAWN, "handlers:nothing");

	pks_begin(runtime_store);
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, -1), PKS_ERR_USAGE);
	pks_abort(runtime_store);
	expect_attempt(process, 1, 0);
}

/* ---- who is told ---- */

static void note_end(struct pks_object *process, const struct pks_process_info *info, void *arg)
{
	(void)process;
	atomic_store((atomic_int *)arg, info && info->status == PKS_CRASHED ? info->exitcode : 1);
}

static void who_asked_for_it_is_called_at_its_end(enum pks_method method)
{
	struct pks_object *process = new_by(method, "handlers:segfault");
	const struct timespec pause = {.tv_nsec = 1000000};
	atomic_int exitcode = 0;

	cr_assert_eq(pks_process_on_exit(process, note_end, &exitcode), 0, "%s", pks_error_message());
	start(process, method);
	while (atomic_load(&exitcode) == 0)
		nanosleep(&pause, NULL);
	cr_assert_eq(atomic_load(&exitcode), -SIGSEGV);
}
EACH_METHOD(who_asked_for_it_is_called_at_its_end);

static int has_end(void *arg)
{
	return pks_dict_contains(arg, "end") == 0;
}

static void its_kind_is_called_at_its_end(enum pks_method method)
{
	struct pks_object *process = run_by(method, "kinds:worker");
	int status, exitcode;

	cr_assert_eq(pks_wait_until(&process, 1, has_end, process, RUNTIME_PATIENCE_MS), 0);
	cr_assert_eq(pks_dict_getf(process, "end", "[ii]", &status, &exitcode), 0);
	cr_assert(status == PKS_FINISHED && exitcode == 0, "%d, %d", status, exitcode);
}
EACH_METHOD(its_kind_is_called_at_its_end);

static void its_kind_is_called_when_it_died(enum pks_method method)
{
	struct pks_object *process = new_by(method, "kinds:worker");
	int status, exitcode;

	cr_assert_eq(pks_process_set_argsf(process, "[i]", -SIGKILL), 0);
	start(process, method);
	runtime_join(process);
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	cr_assert_eq(pks_wait_until(&process, 1, has_end, process, RUNTIME_PATIENCE_MS), 0);
	cr_assert_eq(pks_dict_getf(process, "end", "[ii]", &status, &exitcode), 0);
	cr_assert(status == PKS_CRASHED && exitcode == -SIGKILL, "%d, %d", status, exitcode);
	while (runtime_expect_index_right() != 1)
		;
}
EACH_METHOD(its_kind_is_called_when_it_died);

/* ---- waiting until it runs ---- */

/* In a process with one thread, which may fork. */
static int start_and_wait(void *arg)
{
	struct pks_store *store = pks_store_open(pks_store_path(runtime_store), NULL);
	struct pks_object *process = pks_object_from_id(store, *(uint64_t *)arg);
	int64_t pid = 0, here = 0;

	if (pks_process_start_wait(process, RUNTIME_PATIENCE_MS, &pid) != 0 || pid == 0)
		return 2;
	while (pks_dict_getf(process, "here", "I", &here) == PKS_NOT_FOUND)
		usleep(1000);
	pks_dict_setf(process, "go", "b", 1);
	if (pks_process_join(process, RUNTIME_PATIENCE_MS) != 0)
		return 3;
	return here == pid ? 0 : 4;
}

static void start_wait_tells_its_pid(enum pks_method method)
{
	uint64_t id = pks_object_id(new_by(method, "handlers:hold"));

	cr_assert_eq(child_wait(child_start(start_and_wait, &id)), 0);
}
EACH_METHOD(start_wait_tells_its_pid);

/* Again and again: what is wrong would be a race. */
static int start_and_fail(void *arg)
{
	struct pks_store *store = pks_store_open(pks_store_path(runtime_store), NULL);
	enum pks_method method = *(enum pks_method *)arg;
	char program[PKS_STORE_PATH_SIZE + 32];
	const char *const targets[] = {"no_such_module:handler", "/dev/null:handler", program};

	snprintf(program, sizeof(program), "%s/handlers_program:no_such_handler", getenv("PKSTORE_MODULE_PATH"));
	for (int i = 0; i < 12; i++) {
		struct pks_object *process = pks_process_new(store, NULL, targets[i % 3]);
		enum pks_status status;
		int64_t pid = -1;

		if (pks_process_set_method(process, method) != 0)
			return 1;
		if (pks_process_start_wait(process, RUNTIME_PATIENCE_MS, &pid) != 0)
			return 2;
		if (pks_process_status(process, &status) != 0 || status != PKS_FAILED || pid != 0)
			return 10 + i;
	}
	return 0;
}

static void start_wait_tells_what_is_not_there(enum pks_method method)
{
	int code = child_wait(child_start(start_and_fail, &method));

	cr_assert_eq(code, 0, "%d", code);
}
EACH_METHOD(start_wait_tells_what_is_not_there);
