/* SPDX-License-Identifier: MIT */
/*
 * Forkservers, their copies and the supervisor are killed while processes start. What must hold whoever is killed when:
 * each process ends once, having run at most once, and exactly once if it finished; what was never claimed runs.
 */
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(forkserver_storm, .init = runtime_begin, .fini = runtime_end, .timeout = 3600);

static int kill_it(const struct pks_pool_forkserver *forkserver, void *arg)
{
	return kill((pid_t)forkserver->pid, SIGKILL) == 0 ? *(int *)arg : 0;
}

static int64_t runs_of(struct pks_object *runs, const char *name)
{
	int64_t count = 0;

	return pks_dict_getf(runs, name, "I", &count) == 0 ? count : 0;
}

static void expect_once(struct pks_object *process, struct pks_object *runs)
{
	struct pks_process_info info;
	int64_t count;

	cr_assert_eq(pks_process_info(process, &info), 0);
	count = runs_of(runs, info.name);
	if (info.status == PKS_FINISHED)
		cr_assert_eq(count, 1, "finished, and ran %d times", (int)count);
	else
		cr_assert(info.status == PKS_CRASHED && count <= 1, "%s, and ran %d times",
			  pks_status_name((int)info.status), (int)count);
	cr_assert_leq(info.attempt, 1);
}

Test(forkserver_storm, whoever_is_killed_each_process_runs_once_at_most_and_ends_once)
{
	int rounds = scratch_long() ? 3000 : 150;
	struct pks_object **processes = calloc((size_t)rounds, sizeof(struct pks_object *));
	struct pks_object *runs = pks_dict_open(runtime_store, "runs", PKS_OPEN_OR_CREATE);
	static const char *const targets[] = {"heavy:count", "handlers:count"};
	unsigned seed = 11;
	int finished = 0;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	for (int i = 0; i < rounds; i++) {
		processes[i] = runtime_new(targets[rand_r(&seed) % 2]);
		pks_dict_setf(processes[i], "runs", "o", runs);
		cr_assert_eq(pks_process_set_method(processes[i], PKS_METHOD_FORKSERVER), 0);
		cr_assert_eq(pks_process_start(processes[i]), 0, "%s", pks_error_message());
		if (i % 3 == 0)
			pks_pool_forkservers(runtime_store, kill_it, &(int){rand_r(&seed) % 2});
		else
			runtime_kill_one(&seed);
	}
	for (int i = 0; i < rounds; i++) {
		struct pks_process_info info;

		runtime_join(processes[i]);
		expect_once(processes[i], runs);
		cr_assert_eq(pks_process_info(processes[i], &info), 0);
		finished += info.status == PKS_FINISHED;
	}
	cr_assert_gt(finished, 0);
	cr_assert_eq(runtime_expect_index_right(), (uint64_t)rounds);
	free(processes);
}
