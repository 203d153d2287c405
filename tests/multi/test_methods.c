/* SPDX-License-Identifier: MIT */
/* Where processes run: start methods. */
#include "lib/runtime.h"
#include "lib/child.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(methods, .init = runtime_begin, .fini = runtime_end);

static struct pks_object *new_by(enum pks_method method, const char *target)
{
	struct pks_object *process = runtime_new(target);

	cr_assert_eq(pks_process_set_method(process, method), 0, "%s", pks_error_message());
	return process;
}

static struct pks_object *start_by(enum pks_method method, const char *target)
{
	struct pks_object *process = new_by(method, target);

	cr_assert_eq(pks_process_start(process), 0, "%s: %s", pks_method_name(method), pks_error_message());
	return process;
}

static struct pks_object *run_by(enum pks_method method, const char *target)
{
	struct pks_object *process = start_by(method, target);

	runtime_join(process);
	return process;
}

static int64_t pid_of(struct pks_object *process)
{
	struct pks_process_info info;

	cr_assert_eq(pks_process_info(process, &info), 0);
	return info.pid;
}

/* ---- dedicated ---- */

Test(methods, a_dedicated_one_runs_at_once_beside_a_full_pool)
{
	struct pks_object *holding, *waiting, *service;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	holding = runtime_start("handlers:hold");
	runtime_await(holding, "here");
	waiting = runtime_start("handlers:nothing");
	service = start_by(PKS_METHOD_DEDICATED, "handlers:hold");
	runtime_await(service, "here");
	cr_assert_eq(pks_process_join(waiting, 0), PKS_TIMED_OUT);
	cr_assert_neq(pid_of(service), pid_of(holding));
	pks_dict_setf(service, "go", "b", 1);
	runtime_join(service);
	runtime_expect(service, PKS_FINISHED, 0, NULL);
	pks_dict_setf(holding, "go", "b", 1);
	runtime_join(waiting);
}

Test(methods, a_dedicated_worker_ends_with_its_process)
{
	struct pks_object *process = start_by(PKS_METHOD_DEDICATED, "handlers:hold");
	int64_t pid = runtime_await(process, "here");

	cr_assert_eq(pid, pid_of(process));
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_await_death(pid);
	runtime_expect(run_by(PKS_METHOD_DEDICATED, "handlers:fail_with_7"), PKS_FAILED, 7, "its handler returned 7");
	runtime_expect(run_by(PKS_METHOD_DEDICATED, "handlers:kill_itself"), PKS_CRASHED, -SIGKILL,
	               "killed by SIGKILL");
	runtime_expect(run_by(PKS_METHOD_DEDICATED, "handlers:exit_with_3"), PKS_FAILED, 3, "exited with status 3");
	runtime_expect(run_by(PKS_METHOD_DEDICATED, "no_such_module:handler"), PKS_FAILED, 1, "no_such_module: ");
}

Test(methods, a_program_can_be_a_dedicated_worker)
{
	char *program = realpath("tests/lib/modules/handlers_program", NULL), target[4200];
	const char *folder = getenv("PKSTORE_MODULE_PATH");

	free(program);
	snprintf(target, sizeof(target), "%s/handlers_program:tell_pid", folder);
	runtime_expect(run_by(PKS_METHOD_DEDICATED, target), PKS_FINISHED, 0, NULL);
}

Test(methods, many_dedicated_ones_start_in_one_commit)
{
	struct pks_object *processes[20];

	pks_begin(runtime_store);
	for (int i = 0; i < 20; i++)
		processes[i] = start_by(PKS_METHOD_DEDICATED, "handlers:nothing");
	cr_assert_eq(pks_commit(runtime_store), 0);
	for (int i = 0; i < 20; i++) {
		runtime_join(processes[i]);
		runtime_expect(processes[i], PKS_FINISHED, 0, NULL);
	}
	runtime_expect_index_right();
}

Test(methods, dedicated_ones_survive_their_supervisor)
{
	struct pks_object *process = start_by(PKS_METHOD_DEDICATED, "handlers:hold");

	runtime_await(process, "here");
	kill((pid_t)runtime_supervisor(), SIGKILL);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	runtime_expect(run_by(PKS_METHOD_DEDICATED, "handlers:nothing"), PKS_FINISHED, 0, NULL);
}

Test(methods, a_dedicated_one_that_was_killed_with_the_pool_is_crashed)
{
	struct pks_object *process = start_by(PKS_METHOD_DEDICATED, "handlers:hold");
	int64_t pid = runtime_await(process, "here");

	cr_assert_eq(pks_killall(runtime_store), 0);
	cr_assert_not(runtime_lives(pid));
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed with the whole pool");
}

/* ---- spawn ---- */

static int64_t parent_of(int64_t pid)
{
	char path[64];
	int parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file && fscanf(file, "%*d %*s %*c %d", &parent) != 1)
		parent = 0;
	if (file)
		fclose(file);
	return parent;
}

/* Neither is a zombie, nor one of anybody else's. */
static void expect_no_children(void)
{
	struct pks_object *process = runtime_new("handlers:nothing");

	while (waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0)
		pks_process_status(process, &(enum pks_status){0});
}

Test(methods, a_spawned_one_is_a_child_of_its_starter_and_needs_no_pool)
{
	struct pks_object *process = start_by(PKS_METHOD_SPAWN, "handlers:hold");
	struct pks_pool_status status;
	int64_t pid = pid_of(process);

	cr_assert_eq(parent_of(pid), getpid());
	cr_assert_eq(runtime_await(process, "here"), pid);
	cr_assert_eq(pks_pool_status(runtime_store, NULL, &status), 0);
	cr_assert_not(status.up);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	runtime_await_death(pid);
	pks_process_join(process, 0);
	expect_no_children();
}

static void expect_every_end(enum pks_method method)
{
	runtime_expect(run_by(method, "handlers:nothing"), PKS_FINISHED, 0, NULL);
	runtime_expect(run_by(method, "handlers:fail_with_7"), PKS_FAILED, 7, "its handler returned 7");
	runtime_expect(run_by(method, "handlers:exit_with_3"), PKS_FAILED, 3, "exited with status 3");
	runtime_expect(run_by(method, "handlers:segfault"), PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV");
	runtime_expect(run_by(method, "handlers:kill_itself"), PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	runtime_expect(run_by(method, "no_such_module:handler"), PKS_FAILED, 1, "no_such_module: ");
	runtime_expect_index_right();
}

Test(methods, every_end_of_a_spawned_one_is_told_exactly)
{
	expect_every_end(PKS_METHOD_SPAWN);
}

Test(methods, a_spawned_program_holds_its_own_handlers)
{
	struct pks_object *process;
	char target[4200];
	int64_t pid;

	snprintf(target, sizeof(target), "%s/handlers_program:tell_pid", getenv("PKSTORE_MODULE_PATH"));
	process = run_by(PKS_METHOD_SPAWN, target);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "I", &pid), 0);
	cr_assert_neq(pid, getpid());
}

/* The caller's other children are none of ours. */
Test(methods, only_its_own_children_are_reaped)
{
	pid_t mine = fork();
	int status;

	if (mine == 0)
		_exit(5);
	run_by(PKS_METHOD_SPAWN, "handlers:nothing");
	run_by(PKS_METHOD_SPAWN, "handlers:kill_itself");
	cr_assert_eq(waitpid(mine, &status, 0), mine);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}

Test(methods, a_child_cannot_be_made_in_a_transaction)
{
	struct pks_object *process = new_by(PKS_METHOD_SPAWN, "handlers:nothing");
	enum pks_status status;

	pks_begin(runtime_store);
	cr_assert_eq(pks_process_start(process), PKS_ERR_USAGE);
	pks_abort(runtime_store);
	cr_assert_eq(pks_process_status(process, &status), 0);
	cr_assert_eq(status, PKS_CREATED);
	cr_assert_eq(pks_process_start(process), 0);
	cr_assert_eq(pks_process_start(process), PKS_ERR_STATE);
	runtime_join(process);
}

/* Others, without a pool, read how it ended from the zombie that its starter has not waited for. */
static int join_elsewhere(void *arg)
{
	struct pks_store *store = pks_store_open(pks_store_path(runtime_store), NULL);
	struct pks_object *process = pks_object_from_id(store, *(uint64_t *)arg);
	int exitcode = 0;

	if (pks_process_join(process, RUNTIME_PATIENCE_MS) != 0 || pks_process_exitcode(process, &exitcode) != 0)
		return 1;
	return exitcode == -SIGSEGV ? 0 : 2;
}

Test(methods, who_waits_elsewhere_learns_the_exact_end)
{
	struct pks_object *process = start_by(PKS_METHOD_SPAWN, "handlers:segfault");
	uint64_t id = pks_object_id(process);

	cr_assert_eq(child_wait(child_start(join_elsewhere, &id)), 0);
	runtime_expect(process, PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV");
	expect_no_children();
}

Test(methods, the_supervisor_settles_it_exactly_too)
{
	struct pks_object *process;
	struct pks_process_info info = {0};
	struct pks_object *seen;

	runtime_supervisor();
	process = start_by(PKS_METHOD_SPAWN, "handlers:hold");
	runtime_await(process, "here");
	kill((pid_t)pid_of(process), SIGUSR1);
	/* Neither status nor info of this handle: those would settle it here. */
	seen = process;
	while (info.status != PKS_CRASHED) {
		struct pks_process_table *table = pks_process_table_open(runtime_store, PKS_CRASHED);

		if (pks_process_table_next(table, &info, NULL) != 0)
			info.status = 0;
		pks_process_table_close(table);
	}
	cr_assert_eq(info.exitcode, -SIGUSR1);
	runtime_join(seen);
}

static int start_and_die(void *arg)
{
	struct pks_store *store = pks_store_open(pks_store_path(runtime_store), NULL);
	struct pks_object *process = pks_object_from_id(store, *(uint64_t *)arg);

	if (pks_process_start(process) != 0)
		return 1;
	kill(getpid(), SIGKILL);
	return 2;
}

Test(methods, a_spawned_one_outlives_its_starter)
{
	struct pks_object *process = new_by(PKS_METHOD_SPAWN, "handlers:hold");
	uint64_t id = pks_object_id(process);

	cr_assert_eq(child_wait(child_start(start_and_die, &id)), -SIGKILL);
	runtime_await(process, "here");
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

/* ---- fork ---- */

struct numbers {
	int a, b;
};

static int add(struct pks_object *self, void *arg)
{
	const struct numbers *numbers = arg;

	printf("adding\n");
	return pks_return(self, "i", numbers->a + numbers->b);
}

Test(methods, a_forked_one_runs_any_function_with_the_programs_memory)
{
	struct pks_object *process = pks_process_new_function(runtime_store, "sum", add);
	struct numbers numbers = {20, 22};
	int sum = 0;
	char *text;

	cr_assert(process, "%s", pks_error_message());
	cr_assert_eq(pks_process_fork(process, add, &numbers, PKS_FORK_WITH_THREADS), 0, "%s", pks_error_message());
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "i", &sum), 0);
	cr_assert_eq(sum, 42);
	cr_assert_eq(pks_log_getf(pks_process_output(process), 0, "{s:s}", "text", &text), 0);
	cr_assert_str_eq(text, "adding");
	free(text);
}

static int use_parents(struct pks_object *self, void *arg)
{
	struct pks_object *parents = arg;

	if (pks_dict_setf(parents, "from", "s", "the child") != PKS_ERR_FORKED)
		return 2;
	return pks_dict_setf(self, "own", "b", 1) == 0 ? 0 : 3;
}

Test(methods, in_a_forked_one_the_parents_handles_are_refused)
{
	struct pks_object *process = pks_process_new_function(runtime_store, NULL, use_parents);
	struct pks_object *mine = pks_dict_open(runtime_store, "mine", PKS_OPEN_OR_CREATE);

	cr_assert_eq(pks_process_fork(process, use_parents, mine, PKS_FORK_WITH_THREADS), 0, "%s", pks_error_message());
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_dict_contains(process, "own"), 0);
	cr_assert_eq(pks_dict_contains(mine, "from"), PKS_NOT_FOUND);
	cr_assert_eq(pks_dict_setf(mine, "from", "s", "the parent"), 0, "the parent is unhurt");
}

/* The program's own handlers: it links what a module would load. */
PKS_PROCESS(succeed)
{
	(void)self;
	return 0;
}

PKS_PROCESS(return_7)
{
	(void)self;
	return 7;
}

PKS_PROCESS(exit_3)
{
	(void)self;
	exit(3);
}

PKS_PROCESS(die)
{
	(void)self;
	return raise(SIGSEGV);
}

PKS_PROCESS(leave_it_open)
{
	return pks_begin(pks_object_store(self));
}

/* In a process with one thread, which the test's own is not. */
static int fork_each(void *arg)
{
	static const struct {
		const char *target;
		int exitcode;
	} ends[] = {{"succeed", 0},	       {"return_7", 7},		 {"exit_3", 3}, {"die", -SIGSEGV},
		    {"no_module:handler", 1}, {"leave_it_open", 1}, {"succeed", 0}};
	struct pks_store *store = pks_store_open(pks_store_path(runtime_store), NULL);

	(void)arg;
	if (pks_method_set_default(PKS_METHOD_FORK) != 0)
		return 1;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct pks_object *process = pks_process_new(store, i ? NULL : "first",
							     ends[i].target);
		int exitcode = 99;

		if (pks_process_start(process) != 0 || pks_process_join(process, RUNTIME_PATIENCE_MS) != 0)
			return 2;
		if (pks_process_exitcode(process, &exitcode) != 0 || exitcode != ends[i].exitcode)
			return 10 + (int)i;
	}
	/* The last one has recorded its end, and ends by now; the calls reap it. */
	while (waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0)
		pks_process_status(pks_process_open(store, "first"), &(enum pks_status){0});
	pks_store_close(store);
	return 0;
}

Test(methods, every_end_of_a_forked_one_is_told_exactly)
{
	int code = child_wait(child_start(fork_each, NULL));

	cr_assert_eq(code, 0, "%d", code);
	runtime_expect_index_right();
}

static int die_by(struct pks_object *self, void *arg)
{
	(void)self;
	return kill(getpid(), *(int *)arg);
}

Test(methods, a_forked_function_that_dies_is_settled_by_a_later_call)
{
	struct pks_object *process = pks_process_new_function(runtime_store, NULL, die_by);
	int signal_number = SIGABRT;
	enum pks_status status = PKS_CREATED;

	cr_assert_eq(pks_process_fork(process, die_by, &signal_number, PKS_FORK_WITH_THREADS), 0);
	while (status != PKS_CRASHED)
		cr_assert_eq(pks_process_status(process, &status), 0);
	runtime_expect(process, PKS_CRASHED, -SIGABRT, "killed by SIGABRT");
	expect_no_children();
}

static void *wait_for_end(void *arg)
{
	char byte;

	return read(*(int *)arg, &byte, 1) < 0 ? arg : NULL;
}

Test(methods, other_threads_refuse_a_fork_unless_its_caller_insists)
{
	struct pks_object *process = pks_process_new_function(runtime_store, NULL, add);
	struct numbers numbers = {1, 2};
	pthread_t thread;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(pthread_create(&thread, NULL, wait_for_end, &ends[0]), 0);
	cr_assert_eq(pks_process_fork(process, add, &numbers, 0), PKS_ERR_USAGE);
	cr_assert(strstr(pks_error_message(), " threads"), "%s", pks_error_message());
	cr_assert_eq(pks_process_fork(process, add, &numbers, PKS_FORK_WITH_THREADS), 0, "%s", pks_error_message());
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	close(ends[1]);
	pthread_join(thread, NULL);
	cr_assert_eq(pks_process_fork(process, add, &numbers, 4), PKS_ERR_STATE, "it was started");
}

static int hold_on(struct pks_object *self, void *arg)
{
	(void)arg;
	pks_dict_setf(self, "here", "I", (int64_t)getpid());
	while (pause() != 0)
		;
	return 0;
}

Test(methods, a_forked_one_ends_with_killall)
{
	struct pks_object *process = pks_process_new_function(runtime_store, NULL, hold_on);
	int64_t pid;

	cr_assert_eq(pks_process_fork(process, hold_on, NULL, PKS_FORK_WITH_THREADS), 0);
	pid = runtime_await(process, "here");
	cr_assert_eq(pks_killall(runtime_store), 0, "%s", pks_error_message());
	cr_assert_not(runtime_lives(pid));
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed with the whole pool");
}

/* ---- the program's choice ---- */

Test(methods, the_programs_method_is_chosen_once)
{
	struct pks_object *process;
	enum pks_method method;
	int names = 0;

	for (const char *const *name = pks_method_names(); *name; name++)
		names += pks_method_from_name(*name, &method) == 0;
	cr_assert_eq(names, 5);
	cr_assert_eq(pks_method_get_default(), PKS_METHOD_POOL);
	cr_assert_eq(pks_method_set_default(PKS_METHOD_DEFAULT), PKS_ERR_USAGE);
	cr_assert_eq(pks_method_set_default(PKS_METHOD_SPAWN), 0);
	cr_assert_eq(pks_method_set_default(PKS_METHOD_SPAWN), PKS_ERR_STATE);
	cr_assert_eq(pks_method_get_default(), PKS_METHOD_SPAWN);
	process = runtime_start("handlers:hold");
	cr_assert_eq(parent_of(pid_of(process)), getpid());
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	process = start_by(PKS_METHOD_POOL, "handlers:hold");
	cr_assert_neq(parent_of(runtime_await(process, "here")), getpid(), "one that has its own method keeps it");
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
}
