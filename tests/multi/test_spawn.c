/* SPDX-License-Identifier: MIT */
/* Processes that are spawned by who starts them; and the method that a program chooses for all. */
#include "by_method.h"

#include "lib/child.h"

#include <signal.h>

TestSuite(spawn, .init = runtime_begin, .fini = runtime_end);

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

Test(spawn, a_spawned_one_is_a_child_of_its_starter_and_needs_no_pool)
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

Test(spawn, every_end_of_a_spawned_one_is_told_exactly)
{
	expect_every_end(PKS_METHOD_SPAWN);
}

Test(spawn, a_spawned_program_holds_its_own_handlers)
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
Test(spawn, only_its_own_children_are_reaped)
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

Test(spawn, a_child_cannot_be_made_in_a_transaction)
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

Test(spawn, who_waits_elsewhere_learns_the_exact_end)
{
	struct pks_object *process = start_by(PKS_METHOD_SPAWN, "handlers:segfault");
	uint64_t id = pks_object_id(process);

	cr_assert_eq(child_wait(child_start(join_elsewhere, &id)), 0);
	runtime_expect(process, PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV");
	expect_no_children();
}

Test(spawn, the_supervisor_settles_it_exactly_too)
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

Test(spawn, a_spawned_one_outlives_its_starter)
{
	struct pks_object *process = new_by(PKS_METHOD_SPAWN, "handlers:hold");
	uint64_t id = pks_object_id(process);

	cr_assert_eq(child_wait(child_start(start_and_die, &id)), -SIGKILL);
	runtime_await(process, "here");
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
}

/* ---- the program's choice ---- */

Test(spawn, the_programs_method_is_chosen_once)
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
