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

/* [1, 1, boot, 1, 1], a thread, and [1, 1, boot], a process. */
#define THREAD                                                                                                         \
	"\x85\1\1\x50"                                                                                                 \
	"0123456789abcdef"                                                                                             \
	"\1\1"
#define PROCESS                                                                                                        \
	"\x83\1\1\x50"                                                                                                 \
	"0123456789abcdef"

static void put_waiter(uint64_t id, const uint8_t number[8], const char *record, size_t size)
{
	struct key key = item_key(id, PART_WAITING, number, 8);

	put(&key, record, size);
}

static void lock_of_a_process(void)
{
	put_own(lock_id, "\x85" PROCESS "\1\1\0\xf4", 25);
}

static void lock_of_a_thread_without_an_id(void)
{
	put_own(lock_id,
	        "\x85\x85\1\1\x50"
	        "0123456789abcdef"
	        "\0\1"
	        "\1\1\0\xf4",
	        27);
}

static void lock_acquired_twice(void)
{
	put_own(lock_id, "\x85" THREAD "\1\2\0\xf4", 27);
}

static void free_lock_since_some_time(void)
{
	put_own(lock_id, "\x85\xf6\1\0\0\xf4", 6);
}

static void free_lock_inherited(void)
{
	put_own(lock_id, "\x85\xf6\0\0\0\xf5", 6);
}

static void notified_by_a_lock(void)
{
	put_waiter(lock_id, (uint8_t[8]){[0] = 0x80, [7] = 1}, "\x83" THREAD "\1\1", 25);
}

static void notified_with_no_depth(void)
{
	put_waiter(condition_id, (uint8_t[8]){[0] = 0x80}, "\x82" THREAD "\1", 24);
}

static void ticket_never_given_out(void)
{
	put_waiter(semaphore_id, (uint8_t[8]){[7] = 9}, "\x82" THREAD "\1", 24);
}

static void condition_of_no_lock(void)
{
	put_own(condition_id, "\xda\0pks\1", 6); /* the Dict */
}

static void ticket_that_its_lock_never_gave_out(void)
{
	put_own(condition_id, (char[]){'\xda', 0, 'p', 'k', 's', (char)lock_id}, 6);
	put_waiter(condition_id, (uint8_t[8]){[0] = 0x80, [7] = 9}, "\x83" THREAD "\1\1", 25);
}

static void waiter_for_a_lock_elsewhere(void)
{
	put_own(condition_id, (char[]){'\xda', 0, 'p', 'k', 's', (char)lock_id}, 6);
	put_waiter(condition_id, (uint8_t[8]){0}, "\x82" THREAD "\1", 24);
}

/* The Dict. */
static void notified_by_what_is_no_condition(void)
{
	put_waiter(lock_id, (uint8_t[8]){0}, "\x84" THREAD "\1\1\1", 26);
}

static void holder_who_waits(void)
{
	put_waiter(semaphore_id, (uint8_t[8]){[7] = 1}, "\x82" THREAD "\1", 24);
}

static void waiter_with_something_more(void)
{
	put_waiter(semaphore_id, (uint8_t[8]){[7] = 1}, "\x83" THREAD "\1\1", 25);
}

static void waiter_for_what_is_set(void)
{
	put_waiter(event_id, (uint8_t[8]){0}, "\x82" THREAD "\1", 24);
}

static void waiter_of_a_generation_to_come(void)
{
	put_waiter(barrier_id, (uint8_t[8]){0}, "\x83" THREAD "\1\7", 25);
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

static void end_held_by_a_thread(void)
{
	struct key key = item_key(pipe_id, PART_HELD, (uint8_t[8]){[7] = 1}, 8);

	put(&key, "\x82" THREAD "\1", 24);
}

static void end_held_that_was_never_opened(void)
{
	struct key key = item_key(pipe_id, PART_HELD, (uint8_t[8]){[0] = 1, [7] = 1}, 8);

	put(&key, "\x82" PROCESS "\1", 22);
}

static void end_held_under_no_ticket(void)
{
	struct key key = item_key(pipe_id, PART_HELD, (uint8_t[8]){[7] = 9}, 8);

	put(&key, "\x82" PROCESS "\1", 22);
}

static void ends_that_there_are_not(void)
{
	put_own(pipe_id, "\x87\xf5\5\1\0\3\0\0", 8);
}

/* An own element is whole, and null only where it says that it is when the object is new. */
static void lock_own_is_short(void)
{
	put_own(lock_id, "\x84\xf6\0\0\0", 5);
}

static void semaphore_of_nothing(void)
{
	put_own(semaphore_id, "", 0);
}

static void barrier_own_is_short(void)
{
	put_own(barrier_id, "\x84\2\0\0\0", 5);
}

static void event_own_is_long(void)
{
	put_own(event_id, "\x83\xf5\0\0", 4);
}

static void pipe_of_nothing(void)
{
	put_own(pipe_id, "", 0);
}

static void condition_own_is_a_number(void)
{
	put_own(condition_id, "\1", 1);
}

static void bounded_semaphore_above_its_bound(void)
{
	put_own(semaphore_id, "\x83\3\3\1", 4);
}

/* Of nothing but signals: [0, 0, 1]. */
static void signals_that_somebody_holds(void)
{
	put_own(semaphore_id, "\x83\0\0\1", 4);
}

static void holder_is_nobody(void)
{
	struct key key = ticket(semaphore_id, PART_HELD, 1);

	put(&key, "\x82\1\1", 3);
}

static void lock_ticket_never_given_out(void)
{
	put_waiter(lock_id, (uint8_t[8]){[7] = 9}, "\x82" THREAD "\1", 24);
}

static void broken_barrier_to_which_one_has_come(void)
{
	put_own(barrier_id, "\x85\2\0\1\1\xf5", 6);
}

static void notified_and_in_the_line(void)
{
	put_waiter(condition_id, (uint8_t[8]){[0] = 0x80}, "\x83" THREAD "\1\1", 25);
	put_waiter(condition_id, (uint8_t[8]){0}, "\x83" THREAD "\1\1", 25);
}

static void notified_and_in_the_line_of_another_lock(void)
{
	put_own(condition_id, (char[]){'\xda', 0, 'p', 'k', 's', (char)lock_id}, 6);
	put_waiter(condition_id, (uint8_t[8]){[0] = 0x80}, "\x83" THREAD "\1\1", 25);
	put_waiter(lock_id, (uint8_t[8]){0}, "\x83" THREAD "\1\1", 25);
}

static void waiting_messages_not_counted(void)
{
	struct state state = header_of(pipe_id);

	state.count = 1;
	put_header(pipe_id, &state);
}

static void end_of_no_number(void)
{
	struct key key = item_key(pipe_id, PART_HELD, (uint8_t[8]){[0] = 2, [7] = 1}, 8);

	put(&key, "\x82" PROCESS "\1", 22);
}

const struct damage damages_sync[] = {
	DAMAGE(lock_own_is_short, PKS_CHECK_STATE, "a/lock", false),
	DAMAGE(semaphore_of_nothing, PKS_CHECK_STATE, "a/semaphore", false),
	DAMAGE(barrier_own_is_short, PKS_CHECK_STATE, "a/barrier", false),
	DAMAGE(event_own_is_long, PKS_CHECK_STATE, "a/event", false),
	DAMAGE(pipe_of_nothing, PKS_CHECK_STATE, "a/pipe", false),
	DAMAGE(condition_own_is_a_number, PKS_CHECK_STATE, "a/condition", false),
	DAMAGE(bounded_semaphore_above_its_bound, PKS_CHECK_STATE, "a/semaphore", false),
	DAMAGE(signals_that_somebody_holds, PKS_CHECK_STATE, "a/semaphore", false),
	DAMAGE(holder_is_nobody, PKS_CHECK_VALUE, "a/semaphore", false),
	DAMAGE(lock_ticket_never_given_out, PKS_CHECK_STATE, "a/lock", false),
	DAMAGE(broken_barrier_to_which_one_has_come, PKS_CHECK_STATE, "a/barrier", false),
	DAMAGE(notified_and_in_the_line, PKS_CHECK_CONTENT, "a/condition", false),
	DAMAGE(notified_and_in_the_line_of_another_lock, PKS_CHECK_CONTENT, "a/condition", false),
	DAMAGE(waiting_messages_not_counted, PKS_CHECK_COUNT, "a/pipe", true),
	DAMAGE(end_of_no_number, PKS_CHECK_KEY, "a/pipe", false),
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
	DAMAGE(lock_of_a_process, PKS_CHECK_STATE, "a/lock", false),
	DAMAGE(lock_of_a_thread_without_an_id, PKS_CHECK_STATE, "a/lock", false),
	DAMAGE(lock_acquired_twice, PKS_CHECK_STATE, "a/lock", false),
	DAMAGE(free_lock_since_some_time, PKS_CHECK_STATE, "a/lock", false),
	DAMAGE(free_lock_inherited, PKS_CHECK_STATE, "a/lock", false),
	DAMAGE(notified_by_a_lock, PKS_CHECK_KEY, "a/lock", false),
	DAMAGE(notified_with_no_depth, PKS_CHECK_STATE, "a/condition", false),
	DAMAGE(condition_of_no_lock, PKS_CHECK_STATE, "a/condition", false),
	DAMAGE(ticket_that_its_lock_never_gave_out, PKS_CHECK_STATE, "a/condition", false),
	DAMAGE(waiter_for_a_lock_elsewhere, PKS_CHECK_KEY, "a/condition", false),
	DAMAGE(notified_by_what_is_no_condition, PKS_CHECK_STATE, "a/lock", false),
	DAMAGE(ticket_never_given_out, PKS_CHECK_STATE, "a/semaphore", false),
	DAMAGE(waiter_for_what_is_set, PKS_CHECK_STATE, "a/event", false),
	DAMAGE(holder_who_waits, PKS_CHECK_CONTENT, "a/semaphore", false),
	DAMAGE(waiter_with_something_more, PKS_CHECK_VALUE, "a/semaphore", false),
	DAMAGE(waiter_of_a_generation_to_come, PKS_CHECK_STATE, "a/barrier", false),
	DAMAGE(end_held_by_a_thread, PKS_CHECK_VALUE, "a/pipe", false),
	DAMAGE(end_held_that_was_never_opened, PKS_CHECK_STATE, "a/pipe", false),
	DAMAGE(end_held_under_no_ticket, PKS_CHECK_STATE, "a/pipe", false),
	DAMAGE(ends_that_there_are_not, PKS_CHECK_STATE, "a/pipe", false),
	{0},
};
