/* SPDX-License-Identifier: MIT */
/*
 * Processes do what they like with objects of every kind, and die; the store is at any time what the steps that were
 * committed make of it. To see a failure again: PKS_MODEL_SEED=N, with the seed that it tells.
 */
#include "model.h"

#include "lib/scratch.h"

const struct kind *const kinds[] = {&kind_dict,  &kind_log,   &kind_names, &kind_object, &kind_process,
                                    &kind_queue, &kind_value, &kind_array, &kind_sync};
const int kind_count = sizeof(kinds) / sizeof(*kinds);

#define TRANSACTIONS 250

static void rounds(const char *test, bool by_turns, int count)
{
	model_begin(test, model_seed());
	for (int round = 0; round < count; round++)
		model_round(by_turns, TRANSACTIONS);
	model_end();
}

Test(model, what_is_committed_by_turns_is_what_a_model_says, .timeout = 7200)
{
	rounds("by_turns", true, scratch_long() ? 2000 : 8);
}

Test(model, what_is_committed_in_a_storm_of_kills_is_what_a_model_says, .timeout = 7200)
{
	rounds("in_a_storm", false, scratch_long() ? 2000 : 8);
}
