/* SPDX-License-Identifier: MIT */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The numbers of a piece, when they have 8 bytes each; and what it takes with its key. */
#define PER_PIECE 510
#define PIECE_BYTES (4080 + 8)

static struct pks_store *store;

static struct pks_object *open_array(const char *test, enum pks_number number, uint64_t length)
{
	struct pks_object *array;

	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	array = pks_array_open(store, "test/array", number, length, PKS_MUST_CREATE);
	cr_assert_not_null(array, "%s", pks_error_message());
	return array;
}

static struct pks_object_info info_of(struct pks_object *object)
{
	struct pks_object_info info = {0};

	cr_assert_eq(pks_object_info(object, &info), 0);
	return info;
}

static int64_t number_at(struct pks_object *array, int64_t index)
{
	int64_t number = INT64_MIN;

	cr_expect_eq(pks_array_getf(array, index, "I", &number), 0, "%s", pks_error_message());
	return number;
}

Test(array, its_type_and_length_are_for_ever)
{
	struct pks_object *array = open_array("type", PKS_INT32, 1000), *again;
	enum pks_number number = 0;
	uint64_t length = 0;

	cr_expect_eq(pks_array_type(array, &number, &length), 0);
	cr_expect(number == PKS_INT32 && length == 1000);
	cr_expect_eq(pks_array_type(array, NULL, NULL), 0);
	cr_expect_eq(info_of(array).count, 1000u);
	cr_expect_eq(info_of(array).bytes, 0u);
	again = pks_array_open(store, "test/array", PKS_INT32, 1000, PKS_OPEN_OR_CREATE);
	cr_expect_not_null(again);
	cr_expect_not_null(pks_array_open(store, "test/array", 0, 0, PKS_MUST_EXIST));
	cr_expect_null(pks_array_open(store, "test/array", PKS_UINT32, 0, PKS_MUST_EXIST));
	cr_expect_eq(pks_error_code(), PKS_ERR_TYPE);
	cr_expect_not_null(strstr(pks_error_message(), "an Array of int32, not of uint32"), "%s", pks_error_message());
	cr_expect_null(pks_array_open(store, "test/array", PKS_INT32, 999, PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_RANGE);
	cr_expect_null(pks_array_open(store, "test/array", PKS_INT32, 1000, PKS_MUST_CREATE));
	cr_expect_eq(pks_error_code(), PKS_EXISTS);
	cr_expect_null(pks_dict_open(store, "test/array", PKS_OPEN_OR_CREATE));
	pks_store_close(store);
}

Test(array, one_that_cannot_be_is_not_made)
{
	struct pks_object *array = open_array("cannot_be", PKS_UINT8, 1);

	cr_expect_eq(number_at(array, 0), 0);
	cr_expect_null(pks_array_open(store, "a", 0, 5, PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_USAGE);
	cr_expect_null(pks_array_open(store, "a", PKS_INT8, 0, PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_USAGE);
	cr_expect_null(pks_array_open(store, "a", (enum pks_number)99, 5, PKS_OPEN_OR_CREATE));
	cr_expect_null(pks_array_open(store, "a", PKS_DOUBLE, PKS_ARRAY_SIZE_MAX / 8 + 1, PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_LIMIT);
	cr_expect_eq(pks_object_exists(store, "a"), PKS_NOT_FOUND, "nothing is left of them");
	cr_expect_not_null(pks_array_open(store, "a", PKS_DOUBLE, PKS_ARRAY_SIZE_MAX / 8, PKS_OPEN_OR_CREATE));
	pks_store_close(store);
}

Test(array, numbers_of_every_type_are_set_and_got_at_both_ends)
{
	static const struct {
		enum pks_number number;
		int64_t least;
		uint64_t most;
	} types[] = {
		{PKS_UINT8, 0, UINT8_MAX},        {PKS_UINT16, 0, UINT16_MAX},        {PKS_UINT32, 0, UINT32_MAX},
		{PKS_UINT64, 0, UINT64_MAX},      {PKS_INT8, INT8_MIN, INT8_MAX},     {PKS_INT16, INT16_MIN, INT16_MAX},
		{PKS_INT32, INT32_MIN, INT32_MAX}, {PKS_INT64, INT64_MIN, INT64_MAX},
	};

	open_array("types", PKS_UINT8, 1);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		const char *path = pks_number_name(types[i].number);
		struct pks_object *array = pks_array_open(store, path, types[i].number, 5000, PKS_MUST_CREATE);
		uint64_t most = 0;

		cr_expect_eq(pks_array_setf(array, 0, "I", types[i].least), 0, "%s", path);
		cr_expect_eq(pks_array_setf(array, -1, "U", types[i].most), 0, "%s", path);
		cr_expect_eq(number_at(array, 0), types[i].least, "%s", path);
		cr_expect_eq(pks_array_getf(array, 4999, "U", &most), 0, "%s", path);
		cr_expect_eq(most, types[i].most, "%s", path);
		cr_expect_eq(number_at(array, 1), 0, "%s", path);
		if (types[i].least > INT64_MIN)
			cr_expect_eq(pks_array_setf(array, 1, "I", types[i].least - 1), PKS_ERR_RANGE, "%s", path);
		if (types[i].most < UINT64_MAX)
			cr_expect_eq(pks_array_setf(array, 1, "U", types[i].most + 1), PKS_ERR_RANGE, "%s", path);
		cr_expect_eq(pks_array_setf(array, 1, "d", 1.0), PKS_ERR_TYPE, "%s", path);
		cr_expect_eq(pks_array_setf(array, 1, "s", "1"), PKS_ERR_TYPE, "%s", path);
		cr_expect_eq(number_at(array, 1), 0, "%s", path);
	}
	pks_store_close(store);
}

Test(array, floats_and_doubles_are_rounded)
{
	struct pks_object *floats = open_array("floats", PKS_FLOAT, 3);
	struct pks_object *doubles = pks_array_open(store, "doubles", PKS_DOUBLE, 3, PKS_MUST_CREATE);
	double real = 0;

	cr_expect_eq(pks_array_setf(floats, 0, "d", 0.1), 0);
	cr_expect_eq(pks_array_getf(floats, 0, "d", &real), 0);
	cr_expect(real == (double)0.1F);
	cr_expect_eq(pks_array_setf(floats, 0, "d", DBL_MAX), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_setf(floats, 0, "d", (double)INFINITY), 0);
	cr_expect_eq(pks_array_setf(doubles, 1, "d", DBL_MAX), 0);
	cr_expect_eq(pks_array_getf(doubles, 1, "d", &real), 0);
	cr_expect(real == DBL_MAX);
	cr_expect_eq(pks_array_setf(doubles, 1, "i", 7), 0);
	cr_expect_eq(pks_array_add_double(doubles, 1, 0.5, &real), 0);
	cr_expect(real == 7.5);
	cr_expect_eq(pks_array_add_double(floats, 1, 0.25, NULL), 0);
	cr_expect_eq(pks_array_getf(floats, 1, "d", &real), 0);
	cr_expect(real == 0.25);
	cr_expect_eq(pks_array_add(doubles, 1, 1, NULL), PKS_ERR_TYPE);
	pks_store_close(store);
}

Test(array, an_index_counts_from_either_end_and_stays_inside)
{
	struct pks_object *array = open_array("index", PKS_INT16, 10);
	struct pks_value value = {0};

	cr_expect_eq(pks_array_setf(array, -10, "i", 3), 0);
	cr_expect_eq(number_at(array, 0), 3);
	cr_expect_eq(pks_array_get(array, 10, &value), PKS_ERR_RANGE);
	cr_expect_not_null(strstr(pks_error_message(), "number 10 of only 10"), "%s", pks_error_message());
	cr_expect_eq(pks_array_get(array, -11, &value), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_get(array, INT64_MAX, &value), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_get(array, INT64_MIN, &value), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_setf(array, 10, "i", 1), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_add(array, 10, 1, NULL), PKS_ERR_RANGE);
	cr_expect_eq(info_of(array).version, 2u, "a call that failed changed nothing");
	pks_store_close(store);
}

Test(array, adding_stays_within_the_type)
{
	struct pks_object *array = open_array("adding", PKS_UINT8, 10);
	struct pks_object *large = pks_array_open(store, "large", PKS_UINT64, 1, PKS_MUST_CREATE);
	struct pks_object *low = pks_array_open(store, "low", PKS_INT64, 1, PKS_MUST_CREATE);
	int64_t sum = 99;
	uint64_t most = 0;

	cr_expect_eq(pks_array_add(array, 3, 200, &sum), 0);
	cr_expect_eq(sum, 200);
	cr_expect_eq(pks_array_add(array, 3, 56, &sum), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_add(array, 3, -201, &sum), PKS_ERR_RANGE);
	cr_expect_eq(sum, 200, "an output is untouched on failure");
	cr_expect_eq(pks_array_add(array, 3, -200, &sum), 0);
	cr_expect_eq(sum, 0);
	cr_expect_eq(pks_array_add_double(array, 3, 1, NULL), PKS_ERR_TYPE);

	cr_expect_eq(pks_array_add(large, 0, INT64_MAX, &sum), 0);
	cr_expect_eq(pks_array_add(large, 0, 1, &sum), PKS_ERR_RANGE, "the sum does not fit what it is to go to");
	cr_expect_eq(pks_array_add(large, 0, INT64_MAX, NULL), 0);
	cr_expect_eq(pks_array_getf(large, 0, "U", &most), 0);
	cr_expect_eq(most, UINT64_MAX - 1);
	cr_expect_eq(pks_array_add(large, 0, 2, NULL), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_add(low, 0, INT64_MIN, &sum), 0);
	cr_expect_eq(sum, INT64_MIN);
	cr_expect_eq(pks_array_add(low, 0, -1, &sum), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_add(low, 0, INT64_MAX, &sum), 0);
	cr_expect_eq(sum, -1);
	pks_store_close(store);
}

/* ---- clamped bytes and halves ---- */

Test(array, clamped_bytes_end_at_0_and_255)
{
	struct pks_object *array = open_array("clamped", PKS_UINT8_CLAMPED, 10);
	uint8_t bytes[3] = {0};
	int64_t sum = 99;

	cr_expect_eq(pks_array_setf(array, 0, "i", 300), 0, "%s", pks_error_message());
	cr_expect_eq(number_at(array, 0), 255);
	cr_expect_eq(pks_array_setf(array, 0, "i", -5), 0);
	cr_expect_eq(number_at(array, 0), 0);
	cr_expect_eq(pks_array_setf(array, 0, "i", 200), 0);
	cr_expect_eq(pks_array_add(array, 0, 100, &sum), 0);
	cr_expect_eq(sum, 255);
	cr_expect_eq(pks_array_add(array, 0, -100, &sum), 0);
	cr_expect_eq(sum, 155);
	cr_expect_eq(pks_array_add(array, 0, INT64_MIN, &sum), 0);
	cr_expect_eq(sum, 0);
	cr_expect_eq(pks_array_add(array, 0, INT64_MAX, &sum), 0);
	cr_expect_eq(sum, 255);
	cr_expect_eq(pks_array_setf(array, 0, "d", 1.0), PKS_ERR_TYPE);
	cr_expect_eq(pks_array_fillf(array, 1, 9, "i", 1000), 0);
	cr_expect_eq(pks_array_read(array, PKS_UINT8_CLAMPED, 0, 3, bytes), 0);
	cr_expect(bytes[0] == 255 && bytes[1] == 255 && bytes[2] == 255);
	cr_expect_eq(pks_array_read(array, PKS_UINT8, 0, 3, bytes), PKS_ERR_TYPE);
	pks_store_close(store);
}

Test(array, halves_are_rounded_to_the_nearest)
{
	static const struct {
		double number;
		uint16_t bits;
	} rows[] = {
		{0.0, 0x0000}, {-0.0, 0x8000}, {1.0, 0x3c00}, {-2.0, 0xc000}, {65504.0, 0x7bff}, {65519.0, 0x7bff},
		{(double)INFINITY, 0x7c00}, {-(double)INFINITY, 0xfc00}, {(double)NAN, 0x7e00}, {0.1, 0x2e66},
		{0x1p-14, 0x0400}, {0x1p-24, 0x0001}, {0x1p-25, 0x0000}, {0x1.8p-25, 0x0001}, {0x1p-26, 0x0000},
		{0x1.8p-24, 0x0002}, {0x1.ffcp-15, 0x0400}, {DBL_MIN / 2, 0x0000},
		{1 + 0x1p-11, 0x3c00}, {1 + 0x3p-11, 0x3c02}, {1 + 0x1p-11 + 0x1p-40, 0x3c01},
	};
	struct pks_object *array = open_array("halves", PKS_HALF, 2);
	uint16_t bits;
	double real;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cr_expect_eq(pks_array_setf(array, 1, "d", rows[i].number), 0, "%a", rows[i].number);
		cr_expect_eq(pks_array_read(array, PKS_HALF, 1, 1, &bits), 0);
		cr_expect_eq(bits, rows[i].bits, "%a: %04x", rows[i].number, bits);
	}
	cr_expect_eq(pks_array_setf(array, 1, "d", 65520.0), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_setf(array, 1, "i", 3), 0);
	cr_expect_eq(pks_array_add_double(array, 1, 0.25, &real), 0);
	cr_expect(real == 3.25);
	cr_expect_eq(pks_array_add_double(array, 1, 65504.0, &real), 0);
	cr_expect(real == 65504.0, "3.25 is less than half of a step");
	cr_expect_eq(pks_array_add_double(array, 1, 16.0, &real), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_add(array, 1, 1, NULL), PKS_ERR_TYPE);
	pks_store_close(store);
}

#define HALVES 65536

static bool half_is_nan(uint16_t bits)
{
	return (bits & 0x7fff) > 0x7c00;
}

Test(array, every_half_comes_back_as_a_double_and_through_json)
{
	struct pks_object *array = open_array("every_half", PKS_HALF, HALVES), *same;
	static uint16_t bits[HALVES], again[HALVES];
	struct pks_value value = {0}, parsed = {0};
	char *json;

	for (size_t i = 0; i < HALVES; i++)
		bits[i] = (uint16_t)i;
	same = pks_array_open(store, "same", PKS_HALF, HALVES, PKS_MUST_CREATE);
	cr_expect_eq(pks_array_write(array, PKS_HALF, 0, HALVES, bits), 0);
	pks_begin(store);
	for (int64_t i = 0; i < HALVES; i++) {
		cr_assert_eq(pks_array_get(array, i, &value), 0);
		cr_assert_eq(pks_array_set(same, i, &value), 0);
		pks_value_clear(&value);
	}
	pks_commit(store);
	cr_expect_eq(pks_array_read(same, PKS_HALF, 0, HALVES, again), 0);
	for (size_t i = 0; i < HALVES; i++)
		cr_assert(bits[i] == again[i] || (half_is_nan(bits[i]) && again[i] == 0x7e00), "%04zx", i);
	/* Without the odd NaNs JSON has each of them by its number. */
	cr_expect_eq(pks_array_value(same, 0, HALVES, &value), 0);
	cr_expect_eq(pks_value_to_json(&value, NULL, PKS_JSON_LINE, &json), 0);
	cr_expect_not_null(strstr(json, "\"half\""));
	cr_expect_eq(pks_value_from_json(json, strlen(json), NULL, &parsed), 0, "%s", pks_error_message());
	cr_expect_eq(pks_value_array_copy(&parsed, PKS_HALF, 0, HALVES, bits), 0);
	cr_expect_arr_eq(bits, again, sizeof(bits));
	free(json);
	pks_value_clear(&value);
	pks_value_clear(&parsed);
	pks_store_close(store);
}

/* ---- ranges ---- */

#define MANY 1000000

static double *many_numbers(void)
{
	double *numbers = malloc(MANY * sizeof(*numbers));

	cr_assert_not_null(numbers);
	for (int i = 0; i < MANY; i++)
		numbers[i] = i + 0.5;
	return numbers;
}

/* All of it, piece by piece, where it is. */
static void expect_seen(struct pks_object *array, const double *numbers, uint64_t length)
{
	uint64_t count = 0, views = 0;
	const void *seen = NULL;

	cr_assert_eq(pks_snapshot_begin(store), 0);
	for (uint64_t at = 0; at < length; at += count, views++) {
		cr_assert_eq(pks_array_view(array, PKS_DOUBLE, at, &seen, &count), 0, "%s", pks_error_message());
		cr_assert(count > 0 && count <= length - at);
		cr_assert_eq((uintptr_t)seen % 16, 0u, "a piece is aligned at %llu", (unsigned long long)at);
		cr_assert_eq(memcmp(seen, numbers + at, count * sizeof(*numbers)), 0);
	}
	cr_assert_eq(pks_snapshot_end(store), 0);
	cr_expect_eq(views, (length + PER_PIECE - 1) / PER_PIECE);
}

Test(array, a_million_numbers_are_written_read_and_looked_at)
{
	struct pks_object *array = open_array("million", PKS_DOUBLE, MANY);
	double *numbers = many_numbers(), *back = malloc(MANY * sizeof(*back));

	cr_assert_not_null(back);
	cr_expect_eq(pks_array_write(array, PKS_DOUBLE, 0, MANY, numbers), 0, "%s", pks_error_message());
	cr_expect_eq(pks_array_read(array, PKS_DOUBLE, 0, MANY, back), 0);
	cr_expect_eq(memcmp(numbers, back, MANY * sizeof(*back)), 0);
	expect_seen(array, numbers, MANY);
	cr_expect_eq(info_of(array).bytes, (uint64_t)((MANY + PER_PIECE - 1) / PER_PIECE) * PIECE_BYTES);
	free(numbers);
	free(back);
	pks_store_close(store);
}

Test(array, a_change_writes_its_piece_only)
{
	struct pks_object *array = open_array("one_piece", PKS_DOUBLE, MANY);
	struct pks_store_stat before = {0}, after = {0};
	double *numbers = many_numbers();

	cr_assert_eq(pks_array_write(array, PKS_DOUBLE, 0, MANY, numbers), 0);
	cr_assert_eq(pks_store_stat(store, &before), 0);
	for (int i = 0; i < 100; i++)
		cr_expect_eq(pks_array_add_double(array, i * 9999, 1, NULL), 0);
	cr_assert_eq(pks_store_stat(store, &after), 0);
	cr_expect_lt(after.file, before.file + 100 * 4096, "the file has grown from %llu to %llu bytes",
	             (unsigned long long)before.file, (unsigned long long)after.file);
	free(numbers);
	pks_store_close(store);
}

Test(array, ranges_cross_pieces_and_leave_their_neighbours_alone)
{
	struct pks_object *array = open_array("ranges", PKS_INT64, 4 * PER_PIECE - 7);
	int64_t numbers[1200], back[1200] = {0};

	for (int i = 0; i < 1200; i++)
		numbers[i] = i + 1;
	cr_expect_eq(pks_array_write(array, PKS_INT64, 500, 1200, numbers), 0);
	cr_expect_eq(pks_array_read(array, PKS_INT64, 500, 1200, back), 0);
	cr_expect_eq(memcmp(numbers, back, sizeof(back)), 0);
	cr_expect_eq(number_at(array, 499), 0);
	cr_expect_eq(number_at(array, 500), 1);
	cr_expect_eq(number_at(array, PER_PIECE), PER_PIECE - 499);
	cr_expect_eq(number_at(array, 1699), 1200);
	cr_expect_eq(number_at(array, 1700), 0);
	cr_expect_eq(pks_array_write(array, PKS_INT64, 600, 1, numbers), 0);
	cr_expect_eq(number_at(array, 599), 100);
	cr_expect_eq(number_at(array, 600), 1);
	cr_expect_eq(number_at(array, 601), 102);
	cr_expect_eq(pks_array_write(array, PKS_INT64, 4 * PER_PIECE - 7, 0, numbers), 0, "nothing, at the end");
	cr_expect_eq(pks_array_write(array, PKS_INT64, 4 * PER_PIECE - 8, 2, numbers), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_write(array, PKS_INT64, 1, UINT64_MAX, numbers), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_read(array, PKS_INT64, UINT64_MAX, 1, back), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_read(array, PKS_UINT64, 0, 1, back), PKS_ERR_TYPE);
	cr_expect_eq(pks_array_write(array, 0, 0, 1, numbers), PKS_ERR_USAGE);
	pks_store_close(store);
}

Test(array, fill_sets_a_range_and_zeros_give_their_pieces_back)
{
	uint64_t length = 5 * PER_PIECE + 10, pieces;
	struct pks_object *array = open_array("fill", PKS_UINT64, length);

	cr_expect_eq(pks_array_fillf(array, 0, length, "i", 7), 0);
	cr_expect_eq(number_at(array, 0), 7);
	cr_expect_eq(number_at(array, -1), 7);
	cr_expect_eq(info_of(array).bytes, UINT64_C(6) * PIECE_BYTES);

	/* From the middle of the first piece to the middle of the fourth: two pieces go. */
	cr_expect_eq(pks_array_fillf(array, 100, 3 * PER_PIECE, "i", 0), 0);
	pieces = info_of(array).bytes / PIECE_BYTES;
	cr_expect_eq(pieces, 4u);
	cr_expect_eq(number_at(array, 99), 7);
	cr_expect_eq(number_at(array, 100), 0);
	cr_expect_eq(number_at(array, 3 * PER_PIECE + 99), 0);
	cr_expect_eq(number_at(array, 3 * PER_PIECE + 100), 7);

	/* Inside one piece; up to the very end, where the last piece is shorter. */
	cr_expect_eq(pks_array_fillf(array, 4 * PER_PIECE + 1, 2, "i", 0), 0);
	cr_expect_eq(number_at(array, 4 * PER_PIECE), 7);
	cr_expect_eq(number_at(array, 4 * PER_PIECE + 2), 0);
	cr_expect_eq(number_at(array, 4 * PER_PIECE + 3), 7);
	cr_expect_eq(pks_array_fillf(array, 5 * PER_PIECE, 10, "i", 0), 0);
	cr_expect_eq(info_of(array).bytes / PIECE_BYTES, 3u);
	cr_expect_eq(pks_array_fillf(array, 0, length, "i", 0), 0);
	cr_expect_eq(info_of(array).bytes, 0u);
	cr_expect_eq(number_at(array, 4 * PER_PIECE), 0);

	cr_expect_eq(pks_array_fillf(array, 1, length, "i", 7), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_fillf(array, 0, length, "i", -1), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_fillf(array, 0, length, "d", 0.0), PKS_ERR_TYPE);
	pks_store_close(store);
}

/* -0.0 is no zero: its bits say so. */
Test(array, a_negative_zero_is_kept)
{
	struct pks_object *array = open_array("negative_zero", PKS_DOUBLE, 10);
	double number = 1;

	cr_expect_eq(pks_array_fillf(array, 0, 10, "d", -0.0), 0);
	cr_expect_eq(pks_array_getf(array, 5, "d", &number), 0);
	cr_expect(number == 0 && signbit(number));
	pks_store_close(store);
}

Test(array, a_view_needs_a_snapshot_and_shows_zeros_where_nothing_is)
{
	struct pks_object *array = open_array("view", PKS_INT32, 5000);
	const int32_t *seen = NULL;
	const void *numbers = NULL;
	uint64_t count = 0;

	cr_expect_eq(pks_array_setf(array, 2040 + 3, "i", -5), 0);
	cr_expect_eq(pks_array_view(array, PKS_INT32, 0, &numbers, &count), PKS_ERR_USAGE);
	cr_assert_eq(pks_snapshot_begin(store), 0);
	cr_expect_eq(pks_array_view(array, PKS_INT32, 1000, &numbers, &count), 0);
	seen = numbers;
	cr_expect(count > 0 && count <= 20 && seen[0] == 0 && seen[count - 1] == 0);
	cr_expect_eq(pks_array_view(array, PKS_INT32, 2042, &numbers, &count), 0);
	seen = numbers;
	cr_expect_eq((uintptr_t)seen % sizeof(*seen), 0u);
	cr_expect_eq(seen[1], -5);
	cr_expect_eq(count, 1018u);
	cr_expect_eq(pks_array_view(array, PKS_INT32, 5000, &numbers, &count), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_view(array, PKS_FLOAT, 0, &numbers, &count), PKS_ERR_TYPE);
	pks_snapshot_end(store);

	/* In a transaction it sees what that has written, which lies elsewhere than in the map. */
	cr_assert_eq(pks_begin(store), 0);
	cr_expect_eq(pks_array_setf(array, 2041, "i", 6), 0);
	cr_expect_eq(pks_array_view(array, PKS_INT32, 2041, &numbers, &count), 0);
	cr_expect_eq((uintptr_t)numbers % sizeof(*seen), 0u);
	cr_expect_eq(*(const int32_t *)numbers, 6);
	cr_expect_eq(pks_commit(store), 0);
	pks_store_close(store);
}

Test(array, a_range_is_a_value_too)
{
	struct pks_object *array = open_array("value", PKS_INT16, 5000);
	struct pks_value value = {0};
	int16_t numbers[3] = {0};
	char *json = NULL;

	pks_array_setf(array, 2039, "i", -3);
	pks_array_setf(array, 2040, "i", 4);
	cr_expect_eq(pks_array_value(array, 2039, 3, &value), 0);
	cr_expect_eq(pks_value_array_copy(&value, PKS_INT16, 0, 3, numbers), 0);
	cr_expect(numbers[0] == -3 && numbers[1] == 4 && numbers[2] == 0);
	cr_expect_eq(pks_value_to_json(&value, NULL, PKS_JSON_LINE, &json), 0);
	cr_expect_str_eq(json, "{\"$array\":\"int16\",\"values\":[-3,4,0]}");
	free(json);
	pks_value_clear(&value);
	cr_expect_eq(pks_array_value(array, 4999, 2, &value), PKS_ERR_RANGE);
	cr_expect_eq(pks_array_getf(array, 0, "v", &value), PKS_ERR_USAGE);
	pks_store_close(store);
}

Test(array, a_transaction_changes_it_whole_or_not_at_all)
{
	struct pks_object *array = open_array("transaction", PKS_INT64, 2000);

	cr_assert_eq(pks_begin(store), 0);
	for (int i = 0; i < 2000; i++)
		cr_assert_eq(pks_array_add(array, i, 1, NULL), 0);
	cr_expect_eq(number_at(array, 1999), 1);
	cr_assert_eq(pks_abort(store), 0);
	cr_expect_eq(number_at(array, 1999), 0);
	cr_expect_eq(info_of(array).bytes, 0u);
	cr_expect_eq(info_of(array).version, 1u);
	pks_store_close(store);
}
