/* SPDX-License-Identifier: MIT */
/* Lots, see lots.h: how their processes end, and those among them that take long. */
#include "lots.h"

#include "lib/scratch.h"

#include <signal.h>

TestSuite(lots, .init = runtime_begin, .fini = runtime_end, .timeout = 110);

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

/* A file where their folder would be: the workers can keep no notes, and so take no lots. */
Test(lots, all_of_them_end_when_there_can_be_no_notes)
{
	char folder[PKS_STORE_PATH_SIZE + 16];

	snprintf(folder, sizeof(folder), "%s/output", pks_store_path(runtime_store));
	scratch_remove(folder);
	scratch_write(folder, "", 0);
	make(2);
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
