/* SPDX-License-Identifier: MIT */
/* Supervisors that die, or stop, at any instant. */
#include "lib/child.h"
#include "lib/runtime.h"
#include "lib/scratch.h"
#include "runtime/pool.h"
#include "base/proc.h"
#include "runtime/sweep.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(supervisor, .init = runtime_begin, .fini = runtime_end, .timeout = 7200);

/* Asks until another supervisor than this one is up. */
static int64_t await_successor(int64_t supervisor)
{
	struct pks_pool_status status = {0};

	while (status.supervisor_pid == 0 || status.supervisor_pid == supervisor)
		cr_assert_eq(pks_pool_status(runtime_store, NULL, &status), 0);
	return status.supervisor_pid;
}

Test(supervisor, after_its_death_its_workers_finish_what_they_run_and_there_is_a_new_one)
{
	struct pks_object *process = runtime_start("handlers:hold");
	pid_t old[16], supervisor = (pid_t)runtime_supervisor();
	size_t count;

	runtime_await(process, "here");
	count = runtime_workers(old, 16);
	kill(supervisor, SIGKILL);
	await_successor(supervisor);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	for (size_t i = 0; i < count; i++)
		runtime_await_death(old[i]);
	runtime_expect_well();
}

Test(supervisor, its_successor_settles_what_dies_of_its_predecessors_workers)
{
	struct pks_object *process = runtime_start("handlers:hold");
	int64_t worker = runtime_await(process, "here"), supervisor = runtime_supervisor();
	struct pks_process_info info;

	kill((pid_t)supervisor, SIGKILL);
	await_successor(supervisor);
	kill((pid_t)worker, SIGKILL);
	runtime_join(process);
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert(info.status == PKS_CRASHED && (!info.has_exitcode || info.exitcode == -SIGKILL));
}

Test(supervisor, its_predecessors_worker_outlives_a_successor_in_its_slot)
{
	struct pks_object *first, *second;
	int64_t worker, daemon;
	pid_t supervisor;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	supervisor = (pid_t)runtime_supervisor();
	first = runtime_start("handlers:daemonize");
	worker = runtime_await(first, "here");
	daemon = runtime_await(first, "daemon");
	kill(supervisor, SIGKILL);
	runtime_await_death(supervisor);
	runtime_supervisor();
	second = runtime_run("handlers:kill_itself");
	runtime_expect(second, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	runtime_expect_well();
	cr_assert(runtime_lives(worker) && runtime_lives(daemon), "the first one still runs");
	pks_dict_setf(first, "go", "b", 1);
	runtime_join(first);
	runtime_expect(first, PKS_FINISHED, 0, NULL);
	runtime_await_death(worker);
	runtime_await_death(daemon);
}

/* The stopped one keeps its worker's status to itself, and then is dead. */
static struct pks_object *crash_unseen(pid_t *supervisor_out)
{
	struct pks_object *process = runtime_start("handlers:hold");
	int64_t worker = runtime_await(process, "here");

	*supervisor_out = (pid_t)runtime_supervisor();
	kill(*supervisor_out, SIGSTOP);
	kill((pid_t)worker, SIGKILL);
	return process;
}

Test(supervisor, a_join_ends_although_it_is_stopped)
{
	pid_t supervisor;
	struct pks_object *process = crash_unseen(&supervisor);
	struct pks_process_info info;

	runtime_join(process);
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert(info.status == PKS_CRASHED && (!info.has_exitcode || info.exitcode == -SIGKILL));
	kill(supervisor, SIGCONT);
	runtime_expect_well();
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert(!info.has_exitcode, "what is settled stays so");
}

static void kill_all_workers(void)
{
	pid_t pids[16];
	size_t count = runtime_workers(pids, 16);

	for (size_t i = 0; i < count; i++) {
		kill(pids[i], SIGKILL);
		runtime_await_death(pids[i]);
	}
}

Test(supervisor, a_join_ends_although_it_is_dead_with_all_its_workers)
{
	pid_t supervisor;
	struct pks_object *process = crash_unseen(&supervisor);
	struct pks_process_info info;

	kill_all_workers();
	kill(supervisor, SIGKILL);
	runtime_await_death(supervisor);
	runtime_join(process);
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert(info.status == PKS_CRASHED && (!info.has_exitcode || info.exitcode == -SIGKILL));
}

Test(supervisor, killall_finds_the_workers_of_a_dead_one)
{
	struct pks_object *process = runtime_start("handlers:daemonize");
	int64_t daemon, worker = runtime_await(process, "here");

	daemon = runtime_await(process, "daemon");
	kill((pid_t)runtime_supervisor(), SIGKILL);
	cr_assert_eq(pks_killall(runtime_store), 0, "%s", pks_error_message());
	cr_assert(!runtime_lives(worker) && !runtime_lives(daemon));
	cr_assert_eq(runtime_left_over(), 0);
	cr_assert_eq(pks_process_is_alive(process), PKS_NOT_FOUND);
}

/* ---- zombies ---- */

#define PARENTS_MAX 64

struct zombies {
	pid_t parents[PARENTS_MAX];
	size_t parent_count;
	int count;
};

static bool is_one_of(const struct zombies *zombies, pid_t pid)
{
	for (size_t i = 0; i < zombies->parent_count; i++)
		if (zombies->parents[i] == pid)
			return true;
	return false;
}

static int count_zombie(pid_t pid, void *arg)
{
	struct zombies *zombies = arg;
	struct proc_stat stat;

	if (proc_stat_read(pid, &stat) == 0 && stat.state == 'Z' && is_one_of(zombies, stat.parent))
		zombies->count++;
	return 0;
}

/* Grandchildren are the supervisor's, children are the workers'. */
Test(supervisor, nobody_is_left_to_be_waited_for)
{
	int rounds = scratch_long() ? 20000 : 200; /* half of them fork twice */
	struct zombies zombies = {.count = 1};

	for (int i = 0; i < rounds; i++)
		pks_object_close(runtime_run(i % 2 ? "handlers:fork_twice" : "handlers:fork_and_return"));
	zombies.parents[0] = (pid_t)runtime_supervisor();
	zombies.parent_count = 1 + runtime_workers(zombies.parents + 1, PARENTS_MAX - 1);
	while (zombies.count > 0) {
		zombies.count = 0;
		sweep_each(count_zombie, &zombies);
	}
	runtime_expect_well();
}

Test(supervisor, a_join_starts_a_pool_that_is_down)
{
	struct pks_object *first, *process;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	first = runtime_start("handlers:hold");
	runtime_await(first, "here");
	process = runtime_start("handlers:nothing");
	cr_assert_eq(pks_killall(runtime_store), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

/* ---- starts ---- */

static int start_pool(void *arg)
{
	struct pks_store *store = pks_store_open(arg, NULL);
	int r = store ? pks_pool_start(store, NULL) : pks_error_code();

	return r == 0 ? 0 : r == PKS_ERR_POOL ? 1 : 2;
}

static int count_supervisor(pid_t pid, void *arg)
{
	char mark[POOL_MARK_SIZE];
	struct proc_stat stat;

	pool_mark(pool_of(runtime_store)->uuid, mark);
	if (sweep_is_marked(pid, mark) && getsid(pid) == pid && proc_stat_read(pid, &stat) == 0 && stat.state != 'Z')
		++*(int *)arg;
	return 0;
}

Test(supervisor, of_many_that_are_started_at_once_one_is_left)
{
	char *path = strdup(pks_store_path(runtime_store));
	pid_t children[12];
	int supervisors = 0;

	for (int i = 0; i < 12; i++)
		children[i] = child_start(start_pool, path);
	for (int i = 0; i < 12; i++)
		cr_assert_eq(child_wait(children[i]), 0);
	sweep_each(count_supervisor, &supervisors);
	cr_assert_eq(supervisors, 1);
	runtime_expect_well();
	free(path);
}

static int kill_one(pid_t pid, void *arg)
{
	const char *mark = arg;

	if (!sweep_is_marked(pid, mark))
		return 0;
	kill(pid, SIGKILL);
	return 1;
}

/* Kills what it meets of a pool that is just being started; which instruction that is at, chance decides. */
static void kill_starting(const char *mark, unsigned *seed)
{
	int looks = rand_r(seed) % 8;

	while (looks-- > 0)
		sweep_each(kill_one, (void *)(uintptr_t)mark);
}

Test(supervisor, killed_at_any_point_of_its_start_it_leaves_a_store_that_starts_a_pool)
{
	int rounds = scratch_long() ? 1000 : 40;
	char *path = strdup(pks_store_path(runtime_store)), mark[POOL_MARK_SIZE];
	unsigned seed = 7;

	pool_mark(pool_of(runtime_store)->uuid, mark);
	for (int i = 0; i < rounds; i++) {
		pid_t child = child_start(start_pool, path);

		kill_starting(mark, &seed);
		cr_assert_leq(child_wait(child), 1, "it has started, or was told that it cannot");
		runtime_expect_well();
		cr_assert_eq(pks_killall(runtime_store), 0, "%s", pks_error_message());
		cr_assert_eq(runtime_left_over(), 0);
	}
	runtime_expect_index_right();
	free(path);
}

Test(supervisor, killed_again_and_again_it_loses_nothing)
{
	int rounds = scratch_long() ? 500 : 25;
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE), *processes[10];
	uint64_t count;

	for (int i = 0; i < rounds; i++) {
		int64_t supervisor = runtime_supervisor();

		for (int j = 0; j < 10; j++) {
			processes[j] = runtime_new("handlers:append");
			pks_dict_setf(processes[j], "log", "o", log);
			cr_assert_eq(pks_process_start(processes[j]), 0, "%s", pks_error_message());
			if (j == i % 10)
				kill((pid_t)supervisor, SIGKILL);
		}
		for (int j = 0; j < 10; j++) {
			runtime_join(processes[j]);
			runtime_expect(processes[j], PKS_FINISHED, 0, NULL);
			pks_object_close(processes[j]);
		}
	}
	pks_log_count(log, &count);
	cr_assert_eq(count, (uint64_t)rounds * 10, "each once");
	runtime_expect_index_right();
}

Test(supervisor, without_its_lock_file_it_gives_way)
{
	int64_t supervisor = runtime_supervisor();
	char path[PKS_STORE_PATH_SIZE + 16];

	snprintf(path, sizeof(path), "%s/pool.lock", pks_store_path(runtime_store));
	cr_assert_eq(unlink(path), 0);
	runtime_await_death(supervisor);
	await_successor(supervisor);
	runtime_expect_well();
}
