/* SPDX-License-Identifier: MIT */
/*
 * The worker and the supervisor, killed at each point of what they do: see points.h. Each process ends once, runs once
 * in each attempt at most, and what it has written is kept once.
 */
#include "points_process.h"

#include <signal.h>
#include <stdlib.h>

/* What a handler says, by a line each. */
#define LINES 20

/* ---- the worker: it claims, runs and ends two processes, and keeps what they have said ---- */

static void prepare_two(int number)
{
	prepare_new(number);
	for (int i = 0; i < 2; i++) {
		pks_object_close(processes[i]);
		processes[i] = new_one("output:append_and_say");
	}
}

/* The one worker: it is idle. */
static pid_t worker(int number)
{
	pid_t pids[8];
	size_t count;

	(void)number;
	while ((count = runtime_workers(pids, 8)) != 1)
		cr_assert_lt(count, 8);
	return pids[0];
}

static int start_two(int number)
{
	int r = pks_begin(points_store);

	(void)number;
	for (int i = 0; r == 0 && i < 2; i++)
		r = pks_process_start(processes[i]);
	return r == 0 ? pks_commit(points_store) : r;
}

static bool both_are_over(int number)
{
	(void)number;
	return status_of(processes[0]) & PKS_TERMINAL && status_of(processes[1]) & PKS_TERMINAL;
}

/* Lines are kept once, in their order, from the first one on; all of them, where it has finished. */
static void expect_lines(struct pks_object *process, bool all)
{
	struct pks_object *output = pks_process_output(process);
	uint64_t count = 0;
	char line[16], *text;

	cr_assert(!output || pks_log_count(output, &count) == 0, "%s", pks_error_message());
	cr_assert(count == LINES || (!all && count < LINES), "%d lines", (int)count);
	for (uint64_t i = 0; i < count; i++) {
		cr_assert_eq(pks_log_getf(output, (int64_t)i, "{s:s}", "text", &text), 0, "%s", pks_error_message());
		snprintf(line, sizeof(line), "line %d", (int)i);
		cr_assert_str_eq(text, line);
		free(text);
	}
	pks_object_close(output);
}

static bool expect_once(struct pks_object *process)
{
	bool finished;

	runtime_join(process);
	finished = status_of(process) == PKS_FINISHED;
	cr_assert(finished || status_of(process) == PKS_CRASHED);
	cr_assert_leq(runs_of(process), 1);
	cr_assert(!finished || runs_of(process) == 1);
	expect_lines(process, finished);
	return finished;
}

static void check_two(int number, bool told)
{
	bool finished = false;

	(void)number, (void)told;
	for (int i = 0; i < 2; i++)
		finished |= expect_once(processes[i]);
	points_went_on();
	cr_assert(finished, "one worker was killed, and two processes crashed");
	forget();
}

Test(points_workers, claim_and_finish)
{
	points_run(&(struct operation){"worker", .open = open_objects, .prepare = prepare_two, .victim = worker,
	                               .act = start_two, .over = both_are_over, .check = check_two, .end = end_pool,
	                               .deaths = 12});
}

/* ---- the supervisor ---- */

static pid_t supervisor(int number)
{
	(void)number;
	return (pid_t)runtime_supervisor();
}

static int kill_worker(int number)
{
	int64_t pid;
	int r = pks_process_pid(processes[0], &pid);

	(void)number;
	if (r == 0)
		kill((pid_t)pid, SIGKILL);
	return r;
}

static bool is_over(int number)
{
	(void)number;
	return status_of(processes[0]) & PKS_TERMINAL;
}

/* The signal is not known when it was the dead supervisor's to know. */
static void check_settled(int number, bool told)
{
	struct pks_process_info info;

	(void)number, (void)told;
	runtime_join(processes[0]);
	cr_assert_eq(pks_process_info(processes[0], &info), 0);
	cr_assert_eq(info.status, PKS_CRASHED);
	cr_assert(!info.has_exitcode || info.exitcode == -SIGKILL, "%d", info.exitcode);
	runtime_expect_well();
	points_went_on();
	forget();
}

Test(points_workers, record_a_death)
{
	points_run(&(struct operation){"supervisor", .open = open_objects, .prepare = prepare_held,
	                               .victim = supervisor, .act = kill_worker, .over = is_over,
	                               .check = check_settled, .end = end_pool, .deaths = 12});
}

static void prepare_speaker(int number)
{
	(void)number;
	prepare_pool();
	make_one("output:say_when_told");
	cr_assert_eq(pks_process_start(processes[0]), 0);
	runtime_await(processes[0], "here");
}

static int let_it_say(int number)
{
	int r = pks_dict_setf(processes[0], "say", "b", 1);

	(void)number;
	if (r == 0)
		runtime_await(processes[0], "said");
	return r;
}

static bool is_copied(int number)
{
	struct pks_object *output = pks_process_output(processes[0]);
	uint64_t count = 0;

	(void)number;
	cr_assert(!output || pks_log_count(output, &count) == 0);
	pks_object_close(output);
	return count == LINES;
}

static void check_copied(int number, bool told)
{
	(void)number, (void)told;
	cr_assert_eq(pks_dict_setf(processes[0], "end", "b", 1), 0);
	runtime_join(processes[0]);
	points_went_on();
	runtime_expect(processes[0], PKS_FINISHED, 0, NULL);
	expect_lines(processes[0], true);
	runtime_expect_well();
	forget();
}

Test(points_workers, copy_output)
{
	points_run(&(struct operation){"output_copy", .open = open_objects, .prepare = prepare_speaker,
	                               .victim = supervisor, .act = let_it_say, .over = is_copied,
	                               .check = check_copied, .end = end_pool, .deaths = 12});
}
