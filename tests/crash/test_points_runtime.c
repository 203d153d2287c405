/* SPDX-License-Identifier: MIT */
/*
 * Processes and pools: who asks for something, the worker and the supervisor, killed at each point of what they do: see
 * points.h. Each process ends once, runs once in each attempt at most, and what it has written is kept once.
 */
#include "points.h"

#include "lib/runtime.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* What a handler says, by a line each. */
#define LINES 20

static struct pks_object *log_object, *processes[2];
static uint64_t *ids; /* the processes', for whoever is killed */

static void open_objects(struct pks_store *store)
{
	runtime_store = store;
	log_object = pks_log_open(store, "log", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(log_object, "%s", pks_error_message());
	ids = (uint64_t *)points_note;
}

static void end_pool(void)
{
	cr_assert_eq(pks_killall(points_store), 0, "%s", pks_error_message());
	cr_assert_eq(runtime_left_over(), 0);
}

/* ---- what is prepared ---- */

static struct pks_object *new_one(const char *target)
{
	struct pks_object *process = runtime_new(target);

	cr_assert_eq(pks_dict_setf(process, "log", "o", log_object), 0, "%s", pks_error_message());
	return process;
}

static void make_one(const char *target)
{
	processes[0] = new_one(target);
	*ids = pks_object_id(processes[0]);
}

/* A pool of one, which is idle. */
static void prepare_pool(void)
{
	cr_assert_eq(pks_pool_set_size(points_store, NULL, 1), 0, "%s", pks_error_message());
	runtime_expect_well();
}

static void prepare_new(int number)
{
	(void)number;
	prepare_pool();
	make_one("handlers:append");
}

static void prepare_ended(int number)
{
	prepare_new(number);
	cr_assert_eq(pks_process_start(processes[0]), 0);
	runtime_join(processes[0]);
}

static void prepare_held(int number)
{
	(void)number;
	prepare_pool();
	make_one("handlers:hold");
	cr_assert_eq(pks_process_set_grace(processes[0], 5), 0);
	cr_assert_eq(pks_process_start(processes[0]), 0);
	runtime_await(processes[0], "here");
}

/* ---- what is looked at ---- */

static int runs_of(struct pks_object *process)
{
	struct pks_log_iter *iter = pks_log_iter(log_object, 0, INT64_MAX, false);
	struct pks_object_info info;
	struct pks_value entry;
	const char *text;
	size_t size;
	int count = 0;

	cr_assert_eq(pks_object_info(process, &info), 0);
	while (pks_log_next(iter, &entry, NULL) == 0)
		if (pks_value_text(&entry, &text, &size) == 0 && size == strlen(info.path) &&
		    memcmp(text, info.path, size) == 0)
			count++;
	pks_log_iter_close(iter);
	return count;
}

static enum pks_status status_of(struct pks_object *process)
{
	enum pks_status status;

	cr_assert_eq(pks_process_status(process, &status), 0, "%s", pks_error_message());
	return status;
}

/* The processes are done with. */
static void forget(void)
{
	uint64_t cleaned;

	runtime_expect_index_right();
	for (int i = 0; i < 2; i++)
		pks_object_close(processes[i]);
	memset(processes, 0, sizeof(processes));
	cr_assert_eq(pks_process_clean(points_store, PKS_TERMINAL | PKS_CREATED, &cleaned), 0, "%s",
	             pks_error_message());
	cr_assert_eq(pks_log_clear(log_object), 0);
}

/* ---- who asks ---- */

static struct pks_object *subject;

static int open_subject(int number)
{
	(void)number;
	subject = pks_object_from_id(points_store, *ids);
	return subject ? 0 : pks_error_code();
}

static int start(int number)
{
	(void)number;
	return pks_process_start(subject);
}

static void check_started(int number, bool told)
{
	struct pks_object *process = processes[0];

	(void)number;
	cr_assert(!told || status_of(process) != PKS_CREATED, "%s", pks_status_name((int)status_of(process)));
	if (status_of(process) == PKS_CREATED)
		cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	runtime_join(process);
	points_went_on();
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(runs_of(process), 1);
	forget();
}

Test(points_runtime, start)
{
	points_run(&(struct operation){"start", .open = open_objects, .prepare = prepare_new, .ready = open_subject,
	                               .act = start, .check = check_started, .end = end_pool});
}

/* There is no pool: who starts one is killed at that. */
static void prepare_no_pool(int number)
{
	(void)number;
	end_pool();
	make_one("handlers:append");
}

Test(points_runtime, start_the_pool)
{
	points_run(&(struct operation){"start_the_pool", .open = open_objects, .prepare = prepare_no_pool,
	                               .ready = open_subject, .act = start, .check = check_started, .end = end_pool,
	                               .deaths = 12});
}

static int restart(int number)
{
	(void)number;
	return pks_process_restart(subject, PKS_RESTART_WAIT, -1);
}

static void check_restarted(int number, bool told)
{
	struct pks_process_info info;

	(void)number;
	runtime_join(processes[0]);
	cr_assert_eq(pks_process_info(processes[0], &info), 0);
	cr_assert(info.attempt == 2 || (info.attempt == 1 && !told), "%u", info.attempt);
	cr_assert_eq(runs_of(processes[0]), (int)info.attempt);
	cr_assert_eq(pks_process_restart(processes[0], PKS_RESTART_WAIT, RUNTIME_PATIENCE_MS), 0, "%s",
	             pks_error_message());
	runtime_join(processes[0]);
	points_went_on();
	runtime_expect(processes[0], PKS_FINISHED, 0, NULL);
	cr_assert_eq(runs_of(processes[0]), (int)info.attempt + 1);
	forget();
}

Test(points_runtime, restart)
{
	points_run(&(struct operation){"restart", .open = open_objects, .prepare = prepare_ended, .ready = open_subject,
	                               .act = restart, .check = check_restarted, .end = end_pool});
}

static int terminate(int number)
{
	(void)number;
	return pks_process_terminate(subject, -1);
}

/* Whatever the dead one came to do, the process ends, once. */
static void check_terminated(int number, bool told)
{
	struct pks_process_info before, after;

	(void)number;
	cr_assert_eq(pks_process_info(processes[0], &before), 0);
	cr_assert(!told || before.status == PKS_CRASHED, "%s", pks_status_name((int)before.status));
	cr_assert_eq(pks_process_terminate(processes[0], RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert_eq(pks_process_info(processes[0], &after), 0);
	cr_assert_eq(after.status, PKS_CRASHED);
	cr_assert(before.status != PKS_CRASHED ||
	          (before.exitcode == after.exitcode && before.ended_ns == after.ended_ns));
	cr_assert(after.exitcode == -SIGTERM || after.exitcode == -SIGKILL, "%d", after.exitcode);
	runtime_expect_well();
	forget();
}

Test(points_runtime, terminate)
{
	points_run(&(struct operation){"terminate", .open = open_objects, .prepare = prepare_held,
	                               .ready = open_subject, .act = terminate, .check = check_terminated,
	                               .end = end_pool, .deaths = 12});
}

static int kill_created(int number)
{
	(void)number;
	return pks_process_kill(subject, 0);
}

static void check_killed(int number, bool told)
{
	(void)number;
	cr_assert(!told || status_of(processes[0]) == PKS_CRASHED);
	cr_assert_eq(pks_process_kill(processes[0], RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	points_went_on();
	runtime_expect(processes[0], PKS_CRASHED, -SIGKILL, "killed");
	cr_assert_eq(runs_of(processes[0]), 0);
	forget();
}

Test(points_runtime, kill_what_has_not_begun)
{
	points_run(&(struct operation){"kill_created", .open = open_objects, .prepare = prepare_new,
	                               .ready = open_subject, .act = kill_created, .check = check_killed,
	                               .end = end_pool});
}

/* ---- pools ---- */

static void prepare_idle(int number)
{
	(void)number;
	prepare_pool();
}

static int pause_pool(int number)
{
	(void)number;
	return pks_pool_pause(points_store, NULL);
}

static void check_paused(int number, bool told)
{
	struct pks_pool_status status;

	(void)number;
	cr_assert_eq(pks_pool_status(points_store, NULL, &status), 0);
	cr_assert(status.paused || !told);
	cr_assert_eq(pks_pool_resume(points_store, NULL), 0, "%s", pks_error_message());
	runtime_expect_well();
	points_went_on();
}

Test(points_runtime, pause_a_pool)
{
	points_run(&(struct operation){"pool_pause", .open = open_objects, .prepare = prepare_idle, .act = pause_pool,
	                               .check = check_paused, .end = end_pool});
}

static int enlarge(int number)
{
	(void)number;
	return pks_pool_set_size(points_store, NULL, 2);
}

static void check_enlarged(int number, bool told)
{
	unsigned size;

	(void)number;
	cr_assert_eq(pks_pool_size(points_store, NULL, &size), 0);
	cr_assert(size == 2 || (size == 1 && !told), "%u", size);
	cr_assert_eq(pks_pool_set_size(points_store, NULL, 1), 0, "%s", pks_error_message());
	runtime_expect_well();
	points_went_on();
}

Test(points_runtime, set_the_size_of_a_pool)
{
	points_run(&(struct operation){"pool_set_size", .open = open_objects, .prepare = prepare_idle, .act = enlarge,
	                               .check = check_enlarged, .end = end_pool});
}

static void prepare_other_pool(int number)
{
	prepare_idle(number);
	cr_assert_eq(pks_pool_set_size(points_store, "other", 1), 0, "%s", pks_error_message());
}

static int remove_pool(int number)
{
	(void)number;
	return pks_pool_remove(points_store, "other");
}

static void check_removed(int number, bool told)
{
	int r = remove_pool(number);

	cr_assert(r == PKS_NOT_FOUND || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_eq(remove_pool(number), PKS_NOT_FOUND);
	runtime_expect_well();
	points_went_on();
}

Test(points_runtime, remove_a_pool)
{
	points_run(&(struct operation){"pool_remove", .open = open_objects, .prepare = prepare_other_pool,
	                               .act = remove_pool, .check = check_removed, .end = end_pool});
}

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

Test(points_runtime, claim_and_finish)
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

Test(points_runtime, record_a_death)
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

Test(points_runtime, copy_output)
{
	points_run(&(struct operation){"output_copy", .open = open_objects, .prepare = prepare_speaker,
	                               .victim = supervisor, .act = let_it_say, .over = is_copied,
	                               .check = check_copied, .end = end_pool, .deaths = 12});
}
