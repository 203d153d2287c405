/* SPDX-License-Identifier: MIT */
#include "hex.h"

#include <pkstore/builder.h>

static struct pks_builder *builder;

static void begin(void)
{
	builder = pks_builder_new();
	cr_assert_not_null(builder);
}

static void end(void)
{
	pks_builder_free(builder);
}

TestSuite(builder, .init = begin, .fini = end);

static void expect_built(const char *digits)
{
	struct pks_value value = {0};

	cr_assert_eq(pks_builder_finish(builder, &value), 0, "%s", pks_error_message());
	cr_expect_not_null(value.owned);
	expect_hex(&value, digits);
}

/* The builder refuses to finish, with the code and the message, and is empty again. */
static void expect_refused(int code, const char *message)
{
	struct pks_value value = {0};

	cr_expect_eq(pks_builder_finish(builder, &value), code);
	cr_expect_str_eq(pks_error_message(), message);
	cr_expect_null(value.data);
	cr_expect_eq(pks_build_null(builder), 0, "it is empty again");
	expect_built("f6");
}

/* ---- single values ---- */

Test(builder, scalars_are_built_as_cbor)
{
	pks_build_null(builder);
	expect_built("f6");
	pks_build_bool(builder, true);
	expect_built("f5");
	pks_build_int(builder, -500);
	expect_built("3901f3");
	pks_build_uint(builder, UINT64_MAX);
	expect_built("1bffffffffffffffff");
	pks_build_double(builder, 1.0);
	expect_built("fb3ff0000000000000");
	pks_build_string(builder, "h\xc3\xa4");
	expect_built("6368c3a4");
	pks_build_text(builder, "a\0b", 3);
	expect_built("63610062");
	pks_build_bytes(builder, "\xff\x00", 2);
	expect_built("42ff00");
	pks_build_bytes(builder, NULL, 0);
	expect_built("40");
	pks_build_ref_id(builder, 100);
	expect_built("da00706b731864");
}

Test(builder, whole_seconds_and_others_are_different_tags)
{
	pks_build_time(builder, INT64_C(1363896240000000000));
	expect_built("c11a514b67b0");
	pks_build_time(builder, INT64_C(1363896240000000001));
	expect_built("d903e9a2011a514b67b02801");
	pks_build_time(builder, -1);
	expect_built("d903e9a20120281a3b9ac9ff");
	pks_build_time(builder, -1000000000);
	expect_built("c120");
}

Test(builder, numbers_of_arrays_are_written_little_endian)
{
	const int32_t ints[] = {1, -2};
	const double doubles[] = {1.5};

	pks_build_array(builder, PKS_INT32, ints, 2);
	expect_built("d84e4801000000feffffff");
	pks_build_array(builder, PKS_DOUBLE, doubles, 1);
	expect_built("d85648000000000000f83f");
	pks_build_array(builder, PKS_UINT8, "\x01\x02", 2);
	expect_built("d840420102");
	pks_build_array(builder, PKS_FLOAT, NULL, 0);
	expect_built("d85540");
}

Test(builder, an_array_of_no_known_numbers_is_refused)
{
	cr_expect_eq(pks_build_array(builder, 0, "", 0), PKS_ERR_USAGE);
	expect_refused(PKS_ERR_USAGE, "an array of no known numbers");
	cr_expect_eq(pks_build_array(builder, PKS_DOUBLE, "", SIZE_MAX / 4), PKS_ERR_LIMIT);
	expect_refused(PKS_ERR_LIMIT, "a value larger than 1 GiB");
}

Test(builder, text_that_is_not_utf8_is_refused)
{
	cr_expect_eq(pks_build_string(builder, "\xff"), PKS_ERR_SYNTAX);
	expect_refused(PKS_ERR_SYNTAX, "text that is not UTF-8");
}

Test(builder, a_value_is_copied_in)
{
	struct pks_value list = hex_value("820102");

	pks_build_list(builder);
	pks_build_value(builder, &list);
	pks_value_clear(&list);
	pks_build_int(builder, 3);
	pks_build_end(builder);
	expect_built("8282010203");
}

Test(builder, the_empty_and_the_broken_value_are_refused)
{
	struct pks_value empty = {0}, cut = hex_value("8201"), longer = hex_value("0102");

	cr_expect_eq(pks_build_value(builder, &empty), PKS_ERR_USAGE);
	expect_refused(PKS_ERR_USAGE, "the empty value");
	cr_expect_eq(pks_build_value(builder, &cut), PKS_ERR_CORRUPT);
	expect_refused(PKS_ERR_CORRUPT, "a value that is not well-formed CBOR");
	cr_expect_eq(pks_build_value(builder, &longer), PKS_ERR_CORRUPT);
	expect_refused(PKS_ERR_CORRUPT, "a value that is not well-formed CBOR");
	pks_value_clear(&cut);
	pks_value_clear(&longer);
}

/* ---- lists and maps ---- */

Test(builder, lists_and_maps_have_definite_lengths)
{
	pks_build_map(builder);
	pks_build_string(builder, "a");
	pks_build_list(builder);
	pks_build_end(builder);
	pks_build_int(builder, 2);
	pks_build_map(builder);
	pks_build_end(builder);
	pks_build_end(builder);
	expect_built("a261618002a0");
}

/* The head is one byte until the end: what stands behind it must move, whatever is open around it. */
Test(builder, the_head_of_a_long_list_gets_its_room)
{
	static const struct {
		unsigned count;
		const char *head;
	} cases[] = {{23, "97"},      {24, "9818"},      {255, "98ff"},
	             {256, "990100"}, {65535, "99ffff"}, {65536, "9a00010000"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *digits = calloc(cases[i].count + 32, 2);
		size_t size = (size_t)sprintf(digits, "a2f5%s", cases[i].head);

		pks_build_map(builder);
		pks_build_bool(builder, true);
		pks_build_list(builder);
		for (unsigned j = 0; j < cases[i].count; j++) {
			pks_build_int(builder, j % 20);
			size += (size_t)sprintf(digits + size, "%02x", j % 20);
		}
		pks_build_end(builder);
		pks_build_string(builder, "z");
		pks_build_null(builder);
		pks_build_end(builder);
		strcat(digits, "617af6");
		expect_built(digits);
		free(digits);
	}
}

Test(builder, long_lists_in_long_lists_move_with_them)
{
	struct pks_value value = {0}, inner = {0}, number = {0};
	int64_t read = 0;

	pks_build_list(builder);
	for (int i = 0; i < 300; i++) {
		pks_build_list(builder);
		for (int j = 0; j < 30; j++)
			pks_build_int(builder, i * 30 + j);
		pks_build_end(builder);
	}
	pks_build_end(builder);
	cr_assert_eq(pks_builder_finish(builder, &value), 0);
	cr_assert_eq(pks_value_at(&value, 299, &inner), 0);
	cr_assert_eq(pks_value_at(&inner, -1, &number), 0);
	cr_expect(pks_value_int(&number, &read) == 0 && read == 8999);
	pks_value_clear(&value);
}

Test(builder, a_key_twice_is_refused_at_the_end_of_its_map)
{
	pks_build_map(builder);
	pks_build_string(builder, "a");
	pks_build_null(builder);
	pks_build_string(builder, "a");
	cr_expect_eq(pks_build_null(builder), 0);
	cr_expect_eq(pks_build_end(builder), PKS_ERR_USAGE);
	expect_refused(PKS_ERR_USAGE, "a key twice in a map");
}

Test(builder, a_key_twice_is_refused_when_lists_and_maps_are_keys)
{
	for (int round = 0; round < 2; round++) {
		pks_build_map(builder);
		for (int i = 0; i < 2; i++) {
			pks_build_map(builder);
			pks_build_int(builder, 1);
			pks_build_list(builder);
			for (int j = 0; j < 30; j++)
				pks_build_int(builder, round == 0 ? j : j + i);
			pks_build_end(builder);
			pks_build_end(builder);
			pks_build_null(builder);
		}
		cr_expect_eq(pks_build_end(builder), round == 0 ? PKS_ERR_USAGE : 0);
		if (round == 0)
			expect_refused(PKS_ERR_USAGE, "a key twice in a map");
	}
}

static int build_keys(unsigned count, unsigned twice)
{
	char key[16];

	pks_build_map(builder);
	for (unsigned i = 0; i < count; i++) {
		snprintf(key, sizeof(key), "key-%u", i + 1 == count ? twice : i * 7919 % count);
		pks_build_string(builder, key);
		pks_build_int(builder, i);
	}
	return pks_build_end(builder);
}

Test(builder, a_key_twice_is_found_among_few_and_among_many)
{
	for (unsigned count = 2; count < 3000; count += count < 20 ? 1 : 997) {
		struct pks_value value = {0};

		cr_expect_eq(build_keys(count, count), 0, "%u keys", count);
		cr_assert_eq(pks_builder_finish(builder, &value), 0);
		pks_value_clear(&value);
		cr_expect_eq(build_keys(count, 0), PKS_ERR_USAGE, "%u keys", count);
		pks_builder_finish(builder, &value);
	}
}

Test(builder, the_same_key_in_two_maps_is_none_twice)
{
	pks_build_map(builder);
	pks_build_string(builder, "a");
	pks_build_map(builder);
	pks_build_string(builder, "a");
	pks_build_null(builder);
	pks_build_end(builder);
	pks_build_string(builder, "b");
	pks_build_map(builder);
	pks_build_string(builder, "a");
	pks_build_null(builder);
	pks_build_end(builder);
	pks_build_end(builder);
	expect_built("a26161a16161f66162a16161f6");
}

/* ---- misuse ---- */

Test(builder, what_is_not_one_whole_value_does_not_finish)
{
	expect_refused(PKS_ERR_USAGE, "no value");
	pks_build_list(builder);
	expect_refused(PKS_ERR_USAGE, "a list or map without an end");
	pks_build_null(builder);
	cr_expect_eq(pks_build_null(builder), PKS_ERR_USAGE);
	expect_refused(PKS_ERR_USAGE, "a second value");
}

Test(builder, ends_and_keys_must_have_their_partners)
{
	cr_expect_eq(pks_build_end(builder), PKS_ERR_USAGE);
	expect_refused(PKS_ERR_USAGE, "an end without a beginning");
	pks_build_map(builder);
	pks_build_null(builder);
	cr_expect_eq(pks_build_end(builder), PKS_ERR_USAGE);
	expect_refused(PKS_ERR_USAGE, "a key without a value");
}

Test(builder, the_first_error_sticks)
{
	pks_build_list(builder);
	cr_expect_eq(pks_build_string(builder, "\xff"), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_build_null(builder), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_build_end(builder), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_build_end(builder), PKS_ERR_SYNTAX);
	expect_refused(PKS_ERR_SYNTAX, "text that is not UTF-8");
}

Test(builder, values_may_be_nested_up_to_the_limit)
{
	struct pks_value value = {0}, nested = hex_value("8180");

	for (int i = 0; i < PKS_VALUE_DEPTH_MAX; i++)
		cr_assert_eq(pks_build_list(builder), 0);
	for (int i = 0; i < PKS_VALUE_DEPTH_MAX; i++)
		cr_assert_eq(pks_build_end(builder), 0);
	cr_assert_eq(pks_builder_finish(builder, &value), 0);
	pks_value_clear(&value);
	for (int i = 0; i < PKS_VALUE_DEPTH_MAX - 1; i++)
		pks_build_list(builder);
	cr_expect_eq(pks_build_value(builder, &nested), PKS_ERR_LIMIT);
	pks_value_clear(&nested);
}

Test(builder, one_level_more_than_the_limit_is_refused)
{
	for (int i = 0; i < PKS_VALUE_DEPTH_MAX; i++)
		pks_build_list(builder);
	cr_expect_eq(pks_build_list(builder), PKS_ERR_LIMIT);
	expect_refused(PKS_ERR_LIMIT, "a value nested too deeply");
	for (int i = 0; i < PKS_VALUE_DEPTH_MAX - 1; i++)
		pks_build_list(builder);
	cr_expect_eq(pks_build_time(builder, 0), 0, "one level");
	cr_expect_eq(pks_build_time(builder, 1), PKS_ERR_LIMIT, "two levels");
}

Test(builder, bytes_beyond_the_limit_are_refused_before_they_are_read)
{
	cr_expect_eq(pks_build_bytes(builder, "", PKS_VALUE_SIZE_MAX + 1), PKS_ERR_LIMIT);
	expect_refused(PKS_ERR_LIMIT, "a value larger than 1 GiB");
}

Test(builder, a_reference_needs_an_object)
{
	struct pks_value value = {0};

	/* As for any NULL handle: what went wrong when it was to be opened is told again. */
	cr_expect_eq(pks_value_unpack(&value, "i", NULL), PKS_ERR_TYPE);
	cr_expect_eq(pks_build_ref(builder, NULL), PKS_ERR_TYPE);
	cr_expect_eq(pks_build_ref(builder, NULL), PKS_ERR_TYPE);
	cr_expect_eq(pks_builder_finish(builder, &value), PKS_ERR_TYPE);
	cr_expect_null(value.data);
}

Test(builder, without_a_builder_the_last_error_is_answered_again)
{
	struct pks_value value = {0};

	pks_build_string(builder, "\xff");
	cr_expect_eq(pks_build_null(NULL), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_build_end(NULL), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_builder_finish(NULL, &value), PKS_ERR_SYNTAX);
	pks_builder_free(NULL);
}
