/* SPDX-License-Identifier: MIT */
/* dump and load: everything that a store holds goes through JSON and comes back. */
#include "lib/tool.h"

#include <pkstore/pkstore.h>

#include <math.h>
#include <stdlib.h>

TestSuite(dump, .init = tool_begin, .fini = tool_end);

static struct pks_store *store_open(const char *name)
{
	struct pks_store *store = pks_store_open(tool_path(name), NULL);

	cr_assert(store, "%s", pks_error_message());
	return store;
}

/* One value of each kind, and those at the edges. */
static void fill_kinds(struct pks_object *dict, struct pks_object *log)
{
	static const int32_t numbers[] = {-1, 0, 2147483647};
	struct pks_builder *b = pks_builder_new();
	struct pks_value value = {0};

	pks_dict_setf(dict, "null", "n");
	pks_dict_setf(dict, "bool", "b", true);
	pks_dict_setf(dict, "int", "I", INT64_MIN);
	pks_dict_setf(dict, "uint", "U", UINT64_MAX);
	pks_dict_setf(dict, "beyond 2^53", "I", (INT64_C(1) << 53) + 1);
	pks_dict_setf(dict, "double", "d", 0.1);
	pks_dict_setf(dict, "whole double", "d", 1.0);
	pks_dict_setf(dict, "negative zero", "d", -0.0);
	pks_dict_setf(dict, "smallest", "d", 5e-324);
	pks_dict_setf(dict, "nan", "d", (double)NAN);
	pks_dict_setf(dict, "infinity", "d", -(double)INFINITY);
	pks_dict_setf(dict, "text", "s", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 \"\\/\b\f\n\r\t\x01\x7f");
	pks_dict_setf(dict, "text with NUL", "S", "a\0b", (size_t)3);
	pks_dict_setf(dict, "bytes", "y", "\x00\xff\x80", (size_t)3);
	pks_dict_setf(dict, "list", "[i, [], {}]", 1);
	pks_dict_setf(dict, "map", "{s:i, s:i}", "$bytes", 1, "", 2);
	pks_dict_setf(dict, "time", "t", INT64_C(1790000000123456789));
	pks_dict_setf(dict, "before 1970", "t", INT64_C(-1));
	pks_dict_setf(dict, "reference", "o", log);
	pks_build_array(b, PKS_INT32, numbers, 3);
	cr_assert(pks_builder_finish(b, &value) == 0);
	cr_assert(pks_dict_set(dict, "array", &value) == 0);
	pks_value_clear(&value);
	pks_build_map(b);
	pks_build_int(b, 7);
	pks_build_string(b, "a key that is no text");
	pks_build_end(b);
	cr_assert(pks_builder_finish(b, &value) == 0);
	cr_assert(pks_dict_set(dict, "map of ints", &value) == 0);
	pks_value_clear(&value);
	pks_builder_free(b);
	cr_assert(pks_value_from_cbor("\xd9\x03\xe8\x01", 4, &value) == 0, "%s", pks_error_message());
	cr_assert(pks_dict_set(dict, "foreign tag", &value) == 0);
	pks_value_clear(&value);
}

static const char *const hostile_keys[] = {
	"",
	" ",
	"$ref",
	"$bytes",
	"path",
	"--",
	"-x",
	"a/b",
	"\"",
	"\\",
	"\n",
	"\x1b[31m",
	"\x7f",
	"{}",
	"\xc2\x80",
	"\xe2\x80\xae",
	"\xf0\x9f\x98\x80",
	"null",
	"0",
};

static void fill_keys(struct pks_object *dict)
{
	for (size_t i = 0; i < sizeof(hostile_keys) / sizeof(*hostile_keys); i++)
		cr_assert(pks_dict_setf(dict, hostile_keys[i], "s", hostile_keys[i]) == 0, "%s", pks_error_message());
}

static void fill_store(struct pks_store *store)
{
	struct pks_object *kinds = pks_dict_open(store, "a/kinds", PKS_MUST_CREATE);
	struct pks_object *keys = pks_dict_open(store, "a/k\xc3\xa4ys \"\\", PKS_MUST_CREATE);
	struct pks_object *log = pks_log_open(store, "z/log", PKS_MUST_CREATE);
	struct pks_object *capped = pks_log_open(store, "z/capped", PKS_MUST_CREATE);
	struct pks_value map = {0};

	fill_kinds(kinds, log);
	fill_keys(keys);
	cr_assert(pks_value_pack(&map, "{s:s, s:o}", "owner", "me", "log", log) == 0);
	cr_assert(pks_object_set_metadata(kinds, &map) == 0);
	pks_value_clear(&map);
	cr_assert(pks_attr_setf(log, "unit", "s", "ms") == 0);
	cr_assert(pks_attr_setf(log, "$time", "[o]", kinds) == 0);
	cr_assert(pks_log_set_cap(capped, 2) == 0);
	for (int i = 0; i < 5; i++) {
		cr_assert(pks_log_appendf(log, "{s:i, s:o}", "i", i, "self", log) == 0);
		cr_assert(pks_log_appendf(capped, "i", i) == 0);
	}
	cr_assert(pks_dict_open(store, "empty", PKS_MUST_CREATE));
	cr_assert(pks_log_open(store, "empty log", PKS_MUST_CREATE));
}

/* Ids and uuids differ between two stores, so references are compared by their paths: as JSON. */
static void expect_same_value(const struct pks_value *a, struct pks_store *a_store, const struct pks_value *b,
                              struct pks_store *b_store)
{
	char *a_json, *b_json;

	cr_assert(pks_value_to_json(a, a_store, PKS_JSON_LINE, &a_json) == 0);
	cr_assert(pks_value_to_json(b, b_store, PKS_JSON_LINE, &b_json) == 0);
	cr_expect(!strcmp(a_json, b_json), "%s\n%s", a_json, b_json);
	cr_expect(strstr(a_json, "$ref") || pks_value_equal(a, b) == 0, "%s", a_json);
	free(a_json);
	free(b_json);
}

static void expect_same_pairs(struct pks_iter *a, struct pks_store *a_store, struct pks_iter *b,
                              struct pks_store *b_store)
{
	struct pks_value a_value, b_value;
	const char *a_key, *b_key;
	int r;

	while ((r = pks_iter_next(a, &a_key, &a_value)) == 0) {
		cr_assert(pks_iter_next(b, &b_key, &b_value) == 0, "%s is missing", a_key);
		cr_expect(!strcmp(a_key, b_key), "%s, not %s", b_key, a_key);
		expect_same_value(&a_value, a_store, &b_value, b_store);
	}
	cr_assert(r == PKS_END && pks_iter_next(b, NULL, NULL) == PKS_END);
	pks_iter_close(a);
	pks_iter_close(b);
}

static void expect_same_entries(struct pks_object *a, struct pks_object *b)
{
	struct pks_value a_value = {0}, b_value = {0};
	uint64_t a_number = 1, b_number = 2;

	cr_assert(pks_log_cap(a, &a_number) == 0 && pks_log_cap(b, &b_number) == 0 && a_number == b_number);
	cr_assert(pks_log_count(a, &a_number) == 0 && pks_log_count(b, &b_number) == 0 && a_number == b_number);
	for (uint64_t i = 0; i < a_number; i++) {
		cr_assert(pks_log_get(a, (int64_t)i, &a_value) == 0 && pks_log_get(b, (int64_t)i, &b_value) == 0);
		expect_same_value(&a_value, pks_object_store(a), &b_value, pks_object_store(b));
		pks_value_clear(&a_value);
		pks_value_clear(&b_value);
	}
}

static void expect_same_object(struct pks_object *a, struct pks_object *b)
{
	struct pks_store *a_store = pks_object_store(a), *b_store = pks_object_store(b);
	struct pks_value a_map = {0}, b_map = {0};

	cr_assert(!strcmp(pks_object_type(a), pks_object_type(b)));
	cr_assert(pks_object_metadata(a, &a_map) == 0 && pks_object_metadata(b, &b_map) == 0);
	expect_same_value(&a_map, a_store, &b_map, b_store);
	pks_value_clear(&a_map);
	pks_value_clear(&b_map);
	expect_same_pairs(pks_attr_iter(a), a_store, pks_attr_iter(b), b_store);
	if (!strcmp(pks_object_type(a), "log"))
		expect_same_entries(a, b);
	else
		expect_same_pairs(pks_dict_iter(a, NULL), a_store, pks_dict_iter(b, NULL), b_store);
}

/* Returns how many objects there are in both. */
static unsigned expect_same_store(struct pks_store *a, struct pks_store *b)
{
	struct pks_list_options all = {.recursive = true};
	struct pks_list *a_list = pks_list_open(a, &all), *b_list = pks_list_open(b, &all);
	struct pks_list_entry a_entry, b_entry;
	unsigned count = 0;

	for (; pks_list_next(a_list, &a_entry) == 0; count++) {
		cr_assert(pks_list_next(b_list, &b_entry) == 0, "%s is missing", a_entry.info.path);
		cr_assert(!strcmp(a_entry.info.path, b_entry.info.path), "%s", b_entry.info.path);
		struct pks_object *a_object = pks_object_open(a, a_entry.info.path);
		struct pks_object *b_object = pks_object_open(b, a_entry.info.path);
		expect_same_object(a_object, b_object);
		pks_object_close(a_object);
		pks_object_close(b_object);
	}
	cr_assert(pks_list_next(b_list, &b_entry) == PKS_END);
	pks_list_close(a_list);
	pks_list_close(b_list);
	return count;
}

Test(dump, a_dumped_store_loads_into_an_equal_one)
{
	struct pks_store *store = store_open("store"), *copy;
	struct tool_result dumped, loaded;

	fill_store(store);
	dumped = tool("dump");
	cr_assert(dumped.exit_code == 0, "%s", dumped.err);
	loaded = tool_reading(dumped.out, "-s", tool_path("copy"), "load");
	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	cr_assert(!strcmp(loaded.out, "6\n"), "%s", loaded.out);
	copy = store_open("copy");
	cr_assert(expect_same_store(store, copy) == 6);
	pks_store_close(copy);
	pks_store_close(store);
	tool_release(&dumped);
	tool_release(&loaded);
}

Test(dump, each_object_is_one_line_without_control_characters)
{
	struct pks_store *store = store_open("store");
	struct tool_result dumped;
	unsigned lines = 0;

	fill_store(store);
	pks_store_close(store);
	dumped = tool("dump");
	for (const char *at = dumped.out; *at; at++) {
		lines += *at == '\n';
		cr_assert(*at == '\n' || ((unsigned char)*at >= 0x20 && *at != 0x7f), "a control character");
	}
	cr_assert(lines == 6, "%u lines", lines);
	cr_assert(tool_begins(dumped.out, "{\"path\":\"a/"));
	tool_release(&dumped);
}

Test(dump, a_single_path_is_indented_and_loads_all_the_same)
{
	struct tool_result dumped, loaded;

	tool_says("", "set", "d", "k", "[1, {\"a\": 2}]");
	dumped = tool("dump", "d");
	cr_assert(tool_begins(dumped.out, "{\n  \"path\": \"d\",\n  \"type\": \"dict\",\n  \"uuid\": \""), "%s",
	          dumped.out);
	cr_assert(strstr(dumped.out, "  \"attributes\": {},\n  \"metadata\": {"), "%s", dumped.out);
	loaded = tool_reading(dumped.out, "-s", tool_path("copy"), "load", "-");
	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	tool_says("{\"k\":[1,{\"a\":2}]}\n", "-s", tool_path("copy"), "get", "d");
	tool_release(&dumped);
	tool_release(&loaded);
	dumped = tool("dump", "-l", "d");
	cr_assert(strchr(dumped.out, '\n') == dumped.out + dumped.out_size - 1, "%s", dumped.out);
	tool_release(&dumped);
}

Test(dump, several_paths_are_one_line_each)
{
	struct tool_result dumped;

	tool_says("", "set", "a", "k", "1");
	tool_says("", "append", "b", "1");
	dumped = tool("dump", "b", "a");
	cr_assert(tool_begins(dumped.out, "{\"path\":\"b\",\"type\":\"log\","), "%s", dumped.out);
	cr_assert(strstr(dumped.out, "\"cap\":0,\"items\":[1]}\n{\"path\":\"a\""), "%s", dumped.out);
	tool_release(&dumped);
	tool_refuses(1, "pkstore: c: ", "dump", "c");
}

Test(dump, loading_over_what_is_there_changes_nothing)
{
	struct tool_result dumped, loaded;

	tool_says("", "set", "a", "k", "1");
	tool_says("", "set", "b", "k", "1");
	dumped = tool("dump");
	tool_says("", "rm", "a");
	loaded = tool_reading(dumped.out, "load");
	cr_assert(loaded.exit_code == 1);
	cr_assert(!strcmp(loaded.err, "pkstore: b: there already is one\n"), "%s", loaded.err);
	tool_says("b\n", "ls");
	tool_release(&dumped);
	tool_release(&loaded);
}

Test(dump, a_file_is_loaded_and_a_missing_one_is_told)
{
	FILE *file = fopen(tool_path("file"), "w");

	fputs("{\"path\":\"a\",\"type\":\"log\",\"items\":[1,2]}\n\n{\"path\":\"b\",\"type\":\"dict\"}", file);
	fclose(file);
	tool_says("2\n", "load", tool_path("file"));
	tool_says("a\nb\n", "ls");
	tool_says("2\n", "len", "a");
	tool_refuses(3, "pkstore: /", "load", tool_path("no such file"));
}

Test(dump, nothing_loads_as_nothing)
{
	tool_says("0\n", "load");
}

/* More than one transaction's worth, of changes and of bytes. */
Test(dump, a_large_object_loads_in_several_transactions)
{
	enum { ENTRIES = 10000, LARGE = 6 };
	struct pks_store *store = store_open("store"), *copy;
	struct pks_object *log = pks_log_open(store, "log", PKS_MUST_CREATE);
	struct pks_object *dict = pks_dict_open(store, "dict", PKS_MUST_CREATE);
	struct tool_result dumped, loaded;
	char *text = calloc(1, 1024 * 1024 + 1);

	memset(text, 'x', 1024 * 1024);
	cr_assert(pks_begin(store) == 0);
	for (int i = 0; i < ENTRIES; i++)
		cr_assert(pks_log_appendf(log, "i", i) == 0);
	for (char i = 0; i < LARGE; i++)
		cr_assert(pks_dict_setf(dict, (char[]){(char)('a' + i), '\0'}, "s", text) == 0);
	cr_assert(pks_commit(store) == 0);
	dumped = tool("dump");
	loaded = tool_reading(dumped.out, "-s", tool_path("copy"), "load");
	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	copy = store_open("copy");
	cr_assert(expect_same_store(store, copy) == 2);
	pks_store_close(copy);
	pks_store_close(store);
	tool_release(&dumped);
	tool_release(&loaded);
	free(text);
}
