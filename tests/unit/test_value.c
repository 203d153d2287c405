/* SPDX-License-Identifier: MIT */
#include "hex.h"

#include <pkstore/builder.h>
#include <pkstore/value.h>

#include <math.h>

static void expect_kind(const char *digits, int kind)
{
	struct pks_value value = hex_value(digits);

	cr_expect_eq(pks_value_kind(&value), kind, "%s is %s, not %s", digits, pks_kind_name(pks_value_kind(&value)),
	             pks_kind_name(kind));
	pks_value_clear(&value);
}

/* ---- kinds ---- */

Test(value, each_encoding_has_its_kind)
{
	expect_kind("f6", PKS_KIND_NULL);
	expect_kind("f5", PKS_KIND_BOOL);
	expect_kind("1b7fffffffffffffff", PKS_KIND_INT);
	expect_kind("3b7fffffffffffffff", PKS_KIND_INT);
	expect_kind("1b8000000000000000", PKS_KIND_UINT);
	expect_kind("f93e00", PKS_KIND_DOUBLE);
	expect_kind("fa3fc00000", PKS_KIND_DOUBLE);
	expect_kind("60", PKS_KIND_TEXT);
	expect_kind("40", PKS_KIND_BYTES);
	expect_kind("80", PKS_KIND_LIST);
	expect_kind("a0", PKS_KIND_MAP);
	expect_kind("c100", PKS_KIND_TIME);
	expect_kind("c1f93e00", PKS_KIND_TIME);
	expect_kind("d903e9a20100281a075bcd15", PKS_KIND_TIME);
	expect_kind("da00706b7305", PKS_KIND_REF);
	expect_kind("d84e4401000000", PKS_KIND_ARRAY);
}

Test(value, what_is_none_of_the_kinds_is_other)
{
	expect_kind("f7", PKS_KIND_OTHER);
	expect_kind("f0", PKS_KIND_OTHER);
	expect_kind("3b8000000000000000", PKS_KIND_OTHER); /* below int64_t */
	expect_kind("c074323031332d30332d32315432303a30343a30305a", PKS_KIND_OTHER); /* tag 0 */
	expect_kind("c16161", PKS_KIND_OTHER);
	expect_kind("da00706b7320", PKS_KIND_OTHER);
	expect_kind("d84543010203", PKS_KIND_OTHER); /* three bytes of 16-bit numbers */
	expect_kind("d854420000", PKS_KIND_OTHER);   /* float16 */
	expect_kind("d84c4100", PKS_KIND_OTHER);     /* reserved */
	expect_kind("d903e9a10100", PKS_KIND_TIME);
	expect_kind("d903e9a0", PKS_KIND_OTHER);
	expect_kind("d903e9a20100281a3b9aca00", PKS_KIND_OTHER); /* 10^9 nanoseconds */
	expect_kind("d903e9a201002220", PKS_KIND_OTHER);         /* another key */
}

Test(value, broken_bytes_are_corrupt)
{
	expect_kind("1c", PKS_ERR_CORRUPT);
	expect_kind("6261", PKS_ERR_CORRUPT);
	expect_kind("0000", PKS_ERR_CORRUPT);
	expect_kind("c1", PKS_ERR_CORRUPT);
	expect_kind("9f01ff", PKS_ERR_CORRUPT);
	expect_kind("da00706b730505", PKS_ERR_CORRUPT);
}

Test(value, kinds_have_names)
{
	cr_expect_str_eq(pks_kind_name(PKS_KIND_NONE), "none");
	cr_expect_str_eq(pks_kind_name(PKS_KIND_OTHER), "other");
	for (int kind = PKS_KIND_NONE; kind <= PKS_KIND_OTHER; kind++)
		cr_expect_str_neq(pks_kind_name(kind), "unknown");
	cr_expect_str_eq(pks_kind_name(-1), "unknown");
	cr_expect_str_eq(pks_kind_name(1000), "unknown");
}

Test(value, the_empty_value_is_refused_by_every_reader)
{
	struct pks_value empty = {0}, out = {0};
	struct pks_value_iter iter;
	const void *bytes;
	const char *text;
	int64_t number;
	uint64_t id;
	size_t size;
	double real;
	char *string;
	bool boolean;

	cr_expect_eq(pks_value_kind(&empty), PKS_KIND_NONE);
	cr_expect_eq(pks_value_bool(&empty, &boolean), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_int(&empty, &number), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_uint(&empty, &id), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_double(&empty, &real), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_text(&empty, &text, &size), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_string(&empty, &string), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_bytes(&empty, &bytes, &size), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_time(&empty, &number), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_ref(&empty, &id), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_count(&empty, &size), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_at(&empty, 0, &out), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_find(&empty, "a", &out), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_iter_init(&iter, &empty), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_array(&empty, NULL, NULL, NULL, NULL), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_unpack(&empty, "v", &out), PKS_ERR_TYPE);
	pks_value_clear(&empty);
	pks_value_clear(NULL);
}

/* ---- single values ---- */

Test(value, a_value_of_another_kind_is_named_in_the_message)
{
	struct pks_value text = hex_value("6161");
	int64_t number = 7;

	cr_expect_eq(pks_value_int(&text, &number), PKS_ERR_TYPE);
	cr_expect_eq(number, 7);
	cr_expect_str_eq(pks_error_message(), "text, not int");
	pks_value_clear(&text);
}

Test(value, integers_that_do_not_fit_are_out_of_range)
{
	struct pks_value large = hex_value("1b8000000000000000"), negative = hex_value("20");
	uint64_t id = 0;
	int64_t number = 0;

	cr_expect_eq(pks_value_int(&large, &number), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_uint(&large, &id), 0);
	cr_expect_eq(id, UINT64_C(1) << 63);
	cr_expect_eq(pks_value_uint(&negative, &id), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_int(&negative, &number), 0);
	cr_expect_eq(number, -1);
	pks_value_clear(&large);
	pks_value_clear(&negative);
}

static int as_double(const char *digits, double *real)
{
	struct pks_value value = hex_value(digits);
	int r = pks_value_double(&value, real);

	pks_value_clear(&value);
	return r;
}

Test(value, a_double_takes_the_integers_that_it_holds_exactly)
{
	double real = 0;

	cr_expect(as_double("07", &real) == 0 && real == 7.0);
	cr_expect(as_double("26", &real) == 0 && real == -7.0);
	cr_expect(as_double("1b0020000000000000", &real) == 0 && real == 0x1p53);
	cr_expect_eq(as_double("1b0020000000000001", &real), PKS_ERR_RANGE);
	cr_expect(as_double("1b0020000000000002", &real) == 0 && real == 0x1p53 + 2);
	cr_expect(as_double("3b7fffffffffffffff", &real) == 0 && real == -0x1p63);
	cr_expect_eq(as_double("1bffffffffffffffff", &real), PKS_ERR_RANGE);
	cr_expect(as_double("1b8000000000000000", &real) == 0 && real == 0x1p63);
	cr_expect_eq(as_double("f6", &real), PKS_ERR_TYPE);
}

Test(value, text_is_checked_to_be_utf8)
{
	struct pks_value good = hex_value("62c3a4"), bad = hex_value("62c328");
	const char *text = NULL;
	size_t size = 0;

	cr_expect_eq(pks_value_text(&good, &text, &size), 0);
	cr_expect_eq(size, 2);
	cr_expect_eq((const uint8_t *)text, (const uint8_t *)good.data + 1, "it is borrowed");
	cr_expect_eq(pks_value_text(&bad, &text, &size), PKS_ERR_CORRUPT);
	pks_value_clear(&good);
	pks_value_clear(&bad);
}

Test(value, a_string_is_a_copy_that_ends_with_a_nul)
{
	struct pks_value plain = hex_value("626869"), with_nul = hex_value("63610062"), none = hex_value("60");
	char *string = NULL;

	cr_assert_eq(pks_value_string(&plain, &string), 0);
	cr_expect_str_eq(string, "hi");
	free(string);
	cr_assert_eq(pks_value_string(&none, &string), 0);
	cr_expect_str_eq(string, "");
	free(string);
	cr_expect_eq(pks_value_string(&with_nul, &string), PKS_ERR_RANGE);
	pks_value_clear(&plain);
	pks_value_clear(&with_nul);
	pks_value_clear(&none);
}

static int as_time(const char *digits, int64_t *ns)
{
	struct pks_value value = hex_value(digits);
	int r = pks_value_time(&value, ns);

	pks_value_clear(&value);
	return r;
}

Test(value, times_are_read_in_each_of_their_forms)
{
	int64_t ns = 0;

	cr_expect(as_time("c11a514b67b0", &ns) == 0 && ns == INT64_C(1363896240) * 1000000000);
	cr_expect(as_time("c1fb41d452d9ec200000", &ns) == 0 && ns == INT64_C(1363896240500000000));
	cr_expect(as_time("c1f93800", &ns) == 0 && ns == 500000000);
	cr_expect(as_time("c1f9b800", &ns) == 0 && ns == -500000000);
	cr_expect(as_time("d903e9a201002801", &ns) == 0 && ns == 1);
	cr_expect(as_time("d903e9a228010100", &ns) == 0 && ns == 1);
	cr_expect(as_time("d903e9a20120281a3b9ac9ff", &ns) == 0 && ns == -1);
	cr_expect(as_time("d903e9a10105", &ns) == 0 && ns == INT64_C(5000000000));
}

Test(value, a_time_beyond_64_bit_nanoseconds_is_out_of_range)
{
	int64_t ns = 4711;

	cr_expect_eq(as_time("c11bffffffffffffffff", &ns), PKS_ERR_RANGE);
	cr_expect_eq(as_time("c13bffffffffffffffff", &ns), PKS_ERR_RANGE);
	cr_expect_eq(as_time("c11b0000000225c17d05", &ns), PKS_ERR_RANGE);
	cr_expect_eq(as_time("c1f97e00", &ns), PKS_ERR_RANGE);
	cr_expect_eq(as_time("c1f97c00", &ns), PKS_ERR_RANGE);
	cr_expect_eq(as_time("c1fb7fefffffffffffff", &ns), PKS_ERR_RANGE);
	cr_expect_eq(ns, 4711);
}

Test(value, the_first_and_the_last_time_come_back)
{
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -1000000000, -999999999, -1, 0, 1,
	                                999999999, 1000000000, INT64_MAX - 1, INT64_MAX};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct pks_value value = {0};
		int64_t ns = 0;

		cr_assert_eq(pks_value_pack(&value, "t", times[i]), 0);
		cr_expect_eq(pks_value_time(&value, &ns), 0);
		cr_expect_eq(ns, times[i]);
		pks_value_clear(&value);
	}
}

Test(value, a_copy_owns_its_bytes)
{
	struct pks_value value = hex_value("83010203"), copy = {0}, empty = {0};

	cr_assert_eq(pks_value_copy(&value, &copy), 0);
	pks_value_clear(&value);
	cr_expect_null(value.data);
	expect_hex(&copy, "83010203");
	cr_expect_eq(pks_value_copy(&empty, &copy), 0);
	cr_expect_eq(pks_value_kind(&copy), PKS_KIND_NONE);
}

/* ---- lists and maps ---- */

Test(value, elements_are_counted_from_either_end)
{
	struct pks_value list = hex_value("83010203"), element = {0};
	int64_t number = 0;
	size_t count = 0;

	cr_expect(pks_value_count(&list, &count) == 0 && count == 3);
	cr_expect(pks_value_at(&list, 0, &element) == 0 && pks_value_int(&element, &number) == 0 && number == 1);
	cr_expect(pks_value_at(&list, -1, &element) == 0 && pks_value_int(&element, &number) == 0 && number == 3);
	cr_expect(pks_value_at(&list, -3, &element) == 0 && pks_value_int(&element, &number) == 0 && number == 1);
	cr_expect_eq(pks_value_at(&list, 3, &element), PKS_NOT_FOUND);
	cr_expect_eq(pks_value_at(&list, -4, &element), PKS_NOT_FOUND);
	cr_expect_eq(pks_value_at(&list, INT64_MIN, &element), PKS_NOT_FOUND);
	cr_expect_eq(pks_value_at(&list, INT64_MAX, &element), PKS_NOT_FOUND);
	pks_value_clear(&list);
}

Test(value, a_key_finds_its_value)
{
	struct pks_value map = hex_value("a4010a6161820203617a0b600c"), value = {0};
	int64_t number = 0;
	size_t count = 0;

	cr_expect(pks_value_count(&map, &count) == 0 && count == 4);
	cr_expect(pks_value_find(&map, "a", &value) == 0 && pks_value_kind(&value) == PKS_KIND_LIST);
	cr_expect(pks_value_find(&map, "z", &value) == 0 && pks_value_int(&value, &number) == 0 && number == 11);
	cr_expect(pks_value_find(&map, "", &value) == 0 && pks_value_int(&value, &number) == 0 && number == 12);
	cr_expect_eq(pks_value_find(&map, "zz", &value), PKS_NOT_FOUND);
	cr_expect_eq(pks_value_at(&map, 0, &value), PKS_ERR_TYPE);
	pks_value_clear(&map);
}

Test(value, a_list_is_iterated_in_its_order)
{
	struct pks_value list = hex_value("83018202040a"), key = {0}, element = {0};
	struct pks_value_iter iter;
	int seen = 0, r;

	cr_assert_eq(pks_value_iter_init(&iter, &list), 0);
	while ((r = pks_value_next(&iter, &key, &element)) == 0) {
		cr_expect_eq(pks_value_kind(&key), PKS_KIND_NONE);
		cr_expect_eq(pks_value_kind(&element), seen == 1 ? PKS_KIND_LIST : PKS_KIND_INT);
		seen++;
	}
	cr_expect_eq(r, PKS_END);
	cr_expect_eq(seen, 3);
	cr_expect_eq(pks_value_next(&iter, NULL, &element), PKS_END);
	pks_value_clear(&list);
}

Test(value, a_map_is_iterated_pair_by_pair)
{
	struct pks_value map = hex_value("a2616101f502"), key = {0}, value = {0};
	struct pks_value_iter iter;

	cr_assert_eq(pks_value_iter_init(&iter, &map), 0);
	cr_expect_eq(pks_value_next(&iter, &key, &value), 0);
	cr_expect_eq(pks_value_kind(&key), PKS_KIND_TEXT);
	cr_expect_eq(pks_value_next(&iter, NULL, &value), 0);
	cr_expect_eq(pks_value_next(&iter, &key, &value), PKS_END);
	pks_value_clear(&map);
}

Test(value, a_list_that_is_cut_off_or_too_long_is_corrupt)
{
	struct pks_value cut = hex_value("82018202"), longer = hex_value("810102"), element = {0};
	struct pks_value_iter iter;

	cr_assert_eq(pks_value_iter_init(&iter, &cut), 0);
	cr_expect_eq(pks_value_next(&iter, NULL, &element), 0);
	cr_expect_eq(pks_value_next(&iter, NULL, &element), PKS_ERR_CORRUPT);
	cr_assert_eq(pks_value_iter_init(&iter, &longer), 0);
	cr_expect_eq(pks_value_next(&iter, NULL, &element), 0);
	cr_expect_eq(pks_value_next(&iter, NULL, &element), PKS_ERR_CORRUPT);
	pks_value_clear(&cut);
	pks_value_clear(&longer);
}

/* ---- equality ---- */

static int equal(const char *a, const char *b)
{
	struct pks_value left = hex_value(a), right = hex_value(b);
	int r = pks_value_equal(&left, &right);

	cr_expect_eq(pks_value_equal(&right, &left), r, "%s and %s, the other way round", a, b);
	pks_value_clear(&left);
	pks_value_clear(&right);
	return r;
}

Test(value, equality_is_of_contents_not_of_encodings)
{
	cr_expect_eq(equal("01", "1801"), 0);
	cr_expect_eq(equal("01", "1b0000000000000001"), 0);
	cr_expect_eq(equal("6161", "780161"), 0);
	cr_expect_eq(equal("f93e00", "fb3ff8000000000000"), 0);
	cr_expect_eq(equal("820102", "9802011802"), 0);
	cr_expect_eq(equal("c105", "c1f94500"), 0);
	cr_expect_eq(equal("d84542" "0100", "d84142" "0001"), 0);
	cr_expect_eq(equal("f97e00", "fb7ff8000000000001"), 0);
}

Test(value, different_kinds_and_contents_differ)
{
	cr_expect_eq(equal("01", "f93c00"), PKS_MISMATCH);
	cr_expect_eq(equal("01", "02"), PKS_MISMATCH);
	cr_expect_eq(equal("00", "20"), PKS_MISMATCH);
	cr_expect_eq(equal("6161", "4161"), PKS_MISMATCH);
	cr_expect_eq(equal("6161", "6162"), PKS_MISMATCH);
	cr_expect_eq(equal("f90000", "f98000"), PKS_MISMATCH);
	cr_expect_eq(equal("8101", "820101"), PKS_MISMATCH);
	cr_expect_eq(equal("820102", "820103"), PKS_MISMATCH);
	cr_expect_eq(equal("c100", "c101"), PKS_MISMATCH);
	cr_expect_eq(equal("d8404101", "d8484101"), PKS_MISMATCH);
	cr_expect_eq(equal("d8404101", "d840420101"), PKS_MISMATCH);
	cr_expect_eq(equal("da00706b7305", "da00706b7306"), PKS_MISMATCH);
	cr_expect_eq(equal("f7", "f0"), PKS_MISMATCH);
	cr_expect_eq(equal("c705", "c805"), PKS_MISMATCH);
}

Test(value, maps_are_equal_in_any_order)
{
	cr_expect_eq(equal("a2616101616202", "a2616202616101"), 0);
	cr_expect_eq(equal("a2616101616202", "a2616201616102"), PKS_MISMATCH);
	cr_expect_eq(equal("a1616101", "a1616201"), PKS_MISMATCH);
	cr_expect_eq(equal("a1616101", "a2616101616202"), PKS_MISMATCH);
	cr_expect_eq(equal("a281a20102030401f602", "a2f60281a20304010201"), 0);
	cr_expect_eq(equal("a281a20102030401f602", "a2f60281a20304010301"), PKS_MISMATCH);
}

/* Looking again at each level would take 2^128 steps. */
Test(value, deep_maps_that_differ_at_the_bottom_are_compared_at_once)
{
	char a[8 * PKS_VALUE_DEPTH_MAX + 8] = "", b[8 * PKS_VALUE_DEPTH_MAX + 8] = "";

	for (int i = 0; i < PKS_VALUE_DEPTH_MAX; i++) {
		strcat(a, "a2010102");
		strcat(b, "a2010102");
	}
	strcat(a, "03");
	strcat(b, "04");
	cr_expect_eq(equal(a, b), PKS_MISMATCH);
	cr_expect_eq(equal(a, a), 0);
}

static void build_numbered(struct pks_value *map, int first, int last)
{
	int step = first < last ? 1 : -1;
	struct pks_builder *builder = pks_builder_new();

	pks_build_map(builder);
	for (int i = first; i != last + step; i += step) {
		pks_build_int(builder, i);
		pks_build_int(builder, 2 * i);
	}
	pks_build_end(builder);
	cr_assert_eq(pks_builder_finish(builder, map), 0);
	pks_builder_free(builder);
}

Test(value, large_maps_in_opposite_orders_are_equal)
{
	struct pks_value up = {0}, down = {0}, other = {0};

	build_numbered(&up, 1, 100000);
	build_numbered(&down, 100000, 1);
	build_numbered(&other, 99999, 0);
	cr_expect_eq(pks_value_equal(&up, &down), 0);
	cr_expect_eq(pks_value_equal(&up, &other), PKS_MISMATCH);
	pks_value_clear(&up);
	pks_value_clear(&down);
	pks_value_clear(&other);
}

/* ---- numeric arrays ---- */

Test(value, an_array_of_either_order_is_copied_in_the_machines)
{
	struct pks_value little = hex_value("d8454401000200"), big = hex_value("d8414400010002");
	enum pks_number number = 0;
	uint16_t numbers[2] = {0};
	const void *data = NULL;
	bool big_endian = false;
	size_t count = 0;

	cr_assert_eq(pks_value_array_copy(&little, PKS_UINT16, 0, 2, numbers), 0);
	cr_expect(numbers[0] == 1 && numbers[1] == 2);
	memset(numbers, 0, sizeof(numbers));
	cr_assert_eq(pks_value_array_copy(&big, PKS_UINT16, 0, 2, numbers), 0);
	cr_expect(numbers[0] == 1 && numbers[1] == 2);

	cr_assert_eq(pks_value_array(&big, &number, &count, &data, &big_endian), 0);
	cr_expect(number == PKS_UINT16 && count == 2 && big_endian);
	cr_expect_eq((const uint8_t *)data, (const uint8_t *)big.data + 3);
	cr_assert_eq(pks_value_array(&little, NULL, NULL, NULL, &big_endian), 0);
	cr_expect(!big_endian);
	pks_value_clear(&little);
	pks_value_clear(&big);
}

Test(value, a_part_of_an_array_is_copied)
{
	struct pks_value array = hex_value("d84043010203");
	uint8_t numbers[3] = {0};

	cr_expect_eq(pks_value_array_copy(&array, PKS_UINT8, 1, 2, numbers), 0);
	cr_expect(numbers[0] == 2 && numbers[1] == 3 && numbers[2] == 0);
	cr_expect_eq(pks_value_array_copy(&array, PKS_UINT8, 3, 0, numbers), 0);
	cr_expect_eq(pks_value_array_copy(&array, PKS_UINT8, 2, 2, numbers), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_array_copy(&array, PKS_UINT8, 4, 0, numbers), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_array_copy(&array, PKS_UINT8, 1, SIZE_MAX, numbers), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_array_copy(&array, PKS_INT8, 0, 3, numbers), PKS_ERR_TYPE);
	pks_value_clear(&array);
}

Test(value, each_tag_of_an_array_tells_its_numbers)
{
	static const enum pks_number numbers[] = {
		PKS_UINT8, PKS_UINT16, PKS_UINT32, PKS_UINT64, 0, PKS_UINT16, PKS_UINT32, PKS_UINT64,
		PKS_INT8, PKS_INT16, PKS_INT32, PKS_INT64, 0, PKS_INT16, PKS_INT32, PKS_INT64,
		0, PKS_FLOAT, PKS_DOUBLE, 0, 0, PKS_FLOAT, PKS_DOUBLE, 0,
	};

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		enum pks_number number = 0;
		struct pks_value array;
		char digits[64];
		size_t count = 0;

		snprintf(digits, sizeof(digits), "d8%02x50000102030405060708090a0b0c0d0e0f", 64 + i);
		array = hex_value(digits);
		if (numbers[i] == 0) {
			cr_expect_eq(pks_value_kind(&array), PKS_KIND_OTHER, "tag %u", 64 + i);
		} else {
			cr_expect_eq(pks_value_array(&array, &number, &count, NULL, NULL), 0, "tag %u", 64 + i);
			cr_expect(number == numbers[i] && count * pks_number_size(number) == 16, "tag %u", 64 + i);
		}
		pks_value_clear(&array);
	}
	cr_expect_eq(pks_number_size(0), 0);
	cr_expect_eq(pks_number_size(PKS_DOUBLE + 1), 0);
	cr_expect_eq(pks_number_size(-1), 0);
}

/* ---- CBOR from elsewhere ---- */

static int from_cbor(const char *digits, struct pks_value *value)
{
	struct bytes bytes = hex(digits);
	int r = pks_value_from_cbor(bytes.data, (size_t)(bytes.end - bytes.data), value);

	free(bytes.data);
	return r;
}

static void expect_syntax(const char *digits, const char *message)
{
	struct pks_value value = {0};

	cr_expect_eq(from_cbor(digits, &value), PKS_ERR_SYNTAX, "%s", digits);
	cr_expect_str_eq(pks_error_message(), message);
	cr_expect_null(value.data);
}

Test(value, cbor_that_is_right_is_taken_as_it_is)
{
	static const char *const cases[] = {"f6", "1801", "f93e00", "62c3a4", "a26161016162a0", "c7c780", "f8ff",
	                                    "a2a0018002", "d903e9a201002801"};
	struct pks_value value = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(from_cbor(cases[i], &value), 0, "%s: %s", cases[i], pks_error_message());
		expect_hex(&value, cases[i]);
	}
}

Test(value, the_message_tells_where_cbor_is_wrong)
{
	expect_syntax("", "CBOR, byte 0: cut off");
	expect_syntax("6261", "CBOR, byte 0: not well-formed, or cut off");
	expect_syntax("8201", "CBOR, byte 0: not well-formed, or cut off");
	expect_syntax("a16161", "CBOR, byte 3: cut off");
	expect_syntax("82011c", "CBOR, byte 2: not well-formed, or cut off");
	expect_syntax("81019f", "CBOR, byte 2: something behind the value");
	expect_syntax("819f01ff", "CBOR, byte 1: an indefinite length");
	expect_syntax("8162c328", "CBOR, byte 1: text that is not UTF-8");
	expect_syntax("a26161016161f6", "CBOR, byte 4: a key that its map already has");
}

Test(value, a_key_twice_is_found_however_it_was_encoded)
{
	struct pks_value value = {0};

	expect_syntax("a20101180102", "CBOR, byte 3: a key that its map already has");
	expect_syntax("a261610178016102", "CBOR, byte 4: a key that its map already has");
	expect_syntax("a1a2f93c0001fb3ff00000000000000200", "CBOR, byte 6: a key that its map already has");
	/* The same key in different maps is none twice. */
	cr_expect_eq(from_cbor("a26161a16161016162a1616102", &value), 0);
	pks_value_clear(&value);
}

/* A map of `count` integers as keys, the last one of them being `last`; those before it are key_number(0) and so on. */
static unsigned key_number(unsigned i)
{
	return 7 * i % 65536;
}

static struct pks_value map_of_numbers(unsigned count, unsigned last)
{
	char *digits = calloc(count + 1, 32);
	size_t size = (size_t)sprintf(digits, "b9%04x", count);
	struct pks_value value;

	for (unsigned i = 0; i < count; i++)
		size += (size_t)sprintf(digits + size, "19%04x00", i + 1 == count ? last : key_number(i));
	value = hex_value(digits);
	free(digits);
	return value;
}

Test(value, a_key_twice_is_found_among_many)
{
	struct pks_value once = map_of_numbers(40000, key_number(40000)), value = {0};
	struct pks_value twice = map_of_numbers(40000, key_number(20000));

	cr_assert_eq(pks_value_from_cbor(once.data, once.size, &value), 0, "%s", pks_error_message());
	pks_value_clear(&value);
	cr_expect_eq(pks_value_from_cbor(twice.data, twice.size, &value), PKS_ERR_SYNTAX);
	pks_value_clear(&once);
	pks_value_clear(&twice);
}

Test(value, cbor_beyond_a_limit_is_refused)
{
	char digits[2 * PKS_VALUE_DEPTH_MAX + 8] = "";
	struct pks_value value = {0};

	for (int i = 0; i < PKS_VALUE_DEPTH_MAX; i++)
		strcat(digits, "81");
	strcat(digits, "80");
	cr_expect_eq(from_cbor(digits, &value), PKS_ERR_LIMIT);
	digits[2 * PKS_VALUE_DEPTH_MAX] = '0';
	cr_expect_eq(from_cbor(digits, &value), 0);
	pks_value_clear(&value);
	/* The size is looked at before the bytes. */
	cr_expect_eq(pks_value_from_cbor(digits, PKS_VALUE_SIZE_MAX + 1, &value), PKS_ERR_LIMIT);
}
