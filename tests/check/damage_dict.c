/* SPDX-License-Identifier: MIT */
/* Damages of a Dict, and of values. */
#include "damage.h"

#include <string.h>

static void wrong_count(void)
{
	struct state state = header_of(dict_id);

	state.count++;
	put_header(dict_id, &state);
}

static void wrong_bytes(void)
{
	struct state state = header_of(dict_id);

	state.bytes--;
	put_header(dict_id, &state);
}

static void uncounted_item(void)
{
	struct key key = item_key(dict_id, PART_ITEM, "log", 3);

	put(&key,
	    "\x44"
	    "1234",
	    5);
}

static void item_not_utf8(void)
{
	struct key key = item_key(dict_id, PART_ITEM, "\xff", 1);

	put(&key, "\1", 1);
}

static void item_of_a_long_key(void)
{
	char name[PKS_KEY_MAX + 1];
	struct key key;

	memset(name, 'x', sizeof(name));
	key = item_key(dict_id, PART_ITEM, name, sizeof(name));
	put(&key, "\1", 1);
}

static void broken_item(void)
{
	struct key key = item_key(dict_id, PART_ITEM, "one", 3);

	put(&key,
	    "\x62"
	    "1",
	    2);
}

static void indefinite_item(void)
{
	struct key key = item_key(dict_id, PART_ITEM, "one", 3);

	put(&key, "\x9f\xff", 2);
}

static void item_of_two_values(void)
{
	struct key key = item_key(dict_id, PART_ITEM, "one", 3);

	put(&key, "\1\1", 2);
}

static void item_with_a_key_twice(void)
{
	struct key key = item_key(dict_id, PART_ITEM, "one", 3);

	put(&key, "\xa2\1\1\1\1", 5);
}

static void text_not_utf8(void)
{
	struct key key = item_key(dict_id, PART_ITEM, "one", 3);

	put(&key, "\x61\xff", 2);
}

static void too_deep(void)
{
	struct key key = item_key(dict_id, PART_ITEM, "one", 3);
	char value[PKS_VALUE_DEPTH_MAX + 2];

	memset(value, '\x81', sizeof(value));
	value[sizeof(value) - 1] = 1;
	put(&key, value, sizeof(value));
}

static void part_of_another_type(void)
{
	struct key key = item_key(dict_id, PART_HELD, "x", 1);

	put(&key, "\1", 1);
}

const struct damage damages_dict[] = {
	DAMAGE(wrong_count, PKS_CHECK_COUNT, "a/dict", true),
	DAMAGE(wrong_bytes, PKS_CHECK_COUNT, "a/dict", true),
	DAMAGE(uncounted_item, PKS_CHECK_COUNT, "a/dict", true),
	DAMAGE(item_not_utf8, PKS_CHECK_KEY, "a/dict", false),
	DAMAGE(item_of_a_long_key, PKS_CHECK_KEY, "a/dict", false),
	DAMAGE(broken_item, PKS_CHECK_VALUE, "a/dict", false),
	DAMAGE(indefinite_item, PKS_CHECK_VALUE, "a/dict", false),
	DAMAGE(item_of_two_values, PKS_CHECK_VALUE, "a/dict", false),
	DAMAGE(item_with_a_key_twice, PKS_CHECK_VALUE, "a/dict", false),
	DAMAGE(text_not_utf8, PKS_CHECK_VALUE, "a/dict", false),
	DAMAGE(too_deep, PKS_CHECK_VALUE, "a/dict", false),
	DAMAGE(part_of_another_type, PKS_CHECK_KEY, "a/dict", false),
	{0},
};
