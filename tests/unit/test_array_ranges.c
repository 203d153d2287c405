/* SPDX-License-Identifier: MIT */
/* Many numbers of an Array at once: written, read, filled, looked at where they are. */
#include "arrays.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

Test(array_ranges, a_million_numbers_are_written_read_and_looked_at)
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

Test(array_ranges, a_change_writes_its_piece_only)
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

Test(array_ranges, ranges_cross_pieces_and_leave_their_neighbours_alone)
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

Test(array_ranges, fill_sets_a_range_and_zeros_give_their_pieces_back)
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

Test(array_ranges, a_range_of_nothing_is_no_change)
{
	struct pks_object *array = open_array("nothing", PKS_INT64, 100);
	uint64_t version = info_of(array).version;

	cr_expect_eq(pks_array_write(array, PKS_INT64, 50, 0, NULL), 0);
	cr_expect_eq(pks_array_fillf(array, 50, 0, "i", 7), 0);
	cr_expect_eq(pks_array_fillf(array, 50, 0, "i", 0), 0);
	cr_expect_eq(info_of(array).version, version);
	cr_expect_eq(info_of(array).bytes, 0u);
	pks_store_close(store);
}

Test(array_ranges, zeros_where_nothing_is_take_no_room)
{
	struct pks_object *array = open_array("zeros", PKS_INT64, 3 * PER_PIECE);

	cr_expect_eq(pks_array_fillf(array, 10, 20, "i", 0), 0);
	cr_expect_eq(pks_array_fillf(array, 10, 2 * PER_PIECE, "i", 0), 0);
	cr_expect_eq(info_of(array).bytes, 0u);
	cr_expect_eq(pks_array_fill(array, 0, 1, NULL), PKS_ERR_USAGE);
	pks_store_close(store);
}

Test(array_ranges, a_range_that_would_pass_the_limit_of_bytes_is_not_written_at_all)
{
	struct pks_object *array = open_array("limit", PKS_INT64, 4 * PER_PIECE);
	static const int64_t numbers[2] = {1, 2};

	cr_assert_eq(pks_object_set_limit(array, 0, PIECE_BYTES), 0, "%s", pks_error_message());
	cr_expect_eq(pks_array_write(array, PKS_INT64, PER_PIECE - 1, 2, numbers), PKS_FULL);
	cr_expect_eq(pks_array_fillf(array, PER_PIECE - 1, 2, "i", 1), PKS_FULL);
	cr_expect_eq(info_of(array).bytes, 0u);
	cr_expect_eq(pks_array_write(array, PKS_INT64, PER_PIECE, 2, numbers), 0, "%s", pks_error_message());
	cr_expect_eq(number_at(array, PER_PIECE + 1), 2);
	pks_store_close(store);
}

/* -0.0 is no zero: its bits say so. */
Test(array_ranges, a_negative_zero_is_kept)
{
	struct pks_object *array = open_array("negative_zero", PKS_DOUBLE, 10);
	double number = 1;

	cr_expect_eq(pks_array_fillf(array, 0, 10, "d", -0.0), 0);
	cr_expect_eq(pks_array_getf(array, 5, "d", &number), 0);
	cr_expect(number == 0 && signbit(number));
	pks_store_close(store);
}

Test(array_ranges, a_view_needs_a_snapshot_and_shows_zeros_where_nothing_is)
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

Test(array_ranges, a_range_is_a_value_too)
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

/* Nothing of it is stored, so it costs nothing to have it. */
Test(array_ranges, more_than_a_value_may_have_is_no_value)
{
	uint64_t length = PKS_VALUE_SIZE_MAX / sizeof(double);
	struct pks_object *array = open_array("large_value", PKS_DOUBLE, length);
	struct pks_value value = {0};

	cr_expect_eq(pks_array_value(array, 0, length, &value), PKS_ERR_LIMIT);
	cr_expect_not_null(strstr(pks_error_message(), "test/array: a value of"), "%s", pks_error_message());
	cr_expect_null(value.data);
	pks_store_close(store);
}

Test(array_ranges, a_transaction_changes_it_whole_or_not_at_all)
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
