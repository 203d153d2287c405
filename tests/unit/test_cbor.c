/* SPDX-License-Identifier: MIT */
#include "hex.h"

#include "base/cbor.h"

#include <pkstore/value.h>

#include <criterion/criterion.h>
#include <math.h>

static struct item read_item(const char *digits)
{
	struct bytes bytes = hex(digits);
	struct item item = {.number = 99};

	cr_assert_eq(item_read(bytes.data, bytes.end, &item), 0, "%s", digits);
	free(bytes.data);
	return item;
}

static void expect_refused(const char *digits)
{
	struct bytes bytes = hex(digits);
	struct item item = {.number = 4711};

	cr_expect_eq(item_read(bytes.data, bytes.end, &item), PKS_ERR_CORRUPT, "%s", digits);
	cr_expect_eq(item.number, 4711, "%s: the output was touched", digits);
	cr_expect_null(item_end(bytes.data, bytes.end), "%s", digits);
	free(bytes.data);
}

static void expect_end(const char *digits, ptrdiff_t size)
{
	struct bytes bytes = hex(digits);
	const uint8_t *end = item_end(bytes.data, bytes.end);

	cr_expect_eq(end ? end - bytes.data : -1, size, "%s", digits);
	free(bytes.data);
}

/* ---- reading ---- */

Test(cbor, integers_are_read_in_every_length)
{
	static const struct {
		const char *digits;
		enum item_type type;
		uint64_t number;
	} cases[] = {
		{"00", ITEM_UINT, 0},
		{"17", ITEM_UINT, 23},
		{"1818", ITEM_UINT, 24},
		{"18ff", ITEM_UINT, 255},
		{"190100", ITEM_UINT, 256},
		{"1a00010000", ITEM_UINT, 65536},
		{"1b0000000100000000", ITEM_UINT, UINT64_C(1) << 32},
		{"1bffffffffffffffff", ITEM_UINT, UINT64_MAX},
		{"1b0000000000000007", ITEM_UINT, 7}, /* longer than it needs to be */
		{"20", ITEM_NEGINT, 0},
		{"3863", ITEM_NEGINT, 99},
		{"3bffffffffffffffff", ITEM_NEGINT, UINT64_MAX},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct item item = read_item(cases[i].digits);

		cr_expect_eq(item.type, cases[i].type, "%s", cases[i].digits);
		cr_expect_eq(item.number, cases[i].number, "%s", cases[i].digits);
		expect_end(cases[i].digits, (ptrdiff_t)strlen(cases[i].digits) / 2);
	}
}

Test(cbor, floats_of_every_width_are_doubles)
{
	cr_expect_eq(read_item("f93e00").real, 1.5);
	cr_expect_eq(read_item("f90001").real, 0x1p-24);
	cr_expect_eq(read_item("f97bff").real, 65504.0);
	cr_expect_eq(read_item("fa3fc00000").real, 1.5);
	cr_expect_eq(read_item("fb3ff8000000000000").real, 1.5);
	cr_expect(signbit(read_item("f98000").real));
	cr_expect(isinf(read_item("f97c00").real));
	cr_expect(isnan(read_item("f97e00").real));
	cr_expect_eq(read_item("f93e00").type, ITEM_FLOAT);
}

Test(cbor, simple_values_are_read)
{
	cr_expect_eq(read_item("f4").type, ITEM_BOOL);
	cr_expect_eq(read_item("f4").number, 0);
	cr_expect_eq(read_item("f5").number, 1);
	cr_expect_eq(read_item("f6").type, ITEM_NULL);
	cr_expect_eq(read_item("f7").type, ITEM_OTHER);
	cr_expect_eq(read_item("e0").type, ITEM_OTHER);
	cr_expect_eq(read_item("f3").number, 19);
	cr_expect_eq(read_item("f8ff").number, 255);
	expect_refused("f8");
	expect_refused("f81f"); /* such ones are written in one byte */
	expect_refused("fc");
}

Test(cbor, every_tag_is_read)
{
	char digits[16];

	/* Of one byte, those without a name too. */
	for (unsigned tag = 0; tag < 24; tag++) {
		snprintf(digits, sizeof(digits), "%02x00", 0xc0 + tag);
		cr_expect_eq(read_item(digits).type, ITEM_TAG, "%u", tag);
		cr_expect_eq(read_item(digits).number, tag, "%u", tag);
		expect_end(digits, 2);
	}
	cr_expect_eq(read_item("da00706b7305").number, 0x706b73);
	cr_expect_eq(read_item("dbffffffffffffffff05").number, UINT64_MAX);
}

Test(cbor, text_and_bytes_point_into_what_was_read)
{
	struct bytes bytes = hex("6568656c6c6f00");
	struct item item;

	cr_assert_eq(item_read(bytes.data, bytes.end, &item), 0);
	cr_expect_eq(item.type, ITEM_TEXT);
	cr_expect_eq(item.number, 5);
	cr_expect_eq(item.data, bytes.data + 1);
	cr_expect_eq(item.next, bytes.data + 6);
	free(bytes.data);
}

Test(cbor, of_arrays_and_maps_only_the_head_is_read)
{
	struct bytes bytes = hex("820102");
	struct item item;

	cr_assert_eq(item_read(bytes.data, bytes.end, &item), 0);
	cr_expect_eq(item.type, ITEM_ARRAY);
	cr_expect_eq(item.number, 2);
	cr_expect_eq(item.next, bytes.data + 1);
	free(bytes.data);
	cr_expect_eq(read_item("a10102").type, ITEM_MAP);
	cr_expect_eq(read_item("a10102").number, 1);
}

Test(cbor, an_item_that_is_cut_off_is_refused_wherever_it_is_cut)
{
	static const char whole[] = "1b0000000100000000" "3901ff" "6568656c6c6f" "4301ffff" "fb3ff8000000000000"
	                            "fa3fc00000" "f93e00" "da00706b7305" "1801";
	static const size_t sizes[] = {9, 3, 6, 4, 9, 5, 3, 6, 2};
	size_t start = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); start += 2 * sizes[i], i++) {
		for (size_t size = 0; size < sizes[i]; size++) {
			char digits[32] = {0};
			struct bytes bytes;

			memcpy(digits, whole + start, 2 * size);
			bytes = hex(digits);
			cr_expect_null(item_end(bytes.data, bytes.end), "%s", digits);
			free(bytes.data);
		}
	}
}

Test(cbor, reserved_and_indefinite_heads_are_refused)
{
	static const char *const cases[] = {"1c", "1d", "1e", "1f", "3c", "5c", "5f", "7f", "9c", "9f",
	                                    "bf", "dc", "df", "ff", "5f4101ff", "7f6161ff", "9f01ff", "bf0102ff"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refused(cases[i]);
}

Test(cbor, huge_lengths_are_refused_before_anything_is_done_with_them)
{
	expect_refused("5bffffffffffffffff00");
	expect_refused("7bffffffffffffffff00");
	expect_refused("7b7fffffffffffffff00");
	expect_refused("9bffffffffffffffff00");
	expect_refused("9a0000000200");
	expect_refused("bbffffffffffffffff0000");
	expect_refused("bb80000000000000000000"); /* twice the pairs would be 0 */
	expect_refused("a2000000");
}

/* ---- whole items ---- */

Test(cbor, the_end_of_nested_items_is_found)
{
	expect_end("80", 1);
	expect_end("a0", 1);
	expect_end("8301820203a0", 6);
	expect_end("a201820203a1040506ff", 9);
	expect_end("d84043010203", 6);
	expect_end("c7c7f6", 3);
	expect_end("8301820203", -1);
	expect_end("c7", -1);
}

static void expect_depth(const char *opening, unsigned levels, bool accepted)
{
	char digits[2 * 4 * PKS_VALUE_DEPTH_MAX] = "";
	struct bytes bytes;
	const uint8_t *end;

	for (unsigned i = 0; i < levels; i++)
		strcat(digits, opening);
	strcat(digits, "00");
	bytes = hex(digits);
	end = item_end(bytes.data, bytes.end);
	cr_expect_eq(end, accepted ? bytes.end : NULL, "%u levels of %s", levels, opening);
	free(bytes.data);
}

Test(cbor, items_may_be_nested_up_to_the_limit)
{
	expect_depth("81", PKS_VALUE_DEPTH_MAX, true);
	expect_depth("81", PKS_VALUE_DEPTH_MAX + 1, false);
	expect_depth("a100", PKS_VALUE_DEPTH_MAX, true);
	expect_depth("a100", PKS_VALUE_DEPTH_MAX + 1, false);
	expect_depth("c7", PKS_VALUE_DEPTH_MAX, true);
	expect_depth("c7", PKS_VALUE_DEPTH_MAX + 1, false);
}

Test(cbor, too_many_levels_and_broken_items_are_told_apart)
{
	struct bytes bytes = hex("818100");
	const uint8_t *end = NULL;

	cr_expect_eq(item_skip(bytes.data, bytes.end, 2, &end), 0);
	cr_expect_eq(end, bytes.end);
	end = NULL;
	cr_expect_eq(item_skip(bytes.data, bytes.end, 1, &end), PKS_ERR_LIMIT);
	cr_expect_eq(item_skip(bytes.data, bytes.end - 1, 2, &end), PKS_ERR_CORRUPT);
	cr_expect_null(end);
	free(bytes.data);
}

/* ---- writing ---- */

static void expect_written(struct buffer *buffer, const char *digits)
{
	struct bytes bytes = hex(digits);
	size_t size = (size_t)(bytes.end - bytes.data);

	cr_expect(buffer->size == size && memcmp(buffer->data, bytes.data, size) == 0, "not %s", digits);
	buffer_clear(buffer);
	free(bytes.data);
}

Test(cbor, integers_are_written_in_the_shortest_form)
{
	struct buffer buffer = {0};

	item_put_int(&buffer, 23);
	item_put_int(&buffer, -24);
	expect_written(&buffer, "1737");
	item_put_int(&buffer, 24);
	item_put_int(&buffer, -25);
	expect_written(&buffer, "18183818");
	item_put_int(&buffer, 65535);
	item_put_int(&buffer, 65536);
	expect_written(&buffer, "19ffff1a00010000");
	item_put_uint(&buffer, UINT8_MAX);
	item_put_uint(&buffer, UINT8_MAX + 1);
	item_put_uint(&buffer, UINT32_MAX);
	item_put_uint(&buffer, UINT64_C(1) << 32);
	expect_written(&buffer, "18ff1901001affffffff1b0000000100000000");
	item_put_int(&buffer, INT64_MIN);
	expect_written(&buffer, "3b7fffffffffffffff");
	item_put_uint(&buffer, UINT64_MAX);
	expect_written(&buffer, "1bffffffffffffffff");
	buffer_release(&buffer);
}

Test(cbor, everything_else_is_written_as_the_standard_has_it)
{
	struct buffer buffer = {0};

	item_put_bytes(&buffer, "\x01\x02", 2);
	item_put_text(&buffer, "a", 1);
	item_put_array(&buffer, 3);
	item_put_map(&buffer, 24);
	item_put_tag(&buffer, 0x706b73);
	item_put_tag(&buffer, 7);
	expect_written(&buffer, "4201026161" "83b818" "da00706b73c7");
	item_put_bool(&buffer, true);
	item_put_bool(&buffer, false);
	item_put_null(&buffer);
	item_put_double(&buffer, 1.5);
	expect_written(&buffer, "f5f4f6fb3ff8000000000000");
	buffer_release(&buffer);
}

Test(cbor, there_is_one_nan)
{
	uint64_t bits = UINT64_C(0xfff8000000000123);
	struct buffer buffer = {0};
	double odd;

	memcpy(&odd, &bits, sizeof(odd));
	item_put_double(&buffer, odd);
	expect_written(&buffer, "fb7ff8000000000000");
	buffer_release(&buffer);
}

Test(cbor, what_is_written_is_read_again)
{
	struct buffer buffer = {0};

	for (unsigned shift = 0; shift < 64; shift++) {
		uint64_t number = UINT64_MAX >> shift;
		struct item item;

		buffer_clear(&buffer);
		item_put_uint(&buffer, number);
		cr_assert_eq(item_read(buffer.data, buffer.data + buffer.size, &item), 0);
		cr_expect(item.type == ITEM_UINT && item.number == number && item.next == buffer.data + buffer.size);
	}
	buffer_release(&buffer);
}
