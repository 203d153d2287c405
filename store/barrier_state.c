/* SPDX-License-Identifier: MIT */
#include "barrier_state.h"

#include "base/cbor.h"
#include "number_list.h"

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
	struct barrier_state barrier;
	uint64_t numbers[BARRIER_ELEMENTS];

	if (number_list_read(own, "uuuub", numbers) < 0)
		return PKS_ERR_CORRUPT;
	barrier = (struct barrier_state){
		.parties = numbers[0],
		.generation = numbers[1],
		.arrived = numbers[2],
		.last_ticket = numbers[3],
		.broken = numbers[4] != 0,
	};
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
