/* SPDX-License-Identifier: MIT */
/* Forkservers: modules that are loaded once for all their processes. */
#include "lib/runtime.h"
#include "lib/scratch.h"

#include "base/proc.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANY 30

/* The file in which modules note that they were loaded. */
static const char *loads;

static void begin(void)
{
	runtime_begin();
	loads = strdup(scratch_path(pks_store_path(runtime_store), "loads"));
	setenv("HEAVY_LOADS", loads, 1);
}

TestSuite(forkserver, .init = begin, .fini = runtime_end, .timeout = 100);

static int count_loads(void)
{
	struct stat stat_buf;

	return stat(loads, &stat_buf) == 0 ? (int)stat_buf.st_size : 0;
}

static struct pks_object *start_forked(const char *target)
{
	struct pks_object *process = runtime_new(target);

	cr_assert_eq(pks_process_set_method(process, PKS_METHOD_FORKSERVER), 0, "%s", pks_error_message());
	cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	return process;
}

static struct pks_object *run_forked(const char *target)
{
	struct pks_object *process = start_forked(target);

	runtime_join(process);
	return process;
}

static int64_t parent_of(int64_t pid)
{
	struct proc_stat stat;

	return proc_stat_read((pid_t)pid, &stat) == 0 ? stat.parent : 0;
}

struct found {
	int count;
	int64_t pid;
	char module[PKS_STORE_PATH_SIZE];
};

static int note(const struct pks_pool_forkserver *forkserver, void *arg)
{
	struct found *found = arg;

	found->count++;
	found->pid = forkserver->pid;
	strcpy(found->module, forkserver->module);
	return 0;
}

static struct found find(void)
{
	struct found found = {0};

	cr_assert_eq(pks_pool_forkservers(runtime_store, note, &found), 0);
	return found;
}

static void await_none(void)
{
	struct found found;

	while ((found = find()).count)
		runtime_await_death(found.pid);
}

static int64_t pid_told_by(struct pks_object *process)
{
	int64_t pid = 0;

	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "I", &pid), 0);
	return pid;
}

static void run_many(const char *target)
{
	struct pks_object *processes[MANY];
	int64_t pids[MANY];

	pks_begin(runtime_store);
	for (int i = 0; i < MANY; i++)
		processes[i] = start_forked(target);
	cr_assert_eq(pks_commit(runtime_store), 0);
	for (int i = 0; i < MANY; i++) {
		runtime_join(processes[i]);
		pids[i] = pid_told_by(processes[i]);
		for (int n = 0; n < i; n++)
			cr_assert_neq(pids[n], pids[i]);
	}
	runtime_expect_index_right();
}

/* ---- what it is for ---- */

Test(forkserver, a_module_is_loaded_once_for_all_its_processes)
{
	struct pks_object *process;
	int64_t pid;

	run_many("heavy:tell_pid");
	process = start_forked("heavy:hold");
	pid = runtime_await(process, "here");
	cr_assert_eq(parent_of(pid), runtime_supervisor(), "its parent is the supervisor");
	cr_assert_eq(find().count, 1);
	cr_assert_neq(find().pid, pid);
	cr_assert(strstr(find().module, "/heavy.so"), "%s", find().module);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_await_death(pid);
	cr_assert_eq(count_loads(), 1, "loaded %d times", count_loads());
}

Test(forkserver, so_is_a_program)
{
	char target[PKS_STORE_PATH_SIZE + 32];

	snprintf(target, sizeof(target), "%s/heavy_program:tell_pid", getenv("PKSTORE_MODULE_PATH"));
	run_many(target);
	cr_assert_eq(count_loads(), 1, "loaded %d times", count_loads());
	cr_assert_eq(find().count, 1);
}

Test(forkserver, each_module_has_one_of_its_own)
{
	struct pks_object *process;

	pid_told_by(run_forked("heavy:tell_pid"));
	pid_told_by(run_forked("handlers:tell_pid"));
	process = start_forked("stubborn:ignore_sigterm");
	runtime_await(process, "here");
	cr_assert_eq(find().count, 3);
	cr_assert_eq(pks_process_kill(process, -1), 0);
}

/* What the copy leaves in another session bears its mark, not the forkserver's, nor another copy's. */
Test(forkserver, the_tree_of_a_copy_ends_with_it_and_no_other)
{
	struct pks_object *first = start_forked("heavy:daemonize"), *second = start_forked("heavy:daemonize");
	int64_t pid = runtime_await(first, "here"), forkserver = find().pid;

	runtime_await(second, "here");
	kill((pid_t)pid, SIGKILL);
	runtime_join(first);
	runtime_expect(first, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	runtime_await_death(runtime_await(first, "daemon"));
	cr_assert(runtime_lives(runtime_await(second, "daemon")));
	cr_assert(runtime_lives(forkserver));
	cr_assert_eq(pks_process_terminate(second, -1), 0);
	runtime_expect(second, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	cr_assert_not(runtime_lives(runtime_await(second, "daemon")));
	cr_assert(runtime_lives(forkserver));
	cr_assert_eq(count_loads(), 1);
}

/* ---- what cannot be run ---- */

Test(forkserver, what_is_not_there_fails_and_leaves_no_forkserver)
{
	runtime_expect(run_forked("no_such_module:handler"), PKS_FAILED, 1, "no_such_module: there is no such module");
	cr_assert_eq(find().count, 0);
	runtime_expect(run_forked("heavy:no_such_handler"), PKS_FAILED, 1, "");
	await_none();
	cr_assert_eq(count_loads(), 1);
	pid_told_by(run_forked("heavy:tell_pid"));
	runtime_expect(run_forked("heavy:no_such_handler"), PKS_FAILED, 1, "");
	cr_assert_eq(find().count, 1, "one that is of use stays");
}

Test(forkserver, a_command_needs_none)
{
	static const char *const argv[] = {"sh", "-c", "exit 4", NULL};
	struct pks_object *process = pks_process_new_command(runtime_store, NULL, argv);

	cr_assert_eq(pks_process_set_method(process, PKS_METHOD_FORKSERVER), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FAILED, 4, "exited with status 4");
	cr_assert_eq(find().count, 0);
}

Test(forkserver, a_module_with_threads_of_its_own_has_none_and_runs)
{
	runtime_expect(run_forked("threaded:wait_for_thread"), PKS_FINISHED, 0, NULL);
	await_none();
}

Test(forkserver, a_module_that_cannot_be_loaded_fails_its_processes)
{
	runtime_expect(run_forked("crashing:tell_pid"), PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV");
	runtime_expect(run_forked("exiting:tell_pid"), PKS_FAILED, 9, "exited with status 9");
	await_none();
	pid_told_by(run_forked("heavy:tell_pid"));
}

/* ---- its life ---- */

Test(forkserver, without_work_it_ends)
{
	int64_t first;

	setenv("PKSTORE_FORKSERVER_IDLE", "1", 1);
	pid_told_by(run_forked("heavy:tell_pid"));
	first = find().pid;
	runtime_await_death(first);
	await_none();
	pid_told_by(run_forked("heavy:tell_pid"));
	cr_assert_eq(count_loads(), 2);
}

Test(forkserver, one_that_was_killed_is_made_anew)
{
	struct pks_object *process;
	int64_t first;

	process = start_forked("heavy:hold");
	runtime_await(process, "here");
	first = find().pid;
	kill((pid_t)first, SIGKILL);
	runtime_await_death(first);
	pid_told_by(run_forked("heavy:tell_pid"));
	cr_assert_neq(find().pid, first);
	cr_assert_eq(count_loads(), 2);
	cr_assert(runtime_lives(runtime_await(process, "here")), "its copies go on");
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

static void copy_file(const char *from, const char *to)
{
	char bytes[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	ssize_t size;

	cr_assert(in >= 0 && out >= 0, "%s, %s", from, to);
	while ((size = read(in, bytes, sizeof(bytes))) > 0)
		cr_assert_eq(write(out, bytes, (size_t)size), size);
	close(in);
	close(out);
}

Test(forkserver, a_module_that_was_replaced_is_loaded_anew)
{
	const char *folder = scratch_dir("replaced");
	char *module, *next, target[PKS_STORE_PATH_SIZE + 32], *heavy;
	int64_t first;

	mkdir(folder, 0700);
	module = strdup(scratch_path(folder, "module.so"));
	next = strdup(scratch_path(folder, "next.so"));
	heavy = strdup(scratch_path(getenv("PKSTORE_MODULE_PATH"), "heavy.so"));
	copy_file(heavy, module);
	snprintf(target, sizeof(target), "%s:tell_pid", module);
	pid_told_by(run_forked(target));
	pid_told_by(run_forked(target));
	first = find().pid;
	cr_assert_eq(count_loads(), 1);
	copy_file(heavy, next);
	cr_assert_eq(rename(next, module), 0);
	pid_told_by(run_forked(target));
	cr_assert_eq(count_loads(), 2);
	runtime_await_death(first);
	cr_assert_eq(find().count, 1);
	free(module);
	free(next);
	free(heavy);
}

Test(forkserver, it_dies_with_its_supervisor_and_what_it_has_forked_does_not)
{
	struct pks_object *process = start_forked("heavy:hold");
	int64_t forkserver;

	runtime_await(process, "here");
	forkserver = find().pid;
	kill((pid_t)runtime_supervisor(), SIGKILL);
	runtime_await_death(forkserver);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	pid_told_by(run_forked("heavy:tell_pid"));
}

Test(forkserver, killall_leaves_none)
{
	struct pks_object *process = start_forked("heavy:hold");
	int64_t pid = runtime_await(process, "here"), forkserver = find().pid;

	cr_assert_eq(pks_killall(runtime_store), 0, "%s", pks_error_message());
	cr_assert_not(runtime_lives(pid));
	cr_assert_not(runtime_lives(forkserver));
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed with the whole pool");
	cr_assert_eq(find().count, 0);
}
