/* SPDX-License-Identifier: MIT */
/* Workers that die, or seem to, at any instant. */
#include "lib/runtime.h"
#include "lib/scratch.h"
#include "runtime/death.h"
#include "runtime/record.h"
#include "runtime/settle.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(workers, .init = runtime_begin, .fini = runtime_end, .timeout = 7200);

Test(workers, one_that_is_killed_is_told_from_one_that_is_segfaulted_and_replaced)
{
	static const int signals[] = {SIGKILL, SIGSEGV, SIGTERM, SIGABRT};

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct pks_object *process = runtime_start("handlers:hold");

		kill((pid_t)runtime_await(process, "here"), signals[i]);
		runtime_join(process);
		runtime_expect(process, PKS_CRASHED, -signals[i], "killed by SIG");
	}
	runtime_expect_well();
}

Test(workers, a_process_that_always_kills_its_worker_ends_and_stops_nobody)
{
	struct pks_object *bad[20], *good[20];

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 2), 0);
	for (int i = 0; i < 20; i++) {
		bad[i] = runtime_start("handlers:kill_itself");
		good[i] = runtime_start("handlers:nothing");
	}
	for (int i = 0; i < 20; i++) {
		runtime_join(bad[i]);
		runtime_join(good[i]);
		runtime_expect(bad[i], PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
		runtime_expect(good[i], PKS_FINISHED, 0, NULL);
	}
}

/* ---- killed at random ---- */

/* What it is at by then, chance decides: starting, idle, claiming, running or recording the end. */
static void kill_one_at_random(unsigned *seed)
{
	pid_t pids[16];
	size_t count = runtime_workers(pids, 16);

	if (count)
		kill(pids[(size_t)rand_r(seed) % count], SIGKILL);
}

static void expect_ran_once(struct pks_object *process, struct pks_object *log)
{
	struct pks_process_info info;
	int count;

	cr_assert_eq(pks_process_info(process, &info), 0);
	count = runtime_count(log, info.name);
	cr_assert_eq(info.attempt, 1);
	if (info.status == PKS_FINISHED)
		cr_assert_eq(count, 1, "finished, and ran %d times", count);
	else
		cr_assert(info.status == PKS_CRASHED && count <= 1, "%s, and ran %d times",
			  pks_status_name(info.status), count);
}

Test(workers, killed_at_random_nothing_is_lost_and_nothing_runs_twice)
{
	int rounds = scratch_long() ? 1000 : 60;
	struct pks_object **processes = calloc((size_t)rounds, sizeof(struct pks_object *));
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE);
	unsigned seed = 1;

	for (int i = 0; i < rounds; i++) {
		processes[i] = runtime_new(i % 2 ? "handlers:append" : "handlers_program:append");
		pks_dict_setf(processes[i], "log", "o", log);
		cr_assert_eq(pks_process_start(processes[i]), 0, "%s", pks_error_message());
		kill_one_at_random(&seed);
		/* The work must not only pile up: so a worker is met in all that it does. */
		if (i % 3 == 0)
			runtime_join(processes[i]);
	}
	for (int i = 0; i < rounds; i++)
		runtime_join(processes[i]);
	for (int i = 0; i < rounds; i++)
		expect_ran_once(processes[i], log);
	cr_assert_eq(runtime_expect_index_right(), (uint64_t)rounds);
	runtime_expect_well();
	free(processes);
}

/* ---- what dies with a worker ---- */

Test(workers, a_dead_workers_daemons_die_with_it)
{
	struct pks_object *process = runtime_run("handlers:daemonize_and_die");

	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	cr_assert_not(runtime_lives(runtime_await(process, "daemon")), "they are gone before the end is told");
}

Test(workers, another_workers_daemons_live_on)
{
	struct pks_object *holding = runtime_start("handlers:daemonize");
	int64_t daemon;

	runtime_await(holding, "here");
	daemon = runtime_await(holding, "daemon");
	runtime_run("handlers:daemonize_and_die");
	cr_assert(runtime_lives(daemon));
	pks_dict_setf(holding, "go", "b", 1);
	runtime_join(holding);
}

/* ---- not dead ---- */

/* Longer than anybody could mistake for a moment, in milliseconds. */
#define LONG_STOP_MS 2500

Test(workers, a_stopped_one_is_not_taken_for_dead)
{
	struct pks_object *process = runtime_start("handlers:hold");
	pid_t pid = (pid_t)runtime_await(process, "here");
	struct pks_process_info info;

	kill(pid, SIGSTOP);
	cr_assert_eq(pks_process_join(process, LONG_STOP_MS), PKS_TIMED_OUT);
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert(info.status == PKS_RUNNING && info.pid == pid && info.attempt == 1);
	kill(pid, SIGCONT);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

/* Somebody settles a process that lives: another container's eyes would see it so. */
static void settle_by_force(struct pks_object *process)
{
	struct process_state state;
	struct record_end end;

	cr_assert_eq(record_read(process, &state), 0);
	death_unknown(&end);
	cr_assert_eq(settle_as(runtime_store, &state.worker, &end), 0);
}

Test(workers, one_whose_process_was_settled_by_others_writes_nothing_more)
{
	struct pks_object *process = runtime_new("handlers:write_until_fenced"), *log;
	struct pks_process_info info;
	int64_t pid, before = 0, after = 0;

	log = pks_dict_open(runtime_store, "log", PKS_OPEN_OR_CREATE);
	pks_dict_setf(process, "log", "o", log);
	cr_assert_eq(pks_process_start(process), 0);
	pid = runtime_await(process, "here");
	settle_by_force(process);
	cr_assert_eq(pks_dict_getf(log, "writes", "I", &before) < 0, false);
	runtime_await_death(pid);
	pks_dict_getf(log, "writes", "I", &after);
	cr_assert_eq(before, after);
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert(info.status == PKS_CRASHED && !info.has_exitcode, "settled once");
	runtime_expect_well();
}

Test(workers, an_end_that_others_have_settled_before_changes_nothing)
{
	struct pks_object *process = runtime_start("handlers:hold");
	struct pks_process_info info;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	runtime_await(process, "here");
	settle_by_force(process);
	pks_dict_setf(process, "go", "b", 1);
	runtime_expect_well();
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert(info.status == PKS_CRASHED && !info.has_exitcode);
	runtime_expect_index_right();
}
