/* SPDX-License-Identifier: MIT */
/* What is told of processes whose workers died, and how far they had come. */
#include "lib/runtime.h"
#include "lib/scratch.h"
#include "runtime/oom.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(report, .init = runtime_begin, .fini = runtime_end, .timeout = 110);

static struct pks_value report_of(struct pks_object *process)
{
	struct pks_value report = {0};

	cr_assert_eq(pks_process_report(process, &report), 0, "%s", pks_error_message());
	return report;
}

static void expect_text(const struct pks_value *map, const char *key, const char *text)
{
	char *found = NULL;

	cr_assert_eq(pks_value_unpack(map, "{s:s}", key, &found), 0, "no %s", key);
	cr_assert_str_eq(found, text);
	free(found);
}

static void expect_none(const struct pks_value *map, const char *key)
{
	struct pks_value value;

	cr_assert_eq(pks_value_find(map, key, &value), PKS_NOT_FOUND, "%s", key);
}

static void expect_progress(struct pks_object *process, const char *text)
{
	uint64_t time_ns = 0;
	char *found = NULL;

	cr_assert_eq(pks_process_progress(process, &found, &time_ns), 0, "%s", pks_error_message());
	cr_assert_str_eq(found, text);
	cr_assert_gt(time_ns, 0);
	free(found);
}

static struct pks_object *run_with(const char *target, int argument)
{
	struct pks_object *process = runtime_new(target);

	pks_process_set_argsf(process, "[i]", argument);
	cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	runtime_join(process);
	return process;
}

/* ---- signals ---- */

/* Whether a frame is in the module: the innermost `most` are looked at. */
static bool stack_names(const struct pks_value *report, const char *module, int64_t most)
{
	struct pks_value stack, frame;
	bool found = false;
	char *text;

	cr_assert_eq(pks_value_find(report, "backtrace", &stack), 0, "no backtrace");
	for (int64_t i = 0; i < most && !found && pks_value_at(&stack, i, &frame) == 0; i++) {
		cr_assert_eq(pks_value_string(&frame, &text), 0);
		found = strstr(text, module) != NULL && strstr(text, "+0x") != NULL;
		free(text);
	}
	return found;
}

static void expect_fall(const char *module, const char *file)
{
	char target[64], *first = NULL, *last = NULL;
	struct pks_object *process;
	struct pks_value report, words;
	uint64_t address = 0;

	strcat(strcpy(target, module), ":fall_with_last_words");
	process = runtime_run(target);
	runtime_expect(process, PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV");
	report = report_of(process);
	expect_text(&report, "signal_name", "SIGSEGV");
	cr_assert_eq(pks_value_unpack(&report, "{s:U}", "address", &address), 0);
	cr_assert_eq(address, 16);
	cr_assert_eq(pks_value_find(&report, "progress", &words), 0);
	expect_text(&words, "text", "2 of 3");
	cr_assert_eq(pks_value_unpack(&report, "{s:[ss]}", "output", &first, &last), 0);
	cr_assert_str_eq(last, "last line");
	cr_assert(stack_names(&report, file, 1));
	expect_none(&report, "oom");
	free(first);
	free(last);
	pks_value_clear(&report);
}

Test(report, a_fall_is_told_with_its_stack_its_progress_and_its_last_lines)
{
	expect_fall("handlers", "/handlers.so");
	expect_fall("handlers_program", "/handlers_program");
}

Test(report, the_last_lines_are_those_of_its_attempt)
{
	struct pks_object *process = runtime_run("handlers:fall_with_last_words");
	struct pks_value report = report_of(process), again;
	char *first, *last;

	for (int i = 0; i < 2; i++) {
		pks_value_clear(&report);
		cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, -1), 0, "%s", pks_error_message());
		runtime_join(process);
		report = report_of(process);
		cr_assert_eq(pks_value_unpack(&report, "{s:[ss]}", "output", &first, &last), 0, "%s",
			     pks_error_message());
		cr_assert_str_eq(last, "last line");
		free(first);
		free(last);
	}
	pks_value_clear(&report);
	process = runtime_run("handlers:call_abort");
	cr_assert_eq(pks_process_report(process, &again), 0);
	expect_none(&again, "output");
	pks_value_clear(&again);
}

Test(report, a_stack_that_overflowed_is_told_too)
{
	struct pks_object *process = runtime_run("handlers:overflow_stack");
	struct pks_value report = report_of(process);

	expect_text(&report, "signal_name", "SIGSEGV");
	cr_assert(stack_names(&report, "/handlers.so", 1));
	pks_value_clear(&report);
}

Test(report, an_abort_and_a_signal_that_was_sent_have_stacks_too)
{
	static const char *const handlers[] = {"handlers:call_abort", "handlers:segfault"};
	static const char *const names[] = {"SIGABRT", "SIGSEGV"};
	/* The second one leaves its handler by a jump. */
	static const char *const modules[] = {"/handlers.so", "/libpkstore.so"};

	for (int i = 0; i < 2; i++) {
		struct pks_object *process = runtime_run(handlers[i]);
		struct pks_value report = report_of(process);

		expect_text(&report, "signal_name", names[i]);
		cr_assert(stack_names(&report, modules[i], 8));
		expect_none(&report, "address");
		pks_value_clear(&report);
	}
}

Test(report, a_handlers_own_way_with_a_signal_is_left_to_it)
{
	struct pks_object *process = runtime_run("handlers:catch_its_own_fall");
	struct pks_value report = report_of(process);

	runtime_expect(process, PKS_FAILED, 9, "exited with status 9");
	expect_none(&report, "signal");
	expect_none(&report, "backtrace");
	pks_value_clear(&report);
}

Test(report, a_childs_fall_is_not_the_workers)
{
	struct pks_object *process = runtime_run("handlers:child_falls");
	struct pks_value report = report_of(process);

	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	expect_text(&report, "signal_name", "SIGKILL");
	expect_none(&report, "backtrace");
	pks_value_clear(&report);
}

Test(report, what_ended_in_its_own_way_has_none)
{
	static const char *const handlers[] = {"handlers:nothing", "handlers:fail_with_7", "handlers:exit_with_0"};
	struct pks_value report;

	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++)
		cr_assert_eq(pks_process_report(runtime_run(handlers[i]), &report), PKS_NOT_FOUND, "%s", handlers[i]);
}

Test(report, a_command_that_was_killed_has_one_too)
{
	const char *const argv[] = {"sh", "-c", "echo last words; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; "
						"kill -SEGV $$", NULL};
	struct pks_object *process = pks_process_new_command(runtime_store, NULL, argv);
	struct pks_value report;
	double user = -1;
	char *last = NULL;

	cr_assert(process, "%s", pks_error_message());
	cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	runtime_join(process);
	runtime_expect(process, PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV");
	report = report_of(process);
	expect_text(&report, "signal_name", "SIGSEGV");
	cr_assert_eq(pks_value_unpack(&report, "{s:d, s:[s]}", "utime", &user, "output", &last), 0);
	cr_assert(user > 0 && user < 5, "%f s", user);
	cr_assert_str_eq(last, "last words");
	expect_none(&report, "backtrace");
	free(last);
	pks_value_clear(&report);
}

/* ---- what it used ---- */

Test(report, processor_time_is_this_runs_and_not_its_predecessors)
{
	struct pks_object *process;
	struct pks_value report;
	double user, system;
	uint64_t maxrss;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	run_with("handlers:burn_cpu", 300);
	process = run_with("handlers:burn_cpu_and_abort", 400);
	report = report_of(process);
	cr_assert_eq(pks_value_unpack(&report, "{s:d, s:d, s:U}", "utime", &user, "stime", &system, "maxrss", &maxrss),
		     0);
	cr_assert(user + system > 0.05 && user + system < 0.25, "%f s", user + system);
	cr_assert_gt(maxrss, 1 << 20);
	pks_value_clear(&report);
}

/* ---- deaths that nobody waits for ---- */

Test(report, without_a_supervisor_what_the_worker_noted_is_told)
{
	struct pks_object *process = runtime_start("handlers:hold");
	int64_t worker = runtime_await(process, "here"), supervisor = runtime_supervisor();
	struct pks_value report;

	kill((pid_t)supervisor, SIGKILL);
	runtime_await_death(supervisor);
	runtime_supervisor();
	kill((pid_t)worker, SIGABRT);
	runtime_join(process);
	report = report_of(process);
	cr_assert(stack_names(&report, "libc", 8));
	expect_none(&report, "utime");
	pks_value_clear(&report);
}

/* ---- progress ---- */

Test(report, the_last_word_is_there_when_it_has_ended)
{
	struct pks_object *process = run_with("handlers:say", 100000);

	runtime_expect(process, PKS_FINISHED, 0, NULL);
	expect_progress(process, "100000");
	process = run_with("handlers:say", 0);
	cr_assert_eq(pks_process_progress(process, &(char *){NULL}, NULL), PKS_NOT_FOUND);
}

Test(report, words_are_committed_once_a_second)
{
	struct pks_object *process = runtime_new("handlers:say");
	uint64_t before, after;

	pks_process_set_argsf(process, "[i]", 1000);
	cr_assert_eq(pks_object_version(process, &before), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	cr_assert_eq(pks_object_version(process, &after), 0);
	cr_assert_leq(after - before, 3 + 30, "start, claim, end, and a few words if that took seconds");
}

Test(report, a_word_in_a_transaction_does_not_share_its_fate)
{
	struct pks_object *process = runtime_run("handlers:say_in_transaction");

	runtime_expect(process, PKS_FINISHED, 0, NULL);
	expect_progress(process, "inside");
	cr_assert_eq(pks_progress(process, "outside"), PKS_ERR_USAGE);
}

/* ---- who ran out of memory ---- */

Test(report, the_kernels_kills_are_counted_where_they_can_be)
{
	char *dir = scratch_dir("report_oom"), *path = scratch_path(dir, "memory.events");
	struct oom oom;

	scratch_remove(dir);
	cr_assert_eq(mkdir(dir, 0700), 0);
	oom_begin_at(&oom, path);
	cr_assert_eq(oom_ask(&oom), OOM_UNKNOWN);
	scratch_write(path, "low 0\noom 3\noom_kill 2\n", 23);
	oom_begin_at(&oom, path);
	cr_assert_eq(oom_ask(&oom), OOM_NO);
	scratch_write(path, "low 0\noom 4\noom_kill 3\n", 23);
	cr_assert_eq(oom_ask(&oom), OOM_YES);
	cr_assert_eq(oom_ask(&oom), OOM_NO, "one death for one kill");
	scratch_write(path, "low 0\noom 5\noom_kill 4\n", 23);
	oom_tick(&oom);
	cr_assert_eq(oom_ask(&oom), OOM_YES, "the death is told after the kill");
	scratch_write(path, "low 0\noom 6\noom_kill 5\n", 23);
	oom_tick(&oom);
	oom_tick(&oom);
	cr_assert_eq(oom_ask(&oom), OOM_NO, "somebody else's");
}

/* Of the first version, where this machine has it and lets us make one. "" when not. */
static void make_group(char path_out[64])
{
	char text[128];

	snprintf(path_out, 64, "/sys/fs/cgroup/memory/pkstore-test.%d", getpid());
	snprintf(text, sizeof(text), "%s/memory.limit_in_bytes", path_out);
	if (mkdir(path_out, 0700) != 0) {
		path_out[0] = '\0';
	} else if (access(text, W_OK) != 0) {
		rmdir(path_out);
		path_out[0] = '\0';
	} else {
		scratch_write(text, "60000000", 8);
	}
}

static void enter_group(const char *path)
{
	char text[128];

	snprintf(text, sizeof(text), "%s/cgroup.procs", path);
	scratch_write(text, "0", 1);
}

/* The kernel makes an end of it: the handler wants more than its group may have. */
Test(report, whom_the_kernel_killed_for_memory_is_told_so)
{
	struct pks_value report;
	char group[64];
	bool oom = false;

	make_group(group);
	if (!group[0])
		cr_skip_test("no control group can be made here");
	enter_group(group);
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	report = report_of(run_with("handlers:leak", 200000000));
	cr_expect_eq(pks_value_unpack(&report, "{s:b}", "oom", &oom), 0);
	cr_expect(oom);
	pks_value_clear(&report);
	report = report_of(runtime_run("handlers:kill_itself"));
	cr_expect_eq(pks_value_unpack(&report, "{s:b}", "oom", &oom), 0);
	cr_expect_not(oom, "that was its own doing");
	pks_value_clear(&report);
	cr_expect_eq(pks_killall(runtime_store), 0);
	enter_group("/sys/fs/cgroup/memory");
	rmdir(group);
}

/* ---- what is left ---- */

Test(report, no_notes_are_left_of_workers_that_are_gone)
{
	char command[PKS_STORE_PATH_SIZE + 64];

	runtime_run("handlers:kill_itself");
	cr_assert_eq(pks_killall(runtime_store), 0);
	snprintf(command, sizeof(command), "ls '%s/output' | grep -q .", pks_store_path(runtime_store));
	cr_assert_neq(system(command), 0);
}
