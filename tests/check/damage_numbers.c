/* SPDX-License-Identifier: MIT */
/* Damages of a Value, and of an Array of 1,500 numbers of 4 bytes, 1,020 in a piece: only its second piece is there. */
#include "damage.h"

#include <string.h>

static struct key piece(uint8_t number)
{
	return item_key(array_id, PART_ITEM, (uint8_t[8]){[7] = number}, 8);
}

static void value_with_a_name(void)
{
	struct key key = item_key(cell_id, PART_ITEM, "x", 1);

	put(&key, "\1", 1);
}

static void broken_value(void)
{
	struct key key = item_key(cell_id, PART_ITEM, "", 0);

	put(&key, "\x18", 1);
}

static void value_not_counted(void)
{
	struct state state = header_of(cell_id);

	state.count = 0;
	put_header(cell_id, &state);
}

static void short_piece(void)
{
	struct key key = piece(1);

	put(&key, "\1\2\3\4", 4);
}

static void piece_behind_the_end(void)
{
	struct key key = piece(2);

	put(&key, "\1\2\3\4", 4);
}

static void something_behind_the_last_number(void)
{
	static uint8_t numbers[4080] = {[4079] = 1};
	struct key key = piece(1);

	put(&key, numbers, sizeof(numbers));
}

static void piece_of_no_number(void)
{
	struct key key = item_key(array_id, PART_ITEM, "abc", 3);

	put(&key, "\1", 1);
}

static void array_of_nothing(void)
{
	struct state state = header_of(array_id);

	state.own_size = 0;
	put_header(array_id, &state);
}

/* [78, 1500, 1020] is what it should be. */
static void put_array(const char *own, size_t size)
{
	struct state state = header_of(array_id);

	memcpy(state.own, own, size);
	state.own_size = size;
	put_header(array_id, &state);
}

static void array_of_other_pieces(void)
{
	put_array("\x83\x18\x4e\x19\x05\xdc\x19\x03\xfd", 9);
}

static void array_too_large(void)
{
	put_array("\x83\x18\x4e\x1b\0\0\1\0\0\0\0\0\x19\x03\xfc", 15);
}

static void array_of_big_endian_numbers(void)
{
	put_array("\x83\x18\x4a\x19\x05\xdc\x19\x03\xfc", 9);
}

static void array_of_no_length(void)
{
	put_array("\x83\x18\x4e\0\x19\x03\xfc", 7);
}

static void array_of_no_pieces(void)
{
	put_array("\x83\x18\x4e\x19\x05\xdc\0", 7);
}

/* The tag 87, and 78 without the numbers per piece. */
static void array_of_quads(void)
{
	put_array("\x83\x18\x57\x19\x05\xdc\x18\xff", 8);
}

static void array_own_is_short(void)
{
	put_array("\x82\x18\x4e\x19\x05\xdc", 6);
}

static void value_lost(void)
{
	struct key key = item_key(cell_id, PART_ITEM, "", 0);

	del(&key);
}

static void array_miscounted(void)
{
	struct state state = header_of(array_id);

	state.count = 3;
	put_header(array_id, &state);
}

const struct damage damages_numbers[] = {
	DAMAGE(value_with_a_name, PKS_CHECK_KEY, "a/value", false),
	DAMAGE(broken_value, PKS_CHECK_VALUE, "a/value", false),
	DAMAGE(value_not_counted, PKS_CHECK_COUNT, "a/value", true),
	DAMAGE(short_piece, PKS_CHECK_VALUE, "a/array", false),
	DAMAGE(piece_behind_the_end, PKS_CHECK_KEY, "a/array", false),
	DAMAGE(something_behind_the_last_number, PKS_CHECK_CONTENT, "a/array", false),
	DAMAGE(piece_of_no_number, PKS_CHECK_KEY, "a/array", false),
	DAMAGE(array_of_nothing, PKS_CHECK_STATE, "a/array", false),
	DAMAGE(array_of_other_pieces, PKS_CHECK_STATE, "a/array", false),
	DAMAGE(array_too_large, PKS_CHECK_STATE, "a/array", false),
	DAMAGE(array_of_big_endian_numbers, PKS_CHECK_STATE, "a/array", false),
	DAMAGE(array_of_no_length, PKS_CHECK_STATE, "a/array", false),
	DAMAGE(array_of_no_pieces, PKS_CHECK_STATE, "a/array", false),
	DAMAGE(array_of_quads, PKS_CHECK_STATE, "a/array", false),
	DAMAGE(array_own_is_short, PKS_CHECK_STATE, "a/array", false),
	DAMAGE(value_lost, PKS_CHECK_COUNT, "a/value", true),
	DAMAGE(array_miscounted, PKS_CHECK_COUNT, "a/array", true),
	{0},
};
