/* SPDX-License-Identifier: MIT */
/* Kinds of processes: defaults for their attributes, and a word at their end. */
#include "lib/runtime.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(kinds, .init = runtime_begin, .fini = runtime_end, .timeout = 100);

/* This program's own, which nobody runs here. */
static int never(struct pks_object *self)
{
	(void)self;
	return 1;
}

PKS_PROCESS_KIND(own, .run = never, .defaults = "{\"depth\": 7, \"tags\": [\"a\"]}");
PKS_PROCESS_KIND(wrong, .run = never, .defaults = "{\"depth\":");
PKS_PROCESS_KIND(greedy, .run = never, .defaults = "{\"args\": []}");

static int attribute(struct pks_object *process, const char *name)
{
	int number;

	cr_assert_eq(pks_attr_getf(process, name, "i", &number), 0, "%s: %s", name, pks_error_message());
	return number;
}

static struct pks_object *run_with_end(const char *target, int end)
{
	struct pks_object *process = runtime_new(target);

	cr_assert_eq(pks_process_set_argsf(process, "[i]", end), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	return process;
}

static int has_ends(void *arg)
{
	return pks_dict_contains(arg, "end") == 0;
}

static void expect_told_end(struct pks_object *process, int status, int exitcode)
{
	int is_status, is_exitcode;

	cr_assert_eq(pks_wait_until(&process, 1, has_ends, process, RUNTIME_PATIENCE_MS), 0);
	cr_assert_eq(pks_dict_getf(process, "end", "[ii]", &is_status, &is_exitcode), 0);
	cr_assert(is_status == status && is_exitcode == exitcode, "%d, %d", is_status, is_exitcode);
}

/* ---- defaults ---- */

Test(kinds, a_new_process_of_this_programs_own_kind_has_its_defaults)
{
	struct pks_object *process = runtime_new("own");

	cr_assert_eq(attribute(process, "depth"), 7);
	cr_assert_eq(pks_attr_setf(process, "depth", "i", 8), 0, "it is an attribute as any other");
	cr_assert_eq(attribute(process, "depth"), 8);
}

Test(kinds, defaults_that_are_none_make_no_process)
{
	cr_assert_null(pks_process_new(runtime_store, "p", "wrong"));
	cr_assert_eq(pks_error_code(), PKS_ERR_USAGE);
	cr_assert(strstr(pks_error_message(), "wrong"), "%s", pks_error_message());
	cr_assert_null(pks_process_new(runtime_store, "p", "greedy"));
	cr_assert_eq(pks_error_code(), PKS_ERR_USAGE);
	cr_assert_eq(pks_object_exists(runtime_store, "p"), PKS_NOT_FOUND);
}

Test(kinds, a_kind_of_another_program_sets_what_is_not_there_when_it_first_sees_the_process)
{
	struct pks_object *process = runtime_new("kinds:worker");
	char *label;
	int seen;

	cr_assert_eq(pks_attr_setf(process, "label", "s", "mine"), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_dict_getf(process, "seen", "i", &seen), 0);
	cr_assert_eq(seen, 3, "before the handler ran");
	cr_assert_eq(pks_attr_getf(process, "label", "s", &label), 0);
	cr_assert_str_eq(label, "mine");
	free(label);
}

Test(kinds, defaults_are_set_once)
{
	struct pks_object *process = runtime_run("kinds:worker");
	int seen;

	cr_assert_eq(pks_attr_setf(process, "retries", "i", 9), 0);
	cr_assert_eq(pks_attr_del(process, "label"), 0);
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, -1), 0);
	runtime_join(process);
	cr_assert_eq(pks_dict_getf(process, "seen", "i", &seen), 0);
	cr_assert_eq(seen, 9);
	cr_assert_eq(pks_attr_getf(process, "label", "n"), PKS_NOT_FOUND, "it was taken away");
}

Test(kinds, a_kind_with_bad_defaults_fails_its_processes_and_its_worker_lives)
{
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	runtime_expect(runtime_run("kinds:bad_defaults"), PKS_FAILED, 1, "the defaults of the kind bad_defaults");
	runtime_expect(runtime_run("kinds:greedy_defaults"), PKS_FAILED, 1, "");
	runtime_expect_well();
}

/* ---- on_exit ---- */

Test(kinds, on_exit_runs_when_the_end_is_recorded)
{
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	expect_told_end(run_with_end("kinds:worker", 0), PKS_FINISHED, 0);
	expect_told_end(run_with_end("kinds:worker", 5), PKS_FAILED, 5);
	runtime_expect_well();
}

Test(kinds, on_exit_runs_once_for_each_attempt)
{
	struct pks_object *process = run_with_end("kinds:worker", 0);
	int64_t ends;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, -1), 0);
		runtime_join(process);
	}
	runtime_expect_well(); /* by the same worker, after that */
	cr_assert_eq(pks_dict_getf(process, "ends", "I", &ends), 0);
	cr_assert_eq(ends, 4);
}

/* What was submitted for that is dropped when it is done. */
static void await_process_count(uint64_t count)
{
	while (runtime_expect_index_right() != count)
		;
}

Test(kinds, on_exit_runs_elsewhere_when_the_worker_died_with_the_attempt)
{
	struct pks_object *process = NULL;
	int64_t ends;

	for (int i = 0; i < 3; i++) {
		int end = i == 2 ? -SIGSEGV : -SIGKILL;

		process = run_with_end("kinds:worker", end);
		runtime_expect(process, PKS_CRASHED, end, "killed by SIG");
		expect_told_end(process, PKS_CRASHED, end);
	}
	await_process_count(3);
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, -1), 0);
	runtime_join(process);
	while (pks_dict_getf(process, "ends", "I", &ends) == 0 && ends < 2)
		;
	await_process_count(3);
	cr_assert_eq(pks_dict_getf(process, "ends", "I", &ends), 0);
	cr_assert_eq(ends, 2, "once for each attempt");
}

Test(kinds, on_exit_of_what_was_killed_with_the_pool_runs_with_the_next_one)
{
	struct pks_object *process = runtime_new("kinds:worker");

	cr_assert_eq(pks_process_set_argsf(process, "[i]", -SIGSTOP), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_await(process, "seen");
	cr_assert_eq(pks_killall(runtime_store), 0);
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed with the whole pool");
	cr_assert_eq(pks_dict_contains(process, "ends"), PKS_NOT_FOUND);
	cr_assert_eq(pks_pool_start(runtime_store, NULL), 0);
	expect_told_end(process, PKS_CRASHED, -SIGKILL);
	await_process_count(1);
}

static int count_crashed(int *exitcode_out)
{
	struct pks_process_table *table = pks_process_table_open(runtime_store, PKS_CRASHED);
	struct pks_process_info info;
	int count = 0;

	while (pks_process_table_next(table, &info, NULL) == 0) {
		*exitcode_out = info.exitcode;
		count++;
	}
	pks_process_table_close(table);
	return count;
}

Test(kinds, an_on_exit_that_crashes_elsewhere_is_told_and_not_called_again)
{
	struct pks_object *process = run_with_end("kinds:crashing_end", -SIGKILL);
	int exitcode = 0;

	while (count_crashed(&exitcode) < 2)
		;
	cr_assert_eq(exitcode, -SIGSEGV, "the last one");
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	runtime_expect_well();
	await_process_count(3);
}

Test(kinds, on_exit_does_not_run_for_what_never_ran)
{
	struct pks_object *process = runtime_new("kinds:worker");

	cr_assert_eq(pks_process_kill(process, -1), 0);
	runtime_expect_well();
	cr_assert_eq(pks_dict_contains(process, "ends"), PKS_NOT_FOUND);
	await_process_count(2);
}

Test(kinds, an_on_exit_that_crashes_changes_no_end)
{
	struct pks_object *process;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	process = run_with_end("kinds:crashing_end", 0);
	runtime_expect_well();
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	runtime_expect_index_right();
}
