/* SPDX-License-Identifier: MIT */
#include "lot.h"

#include <assert.h>
#include <stddef.h>

uint64_t lots_number(const struct lots *lots)
{
	uint64_t a = atomic_load(&lots->at[0].number), b = atomic_load(&lots->at[1].number);

	return a > b ? a : b;
}

void lot_fill(struct lot *lot, uint64_t number, const struct lot_member *members, uint32_t count)
{
	assert(count > 0 && count <= LOT_MAX);
	lot_empty(lot);
	for (uint32_t i = 0; i < count; i++)
		lot->members[i] = members[i];
	atomic_store(&lot->ended, 0);
	atomic_store(&lot->state, 1);
	atomic_store(&lot->number, number);
	atomic_store(&lot->count, count);
}

void lot_empty(struct lot *lot)
{
	atomic_store(&lot->count, 0);
}

bool lot_begin(struct lot *lot, uint32_t index)
{
	uint32_t expected = index;

	return atomic_compare_exchange_strong(&lot->state, &expected, index + 1);
}

void lot_end(struct lot *lot, uint32_t index, uint64_t now_ns)
{
	lot->members[index].ended_ns = now_ns;
	atomic_store(&lot->ended, index + 1);
}

bool lot_is_recalled(const struct lot *lot)
{
	return atomic_load(&lot->state) & LOT_RECALLED;
}

void lots_recall(struct lots *lots)
{
	for (size_t i = 0; i < 2; i++)
		atomic_fetch_or(&lots->at[i].state, LOT_RECALLED);
}

/*
 * The count of those that have begun before that of those that have ended: by the time the second is read the first may
 * only be too small, so that one which has ended is never taken for one that never began.
 */
static struct lot_finding find_in(const struct lot *lot, uint64_t process, uint32_t attempt)
{
	uint32_t count = atomic_load(&lot->count);
	uint32_t begun = atomic_load(&lot->state) & ~LOT_RECALLED, ended = atomic_load(&lot->ended);
	struct lot_finding finding = {.place = LOT_UNLISTED};

	for (uint32_t i = 0; i < count && i < LOT_MAX; i++) {
		const struct lot_member *member = &lot->members[i];

		if (member->process != process || member->attempt != attempt)
			continue;
		finding.index = i;
		finding.place = i < ended ? LOT_ENDED : i < begun ? LOT_BEGUN : LOT_UNBEGUN;
		if (finding.place != LOT_UNBEGUN && i > 0)
			finding.begun_ns = lot->members[i - 1].ended_ns;
		if (finding.place == LOT_ENDED)
			finding.ended_ns = member->ended_ns;
		break;
	}
	return finding;
}

/* The first of a lot is noted as begun before the commit that claims it so, with which it has entered. */
static bool is_unsure(const struct lot_finding *finding, bool entered)
{
	return finding->place == LOT_UNLISTED || (finding->place == LOT_BEGUN && finding->index == 0 && !entered);
}

struct lot_finding lots_find(const struct lots *lots, uint64_t process, uint32_t attempt, bool entered)
{
	bool second = atomic_load(&lots->at[1].number) > atomic_load(&lots->at[0].number);
	struct lot_finding finding = find_in(&lots->at[second], process, attempt), older;

	if (!is_unsure(&finding, entered))
		return finding;
	older = find_in(&lots->at[!second], process, attempt);
	return older.place == LOT_UNLISTED ? finding : older;
}

/* One alone that has ended waits, too: for its end to be recorded. */
static bool is_in_use(const struct lot *lot)
{
	uint32_t count = atomic_load(&lot->count);

	return count > 1 || (count == 1 && atomic_load(&lot->ended) == 1);
}

static bool is_open(const struct lot *lot)
{
	return is_in_use(lot) && !lot_is_recalled(lot);
}

bool lots_are_open(const struct lots *lots)
{
	return is_open(&lots->at[0]) || is_open(&lots->at[1]);
}

bool lots_are_in_use(const struct lots *lots)
{
	return is_in_use(&lots->at[0]) || is_in_use(&lots->at[1]);
}

/* FNV-1a, by numbers. */
#define STAMP_PRIME UINT64_C(0x100000001b3)

uint64_t lots_stamp(const struct lots *lots)
{
	uint64_t stamp = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < 2; i++) {
		const struct lot *lot = &lots->at[i];

		stamp = (stamp ^ atomic_load(&lot->number)) * STAMP_PRIME;
		stamp = (stamp ^ atomic_load(&lot->state)) * STAMP_PRIME;
		stamp = (stamp ^ atomic_load(&lot->ended)) * STAMP_PRIME;
	}
	return stamp | 1;
}
