/* SPDX-License-Identifier: MIT */
/* The moves of a Barrier, and its item, without a store. */
#include "barrier_state.h"

#include <pkstore/error.h>

#include <criterion/criterion.h>

Test(barrier_state, the_last_who_comes_ends_the_generation)
{
	struct barrier_state barrier = {.parties = 3};
	uint64_t index = 99;

	for (int generation = 1; generation <= 2; generation++) {
		cr_expect_eq(barrier_arrive(&barrier, &index), BARRIER_WAIT);
		cr_expect_eq(index, 0);
		cr_expect_eq(barrier_arrive(&barrier, &index), BARRIER_WAIT);
		cr_expect_eq(index, 1);
		cr_expect_eq(barrier_arrive(&barrier, &index), BARRIER_PASS);
		cr_expect_eq(index, 2);
		cr_expect_eq(barrier.generation, (uint64_t)generation);
		cr_expect_eq(barrier.arrived, 0);
	}
}

Test(barrier_state, a_broken_one_takes_nobody_until_it_is_reset)
{
	struct barrier_state barrier = {.parties = 2};
	uint64_t index = 99;

	cr_expect_eq(barrier_arrive(&barrier, &index), BARRIER_WAIT);
	barrier_break(&barrier);
	cr_expect(barrier.broken);
	cr_expect_eq(barrier.generation, 1, "who has come finds the generation over");
	cr_expect_eq(barrier.arrived, 0);
	index = 99;
	cr_expect_eq(barrier_arrive(&barrier, &index), BARRIER_BROKEN);
	cr_expect_eq(index, 99);
	barrier_break(&barrier);
	cr_expect_eq(barrier.generation, 1, "once is enough");
	barrier_reset(&barrier);
	cr_expect_not(barrier.broken);
	cr_expect_eq(barrier_arrive(&barrier, &index), BARRIER_WAIT);
}

Test(barrier_state, it_comes_back_from_the_store_as_it_was)
{
	struct barrier_state barrier = {.parties = 3, .generation = UINT64_MAX, .arrived = 2, .last_ticket = 300}, back;
	struct buffer own = {0};

	barrier_state_encode(&barrier, &own);
	for (size_t size = 0; size < own.size; size++)
		cr_expect_eq(barrier_state_decode((struct bytes){own.data, size}, &back), PKS_ERR_CORRUPT);
	cr_assert_eq(barrier_state_decode((struct bytes){own.data, own.size}, &back), 0);
	cr_expect_eq(back.parties, 3);
	cr_expect_eq(back.generation, UINT64_MAX);
	cr_expect_eq(back.arrived, 2);
	cr_expect_eq(back.last_ticket, 300);
	cr_expect_not(back.broken);
	buffer_release(&own);
}

/* All have come and yet wait; broken, and somebody waits; for nobody. */
Test(barrier_state, what_cannot_be_is_damaged)
{
	const struct barrier_state impossible[] = {
		{.parties = 2, .arrived = 2}, {.parties = 2, .arrived = 1, .broken = true}, {.parties = 0}};
	struct barrier_state back;

	for (size_t i = 0; i < sizeof(impossible) / sizeof(*impossible); i++) {
		struct buffer own = {0};

		barrier_state_encode(&impossible[i], &own);
		cr_expect_eq(barrier_state_decode((struct bytes){own.data, own.size}, &back), PKS_ERR_CORRUPT);
		buffer_release(&own);
	}
}
