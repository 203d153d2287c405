/* SPDX-License-Identifier: MIT */
#include "semaphore_state.h"

#include "base/cbor.h"
#include "number_list.h"

#include <pkstore/error.h>

#define SEMAPHORE_ELEMENTS 3

void semaphore_state_encode(const struct semaphore_state *semaphore, struct buffer *buffer)
{
	item_put_array(buffer, SEMAPHORE_ELEMENTS);
	item_put_uint(buffer, semaphore->value);
	item_put_uint(buffer, semaphore->initial);
	item_put_uint(buffer, semaphore->last_ticket);
}

int semaphore_state_decode(struct bytes own, struct semaphore_state *semaphore_out)
{
	uint64_t numbers[SEMAPHORE_ELEMENTS];

	if (number_list_read(own, "uuu", numbers) < 0)
		return PKS_ERR_CORRUPT;
	*semaphore_out = (struct semaphore_state){numbers[0], numbers[1], numbers[2]};
	return 0;
}
