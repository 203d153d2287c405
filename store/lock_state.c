/* SPDX-License-Identifier: MIT */
#include "lock_state.h"

#include "owner_item.h"

#include <pkstore/error.h>

#define LOCK_ELEMENTS 5

/* Heads of the array, three numbers and a boolean. */
#define LOCK_STATE_MAX (OWNER_ITEM_MAX + 5 * ITEM_HEAD_MAX)

void lock_state_encode(const struct lock_state *lock, struct buffer *buffer)
{
	uint8_t *room = buffer_add(buffer, LOCK_STATE_MAX), *to = room;

	if (!room)
		return;
	to = item_write_head(to, ITEM_ARRAY, LOCK_ELEMENTS);
	to = lock_is_free(lock) ? item_write_null(to) : item_write_owner(to, &lock->owner);
	to = item_write_uint(to, lock->since_ns);
	to = item_write_uint(to, lock->depth);
	to = item_write_uint(to, lock->last_ticket);
	to = item_write_bool(to, lock->inherited);
	buffer->size -= (size_t)(room + LOCK_STATE_MAX - to);
}

static int read_numbers(const uint8_t **at, const uint8_t *end, struct lock_state *lock)
{
	uint64_t *const numbers[] = {&lock->since_ns, &lock->depth, &lock->last_ticket};
	struct item item;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (item_take_uint(at, end, numbers[i]) < 0)
			return PKS_ERR_CORRUPT;
	if (item_read(*at, end, &item) < 0 || item.type != ITEM_BOOL)
		return PKS_ERR_CORRUPT;
	lock->inherited = item.number != 0;
	*at = item.next;
	return 0;
}

int lock_state_decode(struct bytes own, struct lock_state *lock_out)
{
	const uint8_t *at = own.data, *end = at + own.size;
	struct lock_state lock = {0};
	struct item item;

	if (own.size == 0) {
		*lock_out = lock;
		return 0;
	}
	if (item_read(at, end, &item) < 0 || item.type != ITEM_ARRAY || item.number != LOCK_ELEMENTS ||
	    item_read_owner(item.next, end, &lock.owner, &at) < 0 || read_numbers(&at, end, &lock) < 0 || at != end ||
	    (lock.owner.proc.pid == 0) != (lock.depth == 0))
		return PKS_ERR_CORRUPT;
	*lock_out = lock;
	return 0;
}

/* ---- the moves ---- */

void lock_give(struct lock_state *lock, const struct owner *who, uint64_t depth, uint64_t now_ns, bool inherited)
{
	lock->owner = *who;
	lock->since_ns = now_ns;
	lock->depth = depth;
	lock->inherited = inherited;
}

enum lock_answer lock_acquire(struct lock_state *lock, const struct lock_asking *asking)
{
	if (lock_is_free(lock)) {
		lock_give(lock, &asking->who, 1, asking->now_ns, false);
		return LOCK_TAKEN;
	}
	if (owner_equal(&lock->owner, &asking->who)) {
		if (!asking->again)
			return LOCK_YOURS;
		lock->depth++;
		return LOCK_TAKEN;
	}
	if (asking->owner != OWNER_DEAD)
		return LOCK_BUSY;
	lock_give(lock, &asking->who, 1, asking->now_ns, true);
	return LOCK_INHERITED;
}

static void set_free(struct lock_state *lock)
{
	*lock = (struct lock_state){.last_ticket = lock->last_ticket};
}

enum lock_release lock_release(struct lock_state *lock, const struct owner *who)
{
	if (lock_is_free(lock) || !owner_equal(&lock->owner, who))
		return LOCK_NOT_YOURS;
	if (lock->depth > 1) {
		lock->depth--;
		return LOCK_KEPT;
	}
	set_free(lock);
	return LOCK_FREED;
}

enum lock_release lock_release_all(struct lock_state *lock, const struct owner *who, uint64_t *depth_out)
{
	if (lock_is_free(lock) || !owner_equal(&lock->owner, who))
		return LOCK_NOT_YOURS;
	*depth_out = lock->depth;
	set_free(lock);
	return LOCK_FREED;
}
