/* SPDX-License-Identifier: MIT */
/* Processes that get a worker of their own, which runs nothing else. */
#include "by_method.h"

#include <signal.h>

TestSuite(dedicated, .init = runtime_begin, .fini = runtime_end);

Test(dedicated, a_dedicated_one_runs_at_once_beside_a_full_pool)
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

Test(dedicated, a_dedicated_worker_ends_with_its_process)
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

Test(dedicated, a_program_can_be_a_dedicated_worker)
{
	char *program = realpath("tests/lib/modules/handlers_program", NULL), target[4200];
	const char *folder = getenv("PKSTORE_MODULE_PATH");

	free(program);
	snprintf(target, sizeof(target), "%s/handlers_program:tell_pid", folder);
	runtime_expect(run_by(PKS_METHOD_DEDICATED, target), PKS_FINISHED, 0, NULL);
}

Test(dedicated, many_dedicated_ones_start_in_one_commit)
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

Test(dedicated, dedicated_ones_survive_their_supervisor)
{
	struct pks_object *process = start_by(PKS_METHOD_DEDICATED, "handlers:hold");

	runtime_await(process, "here");
	kill((pid_t)runtime_supervisor(), SIGKILL);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	runtime_expect(run_by(PKS_METHOD_DEDICATED, "handlers:nothing"), PKS_FINISHED, 0, NULL);
}

Test(dedicated, a_dedicated_one_that_was_killed_with_the_pool_is_crashed)
{
	struct pks_object *process = start_by(PKS_METHOD_DEDICATED, "handlers:hold");
	int64_t pid = runtime_await(process, "here");

	cr_assert_eq(pks_killall(runtime_store), 0);
	cr_assert_not(runtime_lives(pid));
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed with the whole pool");
}
