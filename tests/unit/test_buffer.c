/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include <criterion/criterion.h>
#include <string.h>

Test(buffer, an_empty_one_needs_no_memory)
{
	struct buffer buffer = {0};

	buffer_release(&buffer);
	cr_expect_null(buffer.data);
	cr_expect_eq(buffer.size, 0);
}

Test(buffer, what_is_appended_stands_one_behind_the_other)
{
	struct buffer buffer = {0};

	buffer_append(&buffer, "one", 3);
	buffer_append(&buffer, "", 0);
	buffer_append(&buffer, "two", 3);
	cr_assert_eq(buffer.size, 6);
	cr_expect_eq(memcmp(buffer.data, "onetwo", 6), 0);
	buffer_release(&buffer);
}

Test(buffer, it_keeps_what_it_holds_while_it_grows)
{
	struct buffer buffer = {0};

	for (uint32_t i = 0; i < 10000; i++)
		buffer_append(&buffer, &i, sizeof(i));
	cr_assert_eq(buffer.size, 10000 * sizeof(uint32_t));
	for (uint32_t i = 0; i < 10000; i++)
		cr_assert_eq(memcmp(buffer.data + i * sizeof(i), &i, sizeof(i)), 0);
	buffer_release(&buffer);
}

Test(buffer, room_is_counted_in_and_may_be_given_back)
{
	struct buffer buffer = {0};
	uint8_t *room = buffer_add(&buffer, 10);

	cr_assert_not_null(room);
	cr_expect_eq(buffer.size, 10);
	buffer.size = 4;
	cr_expect_eq(buffer_add(&buffer, 1), room + 4);
	buffer_release(&buffer);
}

Test(buffer, no_bytes_of_room_are_not_a_failure)
{
	struct buffer buffer = {0};

	cr_expect_not_null(buffer_add(&buffer, 0));
	cr_expect(!buffer.failed);
	buffer_release(&buffer);
}

Test(buffer, a_failure_sticks_until_it_is_cleared)
{
	struct buffer buffer = {0};

	buffer_append(&buffer, "kept", 4);
	cr_expect_null(buffer_add(&buffer, SIZE_MAX));
	cr_expect(buffer.failed);
	buffer_append(&buffer, "dropped", 7);
	cr_expect_eq(buffer.size, 4);
	cr_expect_eq(memcmp(buffer.data, "kept", 4), 0);

	buffer_clear(&buffer);
	buffer_append(&buffer, "again", 5);
	cr_expect(!buffer.failed);
	cr_expect_eq(buffer.size, 5);
	buffer_release(&buffer);
}

Test(buffer, clearing_keeps_the_memory)
{
	struct buffer buffer = {0};
	uint8_t *data;

	buffer_append(&buffer, "something", 9);
	data = buffer.data;
	buffer_clear(&buffer);
	buffer_append(&buffer, "else", 4);
	cr_expect_eq(buffer.data, data);
	buffer_release(&buffer);
}
