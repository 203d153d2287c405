/* SPDX-License-Identifier: MIT */
#include "hex.h"

#include <pkstore/value.h>

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

Test(value_check, cbor_that_is_right_is_taken_as_it_is)
{
	static const char *const cases[] = {"f6", "1801", "f93e00", "62c3a4", "a26161016162a0", "c7c780", "f8ff",
	                                    "a2a0018002", "d903e9a201002801"};
	struct pks_value value = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(from_cbor(cases[i], &value), 0, "%s: %s", cases[i], pks_error_message());
		expect_hex(&value, cases[i]);
	}
}

Test(value_check, the_message_tells_where_cbor_is_wrong)
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

Test(value_check, a_key_twice_is_found_however_it_was_encoded)
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

Test(value_check, a_key_twice_is_found_among_many)
{
	struct pks_value once = map_of_numbers(40000, key_number(40000)), value = {0};
	struct pks_value twice = map_of_numbers(40000, key_number(20000));

	cr_assert_eq(pks_value_from_cbor(once.data, once.size, &value), 0, "%s", pks_error_message());
	pks_value_clear(&value);
	cr_expect_eq(pks_value_from_cbor(twice.data, twice.size, &value), PKS_ERR_SYNTAX);
	pks_value_clear(&once);
	pks_value_clear(&twice);
}

Test(value_check, cbor_beyond_a_limit_is_refused)
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
