/* SPDX-License-Identifier: MIT */
#include "hex.h"

#include <pkstore/value.h>

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
	expect_kind("d854420000", PKS_KIND_ARRAY); /* float16 */
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
	expect_kind("d8575000000000000000000000000000000000", PKS_KIND_OTHER); /* float128 */
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
