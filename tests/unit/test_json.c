/* SPDX-License-Identifier: MIT */
#include "hex.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <locale.h>

/* ---- what the tests say ---- */

static char *to_json(const struct pks_value *value)
{
	char *json = NULL;

	cr_assert_eq(pks_value_to_json(value, NULL, PKS_JSON_LINE, &json), 0, "%s", pks_error_message());
	return json;
}

static int from_json(const char *json, struct pks_value *value)
{
	/* Without the final NUL, in memory of just its size. */
	size_t size = strlen(json);
	char *text = malloc(size + (size == 0));
	int r;

	memcpy(text, json, size);
	r = pks_value_from_json(text, size, NULL, value);
	free(text);
	return r;
}

/* The encoding is written as that JSON, and read from it as the same encoding. */
static void expect_both_ways(const char *digits, const char *json)
{
	struct pks_value value = hex_value(digits), back = {0};
	char *written = to_json(&value);

	cr_expect_str_eq(written, json);
	cr_assert_eq(from_json(json, &back), 0, "%s: %s", json, pks_error_message());
	expect_hex(&back, digits);
	pks_value_clear(&value);
	free(written);
}

static void expect_read(const char *json, const char *digits)
{
	struct pks_value value = {0};

	cr_assert_eq(from_json(json, &value), 0, "%s: %s", json, pks_error_message());
	expect_hex(&value, digits);
}

static void expect_refused(const char *json, int code, const char *message)
{
	struct pks_value value = {0};
	int r = from_json(json, &value);

	cr_expect_eq(r, code, "%s: %d, %s", json, r, r ? pks_error_message() : "accepted");
	cr_expect_str_eq(pks_error_message(), message);
	cr_expect_null(value.data);
	pks_value_clear(&value);
}

/* ---- the table of json.h ---- */

Test(json, plain_json_is_itself)
{
	expect_both_ways("f6", "null");
	expect_both_ways("f5", "true");
	expect_both_ways("f4", "false");
	expect_both_ways("626869", "\"hi\"");
	expect_both_ways("60", "\"\"");
	expect_both_ways("80", "[]");
	expect_both_ways("a0", "{}");
	expect_both_ways("83018002", "[1,[],2]");
	expect_both_ways("a2616101616281f6", "{\"a\":1,\"b\":[null]}");
	expect_both_ways("a16001", "{\"\":1}");
}

Test(json, text_is_escaped_and_stays_utf8)
{
	expect_both_ways("6a" "61225c2f08090a0c0d01", "\"a\\\"\\\\/\\b\\t\\n\\f\\r\\u0001\"");
	expect_both_ways("66c3a4e282ac7f", "\"\xc3\xa4\xe2\x82\xac\x7f\"");
	expect_read("\"\\u00e4\\u20ac\\ud83d\\ude00\\/\"", "6ac3a4e282acf09f98802f");
}

Test(json, integers_are_plain_up_to_2_to_the_53)
{
	expect_both_ways("00", "0");
	expect_both_ways("20", "-1");
	expect_both_ways("1b00038d7ea4c67fff", "999999999999999");
	expect_both_ways("1b00038d7ea4c68000", "1000000000000000");
	expect_both_ways("1b0020000000000000", "9007199254740992");
	expect_both_ways("3b001fffffffffffff", "-9007199254740992");
	expect_both_ways("1b0020000000000001", "{\"$int\":\"9007199254740993\"}");
	expect_both_ways("3b0020000000000000", "{\"$int\":\"-9007199254740993\"}");
	expect_both_ways("1bffffffffffffffff", "{\"$int\":\"18446744073709551615\"}");
	expect_both_ways("3b7fffffffffffffff", "{\"$int\":\"-9223372036854775808\"}");
}

Test(json, long_integers_are_read_exactly_without_a_wrapping)
{
	expect_read("18446744073709551615", "1bffffffffffffffff");
	expect_read("-9223372036854775808", "3b7fffffffffffffff");
	expect_read("[9007199254740993]", "811b0020000000000001");
	expect_read("-0", "00");
	expect_read("{\"$int\":\"5\"}", "05");
}

Test(json, doubles_always_look_like_doubles)
{
	expect_both_ways("fb3ff0000000000000", "1.0");
	expect_both_ways("fb0000000000000000", "0.0");
	expect_both_ways("fb8000000000000000", "-0.0");
	expect_both_ways("fb3fb999999999999a", "0.1");
	expect_both_ways("fb3fd5555555555555", "0.3333333333333333");
	expect_both_ways("fb44b52d02c7e14af6", "1e+23");
	expect_both_ways("fb7fefffffffffffff", "1.7976931348623157e+308");
	expect_both_ways("fb4340000000000000", "9007199254740992.0");
	expect_both_ways("fb7ff8000000000000", "{\"$float\":\"nan\"}");
	expect_both_ways("fb7ff0000000000000", "{\"$float\":\"inf\"}");
	expect_both_ways("fbfff0000000000000", "{\"$float\":\"-inf\"}");
	expect_read("5e-324", "fb0000000000000001");
	expect_read("[1e0,1E+2,25e-1]", "83fb3ff0000000000000fb4059000000000000fb4004000000000000");
	expect_read("{\"$float\":\"1\"}", "fb3ff0000000000000");
}

Test(json, bytes_are_base64)
{
	expect_both_ways("40", "{\"$bytes\":\"\"}");
	expect_both_ways("4100", "{\"$bytes\":\"AA==\"}");
	expect_both_ways("420001", "{\"$bytes\":\"AAE=\"}");
	expect_both_ways("43fffefb", "{\"$bytes\":\"//77\"}");
	expect_both_ways("4600108310518f", "{\"$bytes\":\"ABCDEFGP\"}");
}

Test(json, times_are_utc_to_the_nanosecond)
{
	expect_both_ways("c100", "{\"$time\":\"1970-01-01T00:00:00Z\"}");
	expect_both_ways("d903e9a2011a692299b82801", "{\"$time\":\"2025-11-23T05:20:56.000000001Z\"}");
	expect_both_ways("c120", "{\"$time\":\"1969-12-31T23:59:59Z\"}");
	expect_both_ways("d903e9a20120281a3b9ac9ff", "{\"$time\":\"1969-12-31T23:59:59.999999999Z\"}");
	expect_read("{\"$time\":\"1970-01-01T00:00:00.5Z\"}", "d903e9a20100281a1dcd6500");
}

Test(json, text_with_a_nul_is_base64)
{
	expect_both_ways("63610062", "{\"$text\":\"YQBi\"}");
}

Test(json, maps_with_other_keys_are_lists_of_pairs)
{
	expect_both_ways("a10102", "{\"$map\":[[1,2]]}");
	expect_both_ways("a261610162246202", "{\"$map\":[[\"a\",1],[\"$b\",2]]}");
	expect_both_ways("a161006100", "{\"$map\":[[{\"$text\":\"AA==\"},{\"$text\":\"AA==\"}]]}");
	expect_both_ways("a2a10102f680f5", "{\"$map\":[[{\"$map\":[[1,2]]},null],[[],true]]}");
}

Test(json, references_are_ids_without_a_store)
{
	expect_both_ways("da00706b7311", "{\"$ref\":17}");
	expect_both_ways("da00706b731bffffffffffffffff", "{\"$ref\":18446744073709551615}");
}

Test(json, arrays_name_their_numbers)
{
	expect_both_ways("d84e4801000000feffffff", "{\"$array\":\"int32\",\"values\":[1,-2]}");
	expect_both_ways("d8404200ff", "{\"$array\":\"uint8\",\"values\":[0,255]}");
	expect_both_ways("d84842807f", "{\"$array\":\"int8\",\"values\":[-128,127]}");
	expect_both_ways("d84748ffffffffffffffff",
	                 "{\"$array\":\"uint64\",\"values\":[{\"$int\":\"18446744073709551615\"}]}");
	expect_both_ways("d84f480000000000000080",
	                 "{\"$array\":\"int64\",\"values\":[{\"$int\":\"-9223372036854775808\"}]}");
	expect_both_ways("d85648000000000000f03f", "{\"$array\":\"double\",\"values\":[1.0]}");
	expect_both_ways("d85548cdcccc3d0000c07f", "{\"$array\":\"float\",\"values\":[0.1,{\"$float\":\"nan\"}]}");
	expect_both_ways("d84540", "{\"$array\":\"uint16\",\"values\":[]}");
	expect_read("{\"$array\":\"double\",\"values\":[2]}", "d856480000000000000040");
}

Test(json, what_has_no_form_is_cbor_in_base64)
{
	expect_both_ways("f7", "{\"$cbor\":\"9w==\"}");
	expect_both_ways("c705", "{\"$cbor\":\"xwU=\"}");
	expect_both_ways("3b8000000000000000", "{\"$cbor\":\"O4AAAAAAAAAA\"}");
	expect_both_ways("c11bffffffffffffffff", "{\"$cbor\":\"wRv//////////w==\"}");
	expect_both_ways("d855440100c07f", "{\"$cbor\":\"2FVEAQDAfw==\"}"); /* a NaN with a payload */
	expect_both_ways("81f7", "[{\"$cbor\":\"9w==\"}]");
}

Test(json, the_empty_and_the_broken_value_are_not_written)
{
	struct pks_value empty = {0}, broken = hex_value("8201"), bad_text = hex_value("8162c328");
	struct pks_value bad_key = hex_value("a161ff01");
	char *json = NULL;

	cr_expect_eq(pks_value_to_json(&empty, NULL, PKS_JSON_LINE, &json), PKS_ERR_TYPE);
	cr_expect_eq(pks_value_to_json(&broken, NULL, PKS_JSON_LINE, &json), PKS_ERR_CORRUPT);
	cr_expect_eq(pks_value_to_json(&bad_text, NULL, PKS_JSON_LINE, &json), PKS_ERR_CORRUPT);
	cr_expect_eq(pks_value_to_json(&bad_key, NULL, PKS_JSON_LINE, &json), PKS_ERR_CORRUPT);
	cr_expect_null(json);
	pks_value_clear(&bad_key);
	pks_value_clear(&broken);
	pks_value_clear(&bad_text);
}

Test(json, indented_json_is_read_as_the_same_value)
{
	struct pks_value value = hex_value("a2616182010261" "62a16163f5"), back = {0};
	char *json = NULL;

	cr_assert_eq(pks_value_to_json(&value, NULL, PKS_JSON_INDENT, &json), 0);
	cr_expect_not_null(strchr(json, '\n'));
	cr_assert_eq(from_json(json, &back), 0);
	cr_expect_eq(pks_value_equal(&value, &back), 0);
	free(json);
	pks_value_clear(&value);
	pks_value_clear(&back);
}

Test(json, empty_lists_and_maps_are_not_spread_over_lines)
{
	struct pks_value value = {0};
	char *json = NULL;

	cr_assert_eq(from_json("{\"a\":{},\"b\":[{},[]]}", &value), 0);
	cr_assert_eq(pks_value_to_json(&value, NULL, PKS_JSON_INDENT, &json), 0);
	cr_expect_str_eq(json, "{\n\t\"a\":\t{},\n\t\"b\":\t[{}, []]\n}");
	free(json);
	cr_assert_eq(pks_value_to_json(&value, NULL, PKS_JSON_LINE, &json), 0);
	cr_expect_str_eq(json, "{\"a\":{},\"b\":[{},[]]}");
	free(json);
	pks_value_clear(&value);
}

/* ---- what is refused ---- */

Test(json, the_message_tells_where_json_is_wrong)
{
	expect_refused("", PKS_ERR_SYNTAX, "JSON, byte 0: it ends too early");
	expect_refused("  ", PKS_ERR_SYNTAX, "JSON, byte 2: it ends too early");
	expect_refused("[1,]", PKS_ERR_SYNTAX, "JSON, byte 3: not a value");
	expect_refused("[1 2]", PKS_ERR_SYNTAX, "JSON, byte 3: a ',' or ']' must follow");
	expect_refused("{\"a\":1 \"b\"}", PKS_ERR_SYNTAX, "JSON, byte 7: a ',' or '}' must follow");
	expect_refused("{\"a\" 1}", PKS_ERR_SYNTAX, "JSON, byte 5: a ':' must follow the key");
	expect_refused("{\"a\":1,}", PKS_ERR_SYNTAX, "JSON, byte 7: a key must follow");
	expect_refused("{a:1}", PKS_ERR_SYNTAX, "JSON, byte 1: a key must follow");
	expect_refused("[1", PKS_ERR_SYNTAX, "JSON, byte 2: it ends too early");
	expect_refused("1 1", PKS_ERR_SYNTAX, "JSON, byte 2: something behind the value");
	expect_refused("]", PKS_ERR_SYNTAX, "JSON, byte 0: not a value");
	expect_refused("nul", PKS_ERR_SYNTAX, "JSON, byte 0: not a value");
	expect_refused("NaN", PKS_ERR_SYNTAX, "JSON, byte 0: not a value");
	expect_refused("\xef\xbb\xbf" "1", PKS_ERR_SYNTAX, "JSON, byte 0: not a value");
}

Test(json, what_json_has_no_numbers_for_is_refused)
{
	static const char *const numbers[] = {"-", "+1", ".5", "1.", "1e", "1e+", "01", "-01", "0x1", "1_0", "--1"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct pks_value value = {0};

		cr_expect_eq(from_json(numbers[i], &value), PKS_ERR_SYNTAX, "%s", numbers[i]);
	}
	expect_refused("18446744073709551616", PKS_ERR_RANGE, "JSON, byte 0: a number that nothing holds");
	expect_refused("[ -9223372036854775809]", PKS_ERR_RANGE, "JSON, byte 2: a number that nothing holds");
	expect_refused("1e999", PKS_ERR_RANGE, "JSON, byte 0: a number that nothing holds");
}

Test(json, bad_strings_are_refused)
{
	expect_refused("\"a\\u0000\"", PKS_ERR_SYNTAX,
	               "JSON, byte 2: \\u0000: text with a NUL is written {\"$text\": base64}");
	expect_refused("\"\\ud800\"", PKS_ERR_SYNTAX, "JSON, byte 1: half a surrogate pair");
	expect_refused("\"\\udc00\\ud800\"", PKS_ERR_SYNTAX, "JSON, byte 1: half a surrogate pair");
	expect_refused("\"\\x\"", PKS_ERR_SYNTAX, "JSON, byte 1: a bad escape");
	expect_refused("\"\\u12g4\"", PKS_ERR_SYNTAX, "JSON, byte 1: a bad escape");
	expect_refused("\"\\u12", PKS_ERR_SYNTAX, "JSON, byte 1: a bad escape");
	expect_refused("\"\n\"", PKS_ERR_SYNTAX, "JSON, byte 1: a control character in a string");
	expect_refused("[\"\xff\"]", PKS_ERR_SYNTAX, "JSON, byte 1: a string that is not UTF-8");
	expect_refused("\"abc", PKS_ERR_SYNTAX, "JSON, byte 4: it ends too early");
	expect_refused("\"\\", PKS_ERR_SYNTAX, "JSON, byte 2: it ends too early");
}

Test(json, a_nul_is_no_end)
{
	struct pks_value value = {0};

	cr_expect_eq(pks_value_from_json("1\0", 2, NULL, &value), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_value_from_json("\"a\0b\"", 5, NULL, &value), PKS_ERR_SYNTAX);
}

Test(json, a_key_twice_is_refused)
{
	expect_refused("[{\"a\":1,\"b\":{},\"a\":2}]", PKS_ERR_SYNTAX, "JSON, byte 1: a key twice in a map");
	expect_refused("{\"$map\":[[1,2],[1,3]]}", PKS_ERR_SYNTAX, "JSON, byte 0: a key twice in a map");
	expect_refused("{\"a\":1,\"\\u0061\":2}", PKS_ERR_SYNTAX, "JSON, byte 0: a key twice in a map");
}

Test(json, a_dollar_must_begin_a_known_form)
{
	static const char message[] =
		"JSON, byte 0: a key that begins with '$' and is no known form (\"$map\" takes any key)";
	static const char *const unknown[] = {
		"{\"$x\":1}",
		"{\"$\":1}",
		"{\"a\":1,\"$b\":2}",
		"{\"$int\":\"1\",\"b\":2}",
		"{\"$Int\":\"1\"}",
		"{\"$int\":\"1\",\"$int\":\"1\"}",
	};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		expect_refused(unknown[i], PKS_ERR_SYNTAX, message);
}

Test(json, malformed_forms_are_refused)
{
	static const char *const forms[] = {
		"{\"$int\":5}", "{\"$int\":\"\"}", "{\"$int\":\"1.0\"}", "{\"$int\":\" 1\"}", "{\"$int\":\"0x1\"}",
		"{\"$float\":1.5}", "{\"$float\":\"NaN\"}", "{\"$float\":\"1.\"}", "{\"$float\":\"1 \"}",
		"{\"$bytes\":1}", "{\"$bytes\":\"A\"}", "{\"$bytes\":\"AA=A\"}", "{\"$bytes\":\"====\"}",
		"{\"$bytes\":\"AB==\"}",
		"{\"$bytes\":\"AA-_\"}", "{\"$text\":\"//8=\"}", "{\"$cbor\":\"\"}", "{\"$cbor\":\"n/8=\"}",
		"{\"$time\":0}", "{\"$time\":\"2026/01/01T00:00:00Z\"}",
		"{\"$time\":\"2026-02-30T00:00:00Z\"}", "{\"$time\":\"2026-01-01T24:00:00Z\"}",
		"{\"$time\":\"2026-01-01T00:00:60Z\"}", "{\"$time\":\"2026-01-01T00:00:00\"}",
		"{\"$time\":\"2026-01-01T00:00:00.Z\"}",
		"{\"$time\":\"2026-01-01T00:00:00.0000000001Z\"}", "{\"$time\":\"2026-01-01T00:00:00Z \"}",
		"{\"$time\":\"\"}",
		"{\"$ref\":-1}", "{\"$ref\":1.5}", "{\"$ref\":null}", "{\"$ref\":[]}",
		"{\"$array\":\"int32\"}", "{\"$array\":\"int33\",\"values\":[]}", "{\"$array\":1,\"values\":[]}",
		"{\"$array\":\"int32\",\"values\":{}}", "{\"$array\":\"int32\",\"value\":[]}",
		"{\"$array\":\"int32\",\"values\":[1.0]}", "{\"$array\":\"int32\",\"values\":[\"1\"]}",
		"{\"$array\":\"int32\",\"values\":[],\"x\":1}",
		"{\"$map\":{}}", "{\"$map\":[1]}", "{\"$map\":[[]]}", "{\"$map\":[[1]]}", "{\"$map\":[[1,2,3]]}",
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct pks_value value = {0};

		cr_expect_eq(from_json(forms[i], &value), PKS_ERR_SYNTAX, "%s", forms[i]);
		cr_expect_eq(strncmp(pks_error_message(), "JSON, byte ", 11), 0, "%s", pks_error_message());
		pks_value_clear(&value);
	}
}

Test(json, numbers_must_fit_their_array)
{
	static const char *const arrays[] = {"\"uint8\",\"values\":[256]", "\"uint8\",\"values\":[-1]",
	                                     "\"int8\",\"values\":[128]", "\"int8\",\"values\":[-129]",
	                                     "\"int64\",\"values\":[9223372036854775808]",
	                                     "\"float\",\"values\":[1e300]"};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		struct pks_value value = {0};
		char json[128];

		snprintf(json, sizeof(json), "{\"$array\":%s}", arrays[i]);
		cr_expect_eq(from_json(json, &value), PKS_ERR_RANGE, "%s", json);
	}
}

Test(json, a_time_that_nanoseconds_do_not_reach_is_out_of_range)
{
	expect_refused("{\"$time\":\"2262-04-11T23:47:16.854775808Z\"}", PKS_ERR_RANGE,
	               "JSON, byte 0: a time that 64-bit nanoseconds do not reach");
	expect_read("{\"$time\":\"2262-04-11T23:47:16.854775807Z\"}", "d903e9a2011b0000000225c17d04281a32f2d7ff");
}

static char *nested(unsigned levels)
{
	char *json = calloc(2 * levels + 1, 1);

	memset(json, '[', levels);
	memset(json + levels, ']', levels);
	return json;
}

Test(json, it_may_be_nested_as_deeply_as_values)
{
	static const struct {
		unsigned levels;
		int code;
	} cases[] = {{PKS_VALUE_DEPTH_MAX, 0}, {PKS_VALUE_DEPTH_MAX + 1, PKS_ERR_LIMIT}, {500, PKS_ERR_LIMIT},
	             {1000000, PKS_ERR_LIMIT}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pks_value value = {0};
		char *json = nested(cases[i].levels);

		cr_expect_eq(from_json(json, &value), cases[i].code, "%u", cases[i].levels);
		pks_value_clear(&value);
		free(json);
	}
}

/* ---- the program around it ---- */

Test(json, a_locale_with_decimal_commas_changes_nothing)
{
	static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "de_AT.UTF-8"};
	const char *found = NULL;

	for (size_t i = 0; !found && i < sizeof(names) / sizeof(names[0]); i++)
		found = setlocale(LC_ALL, names[i]);
	if (!found)
		cr_skip("no such locale is installed");
	expect_both_ways("fb3ff8000000000000", "1.5");
	expect_both_ways("fb3fb999999999999a", "0.1");
	cr_expect_str_eq(localeconv()->decimal_point, ",", "the program's locale is as it was");
}

Test(json, references_are_paths_with_a_store)
{
	struct pks_store *store = pks_store_open(scratch_dir("references_are_paths_with_a_store"), NULL);
	struct pks_object *dict = pks_dict_open(store, "some/dict", PKS_MUST_CREATE);
	struct pks_value value = {0}, back = {0};
	char *json = NULL, gone[64];

	cr_assert_not_null(dict, "%s", pks_error_message());
	cr_assert_eq(pks_value_pack(&value, "[o]", dict), 0);
	cr_assert_eq(pks_value_to_json(&value, store, PKS_JSON_LINE, &json), 0, "%s", pks_error_message());
	cr_expect_str_eq(json, "[{\"$ref\":\"some/dict\"}]");
	cr_assert_eq(pks_value_from_json(json, strlen(json), store, &back), 0, "%s", pks_error_message());
	cr_expect_eq(pks_value_equal(&value, &back), 0);
	pks_value_clear(&back);
	free(json);

	/* A reference that dangles keeps its id. */
	snprintf(gone, sizeof(gone), "[{\"$ref\":%llu}]", (unsigned long long)pks_object_id(dict));
	cr_assert_eq(pks_object_drop(dict), 0);
	cr_assert_eq(pks_value_to_json(&value, store, PKS_JSON_LINE, &json), 0, "%s", pks_error_message());
	cr_expect_str_eq(json, gone);
	free(json);
	pks_value_clear(&value);
	pks_store_close(store);
}

Test(json, references_to_nowhere_are_refused)
{
	struct pks_store *store = pks_store_open(scratch_dir("references_to_nowhere_are_refused"), NULL);
	struct pks_value value = {0};
	const char *nowhere = "{\"$ref\":\"no/where\"}", *bad = "{\"$ref\":\"/no//path\"}";

	cr_expect_eq(pks_value_from_json(nowhere, strlen(nowhere), store, &value), PKS_NOT_FOUND);
	cr_expect_eq(pks_value_from_json(bad, strlen(bad), store, &value), PKS_ERR_PATH);
	cr_expect_eq(pks_value_from_json(nowhere, strlen(nowhere), NULL, &value), PKS_ERR_USAGE);
	cr_expect_null(value.data);
	pks_store_close(store);
}
