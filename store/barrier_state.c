/* SPDX-License-Identifier: MIT */
#include "barrier_state.h"

#include "base/cbor.h"

#include <pkstore/error.h>

#define BARRIER_ELEMENTS 5

void barrier_state_encode(const struct barrier_state *barrier, struct buffer *buffer)
{
	item_put_array(buffer, BARRIER_ELEMENTS);
	item_put_uint(buffer, barrier->parties);
	item_put_uint(buffer, barrier->generation);
	item_put_uint(buffer, barrier->arrived);
	item_put_uint(buffer, barrier->last_ticket);
	item_put_bool(buffer, barrier->broken);
}

int barrier_state_decode(struct bytes own, struct barrier_state *barrier_out)
{
	struct barrier_state barrier = {0};
	uint64_t *const numbers[] = {&barrier.parties, &barrier.generation, &barrier.arrived, &barrier.last_ticket};
	const uint8_t *end = (const uint8_t *)own.data + own.size;
	struct item item;

	if (own.size == 0 || item_read(own.data, end, &item) < 0 || item.type != ITEM_ARRAY ||
	    item.number != BARRIER_ELEMENTS)
		return PKS_ERR_CORRUPT;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (item_read(item.next, end, &item) < 0 || item.type != ITEM_UINT)
			return PKS_ERR_CORRUPT;
		*numbers[i] = item.number;
	}
	if (item_read(item.next, end, &item) < 0 || item.type != ITEM_BOOL || item.next != end)
		return PKS_ERR_CORRUPT;
	barrier.broken = item.number != 0;
	if (barrier.arrived >= barrier.parties || (barrier.broken && barrier.arrived > 0))
		return PKS_ERR_CORRUPT;
	*barrier_out = barrier;
	return 0;
}

static void end_generation(struct barrier_state *barrier)
{
	barrier->generation++;
	barrier->arrived = 0;
}

enum barrier_answer barrier_arrive(struct barrier_state *barrier, uint64_t *index_out)
{
	if (barrier->broken)
		return BARRIER_BROKEN;
	*index_out = barrier->arrived++;
	if (barrier->arrived < barrier->parties)
		return BARRIER_WAIT;
	end_generation(barrier);
	return BARRIER_PASS;
}

void barrier_break(struct barrier_state *barrier)
{
	if (barrier->broken)
		return;
	end_generation(barrier);
	barrier->broken = true;
}

void barrier_reset(struct barrier_state *barrier)
{
	end_generation(barrier);
	barrier->broken = false;
}
