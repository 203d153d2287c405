/* SPDX-License-Identifier: MIT */
/* Any value, to JSON and back: random ones, the deepest and large ones. */
#include <pkstore/builder.h>
#include <pkstore/json.h>

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* xorshift: the same values in every run. */
static uint64_t random_state;

static uint64_t random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static unsigned random_below(unsigned bound)
{
	return (unsigned)(random_bits() % bound);
}

/* Of any magnitude, small ones as likely as large ones. */
static uint64_t random_number(void)
{
	return random_bits() >> random_below(64);
}

static double random_double(void)
{
	static const double special[] = {0.0,     -0.0,    1.0,          0.1,      1e22, 1e23,
	                                 DBL_MIN, DBL_MAX, DBL_TRUE_MIN, INFINITY, NAN};
	uint64_t bits = random_bits();
	double number;

	if (random_below(3) == 0)
		return special[random_below(sizeof(special) / sizeof(special[0]))];
	memcpy(&number, &bits, sizeof(number));
	return number;
}

static void build_random_text(struct pks_builder *builder, bool unique)
{
	static const char *const parts[] = {"a",  "$", "\n",   "\"",   "\\",        "\xc3\xa4",
	                                    "0", "/", "\x7f", "\x01", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	char text[128] = "";
	size_t size = 0;

	for (unsigned i = random_below(10); i > 0; i--)
		strcat(text, parts[random_below(sizeof(parts) / sizeof(parts[0]))]);
	size = strlen(text);
	if (unique)
		size += (size_t)sprintf(text + size, "%llx", (unsigned long long)random_bits());
	if (random_below(20) == 0)
		size++;
	pks_build_text(builder, text, size);
}

static void build_random_array(struct pks_builder *builder)
{
	enum pks_number number = (enum pks_number)(PKS_UINT8 + random_below(10));
	uint64_t numbers[8];

	for (unsigned i = 0; i < 8; i++)
		numbers[i] = random_number();
	pks_build_array(builder, number, numbers, random_below(9));
}

static void build_random(struct pks_builder *builder, unsigned levels, bool key);

static void build_random_list(struct pks_builder *builder, unsigned levels)
{
	pks_build_list(builder);
	for (unsigned i = random_below(30); i > 0; i--)
		build_random(builder, levels, false);
	pks_build_end(builder);
}

static void build_random_map(struct pks_builder *builder, unsigned levels)
{
	bool texts = random_below(2);

	pks_build_map(builder);
	for (unsigned i = random_below(30); i > 0; i--) {
		if (texts)
			build_random_text(builder, true);
		else
			build_random(builder, levels, true);
		build_random(builder, levels, false);
	}
	pks_build_end(builder);
}

/* A key is one of 2^64, so that none is there twice. */
static void build_random_key(struct pks_builder *builder, unsigned levels)
{
	pks_build_list(builder);
	pks_build_uint(builder, random_bits());
	build_random(builder, levels, false);
	pks_build_end(builder);
}

static void build_random_scalar(struct pks_builder *builder)
{
	uint64_t number = random_number();

	switch (random_below(9)) {
	case 0:
		pks_build_null(builder);
		break;
	case 1:
		pks_build_bool(builder, number & 1);
		break;
	case 2:
		pks_build_int(builder, (int64_t)(random_below(2) ? number : -number));
		break;
	case 3:
		pks_build_uint(builder, number);
		break;
	case 4:
		pks_build_double(builder, random_double());
		break;
	case 5:
		pks_build_bytes(builder, &number, random_below(9));
		break;
	case 6:
		pks_build_time(builder, (int64_t)(random_below(2) ? number : number / 1000000000 * 1000000000));
		break;
	case 7:
		pks_build_ref_id(builder, number);
		break;
	default:
		build_random_array(builder);
	}
}

static void build_random(struct pks_builder *builder, unsigned levels, bool key)
{
	unsigned kind = random_below(levels ? 5 : 3);

	if (key && levels)
		build_random_key(builder, levels - 1);
	else if (key || kind == 2)
		build_random_text(builder, key);
	else if (kind < 2)
		build_random_scalar(builder);
	else if (kind == 3)
		build_random_list(builder, levels - 1);
	else
		build_random_map(builder, levels - 1);
}

static void expect_round_trip(const struct pks_value *value, enum pks_json_style style, unsigned round)
{
	struct pks_value back = {0};
	char *json = NULL;

	cr_assert_eq(pks_value_to_json(value, NULL, style, &json), 0, "value %u: %s", round, pks_error_message());
	cr_assert_eq(pks_value_from_json(json, strlen(json), NULL, &back), 0, "value %u: %s", round,
	             pks_error_message());
	cr_assert(back.size == value->size && memcmp(back.data, value->data, back.size) == 0, "value %u: %s", round,
	          json);
	pks_value_clear(&back);
	free(json);
}

Test(json_round_trip, any_value_comes_back_bit_for_bit)
{
	struct pks_builder *builder = pks_builder_new();

	random_state = 0x706b73;
	for (unsigned round = 0; round < 3000; round++) {
		struct pks_value value = {0}, checked = {0};

		build_random(builder, round % 4, false);
		cr_assert_eq(pks_builder_finish(builder, &value), 0, "value %u: %s", round, pks_error_message());
		cr_assert_eq(pks_value_from_cbor(value.data, value.size, &checked), 0, "value %u: %s", round,
		             pks_error_message());
		expect_round_trip(&value, round % 2 ? PKS_JSON_LINE : PKS_JSON_INDENT, round);
		pks_value_clear(&checked);
		pks_value_clear(&value);
	}
	pks_builder_free(builder);
}

Test(json_round_trip, the_deepest_value_comes_back)
{
	struct pks_builder *builder = pks_builder_new();
	struct pks_value value = {0};
	double nan = NAN;

	/* Maps with other keys than text take the most levels of JSON, and an array's numbers the last ones. */
	for (int i = 0; i < PKS_VALUE_DEPTH_MAX - 1; i++) {
		pks_build_map(builder);
		pks_build_int(builder, i);
	}
	pks_build_array(builder, PKS_DOUBLE, &nan, 1);
	for (int i = 0; i < PKS_VALUE_DEPTH_MAX - 1; i++)
		pks_build_end(builder);
	cr_assert_eq(pks_builder_finish(builder, &value), 0);
	expect_round_trip(&value, PKS_JSON_LINE, 0);
	expect_round_trip(&value, PKS_JSON_INDENT, 0);
	pks_value_clear(&value);
	pks_builder_free(builder);
}

/* Were anything in it quadratic, this would take hours. */
Test(json_round_trip, large_values_come_back)
{
	struct pks_builder *builder = pks_builder_new();
	struct pks_value value = {0};
	char key[16];

	pks_build_map(builder);
	for (int i = 0; i < 100000; i++) {
		snprintf(key, sizeof(key), "key-%d", i);
		pks_build_string(builder, key);
		pks_build_double(builder, i / 3.0);
	}
	pks_build_string(builder, "list");
	pks_build_list(builder);
	for (int i = 0; i < 100000; i++)
		pks_build_int(builder, i);
	pks_build_end(builder);
	pks_build_end(builder);
	cr_assert_eq(pks_builder_finish(builder, &value), 0);
	expect_round_trip(&value, PKS_JSON_LINE, 0);
	pks_value_clear(&value);
	pks_builder_free(builder);
}
