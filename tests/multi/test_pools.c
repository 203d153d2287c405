/* SPDX-License-Identifier: MIT */
/* Named pools: what runs where, and that one does not hold up another. */
#include "lib/runtime.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>

TestSuite(pools, .init = runtime_begin, .fini = runtime_end, .timeout = 110);

static struct pks_object *start_in(const char *pool, const char *target)
{
	struct pks_object *process = runtime_new(target);

	cr_assert_eq(pks_process_set_pool(process, pool), 0, "%s", pks_error_message());
	cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	return process;
}

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

Test(pools, the_first_process_makes_one)
{
	struct pks_object *process = start_in("mail", "handlers:hold");
	struct pks_pool_status status;

	runtime_await(process, "here");
	status = status_of("mail");
	cr_assert(status.up && status.running == 1 && status.submitted == 0);
	cr_assert_eq(status_of(NULL).running, 0);
	let_go(process);
	cr_assert_eq(status_of("mail").running, 0);
}

Test(pools, one_that_is_full_does_not_hold_up_another)
{
	struct pks_object *holding, *waiting;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_pool_set_size(runtime_store, "mail", 1), 0);
	holding = start_in("mail", "handlers:hold");
	runtime_await(holding, "here");
	waiting = start_in("mail", "handlers:nothing");
	runtime_expect_well();
	cr_assert_eq(status_of("mail").submitted, 1);
	let_go(holding);
	runtime_join(waiting);
}

Test(pools, a_recursion_deeper_than_a_named_one_finishes)
{
	struct pks_object *process = runtime_new("handlers:recurse");
	int depth;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_pool_set_size(runtime_store, "deep", 1), 0);
	pks_process_set_argsf(process, "[is]", 10, "deep");
	pks_process_set_pool(process, "deep");
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	cr_assert_eq(pks_process_resultf(process, "i", &depth), 0);
	cr_assert_eq(depth, 10);
	cr_assert_eq(status_of(NULL).workers, 1, "the other pool lent none");
}

Test(pools, who_waits_for_others_lends_them_its_place_however_it_waits)
{
	static const char *const handlers[] = {"handlers:join_four", "handlers:join_any_of_four",
					       "handlers:get_from_another"};

	cr_assert_eq(pks_pool_set_size(runtime_store, "small", 1), 0);
	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		struct pks_object *process = start_in("small", handlers[i]);

		runtime_join(process);
		runtime_expect(process, PKS_FINISHED, 0, NULL);
		cr_assert_eq(pks_waiting_begin(process), PKS_ERR_USAGE, "not inside its handler");
	}
}

/* Who waits for what may come from anywhere keeps its place: the pool's size is kept, too. */
Test(pools, who_waits_for_a_change_keeps_its_place)
{
	struct pks_object *holding, *waiting;

	cr_assert_eq(pks_pool_set_size(runtime_store, "small", 1), 0);
	holding = start_in("small", "handlers:hold");
	runtime_await(holding, "here");
	waiting = start_in("small", "handlers:nothing");
	cr_assert_eq(pks_process_join(waiting, 300), PKS_TIMED_OUT);
	cr_assert_eq(status_of("small").waiting, 0);
	let_go(holding);
	runtime_join(waiting);
}

/* More than there are channels: the last ones share one. */
#define MANY 70

Test(pools, there_may_be_more_than_have_a_channel_of_their_own)
{
	struct pks_object *processes[MANY];
	char name[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "pool %d", i);
		cr_assert_eq(pks_pool_set_size(runtime_store, name, 1), 0);
		processes[i] = start_in(name, "handlers:nothing");
	}
	for (int i = 0; i < MANY; i++) {
		runtime_join(processes[i]);
		runtime_expect(processes[i], PKS_FINISHED, 0, NULL);
	}
}

/* Killed supervisors keep nothing to themselves. */
Test(pools, a_new_supervisor_knows_them_all)
{
	struct pks_object *process;
	int64_t supervisor;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_pool_set_size(runtime_store, "mail", 2), 0);
	supervisor = runtime_supervisor();
	kill((pid_t)supervisor, SIGKILL);
	runtime_await_death(supervisor);
	process = start_in("mail", "handlers:nothing");
	runtime_join(process);
	while (status_of("mail").workers != 2)
		;
}
