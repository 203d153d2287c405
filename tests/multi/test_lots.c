/* SPDX-License-Identifier: MIT */
/*
 * Lots (runtime/lot.h): whatever becomes of one process, those that its worker has claimed with it end as if each had
 * been claimed alone. Quick ones before the one that a test is about have its worker take lots; on a slow machine it
 * may not, and then the same must hold.
 */
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(lots, .init = runtime_begin, .fini = runtime_end, .timeout = 110);

#define COUNT 100

/* Behind enough quick ones, and with as many behind it as a lot may have. */
#define SPECIAL 66

static struct pks_object *processes[COUNT];
static struct pks_object *order; /* what runs appends its name */

static void make(unsigned workers)
{
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, workers), 0);
	order = pks_log_open(runtime_store, "order", PKS_OPEN_OR_CREATE);
	for (int i = 0; i < COUNT; i++) {
		char path[32];

		snprintf(path, sizeof(path), "lot/%d", i);
		processes[i] = pks_process_new(runtime_store, path, "lots:lot");
		cr_assert(processes[i], "%s", pks_error_message());
	}
	/* So that the worker is there, and has loaded the module. */
	runtime_run("lots:lot");
}

static void note_runs(int from)
{
	for (int i = from; i < COUNT; i++)
		cr_assert_eq(pks_dict_setf(processes[i], "log", "o", order), 0);
}

static void give(int index, const char *act)
{
	cr_assert_eq(pks_dict_setf(processes[index], "act", "s", act), 0);
}

static void start(void)
{
	cr_assert_eq(pks_begin(runtime_store), 0);
	for (int i = 0; i < COUNT; i++)
		cr_assert_eq(pks_process_start(processes[i]), 0, "%s", pks_error_message());
	cr_assert_eq(pks_commit(runtime_store), 0);
}

/* Each in a commit of its own. */
static void start_apart(void)
{
	for (int i = 0; i < COUNT; i++)
		cr_assert_eq(pks_process_start(processes[i]), 0, "%s", pks_error_message());
}

static void release(int index)
{
	cr_assert_eq(pks_dict_setf(processes[index], "go", "b", 1), 0);
}

static void expect_finished(int from, int to)
{
	for (int i = from; i < to; i++) {
		struct pks_process_info info;

		runtime_join(processes[i]);
		runtime_expect(processes[i], PKS_FINISHED, 0, NULL);
		cr_assert_eq(pks_process_info(processes[i], &info), 0);
		cr_assert_eq(info.attempt, 1, "%d", i);
		cr_assert(info.submitted_ns <= info.started_ns && info.started_ns <= info.ended_ns, "%d", i);
	}
}

static void expect_others_finished(int special)
{
	expect_finished(0, special);
	expect_finished(special + 1, COUNT);
	cr_assert_geq(runtime_expect_index_right(), COUNT);
}

/* How often it has run, if it was to note that. */
static int runs(int index)
{
	struct pks_log_iter *iter = pks_log_iter(order, 0, INT64_MAX, false);
	struct pks_object_info info;
	struct pks_value entry;
	const char *text;
	size_t size;
	int count = 0;

	cr_assert_eq(pks_object_info(processes[index], &info), 0);
	while (pks_log_next(iter, &entry, NULL) == 0)
		count += pks_value_text(&entry, &text, &size) == 0 && size == strlen(info.path) &&
			 memcmp(text, info.path, size) == 0;
	pks_log_iter_close(iter);
	return count;
}

static enum pks_status status(int index)
{
	enum pks_status status;

	cr_assert_eq(pks_process_status(processes[index], &status), 0);
	return status;
}

/* ---- ends ---- */

Test(lots, all_of_them_end)
{
	make(1);
	start();
	expect_finished(0, COUNT);
}

Test(lots, all_of_them_end_with_several_workers)
{
	make(4);
	start();
	expect_finished(0, COUNT);
}

Test(lots, one_that_falls_falls_alone)
{
	make(1);
	give(SPECIAL, "fall");
	start();
	runtime_join(processes[SPECIAL]);
	runtime_expect(processes[SPECIAL], PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV");
	expect_others_finished(SPECIAL);
}

Test(lots, one_that_exits_fails_alone)
{
	make(1);
	give(SPECIAL, "exit");
	start();
	runtime_join(processes[SPECIAL]);
	runtime_expect(processes[SPECIAL], PKS_FAILED, 3, "exited with status 3");
	expect_others_finished(SPECIAL);
}

Test(lots, what_is_returned_or_said_is_its_own)
{
	int result = 0;

	make(1);
	give(SPECIAL, "return");
	give(SPECIAL + 1, "say");
	give(SPECIAL + 2, "it was to fail");
	start();
	expect_finished(0, SPECIAL + 2);
	runtime_join(processes[SPECIAL + 2]);
	runtime_expect(processes[SPECIAL + 2], PKS_FAILED, 1, "it was to fail");
	expect_finished(SPECIAL + 3, COUNT);
	cr_assert_eq(pks_process_resultf(processes[SPECIAL], "i", &result), 0);
	cr_assert_eq(result, 7);
	for (int i = 0; i < COUNT; i++) {
		struct pks_object *output = pks_process_output(processes[i]);
		uint64_t lines = 0;

		if (output)
			pks_log_count(output, &lines);
		cr_assert_eq(lines, i == SPECIAL + 1, "%d", i);
		pks_object_close(output);
	}
}

/* ---- one that takes long ---- */

Test(lots, those_before_one_that_takes_long_have_ended)
{
	make(1);
	give(SPECIAL, "hold");
	start();
	expect_finished(0, SPECIAL);
	runtime_await(processes[SPECIAL], "here");
	release(SPECIAL);
	expect_finished(SPECIAL, COUNT);
}

Test(lots, those_behind_one_that_takes_long_are_run_by_others)
{
	make(2);
	give(SPECIAL, "hold");
	start();
	expect_others_finished(SPECIAL);
	cr_assert_eq(status(SPECIAL), PKS_RUNNING);
	release(SPECIAL);
	runtime_join(processes[SPECIAL]);
}

/* Its worker had promised to look for more soon. */
Test(lots, those_that_are_started_after_one_that_takes_long_are_run_by_others)
{
	make(2);
	give(SPECIAL, "hold");
	start_apart();
	expect_others_finished(SPECIAL);
	cr_assert_eq(status(SPECIAL), PKS_RUNNING);
	release(SPECIAL);
	runtime_join(processes[SPECIAL]);
}

Test(lots, those_that_are_started_after_one_that_falls_are_run)
{
	make(1);
	give(SPECIAL, "fall");
	start_apart();
	expect_others_finished(SPECIAL);
}

Test(lots, those_behind_one_that_takes_long_are_run_by_others_without_a_supervisor_that_sees_to_it)
{
	pid_t supervisor;

	make(2);
	supervisor = (pid_t)runtime_supervisor();
	give(SPECIAL, "hold");
	kill(supervisor, SIGSTOP);
	start();
	expect_others_finished(SPECIAL);
	release(SPECIAL);
	runtime_join(processes[SPECIAL]);
	kill(supervisor, SIGCONT);
}

Test(lots, one_that_is_stopped_runs_once_and_keeps_nobody_waiting)
{
	pid_t worker;

	make(2);
	note_runs(SPECIAL);
	give(SPECIAL, "hold");
	start();
	worker = (pid_t)runtime_await(processes[SPECIAL], "here");
	kill(worker, SIGSTOP);
	expect_others_finished(SPECIAL);
	kill(worker, SIGCONT);
	release(SPECIAL);
	runtime_join(processes[SPECIAL]);
	for (int i = SPECIAL; i < COUNT; i++)
		cr_assert_eq(runs(i), 1);
}

Test(lots, one_may_wait_for_what_comes_after_the_end_of_another)
{
	struct pks_object *event = pks_event_open(runtime_store, "event", PKS_OPEN_OR_CREATE);

	make(1);
	give(SPECIAL, "event");
	cr_assert_eq(pks_dict_setf(processes[SPECIAL], "event", "o", event), 0);
	start();
	runtime_join(processes[SPECIAL - 1]);
	cr_assert_eq(pks_event_set(event), 0);
	expect_finished(0, COUNT);
}

Test(lots, one_may_wait_for_one_before_it_and_for_one_behind_it)
{
	make(1);
	give(SPECIAL, "join");
	cr_assert_eq(pks_dict_setf(processes[SPECIAL], "other", "o", processes[SPECIAL - 1]), 0);
	give(SPECIAL + 2, "join");
	cr_assert_eq(pks_dict_setf(processes[SPECIAL + 2], "other", "o", processes[SPECIAL + 4]), 0);
	start();
	expect_finished(0, COUNT);
}

Test(lots, a_start_that_waits_returns_when_the_process_is_about_to_run)
{
	int64_t pid = 0;

	make(1);
	give(SPECIAL, "hold");
	cr_assert_eq(pks_begin(runtime_store), 0);
	for (int i = 0; i < SPECIAL; i++)
		cr_assert_eq(pks_process_start(processes[i]), 0);
	cr_assert_eq(pks_commit(runtime_store), 0);
	cr_assert_eq(pks_process_start_wait(processes[SPECIAL], RUNTIME_PATIENCE_MS, &pid), 0);
	cr_assert_eq(pid, runtime_await(processes[SPECIAL], "here"));
	release(SPECIAL);
	expect_finished(0, SPECIAL + 1);
}

/* ---- asked to end ---- */

/* Its lot is not recalled by the supervisor meanwhile. */
static pid_t hold_with_lot(void)
{
	pid_t supervisor;

	make(1);
	note_runs(SPECIAL);
	supervisor = (pid_t)runtime_supervisor();
	give(SPECIAL, "hold");
	kill(supervisor, SIGSTOP);
	start();
	runtime_await(processes[SPECIAL], "here");
	return supervisor;
}

Test(lots, one_that_is_terminated_before_its_turn_never_runs_and_the_one_that_runs_is_unhurt)
{
	pid_t supervisor = hold_with_lot();

	cr_assert_eq(pks_process_terminate(processes[SPECIAL + 1], RUNTIME_PATIENCE_MS), 0);
	runtime_expect(processes[SPECIAL + 1], PKS_CRASHED, -SIGTERM, "terminated before it ran");
	cr_assert_eq(pks_process_kill(processes[SPECIAL + 2], RUNTIME_PATIENCE_MS), 0);
	runtime_expect(processes[SPECIAL + 2], PKS_CRASHED, -SIGKILL, "killed before it ran");
	cr_assert_eq(status(SPECIAL), PKS_RUNNING);
	kill(supervisor, SIGCONT);
	release(SPECIAL);
	expect_finished(0, SPECIAL + 1);
	expect_finished(SPECIAL + 3, COUNT);
	cr_assert(runs(SPECIAL + 1) == 0 && runs(SPECIAL + 2) == 0 && runs(SPECIAL + 3) == 1);
}

Test(lots, the_one_that_runs_is_terminated_alone)
{
	pid_t supervisor = hold_with_lot();

	cr_assert_eq(pks_process_terminate(processes[SPECIAL], 0), 0);
	kill(supervisor, SIGCONT);
	runtime_join(processes[SPECIAL]);
	runtime_expect(processes[SPECIAL], PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	expect_others_finished(SPECIAL);
	for (int i = SPECIAL; i < COUNT; i++)
		cr_assert_eq(runs(i), 1);
}

Test(lots, one_that_ends_well_when_it_is_asked_to_takes_nobody_with_it)
{
	make(1);
	note_runs(SPECIAL);
	give(SPECIAL, "hold softly");
	start();
	runtime_await(processes[SPECIAL], "here");
	cr_assert_eq(pks_process_terminate(processes[SPECIAL], RUNTIME_PATIENCE_MS), 0);
	expect_finished(0, COUNT);
	for (int i = SPECIAL; i < COUNT; i++)
		cr_assert_eq(runs(i), 1);
}

Test(lots, to_terminate_one_that_has_ended_hurts_nobody)
{
	pid_t supervisor = hold_with_lot();

	cr_assert_eq(pks_process_terminate(processes[SPECIAL - 1], RUNTIME_PATIENCE_MS), 0);
	runtime_expect(processes[SPECIAL - 1], PKS_FINISHED, 0, NULL);
	cr_assert_eq(status(SPECIAL), PKS_RUNNING);
	kill(supervisor, SIGCONT);
	release(SPECIAL);
	expect_finished(0, COUNT);
}

Test(lots, one_that_is_restarted_before_its_turn_runs_after_it)
{
	pid_t supervisor = hold_with_lot();

	cr_assert_eq(pks_process_restart(processes[SPECIAL + 1], PKS_RESTART_TERMINATE, RUNTIME_PATIENCE_MS), 0);
	kill(supervisor, SIGCONT);
	release(SPECIAL);
	expect_finished(0, COUNT);
	cr_assert_eq(runs(SPECIAL + 1), 1);
}

/* ---- the pool ---- */

Test(lots, what_has_not_begun_when_its_pool_is_paused_does_not_begin)
{
	pid_t supervisor = hold_with_lot();

	cr_assert_eq(pks_pool_pause(runtime_store, NULL), 0);
	for (int i = SPECIAL + 1; i < COUNT; i++)
		cr_assert_eq(status(i), PKS_SUBMITTED);
	kill(supervisor, SIGCONT);
	release(SPECIAL);
	cr_assert_eq(pks_pool_drain(runtime_store, NULL, RUNTIME_PATIENCE_MS), 0);
	expect_finished(0, SPECIAL + 1);
	for (int i = SPECIAL + 1; i < COUNT; i++)
		cr_assert(status(i) == PKS_SUBMITTED && runs(i) == 0);
	cr_assert_eq(pks_pool_resume(runtime_store, NULL), 0);
	expect_finished(SPECIAL + 1, COUNT);
	cr_assert_geq(runtime_expect_index_right(), COUNT);
}

/* By how often the order was that of the start. */
static void expect_order(int from)
{
	struct pks_log_iter *iter = pks_log_iter(order, 0, INT64_MAX, false);
	struct pks_value entry;

	for (int i = from; i < COUNT; i++) {
		struct pks_object_info info;
		const char *text = "";
		size_t size = 0;

		cr_assert_eq(pks_object_info(processes[i], &info), 0);
		cr_assert_eq(pks_log_next(iter, &entry, NULL), 0);
		pks_value_text(&entry, &text, &size);
		cr_assert(size == strlen(info.path) && memcmp(text, info.path, size) == 0, "%.*s instead of %s",
			  (int)size, text, info.path);
	}
	pks_log_iter_close(iter);
}

Test(lots, what_is_given_back_keeps_its_place)
{
	make(1);
	note_runs(SPECIAL);
	give(SPECIAL, "hold");
	give(SPECIAL + 3, "hold");
	start();
	runtime_await(processes[SPECIAL], "here");
	/* More comes behind them. */
	runtime_start("lots:lot");
	release(SPECIAL);
	runtime_await(processes[SPECIAL + 3], "here");
	release(SPECIAL + 3);
	expect_finished(0, COUNT);
	expect_order(SPECIAL);
}

Test(lots, what_is_urgent_comes_before_what_was_claimed_and_given_back)
{
	struct pks_object *urgent;
	struct pks_process_info info, other;

	make(1);
	urgent = runtime_new("lots:lot");
	pks_process_set_priority(urgent, 50);
	give(SPECIAL, "hold");
	start();
	runtime_await(processes[SPECIAL], "here");
	cr_assert_eq(pks_process_start(urgent), 0);
	/* Recalls the lot, if nobody has yet. */
	cr_assert_eq(pks_pool_pause(runtime_store, NULL), 0);
	cr_assert_eq(pks_pool_resume(runtime_store, NULL), 0);
	release(SPECIAL);
	expect_finished(0, COUNT);
	runtime_join(urgent);
	cr_assert_eq(pks_process_info(urgent, &info), 0);
	cr_assert_eq(pks_process_info(processes[SPECIAL + 1], &other), 0);
	cr_assert_leq(info.started_ns, other.started_ns);
}

Test(lots, after_the_whole_pool_is_killed_each_is_as_far_as_it_was)
{
	hold_with_lot();
	cr_assert_eq(pks_killall(runtime_store), 0);
	runtime_expect(processes[SPECIAL], PKS_CRASHED, -SIGKILL, "killed with the whole pool");
	for (int i = 0; i < COUNT; i++)
		if (i != SPECIAL)
			cr_assert_eq(status(i), i < SPECIAL ? PKS_FINISHED : PKS_SUBMITTED, "%d", i);
	cr_assert_geq(runtime_expect_index_right(), COUNT);
	cr_assert_eq(pks_pool_start(runtime_store, NULL), 0);
	expect_others_finished(SPECIAL);
	for (int i = SPECIAL; i < COUNT; i++)
		cr_assert_eq(runs(i), 1);
}

Test(lots, a_worker_that_is_killed_takes_the_one_with_it_that_it_runs)
{
	pid_t supervisor = hold_with_lot();

	kill((pid_t)runtime_await(processes[SPECIAL], "here"), SIGKILL);
	kill(supervisor, SIGCONT);
	runtime_join(processes[SPECIAL]);
	runtime_expect(processes[SPECIAL], PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	expect_others_finished(SPECIAL);
	for (int i = SPECIAL; i < COUNT; i++)
		cr_assert_eq(runs(i), 1);
}

Test(lots, a_worker_that_is_killed_with_its_supervisor_takes_the_one_with_it_that_it_runs)
{
	pid_t supervisor = hold_with_lot();
	struct pks_process_info info;

	kill((pid_t)runtime_await(processes[SPECIAL], "here"), SIGKILL);
	kill(supervisor, SIGKILL);
	runtime_join(processes[SPECIAL]);
	cr_assert_eq(pks_process_info(processes[SPECIAL], &info), 0);
	cr_assert_eq(info.status, PKS_CRASHED);
	expect_others_finished(SPECIAL);
	for (int i = SPECIAL; i < COUNT; i++)
		cr_assert_eq(runs(i), 1);
}

Test(lots, a_pools_workers_are_shown_with_what_they_run)
{
	pid_t supervisor = hold_with_lot();
	struct pks_pool_workers *workers = pks_pool_workers_open(runtime_store, NULL);
	struct pks_pool_worker worker;
	struct pks_pool_status pool;

	cr_assert(workers, "%s", pks_error_message());
	cr_assert_eq(pks_pool_workers_next(workers, &worker), 0);
	cr_assert_str_eq(worker.name, "lot/66");
	pks_pool_workers_close(workers);
	cr_assert_eq(pks_pool_status(runtime_store, NULL, &pool), 0);
	cr_assert_eq(pool.running, 1);
	cr_assert_geq(pool.submitted, COUNT - SPECIAL - 1);
	kill(supervisor, SIGCONT);
	release(SPECIAL);
	expect_finished(0, COUNT);
}

Test(lots, quick_ones_and_slow_ones_may_be_mixed)
{
	make(4);
	for (int i = 40; i < COUNT; i += 3) {
		give(i, "sleep");
		cr_assert_eq(pks_dict_setf(processes[i], "ms", "i", i % 5), 0);
	}
	start();
	expect_finished(0, COUNT);
}
