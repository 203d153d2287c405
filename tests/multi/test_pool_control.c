/* SPDX-License-Identifier: MIT */
/* Pausing, draining and removing pools, and how their workers are. */
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

TestSuite(pool_control, .init = runtime_begin, .fini = runtime_end, .timeout = 110);

static struct pks_pool_status status_of(const char *pool)
{
	struct pks_pool_status status;

	cr_assert_eq(pks_pool_status(runtime_store, pool, &status), 0, "%s", pks_error_message());
	return status;
}

static void let_go(struct pks_object *process)
{
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

static int64_t pid_of_run(const char *target)
{
	struct pks_object *process = runtime_run(target);
	int64_t pid;

	cr_assert_eq(pks_process_resultf(process, "I", &pid), 0, "%s", pks_error_message());
	return pid;
}

/* ---- pause ---- */

/* A wait of 0 only looks: it starts nothing, and 300 ms are three looks of every sleeping worker. */
static void expect_waits(struct pks_object *process)
{
	cr_assert_eq(pks_process_join(process, 300), PKS_TIMED_OUT);
	cr_assert_eq(status_of(NULL).submitted, 1);
}

Test(pool_control, a_paused_one_finishes_what_runs_and_starts_nothing)
{
	struct pks_object *running = runtime_start("handlers:hold"), *waiting;

	runtime_await(running, "here");
	cr_assert_eq(pks_pool_pause(runtime_store, NULL), 0, "%s", pks_error_message());
	cr_assert_eq(pks_pool_pause(runtime_store, NULL), 0);
	cr_assert(status_of(NULL).paused);
	waiting = runtime_start("handlers:nothing");
	let_go(running);
	expect_waits(waiting);
	cr_assert_eq(pks_pool_resume(runtime_store, NULL), 0);
	cr_assert_not(status_of(NULL).paused);
	runtime_join(waiting);
	cr_assert_eq(pks_pool_resume(runtime_store, NULL), 0);
}

Test(pool_control, a_pause_outlives_the_supervisor)
{
	int64_t supervisor = runtime_supervisor();
	struct pks_object *waiting;

	cr_assert_eq(pks_pool_pause(runtime_store, NULL), 0);
	kill((pid_t)supervisor, SIGKILL);
	runtime_await_death(supervisor);
	waiting = runtime_start("handlers:nothing");
	expect_waits(waiting);
	cr_assert_eq(pks_pool_resume(runtime_store, NULL), 0);
	runtime_join(waiting);
}

/* ---- drain ---- */

Test(pool_control, draining_waits_for_what_runs_and_gives_up_in_time)
{
	struct pks_object *running = runtime_start("handlers:hold"), *waiting;

	cr_assert_eq(pks_pool_drain(runtime_store, "no such", 0), PKS_NOT_FOUND);
	runtime_await(running, "here");
	waiting = runtime_start("handlers:hold");
	runtime_await(waiting, "here");
	cr_assert_eq(pks_pool_drain(runtime_store, NULL, 50), PKS_TIMED_OUT);
	cr_assert(status_of(NULL).paused, "it stays so");
	pks_dict_setf(running, "go", "b", 1);
	pks_dict_setf(waiting, "go", "b", 1);
	cr_assert_eq(pks_pool_drain(runtime_store, NULL, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	cr_assert_eq(status_of(NULL).running, 0);
	runtime_expect(running, PKS_FINISHED, 0, NULL);
	runtime_expect(waiting, PKS_FINISHED, 0, NULL);
}

Test(pool_control, what_dies_is_drained_too)
{
	struct pks_object *running = runtime_start("handlers:hold");
	int64_t worker = runtime_await(running, "here");

	cr_assert_eq(pks_pool_drain(runtime_store, NULL, 0), PKS_TIMED_OUT);
	kill((pid_t)worker, SIGKILL);
	cr_assert_eq(pks_pool_drain(runtime_store, NULL, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
	runtime_expect(running, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
}

Test(pool_control, neither_a_transaction_nor_its_own_handler_drains_one)
{
	struct pks_object *process;
	int code;

	pks_begin(runtime_store);
	cr_assert_eq(pks_pool_drain(runtime_store, NULL, 0), PKS_ERR_USAGE);
	pks_abort(runtime_store);
	process = runtime_run("handlers:drain");
	cr_assert_eq(pks_process_resultf(process, "i", &code), 0);
	cr_assert_eq(code, PKS_ERR_USAGE);
	cr_assert_not(status_of(NULL).paused);
}

/* ---- size ---- */

Test(pool_control, shrinking_interrupts_nothing)
{
	struct pks_object *processes[4];

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 4), 0);
	for (int i = 0; i < 4; i++) {
		processes[i] = runtime_start("handlers:hold");
		runtime_await(processes[i], "here");
	}
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	runtime_await(processes[3], "here");
	cr_assert_eq(status_of(NULL).running, 4);
	for (int i = 0; i < 4; i++)
		let_go(processes[i]);
	while (status_of(NULL).workers != 1)
		;
	runtime_expect_well();
}

/* ---- remove ---- */

Test(pool_control, one_that_is_removed_takes_its_workers_with_it)
{
	struct pks_object *process = runtime_new("handlers:hold");
	struct pks_pool_status status;

	cr_assert_eq(pks_pool_remove(runtime_store, "mail"), PKS_NOT_FOUND);
	cr_assert_eq(pks_pool_remove(runtime_store, NULL), PKS_ERR_USAGE);
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_pool_set_size(runtime_store, "mail", 2), 0);
	cr_assert_eq(pks_process_set_pool(process, "mail"), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_await(process, "here");
	cr_assert_eq(pks_pool_remove(runtime_store, "mail"), PKS_ERR_STATE);
	let_go(process);
	cr_assert_eq(pks_pool_remove(runtime_store, "mail"), 0, "%s", pks_error_message());
	cr_assert_eq(pks_pool_status(runtime_store, "mail", &status), PKS_NOT_FOUND);
	/* What is left are the supervisor and the default pool's only worker. */
	while (runtime_left_over() != 2)
		;
	runtime_expect_well();
}

/* ---- recycling ---- */

Test(pool_control, a_worker_is_replaced_when_it_has_run_so_many)
{
	int64_t pids[6];

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "max_processes", "i", 2), 0, "%s", pks_error_message());
	for (int i = 0; i < 6; i++)
		pids[i] = pid_of_run(i % 3 ? "handlers:tell_pid" : "handlers_program:tell_pid");
	for (int i = 0; i < 6; i += 2) {
		cr_assert_eq(pids[i], pids[i + 1], "two each, whatever program it is in");
		cr_assert(i == 0 || pids[i] != pids[i - 1]);
	}
}

Test(pool_control, a_worker_is_replaced_when_it_has_grown)
{
	static const int sizes[] = {1, 64 << 20, 1};
	int64_t pids[3];

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "max_bytes", "i", 48 << 20), 0);
	for (int i = 0; i < 3; i++) {
		struct pks_object *process = runtime_new("handlers:leak");

		pks_process_set_argsf(process, "[i]", sizes[i]);
		cr_assert_eq(pks_process_start(process), 0);
		runtime_join(process);
		cr_assert_eq(pks_process_resultf(process, "I", &pids[i]), 0);
	}
	cr_assert_eq(pids[0], pids[1]);
	cr_assert_neq(pids[1], pids[2]);
}

/* ---- how they are ---- */

static void expect_outfit(const char *target, const char *cwd, const char *variable, int nice, int cpus)
{
	struct pks_object *process = runtime_run(target);
	char *its_cwd, *its_variable = NULL;
	int its_nice, its_cpus;

	cr_assert_eq(pks_process_resultf(process, "[s?sii]", &its_cwd, &its_variable, &its_nice, &its_cpus), 0, "%s",
		     pks_error_message());
	cr_assert_str_eq(its_cwd, cwd);
	cr_assert(variable ? its_variable && strcmp(its_variable, variable) == 0 : !its_variable);
	cr_assert_eq(its_nice, nice);
	cr_assert(cpus == 0 || its_cpus == cpus, "%d", its_cpus);
	free(its_cwd);
	free(its_variable);
}

static int some_cpu(void)
{
	cpu_set_t cpus;
	int cpu = 0;

	cr_assert_eq(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	while (!CPU_ISSET(cpu, &cpus))
		cpu++;
	return cpu;
}

Test(pool_control, workers_are_as_the_settings_say_and_idle_ones_are_replaced)
{
	char *folder = realpath("/usr", NULL);
	int nice = getpriority(PRIO_PROCESS, 0);

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 2), 0);
	expect_outfit("handlers:tell_outfit", "/", NULL, nice, 0);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "cwd", "s", folder), 0, "%s", pks_error_message());
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "env", "{s:s, s:n}", "OUTFIT", "new", "HOME"), 0);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "nice", "i", 19), 0, "%s", pks_error_message());
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "cpus", "[i]", some_cpu()), 0, "%s", pks_error_message());
	expect_outfit("handlers:tell_outfit", folder, "new", 19, 1);
	expect_outfit("handlers_program:tell_outfit", folder, "new", 19, 1);
	cr_assert_eq(status_of(NULL).size, 2, "one CPU makes no smaller pool");
	cr_assert_eq(pks_pool_set(runtime_store, NULL, "env", NULL), 0);
	cr_assert_eq(pks_pool_set(runtime_store, NULL, "cwd", NULL), 0);
	expect_outfit("handlers:tell_outfit", "/", NULL, 19, 1);
	free(folder);
}

Test(pool_control, a_busy_worker_is_replaced_when_it_is_done)
{
	struct pks_object *running = runtime_start("handlers:hold");
	int64_t worker = runtime_await(running, "here");

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "env", "{s:s}", "OUTFIT", "new"), 0);
	cr_assert(runtime_lives(worker));
	let_go(running);
	expect_outfit("handlers:tell_outfit", "/", "new", getpriority(PRIO_PROCESS, 0), 0);
	runtime_await_death(worker);
}

Test(pool_control, workers_whose_folder_is_gone_do_not_run_elsewhere)
{
	char *dir = scratch_dir("pool_control_folder");
	struct pks_object *process;

	cr_assert_eq(mkdir(dir, 0700), 0);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "cwd", "s", dir), 0, "%s", pks_error_message());
	scratch_remove(dir);
	process = runtime_start("handlers:nothing");
	expect_waits(process);
	cr_assert_eq(pks_pool_set(runtime_store, NULL, "cwd", NULL), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

Test(pool_control, a_setting_that_cannot_be_is_refused)
{
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "colour", "i", 1), PKS_NOT_FOUND);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "nice", "i", 20), PKS_ERR_RANGE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "nice", "s", "5"), PKS_ERR_TYPE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "max_processes", "i", 0), PKS_ERR_RANGE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "max_bytes", "d", 1.5), PKS_ERR_TYPE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "cwd", "s", "tmp"), PKS_ERR_RANGE);
	cr_assert(pks_pool_setf(runtime_store, NULL, "cwd", "s", "/no/such/folder") < 0);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "cwd", "s", "/proc/version"), PKS_ERR_RANGE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "env", "[]"), PKS_ERR_TYPE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "env", "{s:i}", "A", 1), PKS_ERR_TYPE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "env", "{s:s}", "A=B", "C"), PKS_ERR_USAGE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "env", "{s:s}", "PKSTORE_POOL", "C"), PKS_ERR_USAGE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "cpus", "[]"), PKS_ERR_RANGE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "cpus", "[i]", 1000000), PKS_ERR_RANGE);
	cr_assert_eq(pks_pool_setf(runtime_store, NULL, "cpus", "[s]", "0"), PKS_ERR_TYPE);
}

/* ---- the table ---- */

Test(pool_control, each_worker_is_told_with_what_it_runs_and_since_when)
{
	struct pks_object *running = runtime_start("handlers:hold");
	int64_t pid = runtime_await(running, "here");
	struct pks_pool_worker worker;
	struct pks_pool_workers *workers;
	struct pks_process_info info;
	unsigned busy = 0, idle = 0;

	runtime_supervisor();
	cr_assert_eq(pks_process_info(running, &info), 0);
	workers = pks_pool_workers_open(runtime_store, NULL);
	cr_assert(workers, "%s", pks_error_message());
	while (pks_pool_workers_next(workers, &worker) == 0) {
		cr_assert(worker.slot == busy + idle && !worker.left_over && !worker.waiting);
		cr_assert(worker.started_ns > 0 && worker.resident > 100000);
		if (worker.pid == pid) {
			busy++;
			cr_assert_str_eq(worker.name, info.name);
			cr_assert(worker.process == info.id && worker.since_ns == info.started_ns);
		} else {
			idle++;
			cr_assert(worker.process == 0 && worker.since_ns == 0 && worker.name[0] == '\0');
		}
	}
	pks_pool_workers_close(workers);
	cr_assert(busy == 1 && idle == status_of(NULL).size - 1);
	cr_assert_null(pks_pool_workers_open(runtime_store, "no such"));
	let_go(running);
}
