/* SPDX-License-Identifier: MIT */
/* Lots, see lots.h: what comes between, a request to end one, or something that becomes of the pool. */
#include "lots.h"

#include <signal.h>

TestSuite(lots_stopped, .init = runtime_begin, .fini = runtime_end, .timeout = 110);

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

Test(lots_stopped, one_that_is_terminated_before_its_turn_never_runs_and_the_one_that_runs_is_unhurt)
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

Test(lots_stopped, the_one_that_runs_is_terminated_alone)
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

Test(lots_stopped, one_that_ends_well_when_it_is_asked_to_takes_nobody_with_it)
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

Test(lots_stopped, to_terminate_one_that_has_ended_hurts_nobody)
{
	pid_t supervisor = hold_with_lot();

	cr_assert_eq(pks_process_terminate(processes[SPECIAL - 1], RUNTIME_PATIENCE_MS), 0);
	runtime_expect(processes[SPECIAL - 1], PKS_FINISHED, 0, NULL);
	cr_assert_eq(status(SPECIAL), PKS_RUNNING);
	kill(supervisor, SIGCONT);
	release(SPECIAL);
	expect_finished(0, COUNT);
}

Test(lots_stopped, one_that_is_restarted_before_its_turn_runs_after_it)
{
	pid_t supervisor = hold_with_lot();

	cr_assert_eq(pks_process_restart(processes[SPECIAL + 1], PKS_RESTART_TERMINATE, RUNTIME_PATIENCE_MS), 0);
	kill(supervisor, SIGCONT);
	release(SPECIAL);
	expect_finished(0, COUNT);
	cr_assert_eq(runs(SPECIAL + 1), 1);
}

/* ---- the pool ---- */

Test(lots_stopped, what_has_not_begun_when_its_pool_is_paused_does_not_begin)
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

Test(lots_stopped, what_is_given_back_keeps_its_place)
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

Test(lots_stopped, what_is_urgent_comes_before_what_was_claimed_and_given_back)
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

Test(lots_stopped, after_the_whole_pool_is_killed_each_is_as_far_as_it_was)
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

Test(lots_stopped, a_worker_that_is_killed_takes_the_one_with_it_that_it_runs)
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

Test(lots_stopped, a_worker_that_is_killed_with_its_supervisor_takes_the_one_with_it_that_it_runs)
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

Test(lots_stopped, a_pools_workers_are_shown_with_what_they_run)
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
