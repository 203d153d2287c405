/* SPDX-License-Identifier: MIT */
/* Damages of Values and Arrays, each of one that it makes. */
#include "damage.h"

#include <pkstore/array.h>
#include <pkstore/cell.h>

#include <criterion/criterion.h>

static uint64_t make_cell(void)
{
	struct pks_object *cell = pks_cell_open(store, "a/value", PKS_MUST_CREATE);
	uint64_t id = pks_object_id(cell);

	cr_assert_eq(pks_cell_setf(cell, "i", 5), 0, "%s", pks_error_message());
	pks_object_close(cell);
	return id;
}

/* Three pieces, the second of which is not there. */
static uint64_t make_array(void)
{
	struct pks_object *array = pks_array_open(store, "a/array", PKS_INT32, 3000, PKS_MUST_CREATE);
	uint64_t id = pks_object_id(array);

	cr_assert_eq(pks_array_setf(array, 0, "i", 5), 0, "%s", pks_error_message());
	cr_assert_eq(pks_array_setf(array, -1, "i", 6), 0, "%s", pks_error_message());
	pks_object_close(array);
	return id;
}

static void put_item(uint64_t id, const char *name, size_t size, const char *value, size_t value_size)
{
	struct key key = item_key(id, PART_ITEM, name, size);

	put(&key, value, value_size);
}

static void value_is_counted_twice(void)
{
	uint64_t id = make_cell();
	struct state state = header_of(id);

	state.count = 2;
	put_header(id, &state);
}

static void broken_value(void)
{
	put_item(make_cell(), "", 0, "\x18", 1);
}

static void second_value(void)
{
	put_item(make_cell(), "x", 1, "\1", 1);
}

static void array_is_longer_than_it_says(void)
{
	uint64_t id = make_array();
	struct state state = header_of(id);

	state.count++;
	put_header(id, &state);
}

static void array_of_nothing(void)
{
	uint64_t id = make_array();
	struct state state = header_of(id);

	state.own_size = 0;
	put_header(id, &state);
}

static void short_piece(void)
{
	put_item(make_array(), "\0\0\0\0\0\0\0\0", 8, "1234", 4);
}

static void piece_behind_the_end(void)
{
	static const char zeros[4080];

	put_item(make_array(), "\0\0\0\0\0\0\0\3", 8, zeros, sizeof(zeros));
}

static void piece_of_no_number(void)
{
	put_item(make_array(), "abc", 3, "\1", 1);
}

static void piece_is_not_counted(void)
{
	uint64_t id = make_array();
	struct state state = header_of(id);

	state.bytes -= 4088;
	put_header(id, &state);
}

const struct damage damages_numbers[] = {
	DAMAGE(value_is_counted_twice, PKS_CHECK_COUNT, "a/value", true),
	DAMAGE(broken_value, PKS_CHECK_VALUE, "a/value", false),
	DAMAGE(second_value, PKS_CHECK_KEY, "a/value", false),
	DAMAGE(array_is_longer_than_it_says, PKS_CHECK_COUNT, "a/array", true),
	DAMAGE(array_of_nothing, PKS_CHECK_STATE, "a/array", false),
	DAMAGE(short_piece, PKS_CHECK_VALUE, "a/array", false),
	DAMAGE(piece_behind_the_end, PKS_CHECK_KEY, "a/array", false),
	DAMAGE(piece_of_no_number, PKS_CHECK_KEY, "a/array", false),
	DAMAGE(piece_is_not_counted, PKS_CHECK_COUNT, "a/array", true),
	{0},
};
