/* SPDX-License-Identifier: MIT */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pks_store *store;

/* Each test has a store of its own, named after it. */
static struct pks_object *open_dict(const char *test)
{
	struct pks_object *dict;

	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	dict = pks_dict_open(store, "test/dict", PKS_MUST_CREATE);
	cr_assert_not_null(dict, "%s", pks_error_message());
	return dict;
}

static void expect_int(struct pks_object *dict, const char *key, int expected)
{
	int number = -1;

	cr_expect_eq(pks_dict_getf(dict, key, "i", &number), 0, "%s: %s", key, pks_error_message());
	cr_expect_eq(number, expected, "%s is %d, not %d", key, number, expected);
}

static void expect_count(struct pks_object *dict, uint64_t expected)
{
	uint64_t count = 999;

	cr_expect_eq(pks_dict_count(dict, &count), 0);
	cr_expect_eq(count, expected, "%llu keys, not %llu", (unsigned long long)count, (unsigned long long)expected);
}

Test(dict, a_value_set_is_the_value_got)
{
	struct pks_object *dict = open_dict("a_value_set_is_the_value_got");

	cr_expect_eq(pks_dict_setf(dict, "port", "i", 8080), 0);
	expect_int(dict, "port", 8080);
	expect_count(dict, 1);
	pks_store_close(store);
}

Test(dict, setting_a_key_again_replaces_its_value_and_keeps_the_count)
{
	struct pks_object *dict = open_dict("setting_a_key_again");

	pks_dict_setf(dict, "k", "i", 1);
	pks_dict_setf(dict, "k", "i", 2);
	expect_int(dict, "k", 2);
	expect_count(dict, 1);
	pks_store_close(store);
}

Test(dict, a_missing_key_is_not_found_and_named)
{
	struct pks_object *dict = open_dict("a_missing_key");
	struct pks_value value = {0};

	cr_expect_eq(pks_dict_get(dict, "none", &value), PKS_NOT_FOUND);
	cr_expect_not_null(strstr(pks_error_message(), "none"));
	cr_expect_null(value.data, "an output is untouched on failure");
	cr_expect_eq(pks_dict_contains(dict, "none"), PKS_NOT_FOUND);
	cr_expect_eq(pks_dict_del(dict, "none"), PKS_NOT_FOUND);
	pks_store_close(store);
}

Test(dict, the_empty_key_and_the_longest_one_are_keys)
{
	struct pks_object *dict = open_dict("the_longest_key");
	char longest[PKS_KEY_MAX + 2];

	memset(longest, 'k', sizeof(longest));
	longest[PKS_KEY_MAX] = 0;
	cr_expect_eq(pks_dict_setf(dict, "", "i", 1), 0);
	cr_expect_eq(pks_dict_setf(dict, longest, "i", 2), 0);
	expect_int(dict, "", 1);
	expect_int(dict, longest, 2);
	longest[PKS_KEY_MAX] = 'k';
	longest[PKS_KEY_MAX + 1] = 0;
	cr_expect_eq(pks_dict_setf(dict, longest, "i", 3), PKS_ERR_LIMIT);
	cr_expect_eq(pks_dict_setf(dict, "\xff", "i", 3), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_dict_setf(dict, NULL, "i", 3), PKS_ERR_USAGE);
	expect_count(dict, 2);
	pks_store_close(store);
}

Test(dict, an_empty_value_is_refused)
{
	struct pks_object *dict = open_dict("an_empty_value");
	struct pks_value empty = {0};

	cr_expect_eq(pks_dict_set(dict, "k", &empty), PKS_ERR_USAGE);
	cr_expect_eq(pks_dict_set(dict, "k", NULL), PKS_ERR_USAGE);
	expect_count(dict, 0);
	pks_store_close(store);
}

Test(dict, defaults_are_given_and_setdefault_stores_them_once)
{
	struct pks_object *dict = open_dict("defaults");
	struct pks_value seven = {0}, value = {0};
	int64_t number = 0;

	pks_value_pack(&seven, "i", 7);
	cr_expect_eq(pks_dict_get_default(dict, "k", &seven, &value), 0);
	cr_expect_eq(pks_value_int(&value, &number), 0);
	cr_expect_eq(number, 7);
	expect_count(dict, 0);

	cr_expect_eq(pks_dict_setdefault(dict, "k", &seven, &value), 0);
	pks_value_clear(&value);
	expect_int(dict, "k", 7);
	pks_dict_setf(dict, "k", "i", 8);
	cr_expect_eq(pks_dict_setdefault(dict, "k", &seven, &value), 0);
	cr_expect_eq(pks_value_int(&value, &number), 0);
	cr_expect_eq(number, 8);
	pks_value_clear(&value);
	pks_value_clear(&seven);
	pks_store_close(store);
}

Test(dict, pop_and_popitem_take_what_they_give)
{
	struct pks_object *dict = open_dict("pop");
	struct pks_value value = {0};
	int64_t number = 0;
	char *key = NULL;

	pks_dict_setf(dict, "a", "i", 1);
	pks_dict_setf(dict, "b", "i", 2);
	cr_expect_eq(pks_dict_pop(dict, "a", &value), 0);
	pks_value_int(&value, &number);
	cr_expect_eq(number, 1);
	pks_value_clear(&value);
	cr_expect_eq(pks_dict_pop(dict, "a", &value), PKS_NOT_FOUND);

	pks_dict_setf(dict, "a", "i", 1);
	cr_expect_eq(pks_dict_popitem(dict, &key, &value), 0);
	cr_expect_str_eq(key, "b");
	free(key);
	pks_value_clear(&value);
	cr_expect_eq(pks_dict_popitem(dict, &key, &value), 0);
	free(key);
	pks_value_clear(&value);
	cr_expect_eq(pks_dict_popitem(dict, &key, &value), PKS_EMPTY);
	expect_count(dict, 0);
	pks_store_close(store);
}

Test(dict, update_sets_all_pairs_or_none)
{
	struct pks_object *dict = open_dict("update");
	struct pks_value map = {0}, bad = {0};
	uint64_t version, after;

	pks_value_pack(&map, "{s:i, s:i}", "x", 1, "y", 2);
	cr_expect_eq(pks_dict_update(dict, &map), 0);
	expect_count(dict, 2);
	pks_object_version(dict, &version);
	pks_value_pack(&bad, "{s:i, i:i}", "z", 1, 5, 2);
	cr_expect_lt(pks_dict_update(dict, &bad), 0);
	cr_expect_eq(pks_dict_contains(dict, "z"), PKS_NOT_FOUND);
	pks_object_version(dict, &after);
	cr_expect_eq(version, after);
	pks_value_clear(&map);
	pks_value_clear(&bad);
	pks_store_close(store);
}

Test(dict, clear_leaves_nothing_and_the_neighbours_alone)
{
	struct pks_object *dict = open_dict("clear");
	struct pks_object *other = pks_dict_open(store, "test/other", PKS_OPEN_OR_CREATE);
	char key[32];

	pks_dict_setf(other, "stays", "i", 1);
	pks_begin(store);
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		pks_dict_setf(dict, key, "i", i);
	}
	cr_expect_eq(pks_commit(store), 0);
	pks_attr_setf(dict, "unit", "s", "m");
	expect_count(dict, 5000);
	cr_expect_eq(pks_dict_clear(dict), 0);
	expect_count(dict, 0);
	cr_expect_eq(pks_dict_contains(dict, "17"), PKS_NOT_FOUND);
	cr_expect_eq(pks_attr_getf(dict, "unit", "n"), PKS_ERR_TYPE, "attributes stay");
	expect_int(other, "stays", 1);
	pks_store_close(store);
}

Test(dict, add_counts_up_from_nothing_and_refuses_to_overflow)
{
	struct pks_object *dict = open_dict("add");
	int64_t sum = 0;
	double total = 0;

	cr_expect_eq(pks_dict_add(dict, "n", 5, &sum), 0);
	cr_expect_eq(pks_dict_add(dict, "n", -7, &sum), 0);
	cr_expect_eq(sum, -2);
	pks_dict_setf(dict, "n", "I", INT64_MAX);
	cr_expect_eq(pks_dict_add(dict, "n", 1, &sum), PKS_ERR_RANGE);
	pks_dict_setf(dict, "t", "s", "text");
	cr_expect_eq(pks_dict_add(dict, "t", 1, &sum), PKS_ERR_TYPE);
	cr_expect_eq(pks_dict_add_double(dict, "d", 0.5, NULL), 0);
	cr_expect_eq(pks_dict_add_double(dict, "d", 0.25, &total), 0);
	cr_expect_eq(total, 0.75);
	pks_store_close(store);
}

Test(dict, compare_set_changes_only_what_is_as_expected)
{
	struct pks_object *dict = open_dict("compare_set");
	struct pks_value one = {0}, two = {0};

	pks_value_pack(&one, "i", 1);
	pks_value_pack(&two, "i", 2);
	cr_expect_eq(pks_dict_compare_set(dict, "k", &one, &two), PKS_MISMATCH);
	cr_expect_eq(pks_dict_compare_set(dict, "k", NULL, &one), 0);
	cr_expect_eq(pks_dict_compare_set(dict, "k", NULL, &two), PKS_MISMATCH);
	cr_expect_eq(pks_dict_compare_set(dict, "k", &one, &two), 0);
	expect_int(dict, "k", 2);
	cr_expect_eq(pks_dict_compare_set(dict, "k", &two, NULL), 0);
	expect_count(dict, 0);
	pks_value_clear(&one);
	pks_value_clear(&two);
	pks_store_close(store);
}

Test(dict, set_at_version_refuses_a_version_that_has_passed)
{
	struct pks_object *dict = open_dict("set_at_version");
	struct pks_value one = {0};
	uint64_t version;

	pks_value_pack(&one, "i", 1);
	pks_object_version(dict, &version);
	cr_expect_eq(pks_dict_set_at_version(dict, "k", &one, version), 0);
	cr_expect_eq(pks_dict_set_at_version(dict, "k", &one, version), PKS_MISMATCH);
	pks_value_clear(&one);
	pks_store_close(store);
}

Test(dict, a_reference_opens_the_object_and_tells_when_it_was_dropped)
{
	struct pks_object *dict = open_dict("a_reference");
	struct pks_object *log = pks_log_open(store, "test/log", PKS_OPEN_OR_CREATE), *again;

	cr_expect_eq(pks_dict_setf(dict, "log", "o", log), 0);
	again = pks_dict_object(dict, "log");
	cr_assert_not_null(again);
	cr_expect_str_eq(pks_object_type(again), "log");
	cr_expect_eq(pks_log_appendf(again, "i", 1), 0);
	cr_expect_eq(pks_object_drop(again), 0);
	cr_expect_null(pks_dict_object(dict, "log"));
	cr_expect_eq(pks_error_code(), PKS_ERR_GONE);
	cr_expect_eq(pks_log_appendf(log, "i", 1), PKS_ERR_GONE);
	pks_store_close(store);
}

Test(dict, a_null_handle_answers_the_error_that_made_it)
{
	struct pks_object *dict;

	open_dict("a_null_handle");
	dict = pks_dict_open(store, "a//b", PKS_OPEN_OR_CREATE);
	cr_expect_null(dict);
	cr_expect_eq(pks_dict_setf(dict, "k", "i", 1), PKS_ERR_PATH);
	cr_expect_not_null(strstr(pks_error_message(), "a//b"));
	pks_store_close(store);
}

/* ---- iteration ---- */

static void fill(struct pks_object *dict, const char *keys)
{
	char key[2] = {0};

	for (; *keys; keys++) {
		key[0] = *keys;
		cr_assert_eq(pks_dict_setf(dict, key, "i", (int)*keys), 0);
	}
}

static void expect_keys(struct pks_object *dict, const struct pks_range *range, const char *expected)
{
	struct pks_iter *iter = pks_dict_iter(dict, range);
	char seen[256] = "";
	const char *key;
	struct pks_value value;
	int64_t number;
	int r;

	cr_assert_not_null(iter, "%s", pks_error_message());
	while ((r = pks_iter_next(iter, &key, &value)) == 0) {
		cr_expect_eq(pks_value_int(&value, &number), 0);
		cr_expect_eq(number, key[0], "the value is of another key");
		strcat(seen, key);
	}
	cr_expect_eq(r, PKS_END);
	cr_expect_str_eq(seen, expected);
	pks_iter_close(iter);
}

Test(dict, ranges_and_prefixes_run_in_key_order_both_ways)
{
	struct pks_object *dict = open_dict("ranges");

	fill(dict, "gacebdf");
	expect_keys(dict, NULL, "abcdefg");
	expect_keys(dict, &(struct pks_range){.reverse = true}, "gfedcba");
	expect_keys(dict, &(struct pks_range){.from = "c"}, "cdefg");
	expect_keys(dict, &(struct pks_range){.from = "bb"}, "cdefg");
	expect_keys(dict, &(struct pks_range){.to = "c"}, "ab");
	expect_keys(dict, &(struct pks_range){.from = "b", .to = "e"}, "bcd");
	expect_keys(dict, &(struct pks_range){.from = "b", .to = "e", .reverse = true}, "dcb");
	expect_keys(dict, &(struct pks_range){.from = "e", .to = "b"}, "");
	expect_keys(dict, &(struct pks_range){.from = "e", .to = "b", .reverse = true}, "");
	expect_keys(dict, &(struct pks_range){.prefix = "d"}, "d");
	expect_keys(dict, &(struct pks_range){.prefix = "x"}, "");
	expect_keys(dict, &(struct pks_range){.prefix = "x", .reverse = true}, "");
	pks_store_close(store);
}

Test(dict, a_prefix_of_highest_bytes_has_an_end)
{
	struct pks_object *dict = open_dict("a_prefix_of_highest_bytes");

	/* U+10FFFF is f4 8f bf bf: the highest key there is begins with it. */
	pks_dict_setf(dict, "\xf4\x8f\xbf\xbf", "i", 0xf4 - 256);
	pks_dict_setf(dict, "a", "i", 'a');
	expect_keys(dict, &(struct pks_range){.prefix = "\xf4\x8f\xbf\xbf"}, "\xf4\x8f\xbf\xbf");
	expect_keys(dict, &(struct pks_range){.prefix = ""}, "a\xf4\x8f\xbf\xbf");
	pks_store_close(store);
}

Test(dict, iteration_sees_one_snapshot_whatever_is_written_meanwhile)
{
	struct pks_object *dict = open_dict("one_snapshot");
	struct pks_iter *iter;
	const char *key;
	int seen = 0;

	fill(dict, "abc");
	iter = pks_dict_iter(dict, NULL);
	fill(dict, "defg");
	pks_dict_del(dict, "b");
	while (pks_iter_next(iter, &key, NULL) == 0)
		seen++;
	cr_expect_eq(seen, 3);
	pks_iter_close(iter);
	pks_store_close(store);
}

Test(dict, iteration_in_a_transaction_survives_deleting_what_it_stands_on)
{
	struct pks_object *dict = open_dict("deleting_while_iterating");
	struct pks_iter *iter;
	const char *key;
	char seen[32] = "";

	fill(dict, "abcdef");
	pks_begin(store);
	iter = pks_dict_iter(dict, NULL);
	while (pks_iter_next(iter, &key, NULL) == 0) {
		char copy[2] = {key[0], 0};

		strcat(seen, copy);
		cr_expect_eq(pks_dict_del(dict, copy), 0);
		if (copy[0] == 'b')
			pks_dict_del(dict, "c");
	}
	cr_expect_str_eq(seen, "abdef");
	pks_iter_close(iter);
	cr_expect_eq(pks_commit(store), 0);
	expect_count(dict, 0);
	pks_store_close(store);
}

Test(dict, an_iterator_ends_with_its_transaction)
{
	struct pks_object *dict = open_dict("an_iterator_ends");
	struct pks_iter *iter;

	fill(dict, "ab");
	pks_snapshot_begin(store);
	iter = pks_dict_iter(dict, NULL);
	cr_expect_eq(pks_iter_next(iter, NULL, NULL), 0);
	pks_snapshot_end(store);
	cr_expect_eq(pks_iter_next(iter, NULL, NULL), PKS_ERR_USAGE);
	pks_iter_close(iter);
	pks_store_close(store);
}

Test(dict, an_open_iterator_does_not_outlive_the_store_by_much)
{
	struct pks_object *dict = open_dict("two_iterators");
	struct pks_iter *one = pks_dict_iter(dict, NULL), *two = pks_dict_iter(dict, NULL);

	fill(dict, "ab");
	cr_expect_eq(pks_iter_next(one, NULL, NULL), PKS_END);
	pks_iter_close(one);
	cr_expect_eq(pks_iter_next(two, NULL, NULL), PKS_END);
	pks_iter_close(two);
	pks_iter_close(NULL);
	pks_store_close(store);
}

Test(dict, an_iterator_that_outlives_its_store_says_so)
{
	struct pks_object *dict = open_dict("outlives_its_store");
	struct pks_iter *iter, *other;
	struct pks_store_stat stat;
	char *path = strdup(pks_store_path(store));

	fill(dict, "ab");
	iter = pks_dict_iter(dict, NULL);
	other = pks_dict_iter(dict, NULL);
	cr_expect_eq(pks_iter_next(iter, NULL, NULL), 0);
	pks_iter_close(other);
	pks_store_close(store);
	cr_expect_eq(pks_iter_next(iter, NULL, NULL), PKS_ERR_USAGE);
	pks_iter_close(iter);
	store = pks_store_open(path, NULL);
	cr_expect_eq(pks_store_stat(store, &stat), 0);
	cr_expect_eq(stat.reader_count, 0, "no snapshot is left");
	pks_store_close(store);
	free(path);
}
