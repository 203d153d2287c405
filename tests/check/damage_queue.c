/* SPDX-License-Identifier: MIT */
/* Damages of a Queue. The good one has the items 2, 3 and 4 to be had, 1 held, and 0 buried. */
#include "damage.h"

#include <pkstore/pkstore.h>

#include <string.h>

static struct key place(enum part part, uint8_t sequence)
{
	return item_key(queue_id, part, (uint8_t[8]){[7] = sequence}, 8);
}

static void item_lost(void)
{
	struct key key = place(PART_ITEM, 3);

	del(&key);
}

static void held_item_lost(void)
{
	struct key key = place(PART_HELD, 1);

	del(&key);
}

static void buried_item_lost(void)
{
	struct key key = place(PART_BURIED, 0);

	del(&key);
}

static void item_of_the_future(void)
{
	struct key key = place(PART_ITEM, 9);

	put(&key, "\1", 1);
}

static void short_place(void)
{
	struct key key = item_key(queue_id, PART_ITEM, "abc", 3);

	put(&key, "\1", 1);
}

static void broken_queue_item(void)
{
	struct key key = place(PART_ITEM, 2);

	put(&key,
	    "\x42"
	    "1",
	    2);
}

static void too_much_behind_an_item(void)
{
	struct key key = place(PART_ITEM, 2);

	put(&key, "\2\1\1", 3);
}

static void held_by_nobody(void)
{
	struct key key = place(PART_HELD, 1);

	put(&key, "\1\1", 2);
}

static void held_by_what_is_no_process(void)
{
	struct key key = place(PART_HELD, 1);

	put(&key, "\1\1\x83\1\1\1\1", 7);
}

/* [1, 1, boot, 1, 1]: a process is its first three. */
static void held_by_a_thread(void)
{
	struct key key = place(PART_HELD, 1);

	put(&key,
	    "\1\1\x85\1\1\x50"
	    "0123456789abcdef"
	    "\1\1\1",
	    25);
}

static void held_and_never_delivered(void)
{
	struct key key = place(PART_HELD, 1);

	put(&key,
	    "\1\0\x83\1\1\x50"
	    "0123456789abcdef"
	    "\1",
	    23);
}

static void held_and_to_be_had(void)
{
	struct key key = place(PART_ITEM, 1);

	put(&key, "\1", 1);
}

static void buried_and_to_be_had(void)
{
	struct key key = place(PART_BURIED, 2);

	put(&key, "\1", 1);
}

static void buried_and_held(void)
{
	struct key key = place(PART_BURIED, 1);

	put(&key, "\1", 1);
}

static void queue_own_is_text(void)
{
	struct state state = header_of(queue_id);

	memcpy(state.own, "\x61x", 2);
	state.own_size = 2;
	put_header(queue_id, &state);
}

static void queue_has_forgotten_its_next(void)
{
	struct state state = header_of(queue_id);

	state.own_size = 0;
	put_header(queue_id, &state);
}

/* A place without its priority, and one with it where none belongs. */
static void place_of_no_priority(void)
{
	struct pks_object *queue = pks_priorityqueue_open(store, "a/priorities", 0, PKS_MUST_CREATE);
	struct key key = item_key(pks_object_id(queue), PART_ITEM, "12345678", 8);

	put(&key, "\1", 1);
	pks_object_close(queue);
}

static void place_of_a_priority(void)
{
	struct key key = item_key(queue_id, PART_ITEM, (uint8_t[16]){0}, 16);

	put(&key, "\1", 1);
}

static void queue_own_of_a_negative_number(void)
{
	struct state state = header_of(queue_id);

	memcpy(state.own, "\x81\x20", 2);
	state.own_size = 2;
	put_header(queue_id, &state);
}

static void queue_own_is_long(void)
{
	struct state state = header_of(queue_id);

	memcpy(state.own, "\x85\5\5\1\1\1", 6);
	state.own_size = 6;
	put_header(queue_id, &state);
}

const struct damage damages_queue[] = {
	DAMAGE(place_of_no_priority, PKS_CHECK_KEY, "a/priorities", false),
	DAMAGE(place_of_a_priority, PKS_CHECK_KEY, "a/queue", false),
	DAMAGE(queue_own_of_a_negative_number, PKS_CHECK_STATE, "a/queue", true),
	DAMAGE(queue_own_is_long, PKS_CHECK_STATE, "a/queue", true),
	DAMAGE(item_lost, PKS_CHECK_COUNT, "a/queue", false),
	DAMAGE(held_item_lost, PKS_CHECK_COUNT, "a/queue", false),
	DAMAGE(buried_item_lost, PKS_CHECK_COUNT, "a/queue", false),
	DAMAGE(item_of_the_future, PKS_CHECK_STATE, "a/queue", false),
	DAMAGE(short_place, PKS_CHECK_KEY, "a/queue", false),
	DAMAGE(broken_queue_item, PKS_CHECK_VALUE, "a/queue", false),
	DAMAGE(too_much_behind_an_item, PKS_CHECK_VALUE, "a/queue", false),
	DAMAGE(held_by_nobody, PKS_CHECK_VALUE, "a/queue", false),
	DAMAGE(held_by_what_is_no_process, PKS_CHECK_VALUE, "a/queue", false),
	DAMAGE(held_by_a_thread, PKS_CHECK_VALUE, "a/queue", false),
	DAMAGE(held_and_never_delivered, PKS_CHECK_VALUE, "a/queue", false),
	DAMAGE(held_and_to_be_had, PKS_CHECK_CONTENT, "a/queue", false),
	DAMAGE(buried_and_to_be_had, PKS_CHECK_CONTENT, "a/queue", false),
	DAMAGE(buried_and_held, PKS_CHECK_CONTENT, "a/queue", false),
	DAMAGE(queue_own_is_text, PKS_CHECK_STATE, "a/queue", true),
	DAMAGE(queue_has_forgotten_its_next, PKS_CHECK_STATE, "a/queue", false),
	{0},
};
