/* SPDX-License-Identifier: MIT */
#include "model.h"

#include "lib/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

unsigned model_seed(void)
{
	const char *given = getenv("PKS_MODEL_SEED");
	unsigned seed = scratch_long() ? (unsigned)time(NULL) : 1;

	if (given)
		seed = (unsigned)strtoul(given, NULL, 0);
	/* At once: a crash, or what hangs until its time is over, would not tell it. */
	fprintf(stderr, "PKS_MODEL_SEED=%u\n", seed);
	return seed;
}

/* Knuth's constants (MMIX); the high bits are the good ones. */
uint32_t model_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}
