/* SPDX-License-Identifier: MIT */
/* dump and load of what objects have beside their contents: classes, limits, versions, locks that are shared. */
#include "lib/tool.h"

#include <pkstore/pkstore.h>

#include <stdlib.h>

TestSuite(dump_kinds, .init = tool_begin, .fini = tool_end);

static struct pks_store *store_open(const char *name)
{
	struct pks_store *store = pks_store_open(tool_path(name), NULL);

	cr_assert(store, "%s", pks_error_message());
	return store;
}

/* Dumps "store" and loads that into "copy", which is opened. */
static struct pks_store *copy_through_json(const char *count)
{
	struct tool_result dumped = tool("dump"), loaded, again;

	cr_assert(dumped.exit_code == 0, "%s", dumped.err);
	loaded = tool_reading(dumped.out, "-s", tool_path("copy"), "load");
	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	cr_assert(!strcmp(loaded.out, count), "%s", loaded.out);
	again = tool("-s", tool_path("copy"), "check");
	cr_assert(again.exit_code == 0, "%s%s", again.out, again.err);
	tool_release(&dumped);
	tool_release(&loaded);
	tool_release(&again);
	return store_open("copy");
}

static struct pks_object *object_open(struct pks_store *store, const char *path)
{
	struct pks_object *object = pks_object_open(store, path);

	cr_assert(object, "%s", pks_error_message());
	return object;
}

static struct pks_object_info info_of(struct pks_store *store, const char *path)
{
	struct pks_object *object = object_open(store, path);
	struct pks_object_info info;

	cr_assert(pks_object_info(object, &info) == 0);
	pks_object_close(object);
	return info;
}

Test(dump_kinds, classes_and_their_attributes_come_back)
{
	static const struct pks_class plain = {.name = "counter"}, shelf = {.name = "shelf", .type = "dict"};
	struct pks_store *store = store_open("store"), *copy;
	struct pks_object *object;
	int64_t step = 0;

	cr_assert(pks_class_registerf(&plain, "{s:i}", "step", 7) == 0);
	cr_assert(pks_class_registerf(&shelf, "{s:s}", "room", "north") == 0);
	cr_assert(pks_class_open(store, "a/hits", "counter", PKS_MUST_CREATE));
	object = pks_class_open(store, "a/books", "shelf", PKS_MUST_CREATE);
	cr_assert(pks_dict_setf(object, "k", "i", 1) == 0);
	pks_store_close(store);
	copy = copy_through_json("2\n");
	object = pks_class_open(copy, "a/hits", "counter", PKS_MUST_EXIST);
	cr_assert(object, "%s", pks_error_message());
	cr_assert(!strcmp(pks_object_type(object), "object"));
	cr_assert(pks_attr_getf(object, "step", "I", &step) == 0 && step == 7);
	object = pks_class_open(copy, "a/books", "shelf", PKS_MUST_EXIST);
	cr_assert(object && !strcmp(pks_object_type(object), "dict"), "%s", pks_error_message());
	cr_assert(info_of(copy, "a/books").count == 1);
	pks_store_close(copy);
}

Test(dump_kinds, an_unversioned_object_is_loaded_unversioned)
{
	struct pks_store *store = store_open("store"), *copy;
	struct pks_object *still = pks_dict_open(store, "still", PKS_MUST_CREATE);

	cr_assert(pks_dict_open(store, "moving", PKS_MUST_CREATE));
	cr_assert(pks_object_set_versioned(still, false) == 0);
	pks_store_close(store);
	copy = copy_through_json("2\n");
	cr_assert(!info_of(copy, "still").versioned);
	cr_assert(info_of(copy, "moving").versioned);
	pks_store_close(copy);
}

static void set_limit(struct pks_store *store, const char *path, uint64_t entries, uint64_t bytes)
{
	struct pks_object *object = object_open(store, path);

	cr_assert(pks_object_set_limit(object, entries, bytes) == 0, "%s", pks_error_message());
	pks_object_close(object);
}

static void expect_limit(struct pks_store *store, const char *path, uint64_t entries, uint64_t bytes)
{
	struct pks_object_info info = info_of(store, path);

	cr_expect(info.limit == entries && info.limit_bytes == bytes, "%s: %llu and %llu", path,
	          (unsigned long long)info.limit, (unsigned long long)info.limit_bytes);
}

/* Also of an object that is larger than its limit, which was set when it was. */
Test(dump_kinds, limits_of_objects_come_back)
{
	struct pks_store *store = store_open("store"), *copy;
	struct pks_object *dict = pks_dict_open(store, "dict", PKS_MUST_CREATE);

	for (char name[] = "a"; *name < 'f'; ++*name)
		cr_assert(pks_dict_setf(dict, name, "i", 1) == 0);
	cr_assert(pks_log_open(store, "log", PKS_MUST_CREATE));
	cr_assert(pks_queue_open(store, "queue", 3, PKS_MUST_CREATE));
	cr_assert(pks_pipe_open(store, "pipe", true, PKS_MUST_CREATE));
	cr_assert(pks_cell_open(store, "value", PKS_MUST_CREATE));
	set_limit(store, "dict", 2, 5);
	set_limit(store, "log", 9, 900);
	set_limit(store, "queue", 4, 400);
	set_limit(store, "pipe", 6, 0);
	set_limit(store, "value", 0, 70);
	pks_store_close(store);
	copy = copy_through_json("5\n");
	expect_limit(copy, "dict", 2, 5);
	expect_limit(copy, "log", 9, 900);
	expect_limit(copy, "queue", 4, 400);
	expect_limit(copy, "pipe", 6, 0);
	expect_limit(copy, "value", 0, 70);
	cr_assert(info_of(copy, "dict").count == 5);
	pks_store_close(copy);
}

static void expect_namespace(struct pks_store *store, const char *path, uint64_t objects, uint64_t bytes)
{
	struct pks_namespace_info info;

	cr_assert(pks_namespace_info(store, path, &info) == 0, "%s", pks_error_message());
	cr_expect(info.limit_objects == objects && info.limit_bytes == bytes, "%s: %llu and %llu", path,
	          (unsigned long long)info.limit_objects, (unsigned long long)info.limit_bytes);
}

/* Also of a namespace with more in it than its limit, which was set later, and of one with nothing in it. */
Test(dump_kinds, limits_of_namespaces_come_back)
{
	struct pks_store *store = store_open("store"), *copy;

	cr_assert(pks_dict_open(store, "a/b/one", PKS_MUST_CREATE) && pks_dict_open(store, "a/two", PKS_MUST_CREATE));
	cr_assert(pks_namespace_set_limit(store, NULL, 100, 0) == 0);
	cr_assert(pks_namespace_set_limit(store, "a", 1, 0) == 0);
	cr_assert(pks_namespace_set_limit(store, "a/b", 0, 1 << 20) == 0);
	cr_assert(pks_namespace_set_limit(store, "empty", 5, 6) == 0);
	pks_store_close(store);
	copy = copy_through_json("2\n");
	expect_namespace(copy, "", 100, 0);
	expect_namespace(copy, "a", 1, 0);
	expect_namespace(copy, "a/b", 0, 1 << 20);
	expect_namespace(copy, "empty", 5, 6);
	cr_assert(!pks_dict_open(copy, "a/three", PKS_MUST_CREATE) && pks_error_code() == PKS_ERR_QUOTA);
	pks_store_close(copy);
}

Test(dump_kinds, a_namespace_is_dumped_with_its_limits_alone)
{
	struct tool_result dumped, loaded;

	tool_says("", "set", "ab/x", "k", "1");
	tool_says("", "limit", "a/", "10", "-");
	tool_says("", "limit", "a/in/", "-", "2000");
	tool_says("", "limit", "ab/", "7");
	tool_says("{\"path\":\"a\",\"type\":\"namespace\",\"limit_objects\":10}\n"
	          "{\"path\":\"a/in\",\"type\":\"namespace\",\"limit_bytes\":2000}\n",
	          "dump", "a");
	dumped = tool("dump", "ab/");
	cr_assert(dumped.exit_code == 0 && strstr(dumped.out, "\n{\"path\":\"ab\",\"type\":\"namespace\""), "%s",
	          dumped.out);
	cr_assert(!strstr(dumped.out, "\"a\""), "%s", dumped.out);
	tool_release(&dumped);
	/* A limit that is there is not replaced. */
	dumped = tool("dump", "a");
	loaded = tool_reading(dumped.out, "load");
	cr_assert(loaded.exit_code == 1 && strstr(loaded.err, "a/: there already are limits on it"), "%s", loaded.err);
	tool_release(&loaded);
	tool_release(&dumped);
}

/* The paths are such that the Condition is made before its lock. */
Test(dump_kinds, a_condition_has_the_lock_that_it_shared)
{
	struct pks_store *store = store_open("store"), *copy;
	struct pks_object *lock = pks_lock_open(store, "z/lock", PKS_MUST_CREATE), *gone, *found;

	gone = pks_lock_open(store, "z/gone", PKS_MUST_CREATE);
	cr_assert(pks_condition_open(store, "a/sharing", lock, PKS_MUST_CREATE));
	cr_assert(pks_condition_open(store, "b/sharing", lock, PKS_MUST_CREATE));
	cr_assert(pks_condition_open(store, "c/alone", NULL, PKS_MUST_CREATE));
	cr_assert(pks_condition_open(store, "d/broken", gone, PKS_MUST_CREATE));
	cr_assert(pks_object_drop(gone) == 0);
	pks_store_close(store);
	copy = copy_through_json("5\n");
	lock = object_open(copy, "z/lock");
	for (size_t i = 0; i < 2; i++) {
		found = pks_condition_lock(object_open(copy, i ? "b/sharing" : "a/sharing"));
		cr_assert(found && pks_object_id(found) == pks_object_id(lock), "%s", pks_error_message());
	}
	cr_assert(pks_lock_acquire(lock, 0) == 0);
	cr_assert(pks_condition_notify(object_open(copy, "a/sharing"), 1) == 0);
	cr_assert(pks_condition_release(object_open(copy, "b/sharing")) == 0);
	cr_assert(!pks_condition_lock(object_open(copy, "c/alone")) && pks_error_code() == PKS_NOT_FOUND);
	cr_assert(pks_condition_acquire(object_open(copy, "d/broken"), 0) == 0, "%s", pks_error_message());
	cr_assert(pks_condition_release(object_open(copy, "d/broken")) == 0);
	pks_store_close(copy);
}

Test(dump_kinds, a_one_way_pipe_comes_back_with_what_waits_at_both_ends)
{
	struct pks_store *store = store_open("store"), *copy;
	struct pks_object *pipe = pks_pipe_open(store, "pipe", true, PKS_MUST_CREATE);
	struct pks_value message = {0};
	struct pks_pipe_info info;
	int64_t number = 0;

	for (int end = 0; end < 2; end++) {
		cr_assert(pks_value_pack(&message, "i", 10 + end) == 0);
		cr_assert(pks_pipe_put(pipe, end, &message) == 0, "%s", pks_error_message());
		pks_value_clear(&message);
	}
	cr_assert(pks_pipe_set_duplex(pipe, false) == 0);
	pks_store_close(store);
	copy = copy_through_json("1\n");
	pipe = object_open(copy, "pipe");
	cr_assert(pks_pipe_info(pipe, &info) == 0);
	cr_assert(!info.duplex && info.unread[0] == 1 && info.unread[1] == 1);
	for (int end = 0; end < 2; end++) {
		cr_assert(pks_pipe_peek(pipe, end, 0, &message) == 0);
		cr_assert(pks_value_int(&message, &number) == 0 && number == 10 + end);
		pks_value_clear(&message);
	}
	pks_store_close(copy);
}

Test(dump_kinds, input_about_limits_and_locks_that_is_wrong_changes_nothing)
{
	static const struct {
		const char *input, *complaint;
	} rows[] = {
		{"{\"path\":\"a//b\",\"type\":\"namespace\"}", "a//b"},
		{"{\"path\":\"a\",\"type\":\"namespace\",\"limit_objects\":\"x\"}",
		 "a: the limit_objects is not a number"},
		{"{\"path\":\"a\",\"type\":\"namespace\"} {\"path\":\"a\",\"type\":\"namespace\"}",
		 "a: is there twice"},
		{"{\"path\":\"\",\"type\":\"dict\"}", "path"},
		{"{\"path\":\"a\",\"type\":\"condition\",\"lock\":\"x\"}", "a: the lock is not a reference to a lock"},
		{"{\"path\":\"a\",\"type\":\"condition\",\"lock\":{\"$ref\":\"x\"}}", "a: lock refers to \"x\""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct tool_result loaded = tool_reading(rows[i].input, "load");

		cr_expect(loaded.exit_code == 2, "exit code %d for %s", loaded.exit_code, rows[i].input);
		cr_expect(strstr(loaded.err, rows[i].complaint), "%s", loaded.err);
		tool_release(&loaded);
		tool_refuses(3, "pkstore: ", "ls");
	}
}
