/* SPDX-License-Identifier: MIT */
/*
 * What holds for a process by whichever method it was started: a table of methods, and tests that each of them passes.
 */
#include "by_method.h"
#include "lib/child.h"
#include "lib/scratch.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

TestSuite(matrix, .init = runtime_begin, .fini = runtime_end, .timeout = 100);

#define EACH_METHOD(check) EACH_METHOD_OF(matrix, check)

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

	runtime_expect(run_by(method, "no_such_module:handler"), PKS_FAILED, 1,
	               "no_such_module: there is no such module");
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
