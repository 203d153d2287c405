/* SPDX-License-Identifier: MIT */
#include "semaphore_state.h"

#include "base/cbor.h"

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
	struct semaphore_state semaphore;
	uint64_t *const numbers[] = {&semaphore.value, &semaphore.initial, &semaphore.last_ticket};
	const uint8_t *end = (const uint8_t *)own.data + own.size;
	struct item item;

	if (own.size == 0 || item_read(own.data, end, &item) < 0 || item.type != ITEM_ARRAY ||
	    item.number != SEMAPHORE_ELEMENTS)
		return PKS_ERR_CORRUPT;
	for (size_t i = 0; i < SEMAPHORE_ELEMENTS; i++) {
		if (item_read(item.next, end, &item) < 0 || item.type != ITEM_UINT)
			return PKS_ERR_CORRUPT;
		*numbers[i] = item.number;
	}
	if (item.next != end)
		return PKS_ERR_CORRUPT;
	*semaphore_out = semaphore;
	return 0;
}
