/* SPDX-License-Identifier: MIT */
/* Damages of what synchronises: a held Lock, a BoundedSemaphore of 3 with a holder, an Event, a Pipe of 3 messages. */
#include "damage.h"

#include <string.h>

static struct key ticket(uint64_t id, enum part part, uint8_t number)
{
	return item_key(id, part, (uint8_t[8]){[7] = number}, 8);
}

static void put_own(uint64_t id, const char *own, size_t size)
{
	struct state state = header_of(id);

	memcpy(state.own, own, size);
	state.own_size = size;
	put_header(id, &state);
}

static void lock_own_is_text(void)
{
	put_own(lock_id, "\x61x", 2);
}

static void lock_without_an_owner_is_deep(void)
{
	put_own(lock_id, "\x83\xf6\0\2", 4);
}

static void waiter_is_nobody(void)
{
	struct key key = ticket(lock_id, PART_WAITING, 1);

	put(&key, "\x82\1\1", 3);
}

static void waiters_are_not_counted(void)
{
	struct state state = header_of(event_id);

	state.count = 4;
	put_header(event_id, &state);
}

static void ticket_of_no_number(void)
{
	struct key key = item_key(condition_id, PART_WAITING, "abc", 3);

	put(&key, "\1", 1);
}

static void holder_lost(void)
{
	struct key key = ticket(semaphore_id, PART_HELD, 1);

	del(&key);
}

static void holder_of_a_lock(void)
{
	struct key key = ticket(lock_id, PART_HELD, 1);

	put(&key, "\x80", 1);
}

static void event_own_is_text(void)
{
	put_own(event_id, "\x81\x61x", 3);
}

static void barrier_of_nobody(void)
{
	put_own(barrier_id, "\x81\0", 2);
}

static void barrier_of_too_many(void)
{
	put_own(barrier_id, "\x83\2\0\2", 4);
}

static void barrier_of_one_who_is_not_there(void)
{
	put_own(barrier_id, "\x83\2\0\1", 4);
}

static struct key message(uint8_t direction, uint8_t sequence)
{
	return item_key(pipe_id, PART_ITEM, (uint8_t[9]){[0] = direction, [8] = sequence}, 9);
}

static void first_message_lost(void)
{
	struct key key = message(0, 0);

	del(&key);
}

static void second_message_lost(void)
{
	struct key key = message(0, 1);

	del(&key);
}

static void message_of_no_end(void)
{
	struct key key = message(2, 0);

	put(&key, "\1", 1);
}

static void broken_message(void)
{
	struct key key = message(0, 1);

	put(&key, "\x18", 1);
}

static void pipe_own_is_short(void)
{
	put_own(pipe_id, "\x81\2", 2);
}

const struct damage damages_sync[] = {
	DAMAGE(lock_own_is_text, PKS_CHECK_STATE, "a/lock", false),
	DAMAGE(lock_without_an_owner_is_deep, PKS_CHECK_STATE, "a/lock", false),
	DAMAGE(waiter_is_nobody, PKS_CHECK_VALUE, "a/lock", false),
	DAMAGE(waiters_are_not_counted, PKS_CHECK_COUNT, "a/event", true),
	DAMAGE(ticket_of_no_number, PKS_CHECK_KEY, "a/condition", false),
	DAMAGE(holder_lost, PKS_CHECK_STATE, "a/semaphore", false),
	DAMAGE(holder_of_a_lock, PKS_CHECK_KEY, "a/lock", false),
	DAMAGE(event_own_is_text, PKS_CHECK_STATE, "a/event", false),
	DAMAGE(barrier_of_nobody, PKS_CHECK_STATE, "a/barrier", false),
	DAMAGE(barrier_of_too_many, PKS_CHECK_STATE, "a/barrier", false),
	DAMAGE(barrier_of_one_who_is_not_there, PKS_CHECK_STATE, "a/barrier", false),
	DAMAGE(first_message_lost, PKS_CHECK_STATE, "a/pipe", false),
	DAMAGE(second_message_lost, PKS_CHECK_CONTENT, "a/pipe", false),
	DAMAGE(message_of_no_end, PKS_CHECK_KEY, "a/pipe", false),
	DAMAGE(broken_message, PKS_CHECK_VALUE, "a/pipe", false),
	DAMAGE(pipe_own_is_short, PKS_CHECK_STATE, "a/pipe", false),
	{0},
};
