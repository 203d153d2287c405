/* SPDX-License-Identifier: MIT */
/* An Array's numbers, one by one. */
#include "arrays.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
		{PKS_UINT8, 0, UINT8_MAX},         {PKS_UINT16, 0, UINT16_MAX},       {PKS_UINT32, 0, UINT32_MAX},
		{PKS_UINT64, 0, UINT64_MAX},       {PKS_INT8, INT8_MIN, INT8_MAX},    {PKS_INT16, INT16_MIN, INT16_MAX},
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
	cr_expect_not_null(strstr(pks_error_message(), "there is no number 10, only 10 of them"), "%s",
	                   pks_error_message());
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
		{0.0, 0x0000},
		{-0.0, 0x8000},
		{1.0, 0x3c00},
		{-2.0, 0xc000},
		{65504.0, 0x7bff},
		{65519.0, 0x7bff},
		{(double)INFINITY, 0x7c00},
		{-(double)INFINITY, 0xfc00},
		{(double)NAN, 0x7e00},
		{0.1, 0x2e66},
		{0x1p-14, 0x0400},
		{0x1p-24, 0x0001},
		{0x1p-25, 0x0000},
		{0x1.8p-25, 0x0001},
		{0x1p-26, 0x0000},
		{0x1.8p-24, 0x0002},
		{0x1.ffcp-15, 0x0400},
		{DBL_MIN / 2, 0x0000},
		{1 + 0x1p-11, 0x3c00},
		{1 + 0x3p-11, 0x3c02},
		{1 + 0x1p-11 + 0x1p-40, 0x3c01},
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
