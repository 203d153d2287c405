/* SPDX-License-Identifier: MIT */
/* Plain Objects, classes of a program's own, and what each object can be told about its size and its versions. */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct pks_store *store;

static void open_store(const char *test)
{
	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
}

static int integer(struct pks_object *object, const char *name)
{
	int number = -1;

	cr_assert_eq(pks_attr_getf(object, name, "i", &number), 0, "%s", pks_error_message());
	return number;
}

/* ---- plain Objects ---- */

Test(class, a_plain_object_has_attributes_only)
{
	struct pks_object *object;
	struct pks_object_info info;

	open_store("plain");
	object = pks_plain_open(store, "a/thing", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(object, "%s", pks_error_message());
	cr_expect_str_eq(pks_object_type(object), "object");
	cr_expect_str_eq(pks_object_class(object), "");
	cr_expect_eq(pks_attr_setf(object, "colour", "s", "red"), 0);
	cr_expect_eq(pks_dict_setf(object, "colour", "s", "red"), PKS_ERR_TYPE);
	cr_expect_str_eq(pks_error_message(), "a/thing: is an Object, not a Dict");
	cr_expect_eq(pks_object_set_limit(object, 1, 0), PKS_ERR_TYPE);
	cr_expect_null(pks_plain_open(store, "a/thing", PKS_MUST_CREATE));
	cr_expect_eq(pks_error_code(), PKS_EXISTS);
	object = pks_object_open(store, "a/thing");
	cr_expect_eq(pks_object_info(object, &info), 0);
	cr_expect_eq(info.count, 0);
	cr_expect_eq(info.bytes, 6 + 4, "its name and its value");
	cr_expect_eq(info.version, 2);
	pks_store_close(store);
}

/* ---- classes ---- */

static int made;

static int counter_made(struct pks_object *object, void *arg)
{
	made++;
	cr_expect_str_eq(pks_object_class(object), "counter");
	return pks_attr_setf(object, "maker", "s", (const char *)arg);
}

static char maker_name[] = "me";
static const struct pks_class counter = {.name = "counter", .on_create = counter_made, .arg = maker_name};

Test(class, a_new_object_has_its_class_its_defaults_and_what_on_create_gave_it)
{
	struct pks_object *object, *same;
	char *maker = NULL;

	open_store("defaults");
	cr_assert_eq(pks_class_registerf(&counter, "{s:i, s:i}", "value", 7, "step", 1), 0, "%s", pks_error_message());
	object = pks_class_open(store, "site/hits", "counter", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(object, "%s", pks_error_message());
	cr_expect_eq(integer(object, "value"), 7);
	cr_expect_eq(integer(object, "step"), 1);
	cr_expect_eq(pks_attr_getf(object, "maker", "s", &maker), 0);
	cr_expect_str_eq(maker, "me");
	free(maker);
	cr_expect_eq(pks_attr_setf(object, "value", "i", 8), 0);
	same = pks_class_open(store, "site/hits", "counter", PKS_OPEN_OR_CREATE);
	cr_expect_eq(integer(same, "value"), 8, "opening it again makes nothing anew");
	cr_expect_eq(made, 1);
	cr_expect_null(pks_class_open(store, "site/hits", "counter", PKS_MUST_CREATE));
	cr_expect_eq(pks_error_code(), PKS_EXISTS);
	cr_expect_null(pks_class_open(store, "site/none", "counter", PKS_MUST_EXIST));
	cr_expect_eq(pks_error_code(), PKS_NOT_FOUND);
	cr_expect_not_null(pks_class_open(store, NULL, "counter", PKS_OPEN_OR_CREATE));
	cr_expect_eq(made, 2);
	pks_store_close(store);
}

Test(class, a_path_gives_the_class_back_and_one_that_is_unknown_opens_as_its_type)
{
	static const struct pks_class table = {.name = "table", .type = "dict"};
	struct pks_object *object;
	struct pks_object_info info;
	int number = 0;

	open_store("gives_back");
	cr_assert_eq(pks_class_register(&table), 0);
	object = pks_class_open(store, "t", "table", PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_dict_setf(object, "k", "i", 3), 0);
	object = pks_object_open(store, "t");
	cr_expect_str_eq(pks_object_class(object), "table");
	cr_expect_str_eq(pks_class_find(pks_object_class(object))->type, "dict");
	cr_expect_eq(pks_object_info(object, &info), 0);
	cr_expect_str_eq(info.class_name, "table");
	/* Whoever has not registered the class has this alone. */
	object = pks_dict_open(store, "t", PKS_MUST_EXIST);
	cr_assert_not_null(object, "%s", pks_error_message());
	cr_expect_eq(pks_dict_getf(object, "k", "i", &number), 0);
	cr_expect_eq(number, 3);
	cr_expect_null(pks_class_find("chair"));
	pks_store_close(store);
}

Test(class, another_class_or_none_is_refused_by_name)
{
	static const struct pks_class chair = {.name = "chair", .type = "dict"}, table = {.name = "table"};

	open_store("another_class");
	cr_assert_eq(pks_class_register(&chair), 0);
	cr_assert_eq(pks_class_register(&table), 0);
	cr_expect_null(pks_class_open(store, "x", "stool", PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_USAGE);
	pks_class_open(store, "x", "chair", PKS_OPEN_OR_CREATE);
	cr_expect_null(pks_class_open(store, "x", "table", PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_TYPE);
	cr_expect_not_null(strstr(pks_error_message(), "chair"), "%s", pks_error_message());
	pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	cr_expect_null(pks_class_open(store, "d", "chair", PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_TYPE);
	pks_store_close(store);
}

static int refuse(struct pks_object *object, void *arg)
{
	(void)object;
	return *(int *)arg;
}

Test(class, an_on_create_that_refuses_leaves_nothing)
{
	int code = -1234;
	struct pks_class fussy = {.name = "fussy", .type = "log", .on_create = refuse, .arg = &code};
	struct pks_store_stat stat;

	open_store("refuses");
	cr_assert_eq(pks_class_register(&fussy), 0);
	cr_expect_null(pks_class_open(store, "x", "fussy", PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), -1234);
	cr_expect_eq(pks_object_exists(store, "x"), PKS_NOT_FOUND);
	cr_expect_eq(pks_store_stat(store, &stat), 0);
	cr_expect_eq(stat.objects, 0);
	pks_store_close(store);
}

Test(class, what_cannot_be_a_class_is_refused)
{
	static const struct pks_class nameless = {0}, worker = {.name = "worker", .type = "process"},
		long_name = {.name = "a name of more than thirty-one bytes"}, odd = {.name = "a\nb"},
		right = {.name = "right"};
	struct pks_value list = {0};
	struct pks_class with_list = {.name = "list", .defaults = &list};

	cr_expect_eq(pks_class_register(NULL), PKS_ERR_USAGE);
	cr_expect_eq(pks_class_register(&nameless), PKS_ERR_USAGE);
	cr_expect_eq(pks_class_register(&worker), PKS_ERR_USAGE);
	cr_expect_eq(pks_class_register(&long_name), PKS_ERR_LIMIT);
	cr_expect_eq(pks_class_register(&odd), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_class_registerf(&right, "{i:i}", 1, 2), PKS_ERR_TYPE);
	pks_value_pack(&list, "[i]", 1);
	cr_expect_eq(pks_class_register(&with_list), PKS_ERR_TYPE);
	pks_value_clear(&list);
	cr_expect_null(pks_class_find("list"));
}

static int count_made(struct pks_object *object, void *arg)
{
	++*(int *)arg;
	return pks_attr_setf(object, "made", "b", true);
}

/* Of each type there is a class, whose object is one of the type in all else. */
Test(class, all_types_but_processes_have_classes)
{
	static const char *const types[] = {"object", "dict", "log", "queue", "lifoqueue", "priorityqueue", "value",
	                                    "array", "lock", "rlock", "semaphore", "boundedsemaphore", "event",
	                                    "condition", "barrier", "pipe"};
	const size_t count = sizeof(types) / sizeof(*types);
	int created = 0;

	open_store("all_types");
	for (size_t i = 0; i < count; i++) {
		struct pks_class description = {.name = types[i], .type = types[i], .on_create = count_made,
		                                .arg = &created, .size = 3, .number = PKS_INT32};
		struct pks_object *object, *again;
		bool was_made = false;

		cr_assert_eq(pks_class_registerf(&description, "{s:i}", "step", 7), 0, "%s", pks_error_message());
		object = pks_class_open(store, types[i], types[i], PKS_OPEN_OR_CREATE);
		cr_assert_not_null(object, "%s: %s", types[i], pks_error_message());
		cr_expect_str_eq(pks_object_type(object), types[i]);
		cr_expect_str_eq(pks_object_class(object), types[i]);
		cr_expect_eq(integer(object, "step"), 7);
		cr_expect_eq(pks_attr_getf(object, "made", "b", &was_made), 0);
		again = pks_class_open(store, types[i], types[i], PKS_MUST_EXIST);
		cr_expect_eq(pks_object_id(again), pks_object_id(object));
		again = pks_object_copy(object, NULL);
		cr_expect_str_eq(pks_object_class(again), types[i]);
	}
	cr_expect_eq(created, (int)count);
	pks_store_close(store);
}

Test(class, what_a_type_is_made_with_is_the_classs_to_say)
{
	static const struct pks_class queue = {.name = "short", .type = "queue", .size = 2},
		permits = {.name = "permits", .type = "boundedsemaphore", .size = 3},
		meeting = {.name = "meeting", .type = "barrier", .size = 4},
		sums = {.name = "sums", .type = "array", .size = 5, .number = PKS_DOUBLE};
	struct pks_semaphore_info semaphore_info;
	struct pks_barrier_info barrier_info;
	struct pks_object_info info;
	enum pks_number number;
	uint64_t length;

	open_store("made_with");
	cr_assert_eq(pks_class_register(&queue), 0);
	cr_assert_eq(pks_class_register(&permits), 0);
	cr_assert_eq(pks_class_register(&meeting), 0);
	cr_assert_eq(pks_class_register(&sums), 0);
	pks_object_info(pks_class_open(store, "q", "short", PKS_MUST_CREATE), &info);
	cr_expect_eq(info.limit, 2);
	cr_expect_eq(pks_semaphore_info(pks_class_open(store, "s", "permits", PKS_MUST_CREATE), &semaphore_info), 0);
	cr_expect_eq(semaphore_info.value, 3);
	cr_expect_eq(pks_barrier_info(pks_class_open(store, "b", "meeting", PKS_MUST_CREATE), &barrier_info), 0);
	cr_expect_eq(barrier_info.parties, 4);
	cr_expect_eq(pks_array_type(pks_class_open(store, "a", "sums", PKS_MUST_CREATE), &number, &length), 0);
	cr_expect_eq(number, PKS_DOUBLE);
	cr_expect_eq(length, 5);
	pks_store_close(store);
}

Test(class, what_a_type_cannot_be_made_without_must_be_said)
{
	static const struct pks_class wrong[] = {{.name = "a", .type = "barrier"},
	                                         {.name = "a", .type = "boundedsemaphore"},
	                                         {.name = "a", .type = "array", .size = 3},
	                                         {.name = "a", .type = "array", .number = PKS_INT8}};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_expect_eq(pks_class_register(&wrong[i]), PKS_ERR_USAGE, "%zu", i);
	cr_expect_null(pks_class_find("a"));
}

/* ---- limits and versions ---- */

Test(class, a_limit_refuses_what_would_pass_it)
{
	struct pks_object *log, *dict;
	struct pks_object_info info;
	uint64_t count;

	open_store("a_limit");
	log = pks_log_open(store, "log", PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_object_set_limit(log, 2, 0), 0);
	cr_expect_eq(pks_log_appendf(log, "i", 1), 0);
	cr_expect_eq(pks_log_appendf(log, "i", 2), 0);
	cr_expect_eq(pks_log_appendf(log, "i", 3), PKS_FULL);
	cr_expect_str_eq(pks_error_message(), "log: its limit of 2 entries is reached");
	pks_log_count(log, &count);
	cr_expect_eq(count, 2);
	cr_expect_eq(pks_object_set_limit(log, 1, 0), 0, "a lower one than it has");
	cr_expect_eq(pks_log_appendf(log, "i", 3), PKS_FULL);
	cr_expect_eq(pks_log_trim(log, 1), 0);
	cr_expect_eq(pks_object_set_limit(log, 0, 0), 0);
	cr_expect_eq(pks_log_appendf(log, "i", 3), 0);
	dict = pks_dict_open(store, "dict", PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_object_set_limit(dict, 0, 20), 0);
	cr_expect_eq(pks_dict_setf(dict, "key", "s", "more than twenty bytes of text"), PKS_FULL);
	cr_expect_eq(pks_dict_setf(dict, "key", "i", 1), 0);
	cr_expect_eq(pks_object_info(dict, &info), 0);
	cr_expect_eq(info.limit, 0);
	cr_expect_eq(info.limit_bytes, 20);
	cr_expect_eq(info.bytes, 4);
	pks_store_close(store);
}

/* What is stored under an object is one sum, whichever part of it. */
Test(class, a_limit_of_bytes_counts_attributes_and_metadata)
{
	struct pks_object *plain, *log;
	struct pks_object_info info;
	struct pks_value map = {0};

	open_store("a_limit_of_attributes");
	plain = pks_plain_open(store, "plain", PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_object_set_limit(plain, 0, 20), 0, "%s", pks_error_message());
	cr_expect_eq(pks_attr_setf(plain, "name", "s", "0123456789"), 0, "4 and 11");
	cr_expect_eq(pks_attr_setf(plain, "more", "i", 1), 0, "4 and 1");
	cr_expect_eq(pks_attr_setf(plain, "x", "i", 1), PKS_FULL);
	cr_expect_str_eq(pks_error_message(), "plain: its limit of 20 bytes is reached");
	cr_expect_eq(pks_value_pack(&map, "{s:i}", "k", 1), 0);
	cr_expect_eq(pks_object_set_metadata(plain, &map), PKS_FULL);
	pks_object_info(plain, &info);
	cr_expect_eq(info.version, 4, "what was refused has changed nothing");
	cr_expect_eq(pks_attr_setf(plain, "name", "s", "9876543210"), 0, "as long as before");
	cr_expect_eq(pks_attr_setf(plain, "name", "s", "9876"), 0);
	cr_expect_eq(pks_object_set_metadata(plain, &map), 0);
	pks_object_info(plain, &info);
	cr_expect_eq(info.bytes, 4 + 5 + 4 + 1 + 4);
	cr_expect_eq(pks_attr_del(plain, "name"), 0);
	pks_object_info(plain, &info);
	cr_expect_eq(info.bytes, 4 + 1 + 4);
	/* Of an object with contents, too. */
	log = pks_log_open(store, "log", PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_attr_setf(log, "unit", "s", "ms"), 0);
	cr_expect_eq(pks_object_set_limit(log, 0, 100), 0);
	cr_expect_eq(pks_attr_setf(log, "note", "S", (char[70]){"a"}, (size_t)70), 0, "%s", pks_error_message());
	cr_expect_eq(pks_log_appendf(log, "s", "twenty bytes of text"), PKS_FULL);
	cr_expect_eq(pks_attr_del(log, "note"), 0);
	cr_expect_eq(pks_log_appendf(log, "s", "twenty bytes of text"), 0, "%s", pks_error_message());
	pks_value_clear(&map);
	pks_store_close(store);
}

static int never(void *arg)
{
	(void)arg;
	return 0;
}

Test(class, nobody_can_wait_for_what_is_unversioned)
{
	struct pks_object *dict;
	struct pks_object_info info;
	uint64_t version = 0;

	open_store("unversioned");
	dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_object_set_versioned(dict, false), 0);
	cr_expect_eq(pks_object_info(dict, &info), 0);
	cr_expect_not(info.versioned);
	cr_expect_eq(info.version, 2);
	cr_expect_eq(pks_dict_setf(dict, "a", "i", 1), 0);
	cr_expect_eq(pks_object_version(dict, &version), 0);
	cr_expect_eq(version, 2);
	cr_expect_eq(pks_wait(dict, version, 10000, NULL), PKS_ERR_USAGE);
	cr_expect_str_eq(pks_error_message(), "d: it is unversioned, so nobody can wait for it to change");
	cr_expect_eq(pks_wait_until(&dict, 1, never, NULL, 10000), PKS_ERR_USAGE);
	cr_expect_eq(pks_object_set_versioned(dict, true), 0);
	cr_expect_eq(pks_object_version(dict, &version), 0);
	cr_expect_eq(version, 3);
	cr_expect_eq(pks_wait(dict, version, 0, NULL), PKS_TIMED_OUT);
	cr_expect_eq(pks_object_set_versioned(dict, true), 0);
	cr_expect_eq(pks_object_version(dict, &version), 0);
	cr_expect_eq(version, 3, "what changes nothing moves nothing");
	pks_store_close(store);
}
