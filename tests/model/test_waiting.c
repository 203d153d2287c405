/* SPDX-License-Identifier: MIT */
/*
 * Processes call what waits, and are killed while they wait, do nothing, or are amid a call: each answer is one that a
 * model allows, and what must come comes. To see a failure again: PKS_MODEL_SEED=N, with the seed that it tells. The
 * seed says what is called and who is killed after what; which of several comes first is not in its power.
 */
#include "model.h"
#include "waiting.h"

#include "lib/scratch.h"

#define CALLS 200
#define CALLS_LONG 20000

static void run(const struct waiting *kind)
{
	waiting_run(kind, model_seed(), scratch_long() ? CALLS_LONG : CALLS);
}

TestSuite(waiting, .timeout = 7200);

Test(waiting, for_the_others_at_a_barrier)
{
	run(&waiting_barrier);
}

Test(waiting, for_a_condition_with_a_lock_of_its_own)
{
	run(&waiting_condition);
}

Test(waiting, for_a_condition_with_a_lock_of_others)
{
	run(&waiting_shared_condition);
}

Test(waiting, for_an_event)
{
	run(&waiting_event);
}

Test(waiting, for_a_semaphore)
{
	run(&waiting_semaphore);
}

Test(waiting, for_the_other_end_of_a_pipe)
{
	run(&waiting_pipe);
}

Test(waiting, for_the_other_end_of_a_one_way_pipe)
{
	run(&waiting_one_way);
}
