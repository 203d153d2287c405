/* SPDX-License-Identifier: MIT */
#include "hex.h"

#include <pkstore/value.h>

#include <limits.h>

#define expect_packed(digits, ...)                                                                                    \
	do {                                                                                                           \
		struct pks_value packed_ = {0};                                                                        \
		cr_assert_eq(pks_value_pack(&packed_, __VA_ARGS__), 0, "%s", pks_error_message());                     \
		expect_hex(&packed_, digits);                                                                          \
	} while (0)

#define expect_no_pack(code, ...)                                                                                     \
	do {                                                                                                           \
		struct pks_value packed_ = {0};                                                                        \
		cr_expect_eq(pks_value_pack(&packed_, __VA_ARGS__), code);                                             \
		cr_expect_null(packed_.data);                                                                          \
	} while (0)

/* ---- packing ---- */

Test(pack, each_letter_packs_its_kind)
{
	struct pks_value list = hex_value("820102");

	expect_packed("f6", "n");
	expect_packed("f5", "b", 7);
	expect_packed("f4", "b", false);
	expect_packed("1a7fffffff", "i", INT_MAX);
	expect_packed("3b7fffffffffffffff", "I", INT64_MIN);
	expect_packed("1bffffffffffffffff", "U", UINT64_MAX);
	expect_packed("fb3ff8000000000000", "d", 1.5);
	expect_packed("626869", "s", "hi");
	expect_packed("626869", "S", "hide", (size_t)2);
	expect_packed("420001", "y", "\0\1", (size_t)2);
	expect_packed("c101", "t", INT64_C(1000000000));
	expect_packed("820102", "v", &list);
	pks_value_clear(&list);
}

Test(pack, null_pointers_pack_null)
{
	expect_packed("84f6f6f6f6", "[sSyv]", NULL, NULL, (size_t)0, NULL, (size_t)3, NULL);
}

Test(pack, lists_and_maps_nest)
{
	expect_packed("a2626964076261748202" "f6", "{s:i, s:[i,n]}", "id", 7, "at", 2);
	expect_packed("80", "[]");
	expect_packed("a0", " { } ");
	expect_packed("8269697465726174696f6e04", "[si]", "iteration", 4);
	expect_packed("a201028103a0", "{i:i\n[i]:\t{}}", 1, 2, 3);
}

Test(pack, a_bad_format_is_a_syntax_error)
{
	expect_no_pack(PKS_ERR_SYNTAX, "");
	expect_no_pack(PKS_ERR_SYNTAX, "  ");
	expect_no_pack(PKS_ERR_SYNTAX, "x");
	expect_no_pack(PKS_ERR_SYNTAX, "nn");
	expect_no_pack(PKS_ERR_SYNTAX, "[n");
	expect_no_pack(PKS_ERR_SYNTAX, "n]");
	expect_no_pack(PKS_ERR_SYNTAX, "]");
	expect_no_pack(PKS_ERR_SYNTAX, "[n}");
	expect_no_pack(PKS_ERR_SYNTAX, "{n]");
	expect_no_pack(PKS_ERR_SYNTAX, "{n}");
	expect_no_pack(PKS_ERR_SYNTAX, "?n");
	expect_no_pack(PKS_ERR_SYNTAX, "[n]n");
}

Test(pack, the_message_shows_the_place_in_the_format)
{
	expect_no_pack(PKS_ERR_SYNTAX, "[n%]");
	cr_expect_str_eq(pks_error_message(), "format \"[n%]\", character 2: not a letter of a format");
}

Test(pack, bad_values_are_refused)
{
	struct pks_value empty = {0};

	expect_no_pack(PKS_ERR_SYNTAX, "s", "\xff");
	expect_no_pack(PKS_ERR_USAGE, "{s:i,s:i}", "a", 1, "a", 2);
	expect_no_pack(PKS_ERR_USAGE, "v", &empty);
	expect_no_pack(PKS_ERR_USAGE, "[v]", &empty);
	expect_no_pack(PKS_ERR_LIMIT, "y", "", PKS_VALUE_SIZE_MAX + 1);
}

Test(pack, formats_nest_up_to_the_limit)
{
	char format[2 * PKS_VALUE_DEPTH_MAX + 3] = "";
	struct pks_value value = {0};

	memset(format, '[', PKS_VALUE_DEPTH_MAX);
	memset(format + PKS_VALUE_DEPTH_MAX, ']', PKS_VALUE_DEPTH_MAX);
	cr_expect_eq(pks_value_pack(&value, format), 0);
	cr_expect_eq(pks_value_unpack(&value, format), 0);
	pks_value_clear(&value);
	memset(format, '[', PKS_VALUE_DEPTH_MAX + 1);
	memset(format + PKS_VALUE_DEPTH_MAX + 1, ']', PKS_VALUE_DEPTH_MAX + 1);
	expect_no_pack(PKS_ERR_LIMIT, format);
}

/* ---- unpacking ---- */

Test(pack, each_letter_unpacks_its_kind)
{
	struct pks_value value = {0}, inner = {0};
	const void *bytes = NULL;
	const char *text = NULL;
	int64_t large = 0, time = 0;
	uint64_t positive = 0;
	char *string = NULL;
	size_t size = 0, bytes_size = 0;
	bool boolean = false;
	int number = 0;
	double real = 0;

	cr_assert_eq(pks_value_pack(&value, "[nbiIUdsSyt[i]]", 1, -7, INT64_MIN, UINT64_MAX, 2.5, "copy", "view",
	                            (size_t)4, "\1\2", (size_t)2, INT64_C(-5), 9),
	             0);
	cr_assert_eq(pks_value_unpack(&value, "[nbiIUdsSytv]", &boolean, &number, &large, &positive, &real, &string,
	                              &text, &size, &bytes, &bytes_size, &time, &inner),
	             0, "%s", pks_error_message());
	cr_expect(boolean && number == -7 && large == INT64_MIN && positive == UINT64_MAX);
	cr_expect(real == 2.5 && time == -5);
	cr_expect_str_eq(string, "copy");
	cr_expect(size == 4 && memcmp(text, "view", 4) == 0);
	cr_expect(bytes_size == 2 && memcmp(bytes, "\1\2", 2) == 0);
	cr_expect_null(inner.owned, "it is borrowed");
	cr_expect_eq(pks_value_unpack(&inner, "[i]", &number), 0);
	cr_expect_eq(number, 9);
	free(string);
	pks_value_clear(&inner);
	pks_value_clear(&value);
}

Test(pack, a_reference_unpacks_to_its_id)
{
	struct pks_value ref = hex_value("da00706b731864");
	uint64_t id = 0;

	cr_expect_eq(pks_value_unpack(&ref, "o", &id), 0);
	cr_expect_eq(id, 100);
	pks_value_clear(&ref);
}

Test(pack, keys_are_found_in_any_order_and_others_may_be_there)
{
	struct pks_value value = {0};
	int a = 0, b = 0;
	double x = 0, y = 0;

	cr_assert_eq(pks_value_pack(&value, "{s:i,s:i,s:[d,i],i:n}", "a", 1, "b", 2, "at", 1.5, 2, 99), 0);
	cr_expect_eq(pks_value_unpack(&value, "{s:i, s:[d,d], s:i}", "b", &b, "at", &x, &y, "a", &a), 0);
	cr_expect(a == 1 && b == 2 && x == 1.5 && y == 2.0);
	cr_expect_eq(pks_value_unpack(&value, "{}"), 0);
	pks_value_clear(&value);
}

Test(pack, an_optional_letter_takes_null_or_a_missing_key)
{
	struct pks_value value = {0};
	int here = -1, null = -1, missing = -1;
	const char *text = "untouched";
	size_t size = 77;

	cr_assert_eq(pks_value_pack(&value, "{s:i,s:n}", "here", 1, "null", 2), 0);
	cr_expect_eq(pks_value_unpack(&value, "{s:?i,s:?i,s:?i,s:?S,s:i}", "here", &here, "null", &null, "missing",
	                              &missing, "text", &text, &size, "here", &here),
	             0, "%s", pks_error_message());
	cr_expect(here == 1 && null == -1 && missing == -1);
	cr_expect_str_eq(text, "untouched");
	cr_expect_eq(size, 77);
	pks_value_clear(&value);

	value = hex_value("82f605");
	cr_expect_eq(pks_value_unpack(&value, "[?i,?i]", &null, &here), 0);
	cr_expect(null == -1 && here == 5);
	cr_expect_eq(pks_value_unpack(&value, "[?n,?s]", NULL), PKS_ERR_TYPE, "it must be of the kind if it is there");
	pks_value_clear(&value);
}

Test(pack, nothing_is_stored_unless_everything_is)
{
	struct pks_value value = {0};
	char *string = NULL;
	int number = -1;

	cr_assert_eq(pks_value_pack(&value, "{s:i,s:s,s:s}", "n", 1, "s", "text", "last", "no int"), 0);
	cr_expect_eq(pks_value_unpack(&value, "{s:i,s:s,s:i}", "n", &number, "s", &string, "last", &number),
	             PKS_ERR_TYPE);
	cr_expect_eq(number, -1);
	cr_expect_null(string);
	cr_expect_eq(pks_value_unpack(&value, "{s:s,s:i,s:i}", "s", &string, "n", &number, "nowhere", &number),
	             PKS_NOT_FOUND);
	cr_expect_eq(pks_value_unpack(&value, "{s:s,s:ix}", "s", &string, "n", &number), PKS_ERR_SYNTAX);
	cr_expect_eq(number, -1);
	cr_expect_null(string);
	pks_value_clear(&value);
}

Test(pack, the_message_names_the_key_that_did_not_fit)
{
	struct pks_value value = {0};
	int number;

	cr_assert_eq(pks_value_pack(&value, "{s:{s:s}}", "outer", "inner", "text"), 0);
	cr_expect_eq(pks_value_unpack(&value, "{s:{s:i}}", "outer", "inner", &number), PKS_ERR_TYPE);
	cr_expect_str_eq(pks_error_message(), "outer: inner: text, not int");
	cr_expect_eq(pks_value_unpack(&value, "{s:i}", "other", &number), PKS_NOT_FOUND);
	cr_expect_str_eq(pks_error_message(), "there is no key 'other'");
	pks_value_clear(&value);
}

Test(pack, a_list_must_have_just_the_length)
{
	struct pks_value list = hex_value("83010203");
	int a, b, c, d;

	cr_expect_eq(pks_value_unpack(&list, "[iii]", &a, &b, &c), 0);
	cr_expect_eq(pks_value_unpack(&list, "[ii]", &a, &b), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_unpack(&list, "[iiii]", &a, &b, &c, &d), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_unpack(&list, "[]"), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_unpack(&list, "{}"), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_unpack(&list, "[[]ii]", &a, &b), PKS_ERR_TYPE);
	pks_value_clear(&list);
}

Test(pack, numbers_must_fit)
{
	struct pks_value large = {0}, negative = {0}, exact = {0};
	uint64_t positive;
	double real;
	int number;

	pks_value_pack(&large, "I", (int64_t)INT_MAX + 1);
	pks_value_pack(&negative, "i", -1);
	pks_value_pack(&exact, "I", (INT64_C(1) << 53) + 1);
	cr_expect_eq(pks_value_unpack(&large, "i", &number), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_unpack(&negative, "U", &positive), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_unpack(&exact, "d", &real), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_unpack(&negative, "d", &real), 0);
	cr_expect_eq(real, -1.0);
	pks_value_clear(&large);
	pks_value_clear(&negative);
	pks_value_clear(&exact);
}

Test(pack, a_bad_format_is_a_syntax_error_when_unpacking)
{
	static const char *const formats[] = {"", "[i", "[", "{", "x", "[i]i", "ii", "?", "?[i]", "[?]", "]"};
	struct pks_value list = hex_value("8101");
	int a, b;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		cr_expect(pks_value_unpack(&list, formats[i], &a, &b) < 0, "\"%s\"", formats[i]);
	cr_expect_eq(pks_value_unpack(&list, "[i", &a), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_value_unpack(&list, "[i]i", &a, &b), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_value_unpack(&list, ""), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_value_unpack(&list, "?[i]", &a), PKS_ERR_SYNTAX);
	pks_value_clear(&list);

	list = hex_value("a10102");
	cr_expect_eq(pks_value_unpack(&list, "{i:i}", 1, &a), PKS_ERR_SYNTAX, "keys are `s`");
	cr_expect_eq(pks_value_unpack(&list, "{"), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_value_unpack(&list, "{s:i}", NULL, &a), PKS_ERR_USAGE, "a key is no NULL");
	pks_value_clear(&list);
}

Test(pack, text_with_a_nul_needs_its_size)
{
	struct pks_value value = hex_value("63610062");
	const char *text = NULL;
	char *string = NULL;
	size_t size = 0;

	cr_expect_eq(pks_value_unpack(&value, "s", &string), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_unpack(&value, "S", &text, &size), 0);
	cr_expect_eq(size, 3);
	pks_value_clear(&value);
}

Test(pack, corrupt_bytes_are_told)
{
	struct pks_value cut = hex_value("a2616101616205"), bad = hex_value("62c328");
	char *string = NULL;
	int number;

	((uint8_t *)cut.owned)[6] = 0x1c;
	cr_expect_eq(pks_value_unpack(&cut, "{s:i}", "b", &number), PKS_ERR_CORRUPT);
	cr_expect_eq(pks_value_unpack(&bad, "s", &string), PKS_ERR_CORRUPT);
	pks_value_clear(&cut);
	pks_value_clear(&bad);
}

Test(pack, long_formats_are_unpacked)
{
	struct pks_value value = {0};
	int n[20] = {0};

	cr_assert_eq(pks_value_pack(&value, "[iiiiiiiiii iiiiiiiiii]", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	                            15, 16, 17, 18, 19),
	             0);
	cr_assert_eq(pks_value_unpack(&value, "[iiiiiiiiii iiiiiiiiii]", n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6,
	                              n + 7, n + 8, n + 9, n + 10, n + 11, n + 12, n + 13, n + 14, n + 15, n + 16,
	                              n + 17, n + 18, n + 19),
	             0);
	for (int i = 0; i < 20; i++)
		cr_expect_eq(n[i], i);
	pks_value_clear(&value);
}
