/* SPDX-License-Identifier: MIT */
/* A worker's lots, as whoever recalls them finds them. */
#include "runtime/lot.h"

#include <criterion/criterion.h>

#define FIRST 11
#define ATTEMPT 3

/* Processes FIRST, FIRST + 1, ... */
static struct lot *filled(struct lots *lots, uint64_t number, uint32_t count)
{
	struct lot *lot = &lots->at[number % 2];
	struct lot_member members[LOT_MAX] = {0};

	for (uint32_t i = 0; i < count; i++)
		members[i] = (struct lot_member){.process = FIRST + i, .attempt = ATTEMPT};
	lot_fill(lot, number, members, count);
	return lot;
}

static enum lot_place place(const struct lots *lots, uint64_t process, bool entered)
{
	return lots_find(lots, process, ATTEMPT, entered).place;
}

Test(lot, its_members_begin_and_end_one_after_the_other)
{
	struct lots lots = {0};
	struct lot *lot = filled(&lots, 1, 2);

	cr_expect_eq(place(&lots, FIRST, true), LOT_BEGUN);
	cr_expect_eq(place(&lots, FIRST + 1, false), LOT_UNBEGUN);
	cr_expect_eq(place(&lots, FIRST + 2, false), LOT_UNLISTED);
	lot_end(lot, 0, 70);
	cr_expect_eq(place(&lots, FIRST, true), LOT_ENDED);
	cr_assert(lot_begin(lot, 1));
	cr_expect_eq(place(&lots, FIRST + 1, false), LOT_BEGUN);
	cr_expect_eq(lots_find(&lots, FIRST + 1, ATTEMPT, false).begun_ns, 70);
	lot_empty(lot);
	cr_expect_eq(place(&lots, FIRST, true), LOT_UNLISTED);
}

Test(lot, no_member_begins_once_it_was_recalled)
{
	struct lots lots = {0};
	struct lot *lot = filled(&lots, 1, 2);

	lots_recall(&lots);
	cr_expect(lot_is_recalled(lot));
	cr_expect_not(lot_begin(lot, 1));
	cr_expect_eq(place(&lots, FIRST + 1, false), LOT_UNBEGUN);
	lot = filled(&lots, 3, 2);
	cr_expect(lot_begin(lot, 1), "it was filled anew");
}

/* Whoever waits for the end of one alone must not wait for its worker, if that is stopped before it records the end. */
Test(lot, one_alone_is_open_when_it_has_ended_and_several_from_the_beginning)
{
	struct lots lots = {0};
	struct lot *lot = filled(&lots, 1, 1);
	uint64_t stamp = lots_stamp(&lots);

	cr_expect_not(lots_are_open(&lots));
	cr_expect_not(lots_are_in_use(&lots));
	lot_end(lot, 0, 70);
	cr_expect(lots_are_open(&lots));
	cr_expect(lots_are_in_use(&lots));
	cr_expect_neq(lots_stamp(&lots), stamp, "it has moved");
	lots_recall(&lots);
	cr_expect_not(lots_are_open(&lots));
	cr_expect(lots_are_in_use(&lots));
	lot_empty(lot);
	cr_expect_not(lots_are_in_use(&lots));
	filled(&lots, 2, 2);
	cr_expect(lots_are_open(&lots));
}
