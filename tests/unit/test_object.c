/* SPDX-License-Identifier: MIT */
#include "layer.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <string.h>

static struct pks_store *open_store(const char *test)
{
	struct pks_store *store = pks_store_open(scratch_dir(test), NULL);

	cr_assert_not_null(store, "%s", pks_error_message());
	return store;
}

Test(object, modes_say_whether_it_must_be_there)
{
	struct pks_store *store = open_store("modes");

	cr_expect_null(pks_dict_open(store, "a", PKS_MUST_EXIST));
	cr_expect_eq(pks_error_code(), PKS_NOT_FOUND);
	cr_expect_eq(pks_object_exists(store, "a"), PKS_NOT_FOUND);
	cr_expect_not_null(pks_dict_open(store, "a", PKS_MUST_CREATE));
	cr_expect_null(pks_dict_open(store, "a", PKS_MUST_CREATE));
	cr_expect_eq(pks_error_code(), PKS_EXISTS);
	cr_expect_not_null(pks_dict_open(store, "a", PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_object_exists(store, "a"), 0);
	cr_expect_null(pks_dict_open(store, "b", (enum pks_mode)9));
	cr_expect_eq(pks_error_code(), PKS_ERR_USAGE);
	pks_store_close(store);
}

Test(object, a_type_mismatch_names_both_types)
{
	struct pks_store *store = open_store("a_type_mismatch");
	struct pks_object *log = pks_log_open(store, "example/log", PKS_OPEN_OR_CREATE);

	cr_expect_null(pks_dict_open(store, "example/log", PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_TYPE);
	cr_expect_not_null(strstr(pks_error_message(), "example/log"));
	cr_expect_not_null(strstr(pks_error_message(), "a Log"), "%s", pks_error_message());
	cr_expect_not_null(strstr(pks_error_message(), "a Dict"), "%s", pks_error_message());
	cr_expect_eq(pks_dict_setf(log, "k", "i", 1), PKS_ERR_TYPE);
	cr_expect_not_null(strstr(pks_error_message(), "is a Log, not a Dict"), "%s", pks_error_message());
	pks_store_close(store);
}

Test(object, every_object_tells_what_it_is)
{
	struct pks_store *store = open_store("every_object_tells");
	struct pks_object *dict = pks_dict_open(store, "example/d", PKS_OPEN_OR_CREATE);
	struct pks_object_info info;

	pks_dict_setf(dict, "k", "i", 1);
	cr_expect_eq(pks_object_info(dict, &info), 0);
	cr_expect_str_eq(info.path, "example/d");
	cr_expect_str_eq(info.type, "dict");
	cr_expect_eq(strlen(info.uuid), PKS_UUID_SIZE - 1);
	cr_expect_gt(info.created_ns, UINT64_C(1700000000000000000));
	cr_expect_eq(info.count, 1);
	cr_expect_eq(info.version, 2);
	cr_expect_eq(info.id, pks_object_id(dict));
	pks_store_close(store);
}

Test(object, an_anonymous_object_is_named_after_its_uuid)
{
	struct pks_store *store = open_store("an_anonymous_object");
	struct pks_object *dict = pks_dict_open(store, NULL, PKS_OPEN_OR_CREATE);
	struct pks_object_info info;

	pks_object_info(dict, &info);
	cr_expect_eq(strncmp(info.path, "dict-", 5), 0);
	cr_expect_str_eq(info.path + 5, info.uuid);
	pks_store_close(store);
}

/* The path of such an object is not stored as text. */
Test(object, an_anonymous_object_may_get_another_path_and_its_own_one_back)
{
	struct pks_store *store = open_store("anonymous_renamed");
	struct pks_object *dict = pks_dict_open(store, NULL, PKS_MUST_CREATE);
	struct pks_object_info info, again;

	cr_assert_eq(pks_object_info(dict, &info), 0);
	cr_expect_eq(pks_object_rename(dict, "named"), 0);
	cr_assert_eq(pks_object_info(dict, &again), 0);
	cr_expect_str_eq(again.path, "named");
	cr_expect_eq(pks_object_rename(dict, info.path), 0);
	cr_assert_eq(pks_object_info(dict, &again), 0);
	cr_expect_str_eq(again.path, info.path);
	/* Another type, or another uuid, is just a name. */
	info.path[0] = 'D';
	cr_expect_eq(pks_object_rename(dict, info.path), 0);
	cr_assert_eq(pks_object_info(pks_object_open(store, info.path), &again), 0);
	cr_expect_str_eq(again.path, info.path);
	pks_store_close(store);
}

Test(object, the_version_moves_once_per_transaction_that_changed_it)
{
	struct pks_store *store = open_store("the_version");
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	uint64_t before, after;

	pks_object_version(dict, &before);
	pks_begin(store);
	pks_dict_setf(dict, "a", "i", 1);
	pks_dict_setf(dict, "b", "i", 1);
	pks_attr_setf(dict, "c", "i", 1);
	pks_commit(store);
	pks_object_version(dict, &after);
	cr_expect_eq(after, before + 1);
	pks_begin(store);
	pks_dict_contains(dict, "a");
	pks_dict_del(dict, "none");
	pks_commit(store);
	pks_object_version(dict, &before);
	cr_expect_eq(before, after);
	pks_store_close(store);
}

Test(object, attributes_are_apart_from_items)
{
	struct pks_store *store = open_store("attributes");
	struct pks_object *log = pks_log_open(store, "l", PKS_OPEN_OR_CREATE);
	struct pks_iter *iter;
	const char *name;
	int seen = 0, number = 0;

	cr_expect_eq(pks_attr_setf(log, "unit", "s", "m"), 0);
	cr_expect_eq(pks_attr_setf(log, "rate", "i", 10), 0);
	cr_expect_eq(pks_attr_getf(log, "rate", "i", &number), 0);
	cr_expect_eq(number, 10);
	cr_expect_eq(pks_attr_setf(log, "", "i", 10), PKS_ERR_LIMIT);
	cr_expect_eq(pks_attr_getf(log, "none", "i", &number), PKS_NOT_FOUND);
	iter = pks_attr_iter(log);
	while (pks_iter_next(iter, &name, NULL) == 0)
		cr_expect_str_eq(name, seen++ ? "unit" : "rate");
	cr_expect_eq(seen, 2);
	pks_iter_close(iter);
	cr_expect_eq(pks_attr_del(log, "rate"), 0);
	cr_expect_eq(pks_attr_del(log, "rate"), PKS_NOT_FOUND);
	pks_store_close(store);
}

Test(object, metadata_is_one_map)
{
	struct pks_store *store = open_store("metadata");
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	struct pks_value map = {0}, read = {0}, number = {0};
	size_t count = 9;

	cr_expect_eq(pks_object_metadata(dict, &read), 0);
	cr_expect_eq(pks_value_count(&read, &count), 0);
	cr_expect_eq(count, 0);
	pks_value_clear(&read);
	pks_value_pack(&map, "{s:s}", "owner", "me");
	pks_value_pack(&number, "i", 1);
	cr_expect_eq(pks_object_set_metadata(dict, &number), PKS_ERR_TYPE);
	cr_expect_eq(pks_object_set_metadata(dict, &map), 0);
	cr_expect_eq(pks_object_metadata(dict, &read), 0);
	cr_expect_eq(pks_value_equal(&map, &read), 0);
	pks_value_clear(&map);
	pks_value_clear(&read);
	pks_value_clear(&number);
	pks_store_close(store);
}

Test(object, a_dropped_object_is_gone_for_its_handles_and_its_path_is_free)
{
	struct pks_store *store = open_store("a_dropped_object");
	struct pks_object *dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE), *again;
	struct pks_store_stat stat;

	pks_dict_setf(dict, "k", "i", 1);
	cr_expect_eq(pks_object_drop(dict), 0);
	cr_expect_eq(pks_dict_setf(dict, "k", "i", 1), PKS_ERR_GONE);
	cr_expect_not_null(strstr(pks_error_message(), "d: "));
	cr_expect_eq(pks_object_drop(dict), PKS_ERR_GONE);
	again = pks_dict_open(store, "d", PKS_MUST_CREATE);
	cr_expect_eq(pks_dict_contains(again, "k"), PKS_NOT_FOUND);
	cr_expect_neq(pks_object_id(again), pks_object_id(dict), "ids are never used again");
	pks_store_stat(store, &stat);
	cr_expect_eq(stat.objects, 1);
	pks_store_close(store);
}

Test(object, renaming_keeps_handles_and_references)
{
	struct pks_store *store = open_store("renaming");
	struct pks_object *dict = pks_dict_open(store, "old", PKS_OPEN_OR_CREATE);
	struct pks_object *other = pks_dict_open(store, "other", PKS_OPEN_OR_CREATE);
	struct pks_object_info info;

	pks_dict_setf(other, "ref", "o", dict);
	cr_expect_eq(pks_object_rename(dict, "other"), PKS_EXISTS);
	cr_expect_eq(pks_object_rename(dict, "/bad"), PKS_ERR_PATH);
	cr_expect_eq(pks_object_rename(dict, "new/name"), 0);
	cr_expect_eq(pks_object_exists(store, "old"), PKS_NOT_FOUND);
	cr_expect_eq(pks_object_info(dict, &info), 0);
	cr_expect_str_eq(info.path, "new/name");
	cr_expect_eq(pks_object_info(pks_dict_object(other, "ref"), &info), 0);
	cr_expect_str_eq(info.path, "new/name");
	pks_store_close(store);
}

/* ---- listing ---- */

static void expect_list(struct pks_store *store, const struct pks_list_options *options, const char *expected)
{
	struct pks_list *list = pks_list_open(store, options);
	struct pks_list_entry entry;
	char seen[1024] = "";
	int r;

	cr_assert_not_null(list, "%s", pks_error_message());
	while ((r = pks_list_next(list, &entry)) == 0) {
		strcat(seen, entry.info.path);
		strcat(seen, entry.is_namespace ? "/ " : " ");
	}
	cr_expect_eq(r, PKS_END);
	cr_expect_str_eq(seen, expected);
	pks_list_close(list);
}

Test(object, a_namespace_is_listed_like_a_folder)
{
	struct pks_store *store = open_store("a_namespace");
	const char *dicts[] = {"a", "a/x", "a/y/1", "a/y/2", "a-b", "b/z", "c"};

	expect_list(store, NULL, "");
	for (size_t i = 0; i < sizeof(dicts) / sizeof(*dicts); i++)
		pks_dict_open(store, dicts[i], PKS_MUST_CREATE);
	pks_log_open(store, "a/log", PKS_MUST_CREATE);
	expect_list(store, NULL, "a a-b a/ b/ c ");
	expect_list(store, &(struct pks_list_options){.in = "a"}, "a/log a/x a/y/ ");
	expect_list(store, &(struct pks_list_options){.in = "a/y"}, "a/y/1 a/y/2 ");
	expect_list(store, &(struct pks_list_options){.in = "none"}, "");
	expect_list(store, &(struct pks_list_options){.in = "a", .recursive = true}, "a/log a/x a/y/1 a/y/2 ");
	expect_list(store, &(struct pks_list_options){.recursive = true, .type = "log"}, "a/log ");
	expect_list(store, &(struct pks_list_options){.type = "dict"}, "a a-b c ");
	cr_expect_null(pks_list_open(store, &(struct pks_list_options){.in = "a/"}));
	cr_expect_eq(pks_error_code(), PKS_ERR_PATH);
	pks_store_close(store);
}

Test(object, a_listing_in_a_transaction_sees_what_it_made)
{
	struct pks_store *store = open_store("a_listing_in_a_transaction");

	pks_begin(store);
	pks_dict_open(store, "new", PKS_MUST_CREATE);
	expect_list(store, NULL, "new ");
	pks_abort(store);
	expect_list(store, NULL, "");
	pks_store_close(store);
}

static uint32_t look(struct pks_object *object, const char *const *names)
{
	uint32_t found = UINT32_MAX;

	cr_assert_eq(layer_attr_look(object, names, &found), 0, "%s", pks_error_message());
	return found;
}

Test(object, which_attributes_there_are_is_seen_at_once)
{
	static const char *const names[] = {"b", "bb", "d", "f", NULL};
	struct pks_store *store = open_store("look");
	struct pks_object *object = pks_dict_open(store, "a", PKS_OPEN_OR_CREATE);
	struct pks_object *next = pks_dict_open(store, "b", PKS_OPEN_OR_CREATE);

	cr_expect_eq(look(object, names), 0, "there is nothing");
	cr_assert_eq(pks_attr_setf(next, "b", "b", true), 0);
	cr_assert_eq(pks_attr_setf(next, "f", "b", true), 0);
	cr_assert_eq(pks_dict_setf(object, "f", "b", true), 0);
	cr_expect_eq(look(object, names), 0, "it is another object's, or an item");
	cr_assert_eq(pks_attr_setf(object, "a", "b", true), 0);
	cr_assert_eq(pks_attr_setf(object, "bb", "b", true), 0);
	cr_assert_eq(pks_attr_setf(object, "c", "b", true), 0);
	cr_expect_eq(look(object, names), 2);
	cr_assert_eq(pks_attr_setf(object, "f", "b", true), 0);
	cr_expect_eq(look(object, names), 2 + 8);
	cr_assert_eq(pks_begin(store), 0);
	cr_assert_eq(pks_attr_setf(object, "d", "b", true), 0);
	cr_expect_eq(look(object, names), 2 + 4 + 8, "in a transaction");
	cr_assert_eq(layer_attr_forget(object, names), 0);
	cr_expect_eq(look(object, names), 0);
	cr_assert_eq(pks_commit(store), 0);
	cr_expect_eq(look(next, names), 1 + 8, "only those of the one are forgotten");
	pks_store_close(store);
}
