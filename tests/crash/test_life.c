/* SPDX-License-Identifier: MIT */
/*
 * Callers, supervisors and workers that die while a process is being ended or restarted. Whoever dies between whichever
 * two steps:
 *
 *     1. each process stands at exactly one place in the index, where its state says
 *     2. a terminal status does not change but by a restart
 *     3. no attempt runs twice, and none that has a number is forgotten in the history
 *     4. what was asked to end ends, and a signal meets nobody else
 */
#include "lib/child.h"
#include "lib/runtime.h"
#include "lib/scratch.h"
#include "base/clock.h"
#include "runtime/record.h"

#include <criterion/criterion.h>

#include <pkstore/transaction.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

TestSuite(life, .init = runtime_begin, .fini = runtime_end, .timeout = 7200);

static struct pks_object *start_with_grace(const char *target, int grace_ms)
{
	struct pks_object *process = runtime_new(target);

	cr_assert_eq(pks_process_set_grace(process, grace_ms), 0, "%s", pks_error_message());
	cr_assert_eq(pks_process_start_wait(process, RUNTIME_PATIENCE_MS, NULL), 0, "%s", pks_error_message());
	return process;
}

/* ---- between two steps, made by hand ---- */

/* As if who asked had died with its commit, before it could tell anybody. */
static void ask_silently(struct pks_object *process, int64_t deadline)
{
	struct process_state state;

	pks_begin(runtime_store);
	cr_assert_eq(record_read(process, &state), 0);
	state.stop = (struct process_stop){SIGTERM, clock_wall(), deadline};
	cr_assert_eq(record_write(process, &state), 0);
	cr_assert_eq(pks_commit(runtime_store), 0);
}

Test(life, a_request_that_nobody_was_told_of_is_found)
{
	struct pks_object *process = start_with_grace("stubborn:ignore_sigterm", PKS_GRACE_MS);

	runtime_await(process, "here");
	ask_silently(process, clock_monotonic());
	runtime_join(process);
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	cr_assert_not(runtime_lives(runtime_await(process, "daemon")));
}

Test(life, a_request_outlives_the_supervisor)
{
	struct pks_object *process = start_with_grace("stubborn:ignore_sigterm", 300);
	int64_t supervisor = runtime_supervisor();

	runtime_await(process, "here");
	cr_assert_eq(pks_process_terminate(process, 0), 0);
	kill((pid_t)supervisor, SIGKILL);
	runtime_await_death(supervisor);
	runtime_join(process);
	cr_assert_eq(pks_process_is_alive(process), PKS_NOT_FOUND);
	cr_assert_not(runtime_lives(runtime_await(process, "here")));
}

/* Where the supervisor is stopped, who waits does its work. */
Test(life, who_waits_keeps_the_deadline_of_a_stopped_supervisor)
{
	struct pks_object *process = start_with_grace("stubborn:ignore_sigterm", 50);
	int64_t supervisor = runtime_supervisor();

	runtime_await(process, "here");
	kill((pid_t)supervisor, SIGSTOP);
	cr_assert_eq(pks_process_terminate(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	cr_assert_not(runtime_lives(runtime_await(process, "here")));
	kill((pid_t)supervisor, SIGCONT);
	runtime_expect_index_right();
}

Test(life, a_killed_process_of_a_dead_supervisors_worker_leaves_nobody)
{
	struct pks_object *process = start_with_grace("stubborn:ignore_sigterm", -1);
	int64_t supervisor = runtime_supervisor();

	runtime_await(process, "here");
	kill((pid_t)supervisor, SIGKILL);
	runtime_await_death(supervisor);
	cr_assert_eq(pks_process_kill(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	cr_assert_not(runtime_lives(runtime_await(process, "here")));
	cr_assert_not(runtime_lives(runtime_await(process, "daemon")));
}

/* The first one ends by itself in its time of grace; its deadline passes while the same worker runs the second. */
Test(life, a_deadline_never_meets_the_next_process)
{
	struct pks_object *first, *second;
	int64_t pid;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	first = start_with_grace("stubborn:catch_sigterm", 300);
	second = runtime_start("handlers:hold");
	pid = runtime_await(first, "here");
	cr_assert_eq(pks_process_terminate(first, RUNTIME_PATIENCE_MS), 0);
	cr_assert_eq(runtime_await(second, "here"), pid, "the same worker");
	/* Until long after the deadline, and some of the supervisor's own looks. */
	cr_assert_eq(pks_process_join(second, 2500), PKS_TIMED_OUT);
	pks_dict_setf(second, "go", "b", 1);
	runtime_join(second);
	runtime_expect(second, PKS_FINISHED, 0, NULL);
}

/* The deadline passes while the worker looks for what its handler has left, which a busy machine makes long. */
Test(life, a_deadline_that_is_near_is_kept_by_the_worker)
{
	for (int grace_ms = 1; grace_ms <= 12; grace_ms++) {
		struct pks_object *process = start_with_grace("stubborn:catch_sigterm", grace_ms);

		runtime_await(process, "here");
		cr_assert_eq(pks_process_terminate(process, 4000), 0, "after %d ms", grace_ms);
	}
}

/* ---- at any instant ---- */

enum victim { CALLER, SUPERVISOR, WORKER, VICTIMS };

struct storm {
	const char *path;
	uint64_t id;
	int (*act)(struct pks_object *process);
};

static int act_restart(struct pks_object *process)
{
	return pks_process_restart(process, PKS_RESTART_TERMINATE, -1);
}

static int act_terminate(struct pks_object *process)
{
	int r = pks_process_terminate(process, -1);

	return r == 0 ? pks_process_restart(process, PKS_RESTART_WAIT, -1) : r;
}

static int act_kill(struct pks_object *process)
{
	int r = pks_process_kill(process, -1);

	return r == 0 ? pks_process_restart(process, PKS_RESTART_WAIT, -1) : r;
}

/* A pool that is killed while it starts is not the caller's fault; anything else is. */
static int act(void *arg)
{
	const struct storm *storm = arg;
	struct pks_store *store = pks_store_open(storm->path, NULL);
	struct pks_object *process = pks_object_from_id(store, storm->id);
	int r = process ? storm->act(process) : pks_error_code();

	pks_store_close(store);
	return r == 0 || r == PKS_ERR_POOL ? 0 : 1;
}

/* Somewhere in the milliseconds that ending and restarting take. */
static void pass_time(unsigned *seed)
{
	const struct timespec time = {.tv_nsec = rand_r(seed) % 15000000};

	nanosleep(&time, NULL);
}

static void kill_supervisor(void)
{
	struct pks_pool_status status;

	cr_assert_eq(pks_pool_status(runtime_store, NULL, &status), 0);
	if (status.supervisor_pid)
		kill((pid_t)status.supervisor_pid, SIGKILL);
}

static void strike(enum victim victim, pid_t caller, struct pks_object *process)
{
	int64_t pid;

	if (victim == CALLER)
		child_kill(caller);
	else if (victim == SUPERVISOR)
		kill_supervisor();
	else if (pks_process_pid(process, &pid) == 0)
		kill((pid_t)pid, SIGKILL);
	if (victim != CALLER)
		cr_assert_eq(child_wait(caller), 0);
}

static void expect_each_attempt_once(struct pks_object *process, struct pks_object *log)
{
	struct pks_log_iter *iter = pks_log_iter(log, 0, INT64_MAX, false);
	struct pks_process_info info;
	struct pks_value entry;
	int64_t attempt, last = 0;

	cr_assert_eq(pks_process_info(process, &info), 0);
	while (pks_log_next(iter, &entry, NULL) == 0) {
		cr_assert_eq(pks_value_int(&entry, &attempt), 0);
		cr_assert_gt(attempt, last, "attempt %lld after %lld", (long long)attempt, (long long)last);
		last = attempt;
	}
	pks_log_iter_close(iter);
	cr_assert_leq(last, info.attempt);
}

/* The newest entry tells of the attempt before the present one, or of one that was ended before it ran. */
static void expect_history(struct pks_object *process)
{
	struct pks_value list = {0}, entry;
	struct pks_process_info info;
	int attempt;

	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert_eq(pks_process_history(process, &list), 0);
	if (pks_value_at(&list, -1, &entry) == 0) {
		cr_assert_eq(pks_value_unpack(&entry, "{s:i}", "attempt", &attempt), 0);
		cr_assert((uint32_t)attempt == info.attempt || (uint32_t)attempt + 1 == info.attempt, "%d before %u",
			  attempt, info.attempt);
	}
	pks_value_clear(&list);
}

static void rage(enum victim victim, int (*action)(struct pks_object *process), unsigned seed)
{
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE);
	struct pks_object *process = runtime_new("stubborn:note_attempt");
	struct storm storm = {pks_store_path(runtime_store), pks_object_id(process), action};
	int rounds = scratch_long() ? 300 : 12;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 2), 0);
	pks_dict_setf(process, "log", "o", log);
	cr_assert_eq(pks_process_set_grace(process, 5), 0);
	cr_assert_eq(pks_process_start(process), 0);
	for (int i = 0; i < rounds; i++) {
		pid_t caller = child_start(act, &storm);

		pass_time(&seed);
		strike(victim, caller, process);
		runtime_expect_index_right();
	}
	cr_assert_eq(pks_process_kill(process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	cr_assert_eq(pks_process_is_alive(process), PKS_NOT_FOUND);
	expect_each_attempt_once(process, log);
	expect_history(process);
	runtime_expect_well();
}

Test(life, restarting_while_callers_are_killed)
{
	rage(CALLER, act_restart, 1);
}

Test(life, restarting_while_supervisors_are_killed)
{
	rage(SUPERVISOR, act_restart, 2);
}

Test(life, restarting_while_workers_are_killed)
{
	rage(WORKER, act_restart, 3);
}

Test(life, ending_while_callers_are_killed)
{
	rage(CALLER, act_terminate, 4);
}

Test(life, ending_while_supervisors_are_killed)
{
	rage(SUPERVISOR, act_terminate, 5);
}

Test(life, ending_while_workers_are_killed)
{
	rage(WORKER, act_terminate, 6);
}

Test(life, killing_while_callers_are_killed)
{
	rage(CALLER, act_kill, 7);
}

Test(life, killing_while_supervisors_are_killed)
{
	rage(SUPERVISOR, act_kill, 8);
}

/* ---- daemons ---- */

static struct child_flag ready;
static char *store_path;

static int keep(void *arg)
{
	struct pks_store *store = pks_store_open(store_path, NULL);
	struct pks_object *process = pks_process_new(store, "daemon", "handlers:hold");

	if (pks_process_set_daemon(process, true) != 0 || pks_process_start_wait(process, -1, NULL) != 0)
		return 1;
	child_flag_raise(&ready);
	for (;;)
		pause();
}

/* Both die together: the next supervisor finds the keeper gone. */
Test(life, daemons_end_with_their_keeper_when_the_supervisor_dies_with_it)
{
	struct pks_object *process;
	enum pks_status status;
	int64_t supervisor;
	pid_t keeper;

	ready = child_flag();
	supervisor = runtime_supervisor();
	store_path = strdup(pks_store_path(runtime_store));
	keeper = child_start(keep, NULL);
	cr_assert_eq(child_flag_wait(&ready), 0);
	kill((pid_t)supervisor, SIGKILL);
	child_kill(keeper);
	process = pks_process_open(runtime_store, "daemon");
	runtime_join(process);
	cr_assert_eq(pks_process_status(process, &status), 0);
	cr_assert_eq(status, PKS_CRASHED);
}
