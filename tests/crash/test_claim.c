/* SPDX-License-Identifier: MIT */
/*
 * What a death at the wrong moment leaves in the store, made by hand: each state that can be committed between two
 * steps, and who repairs it.
 */
#include "layer.h"
#include "lib/child.h"
#include "lib/runtime.h"
#include "lib/scratch.h"
#include "base/proc.h"
#include "runtime/process_key.h"
#include "runtime/record.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(claim, .init = runtime_begin, .fini = runtime_end, .timeout = 7200);

/* Submits a process as if the starter had died before it woke anybody, or started a pool. */
static struct pks_object *submit_silently(const char *target)
{
	struct pks_object *process = runtime_new(target);
	struct process_state state;

	pks_begin(runtime_store);
	cr_assert_eq(record_read(process, &state), 0);
	cr_assert_eq(record_move(process, &state, EVENT_SUBMIT), 0);
	cr_assert_eq(pks_commit(runtime_store), 0);
	return process;
}

/* Claims one, as if this worker had, and then had died. In one transaction: a pool that is up must not be faster. */
static struct pks_object *claim_for(const struct proc *worker)
{
	struct pks_object *process = runtime_new("handlers:nothing");
	struct process_state state;

	pks_begin(runtime_store);
	cr_assert_eq(record_read(process, &state), 0);
	cr_assert_eq(record_move(process, &state, EVENT_SUBMIT), 0);
	state.worker = *worker;
	state.entered = true;
	cr_assert_eq(record_move(process, &state, EVENT_CLAIM), 0);
	cr_assert_eq(pks_commit(runtime_store), 0);
	return process;
}

static int exit_at_once(void *arg)
{
	return 0;
}

static struct proc dead_worker(void)
{
	pid_t pid = child_start(exit_at_once, NULL);
	struct proc proc;

	cr_assert_eq(proc_of(pid, &proc), 0);
	child_wait(pid);
	return proc;
}

static void expect_crashed_unknown(struct pks_object *process)
{
	struct pks_process_info info;

	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert_eq(info.status, PKS_CRASHED, "%s", pks_status_name(info.status));
	cr_assert_not(info.has_exitcode);
	runtime_expect_index_right();
}

static int has_ended(void *arg)
{
	enum pks_status status;

	return pks_process_status(arg, &status) == 0 && (status & PKS_TERMINAL);
}

/* Without a join, which would settle it itself. */
static void await_end(struct pks_object *process)
{
	cr_assert_eq(pks_wait_until(&process, 1, has_ended, process, RUNTIME_PATIENCE_MS), 0);
}

/* ---- submitted ---- */

Test(claim, work_that_nobody_was_woken_for_is_found)
{
	struct pks_object *process;

	runtime_expect_well();
	process = submit_silently("handlers:nothing");
	await_end(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

Test(claim, work_that_no_pool_was_started_for_runs_when_somebody_waits)
{
	struct pks_object *process = submit_silently("handlers:nothing");

	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

Test(claim, a_damaged_process_is_set_aside_and_the_next_one_runs)
{
	struct pks_object *process = submit_silently("handlers:nothing");
	struct pks_value damaged = {0};

	pks_value_pack(&damaged, "s", "damaged");
	cr_assert_eq(layer_attr_set(process, "state", &damaged), 0);
	pks_value_clear(&damaged);
	runtime_expect_well();
	expect_crashed_unknown(process);
}

/* The last one that waits is said to come late: its time is far ahead, as after a clock was set back. */
Test(claim, those_behind_one_of_another_time_keep_their_order_and_their_times)
{
	struct process_key far = process_key_submitted(POOL_DEFAULT, 0, UINT64_C(1) << 62);
	struct pks_object *first = submit_silently("handlers:nothing"), *second, *third;
	struct pks_process_info before, info;

	cr_assert_eq(layer_index_move(first, far.bytes, far.size, true), 0, "%s", pks_error_message());
	second = submit_silently("handlers:nothing");
	third = submit_silently("handlers:nothing");
	runtime_join(third);
	cr_assert_eq(pks_process_info(second, &before), 0);
	cr_assert_eq(pks_process_info(third, &info), 0);
	cr_assert(before.submitted_ns <= info.submitted_ns);
	cr_assert_lt(info.submitted_ns, UINT64_C(1) << 62);
	runtime_join(first);
	runtime_expect(first, PKS_FINISHED, 0, NULL);
}

/* A Dict where only processes should be, and as the first one that anybody meets. */
static void place_stranger(const char *path, struct process_key key)
{
	struct pks_object *dict = pks_dict_open(runtime_store, path, PKS_OPEN_OR_CREATE);

	cr_assert(dict, "%s", pks_error_message());
	cr_assert_eq(layer_index_move(dict, key.bytes, key.size, false), 0, "%s", pks_error_message());
	pks_object_close(dict);
}

Test(claim, an_entry_that_is_no_process_is_passed_over)
{
	struct pks_object *process;

	place_stranger("submitted", process_key_submitted(POOL_DEFAULT, PRIORITY_MAX, 0));
	place_stranger("running", process_key_other(STATUS_RUNNING, 0));
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	for (int i = 0; i < 3; i++)
		runtime_expect_well();
	process = runtime_run("handlers:kill_itself");
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	runtime_expect_well();
}

Test(claim, a_look_without_waiting_starts_no_pool)
{
	struct pks_object *process = submit_silently("handlers:nothing");

	cr_assert_eq(pks_process_join(process, 0), PKS_TIMED_OUT);
	cr_assert_eq(runtime_left_over(), 0);
}

Test(claim, a_target_that_is_none_fails)
{
	struct pks_object *process = submit_silently("handlers:nothing");

	cr_assert_eq(pks_attr_setf(process, "target", "i", 5), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FAILED, 1, ": not MODULE:HANDLER");
}

/* ---- running ---- */

Test(claim, whoever_waits_settles_a_dead_workers_process_where_there_is_no_pool)
{
	struct proc worker = dead_worker();
	struct pks_object *process = claim_for(&worker);

	runtime_join(process);
	expect_crashed_unknown(process);
	cr_assert_eq(runtime_left_over(), 0, "nobody has started a pool for that");
}

Test(claim, a_supervisor_settles_what_it_finds_at_its_start)
{
	struct proc worker = dead_worker();
	struct pks_object *process = claim_for(&worker);

	cr_assert_eq(pks_pool_start(runtime_store, NULL), 0);
	await_end(process);
	expect_crashed_unknown(process);
}

Test(claim, a_supervisor_settles_what_appears_later)
{
	struct proc worker = dead_worker();
	struct pks_object *process;

	runtime_supervisor();
	process = claim_for(&worker);
	await_end(process);
	expect_crashed_unknown(process);
}

Test(claim, a_worker_from_before_the_reboot_is_dead)
{
	struct pks_object *process;
	struct proc worker;

	cr_assert_eq(proc_of(getpid(), &worker), 0);
	worker.boot[0] ^= 1;
	process = claim_for(&worker);
	cr_assert_eq(pks_pool_start(runtime_store, NULL), 0);
	await_end(process);
	expect_crashed_unknown(process);
}

Test(claim, a_stranger_with_a_dead_workers_pid_is_neither_taken_for_it_nor_signalled)
{
	struct pks_object *process;
	struct proc worker;

	cr_assert_eq(proc_of(getpid(), &worker), 0);
	worker.start--;
	process = claim_for(&worker);
	cr_assert_eq(pks_process_terminate(process, 0), 0, "which would have killed this test");
	runtime_join(process);
	expect_crashed_unknown(process);
}

static int pause_for_ever(void *arg)
{
	while (pause() < 0)
		;
	return 0;
}

/* It is watched when this returns. */
static struct pks_object *claim_for_child(pid_t pid)
{
	struct pks_object *process;
	enum pks_status status;
	struct proc worker;

	cr_assert_eq(proc_of(pid, &worker), 0);
	process = claim_for(&worker);
	runtime_supervisor();
	runtime_expect_well();
	cr_assert_eq(pks_process_status(process, &status), 0);
	cr_assert_eq(status, PKS_RUNNING);
	return process;
}

/* Nothing is left of it that could tell how it has ended. */
Test(claim, a_supervisor_watches_a_worker_that_is_not_its_own)
{
	pid_t pid = child_start(pause_for_ever, NULL);
	struct pks_object *process = claim_for_child(pid);

	signal(SIGCHLD, SIG_IGN);
	kill(pid, SIGKILL);
	await_end(process);
	signal(SIGCHLD, SIG_DFL);
	expect_crashed_unknown(process);
}

Test(claim, a_supervisor_learns_how_one_has_ended_whose_parent_has_not_waited_for_it)
{
	pid_t pid = child_start(pause_for_ever, NULL);
	struct pks_object *process = claim_for_child(pid);

	kill(pid, SIGKILL);
	await_end(process);
	child_wait(pid);
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
}

Test(claim, killall_settles_what_dead_workers_ran)
{
	struct proc worker = dead_worker();
	struct pks_object *process = claim_for(&worker);

	cr_assert_eq(pks_killall(runtime_store), 0);
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed with the whole pool");
}

/* ---- between two steps ---- */

Test(claim, a_crowd_of_workers_claims_each_process_once)
{
	int count = scratch_long() ? 20000 : 1000;
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE), *last = NULL;
	uint64_t entries;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 8), 0);
	pks_begin(runtime_store);
	for (int i = 0; i < count; i++) {
		pks_object_close(last);
		last = runtime_new("handlers:append");
		pks_dict_setf(last, "log", "o", log);
		cr_assert_eq(pks_process_start(last), 0);
	}
	cr_assert_eq(pks_commit(runtime_store), 0, "%s", pks_error_message());
	for (struct pks_pool_status status = {.submitted = 1}; status.submitted || status.running;)
		cr_assert_eq(pks_pool_status(runtime_store, NULL, &status), 0);
	pks_log_count(log, &entries);
	cr_assert_eq(entries, (uint64_t)count);
	cr_assert_eq(runtime_expect_index_right(), (uint64_t)count);
}
