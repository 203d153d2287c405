/* SPDX-License-Identifier: MIT */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct pks_store *store;

static void open_store(const char *test)
{
	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
}

static struct pks_object *dict(const char *path)
{
	struct pks_object *object = pks_dict_open(store, path, PKS_OPEN_OR_CREATE);

	cr_assert_not_null(object, "%s", pks_error_message());
	return object;
}

/* What the limit says is used, compared with what a walk finds. */
static struct pks_namespace_info info(const char *path)
{
	struct pks_list_options what = {.in = path, .recursive = true};
	struct pks_list *list = pks_list_open(store, &what);
	struct pks_namespace_info told;
	struct pks_list_entry entry;
	uint64_t objects = 0, bytes = 0;

	for (; pks_list_next(list, &entry) == 0; objects++)
		bytes += entry.info.bytes;
	pks_list_close(list);
	cr_assert_eq(pks_namespace_info(store, path, &told), 0, "%s", pks_error_message());
	cr_expect_eq(told.objects, objects, "%s: %llu objects, and %llu are used", path, (unsigned long long)objects,
	             (unsigned long long)told.objects);
	cr_expect_eq(told.bytes, bytes, "%s: %llu bytes, and %llu are used", path, (unsigned long long)bytes,
	             (unsigned long long)told.bytes);
	return told;
}

/* ---- measuring and limits ---- */

Test(namespace, it_is_measured_with_what_is_in_its_namespaces)
{
	open_store("measured");
	cr_expect_eq(pks_dict_setf(dict("a/x"), "key", "i", 1), 0);
	cr_expect_eq(pks_dict_setf(dict("a/b/y"), "key", "i", 1), 0);
	dict("a");
	dict("a-b/z");
	cr_expect_eq(info("a").objects, 2);
	cr_expect_eq(info("a").bytes, 8);
	cr_expect_eq(info("a").limit_bytes, 0);
	cr_expect_eq(info("").objects, 4);
	cr_expect_eq(pks_namespace_info(store, "c", &(struct pks_namespace_info){0}), PKS_NOT_FOUND);
	cr_expect_eq(pks_namespace_info(store, "a/x", &(struct pks_namespace_info){0}), PKS_NOT_FOUND);
	cr_expect_eq(pks_namespace_info(store, "/", &(struct pks_namespace_info){0}), PKS_ERR_PATH);
	pks_store_close(store);
}

Test(namespace, what_would_pass_a_limit_of_objects_is_not_made)
{
	struct pks_object *object;

	open_store("limit_of_objects");
	dict("a/1");
	cr_expect_eq(pks_namespace_set_limit(store, "a", 2, 0), 0);
	dict("a/b/2");
	cr_expect_null(pks_dict_open(store, "a/3", PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_QUOTA);
	cr_expect_str_eq(pks_error_message(), "a: its limit of 2 objects would be passed: 3");
	cr_expect_eq(pks_object_exists(store, "a/3"), PKS_NOT_FOUND);
	object = dict("elsewhere");
	cr_expect_eq(pks_object_rename(object, "a/3"), PKS_ERR_QUOTA);
	cr_expect_eq(pks_object_exists(store, "elsewhere"), 0);
	cr_expect_eq(pks_object_rename(dict("a/1"), "a/b/1"), 0, "within it nothing is added");
	cr_expect_eq(pks_object_drop(dict("a/b/2")), 0);
	cr_expect_eq(pks_object_rename(object, "a/3"), 0);
	cr_expect_eq(info("a").objects, 2);
	cr_expect_eq(pks_namespace_set_limit(store, "a", 0, 0), 0);
	dict("a/4");
	cr_expect_eq(info("a").objects, 3);
	pks_store_close(store);
}

Test(namespace, a_transaction_that_would_pass_a_limit_of_bytes_is_refused_as_a_whole)
{
	struct pks_object *log;
	uint64_t count;

	open_store("limit_of_bytes");
	log = pks_log_open(store, "a/log", PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_namespace_set_limit(store, "a", 0, 100), 0);
	cr_expect_eq(pks_dict_setf(dict("a/d"), "key", "s", "twenty bytes of text"), 0);
	pks_begin(store);
	for (int i = 0; i < 10; i++)
		cr_expect_eq(pks_log_appendf(log, "s", "twenty bytes of text"), 0);
	cr_expect_eq(pks_dict_setf(dict("b"), "key", "i", 1), 0);
	cr_expect_eq(pks_commit(store), PKS_ERR_QUOTA);
	cr_expect(strncmp(pks_error_message(), "a: its limit of 100 bytes would be passed: ", 43) == 0, "%s",
	          pks_error_message());
	pks_log_count(log, &count);
	cr_expect_eq(count, 0);
	cr_expect_eq(pks_object_exists(store, "b"), PKS_NOT_FOUND);
	cr_expect_eq(pks_log_appendf(log, "s", "twenty bytes of text"), 0);
	/* What comes and what goes in one transaction is one change. */
	pks_begin(store);
	cr_expect_eq(pks_dict_setf(dict("a/e"), "key", "s", "more than eighty bytes of text, more than eighty bytes of "
	                                                     "text, more than eighty by"),
	             0);
	cr_expect_eq(pks_object_drop(dict("a/d")), 0);
	cr_expect_eq(pks_log_clear(log), 0);
	cr_expect_eq(pks_commit(store), 0, "%s", pks_error_message());
	cr_expect_eq(info("a").objects, 2);
	pks_store_close(store);
}

Test(namespace, what_is_above_its_limit_can_shrink)
{
	struct pks_object *d;

	open_store("can_shrink");
	d = dict("a/d");
	pks_dict_setf(d, "1", "s", "twenty bytes of text");
	pks_dict_setf(d, "2", "s", "twenty bytes of text");
	cr_expect_eq(pks_namespace_set_limit(store, "a", 1, 10), 0);
	cr_expect_eq(pks_dict_setf(d, "3", "i", 1), PKS_ERR_QUOTA);
	cr_expect_eq(pks_dict_setf(d, "2", "i", 1), 0, "%s", pks_error_message());
	cr_expect_eq(pks_attr_setf(d, "note", "s", "attributes count"), PKS_ERR_QUOTA);
	cr_expect_eq(pks_dict_del(d, "1"), 0);
	cr_expect_eq(pks_dict_setf(d, "3", "i", 1), 0);
	cr_expect_eq(info("a").bytes, 4);
	pks_store_close(store);
}

Test(namespace, attributes_and_metadata_count)
{
	struct pks_value map = {0};
	struct pks_object *d;

	open_store("attributes_count");
	d = dict("a/d");
	cr_expect_eq(pks_attr_setf(d, "unit", "s", "ms"), 0);
	cr_expect_eq(info("a").bytes, 4 + 3);
	cr_expect_eq(pks_namespace_set_limit(store, "a", 0, 20), 0);
	cr_expect_eq(pks_value_pack(&map, "{s:s}", "owner", "me"), 0);
	cr_expect_eq(pks_object_set_metadata(d, &map), 0);
	cr_expect_eq(info("a").bytes, 7 + 10);
	cr_expect_eq(pks_attr_setf(d, "more", "s", "text"), PKS_ERR_QUOTA);
	cr_expect_eq(pks_dict_setf(d, "k", "s", "some text"), PKS_ERR_QUOTA);
	cr_expect_eq(pks_dict_setf(d, "k", "i", 1), 0);
	cr_expect_eq(info("a").bytes, 7 + 10 + 2);
	cr_expect_null(pks_object_copy(d, "a/copy"));
	cr_expect_eq(pks_error_code(), PKS_ERR_QUOTA);
	cr_expect_eq(pks_attr_del(d, "unit"), 0);
	cr_expect_eq(pks_object_rename(d, "b/d"), 0);
	cr_expect_eq(info("a").bytes, 0);
	cr_expect_eq(info("b").bytes, 10 + 2);
	pks_value_clear(&map);
	pks_store_close(store);
}

Test(namespace, limits_are_nested_up_to_the_whole_store)
{
	struct pks_namespace_info found;
	const char *after = NULL;
	char paths[64] = "";

	open_store("nested");
	dict("a/b/1");
	cr_expect_eq(pks_namespace_set_limit(store, NULL, 3, 0), 0);
	cr_expect_eq(pks_namespace_set_limit(store, "a", 5, 0), 0);
	cr_expect_eq(pks_namespace_set_limit(store, "a/b", 2, 0), 0);
	cr_expect_eq(pks_namespace_set_limit(store, "a-b", 1, 0), 0);
	dict("a/b/2");
	cr_expect_null(pks_dict_open(store, "a/b/3", PKS_OPEN_OR_CREATE));
	cr_expect(strncmp(pks_error_message(), "a/b: ", 5) == 0, "%s", pks_error_message());
	dict("3");
	cr_expect_null(pks_dict_open(store, "a/4", PKS_OPEN_OR_CREATE));
	cr_expect_str_eq(pks_error_message(), "the store: its limit of 3 objects would be passed: 4");
	for (; pks_namespace_next_limited(store, after, &found) == 0; after = found.path)
		snprintf(paths + strlen(paths), sizeof(paths) - strlen(paths), "%.8s:%d ", found.path,
			 (int)found.objects);
	cr_expect_str_eq(paths, ":3 a:2 a-b:0 a/b:2 ");
	info("");
	info("a");
	pks_store_close(store);
}

Test(namespace, a_limit_that_is_set_inside_a_transaction_counts_what_that_has_changed)
{
	struct pks_object *log;

	open_store("inside");
	dict("a/old");
	log = pks_log_open(store, "a/log", PKS_OPEN_OR_CREATE);
	pks_log_appendf(log, "s", "before");
	pks_begin(store);
	pks_dict_setf(dict("a/new"), "k", "i", 1);
	pks_log_appendf(log, "s", "inside");
	pks_object_drop(dict("a/old"));
	pks_object_rename(dict("b"), "a/b");
	cr_expect_eq(pks_namespace_set_limit(store, "a", 10, 1000), 0);
	pks_log_appendf(log, "s", "after");
	pks_object_rename(dict("a/b"), "c");
	cr_expect_eq(pks_namespace_set_limit(store, "a", 9, 1000), 0);
	cr_expect_eq(pks_commit(store), 0, "%s", pks_error_message());
	cr_expect_eq(info("a").objects, 2);
	cr_expect_eq(info("a").limit_objects, 9);
	pks_begin(store);
	dict("a/x");
	pks_namespace_set_limit(store, "a", 0, 0);
	dict("a/y");
	pks_namespace_set_limit(store, "a", 7, 0);
	cr_expect_eq(info("a").objects, 4);
	cr_expect_eq(pks_commit(store), 0);
	cr_expect_eq(info("a").objects, 4);
	pks_begin(store);
	dict("a/z");
	pks_abort(store);
	cr_expect_eq(info("a").objects, 4);
	pks_store_close(store);
}

/* ---- renaming ---- */

Test(namespace, renaming_moves_all_that_is_in_it_and_nothing_else)
{
	struct pks_object *one, *inner, *referring;
	struct pks_object_info told;
	uint64_t id = 0;

	open_store("renaming");
	one = dict("old/one");
	inner = dict("old/in/ner");
	dict("old");
	dict("old-er/two");
	referring = dict("referring");
	pks_dict_setf(referring, "to", "o", one);
	cr_expect_eq(pks_namespace_rename(store, "old", "new/place"), 0, "%s", pks_error_message());
	cr_expect_eq(pks_object_exists(store, "old/one"), PKS_NOT_FOUND);
	cr_expect_eq(pks_object_exists(store, "old"), 0);
	cr_expect_eq(pks_object_exists(store, "old-er/two"), 0);
	cr_expect_eq(pks_object_info(one, &told), 0);
	cr_expect_str_eq(told.path, "new/place/one");
	cr_expect_eq(told.version, 2);
	cr_expect_eq(pks_object_info(inner, &told), 0);
	cr_expect_str_eq(told.path, "new/place/in/ner");
	cr_expect_eq(pks_dict_getf(referring, "to", "o", &id), 0);
	cr_expect_eq(id, pks_object_id(one));
	cr_expect_eq(pks_dict_setf(one, "k", "i", 1), 0);
	cr_expect_eq(pks_object_id(dict("new/place/one")), pks_object_id(one));
	pks_store_close(store);
}

Test(namespace, renaming_to_where_something_is_or_into_itself_is_refused)
{
	char far[PKS_PATH_MAX];

	open_store("refused");
	dict("a/x");
	dict("b/y");
	cr_expect_eq(pks_namespace_rename(store, "a", "b"), PKS_EXISTS);
	cr_expect_eq(pks_namespace_rename(store, "a", "a"), PKS_ERR_PATH);
	cr_expect_eq(pks_namespace_rename(store, "a", "a/b"), PKS_ERR_PATH);
	cr_expect_eq(pks_namespace_rename(store, "a/b", "a"), PKS_ERR_PATH);
	cr_expect_eq(pks_namespace_rename(store, "", "c"), PKS_ERR_PATH);
	cr_expect_eq(pks_namespace_rename(store, "a", NULL), PKS_ERR_PATH);
	cr_expect_eq(pks_namespace_rename(store, "none", "c"), PKS_NOT_FOUND);
	memset(far, 'p', sizeof(far) - 1);
	far[sizeof(far) - 1] = 0;
	cr_expect_eq(pks_namespace_rename(store, "a", far), PKS_ERR_PATH);
	cr_expect_eq(pks_object_exists(store, "a/x"), 0);
	cr_expect_eq(pks_namespace_rename(store, "a", "a-c"), 0, "a beginning is not a namespace");
	pks_store_close(store);
}

Test(namespace, limits_go_with_a_namespace_that_is_renamed)
{
	open_store("limits_go");
	pks_dict_setf(dict("users/a/x/1"), "k", "i", 1);
	pks_dict_setf(dict("users/a/2"), "k", "i", 1);
	pks_dict_setf(dict("users/b/3"), "k", "i", 1);
	pks_namespace_set_limit(store, "users", 10, 0);
	pks_namespace_set_limit(store, "users/a", 2, 0);
	pks_namespace_set_limit(store, "users/a/x", 1, 0);
	pks_namespace_set_limit(store, "left", 2, 0);
	pks_namespace_set_limit(store, "users/b", 5, 0);
	cr_expect_eq(pks_namespace_rename(store, "users/a", "users/b"), PKS_EXISTS);
	pks_begin(store);
	pks_dict_setf(dict("users/a/2"), "more", "i", 1);
	cr_expect_eq(pks_namespace_rename(store, "users/a", "left/a"), 0, "%s", pks_error_message());
	cr_expect_eq(pks_commit(store), 0, "%s", pks_error_message());
	cr_expect_eq(info("users").objects, 1);
	cr_expect_eq(info("left").objects, 2);
	cr_expect_eq(info("left/a").objects, 2);
	cr_expect_eq(info("left/a").limit_objects, 2);
	cr_expect_eq(info("left/a/x").objects, 1);
	cr_expect_eq(info("left/a/x").limit_objects, 1);
	cr_expect_eq(pks_namespace_info(store, "users/a", &(struct pks_namespace_info){0}), PKS_NOT_FOUND);
	cr_expect_eq(pks_namespace_rename(store, "users/b", "left/b"), PKS_ERR_QUOTA);
	cr_expect_str_eq(pks_error_message(), "left: its limit of 2 objects would be passed: 3");
	cr_expect_eq(info("users/b").objects, 1);
	pks_namespace_set_limit(store, "small", 1, 0);
	cr_expect_eq(pks_namespace_rename(store, "left/a", "small"), PKS_EXISTS, "both have limits");
	pks_namespace_set_limit(store, "left/a", 0, 0);
	cr_expect_eq(pks_namespace_rename(store, "left/a", "small"), PKS_ERR_QUOTA);
	pks_namespace_set_limit(store, "small", 2, 0);
	cr_expect_eq(pks_namespace_rename(store, "left/a", "small"), 0, "%s", pks_error_message());
	cr_expect_eq(info("small").objects, 2);
	cr_expect_eq(info("small/x").limit_objects, 1);
	cr_expect_eq(info("left").objects, 0);
	pks_store_close(store);
}

/* ---- dropping ---- */

Test(namespace, dropping_removes_all_that_is_in_it_and_its_limits)
{
	struct pks_namespace_info told;
	uint64_t dropped = 99;
	char path[32];

	open_store("dropping");
	pks_begin(store);
	for (int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "a/%d/%d", i % 7, i);
		pks_object_close(dict(path));
	}
	pks_commit(store);
	dict("a");
	dict("a-b/z");
	pks_namespace_set_limit(store, "a", 2000, 0);
	pks_namespace_set_limit(store, "a/3", 2000, 0);
	pks_namespace_set_limit(store, "", 2000, 0);
	pks_begin(store);
	cr_expect_eq(pks_namespace_drop(store, "a", &dropped), PKS_ERR_USAGE);
	pks_abort(store);
	cr_expect_eq(dropped, 0);
	cr_expect_eq(pks_namespace_drop(store, "a", &dropped), 0, "%s", pks_error_message());
	cr_expect_eq(dropped, 1000);
	cr_expect_eq(info("").objects, 2);
	cr_expect_eq(pks_namespace_next_limited(store, "", &told), PKS_END);
	cr_expect_eq(pks_namespace_drop(store, "a", NULL), PKS_NOT_FOUND);
	pks_namespace_set_limit(store, "a", 1, 0);
	cr_expect_eq(pks_namespace_drop(store, "a", &dropped), 0, "an empty one that is limited");
	cr_expect_eq(dropped, 0);
	cr_expect_eq(pks_namespace_info(store, "a", &told), PKS_NOT_FOUND);
	pks_store_close(store);
}

static uint64_t last_commit(void)
{
	struct pks_store_stat stat;

	cr_assert_eq(pks_store_stat(store, &stat), 0, "%s", pks_error_message());
	return stat.last_commit;
}

/* How many transactions it takes. */
static uint64_t drop(const char *path, uint64_t objects)
{
	uint64_t before = last_commit(), dropped = 0;

	cr_expect_eq(pks_namespace_drop(store, path, &dropped), 0, "%s", pks_error_message());
	cr_expect_eq(dropped, objects);
	return last_commit() - before;
}

/* Other writers get their turn: many objects, and large ones, are more than one transaction's. */
Test(namespace, dropping_is_done_in_many_transactions)
{
	enum { SMALL = 1000, LARGE = 3 };
	static const char megabytes[20 << 20];
	char path[32];

	store = pks_store_open(scratch_dir("parts"), &(struct pks_store_options){.durability = PKS_DURABILITY_NONE});
	cr_assert_not_null(store, "%s", pks_error_message());
	pks_begin(store);
	for (int i = 0; i < SMALL; i++) {
		snprintf(path, sizeof(path), "small/%d", i);
		pks_object_close(dict(path));
	}
	for (int i = 0; i < LARGE; i++) {
		snprintf(path, sizeof(path), "large/%d", i);
		cr_assert_eq(pks_dict_setf(dict(path), "key", "y", megabytes, sizeof(megabytes)), 0);
	}
	cr_assert_eq(pks_commit(store), 0, "%s", pks_error_message());
	cr_expect_geq(drop("small", SMALL), 3);
	cr_expect_geq(drop("large", LARGE), LARGE);
	pks_store_close(store);
}
