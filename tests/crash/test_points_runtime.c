/* SPDX-License-Identifier: MIT */
/*
 * Processes and pools: who asks for something is killed at each point of it: see points.h. Each process ends once, and
 * runs once in each attempt at most.
 */
#include "points_process.h"

#include <signal.h>

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

/*
 * The option and the note, by which the supervisor learns of the death, are there together. Where the dead one could
 * not tell the supervisor any more, it looks within a second.
 */
static int tie(int number)
{
	(void)number;
	return pks_process_set_daemon(subject, true);
}

static void check_tied(int number, bool told)
{
	struct pks_object *process = processes[0];
	uint64_t version = 0;
	int r = pks_process_is_daemon(process);

	(void)number;
	cr_assert(r == 0 || (r == PKS_NOT_FOUND && !told), "%d %s", r, pks_error_message());
	while (r == 0 && status_of(process) == PKS_CREATED)
		cr_assert_eq(pks_wait(process, version, FAR_MS, &version), 0, "%s", pks_error_message());
	points_went_on();
	if (r == 0)
		runtime_expect(process, PKS_CRASHED, -SIGTERM, "terminated before it ran");
	forget();
}

Test(points_runtime, tie_to_ones_life)
{
	points_run(&(struct operation){"set_daemon", .open = open_objects, .prepare = prepare_new,
	                               .ready = open_subject, .act = tie, .check = check_tied, .end = end_pool,
	                               .deaths = 8});
}

#define ENDED 30

static void prepare_many_ended(int number)
{
	(void)number;
	for (int i = 0; i < ENDED; i++) {
		struct pks_object *process = new_one("handlers:append");

		cr_assert_eq(pks_process_kill(process, 0), 0, "%s", pks_error_message());
		pks_object_close(process);
	}
}

static int clean(int number)
{
	(void)number;
	return pks_process_clean(points_store, PKS_CRASHED, NULL);
}

static void check_cleaned(int number, bool told)
{
	uint64_t count;

	(void)number;
	cr_assert_eq(pks_process_clean(points_store, PKS_CRASHED, &count), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert(count <= ENDED && (count == 0 || !told), "%d were left", (int)count);
	cr_assert_eq(runtime_expect_index_right(), 0);
}

Test(points_runtime, clean)
{
	points_run(&(struct operation){"clean", .open = open_objects, .prepare = prepare_many_ended, .act = clean,
	                               .check = check_cleaned});
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

/* How workers are to be: a worker that is otherwise is replaced. */
static void prepare_setting(int number)
{
	prepare_idle(number);
	cr_assert_eq(pks_pool_set(points_store, NULL, "max_processes", NULL), 0, "%s", pks_error_message());
}

static int set_setting(int number)
{
	return pks_pool_setf(points_store, NULL, "max_processes", "i", 1000 + number);
}

static void check_setting(int number, bool told)
{
	struct pks_value map = {0};
	int64_t most = 0;

	cr_assert_eq(pks_pool_settings(points_store, NULL, &map), 0, "%s", pks_error_message());
	if (pks_value_unpack(&map, "{s:I}", "max_processes", &most) != 0)
		cr_assert(!told);
	pks_value_clear(&map);
	cr_assert(most == 0 || most == 1000 + number, "%d", (int)most);
	cr_assert_eq(set_setting(number), 0, "%s", pks_error_message());
	runtime_expect_well();
	points_went_on();
}

Test(points_runtime, set_a_setting_of_a_pool)
{
	points_run(&(struct operation){"pool_set", .open = open_objects, .prepare = prepare_setting, .act = set_setting,
	                               .check = check_setting, .end = end_pool});
}
