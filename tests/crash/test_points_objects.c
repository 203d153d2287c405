/* SPDX-License-Identifier: MIT */
/* Whole objects, killed at each point of what makes, moves and removes them: see points.h. */
#include "points.h"

#include "layer.h"

#include <string.h>

#define MEMBERS 20

static struct pks_object *dict;

static void open_objects(struct pks_store *store)
{
	dict = pks_dict_open(store, "dict", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(dict, "%s", pks_error_message());
}

/* ---- copies ---- */

static void prepare_source(int number)
{
	char key[16];

	for (int i = 0; number == 1 && i < MEMBERS; i++) {
		snprintf(key, sizeof(key), "%d", i);
		cr_assert_eq(pks_dict_setf(dict, key, "i", i), 0);
	}
}

static int copy(int number)
{
	struct pks_object *object = pks_object_copy(dict, "copy");
	int r = object ? 0 : pks_error_code();

	(void)number;
	pks_object_close(object);
	return r;
}

static void check_copied(int number, bool told)
{
	int r = copy(number);
	struct pks_object *object = pks_dict_open(points_store, "copy", PKS_MUST_EXIST);
	uint64_t count;

	points_went_on();
	cr_assert(r == PKS_EXISTS || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_eq(pks_dict_count(object, &count), 0, "%s", pks_error_message());
	cr_assert_eq(count, MEMBERS);
	cr_assert_eq(pks_object_drop(object), 0, "%s", pks_error_message());
	pks_object_close(object);
}

Test(points_objects, copy_an_object)
{
	points_run(&(struct operation){"object_copy", .open = open_objects, .prepare = prepare_source, .act = copy,
	                               .check = check_copied});
}

/* ---- making, dropping, renaming ---- */

static int create(int number)
{
	struct pks_object *object = pks_queue_open(pks_object_store(dict), "new", 7, PKS_MUST_CREATE);
	int r = object ? 0 : pks_error_code();

	(void)number;
	pks_object_close(object);
	return r;
}

static int drop(int number)
{
	struct pks_object *object = pks_object_open(pks_object_store(dict), "new");
	int r = object ? pks_object_drop(object) : pks_error_code();

	(void)number;
	pks_object_close(object);
	return r;
}

static void check_created(int number, bool told)
{
	int r = create(number);

	points_went_on();
	cr_assert(r == PKS_EXISTS || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_eq(drop(number), 0, "%s", pks_error_message());
}

Test(points_objects, create_an_object)
{
	points_run(&(struct operation){"object_create", .open = open_objects, .act = create, .check = check_created});
}

static void prepare_new(int number)
{
	struct pks_object *object = pks_dict_open(points_store, "new", PKS_MUST_CREATE);

	cr_assert_eq(pks_dict_setf(object, "key", "i", number), 0, "%s", pks_error_message());
	cr_assert_eq(pks_attr_setf(object, "name", "i", number), 0, "%s", pks_error_message());
	pks_object_close(object);
}

static void check_dropped(int number, bool told)
{
	int r = drop(number);

	points_went_on();
	cr_assert(r == PKS_NOT_FOUND || (r == 0 && !told), "%d %s", r, pks_error_message());
}

Test(points_objects, drop_an_object)
{
	points_run(&(struct operation){"object_drop", .open = open_objects, .prepare = prepare_new, .act = drop,
	                               .check = check_dropped});
}

/* A Process takes the Log of its output with it. */
static void prepare_process(int number)
{
	struct pks_object *process = pks_process_new(points_store, "new", "/no/module.so:handler");
	struct pks_object *output = pks_log_open(points_store, "output", PKS_OPEN_OR_CREATE);
	struct pks_value reference = {0};

	(void)number;
	cr_assert_eq(pks_value_pack(&reference, "o", output), 0, "%s", pks_error_message());
	cr_assert_eq(layer_attr_set(process, "output", &reference), 0, "%s", pks_error_message());
	pks_value_clear(&reference);
	pks_object_close(output);
	pks_object_close(process);
}

static void check_process_dropped(int number, bool told)
{
	cr_assert_eq(pks_object_exists(points_store, "output"), pks_object_exists(points_store, "new"));
	check_dropped(number, told);
	cr_assert_eq(pks_object_exists(points_store, "output"), PKS_NOT_FOUND);
}

Test(points_objects, drop_a_process_with_its_output)
{
	points_run(&(struct operation){"process_drop", .open = open_objects, .prepare = prepare_process, .act = drop,
	                               .check = check_process_dropped});
}

static int move(int number)
{
	struct pks_object *object = pks_object_open(pks_object_store(dict), "new");
	int r = object ? pks_object_rename(object, "renamed") : pks_error_code();

	(void)number;
	pks_object_close(object);
	return r;
}

/* Under one of both paths, with all that it has. */
static void check_renamed(int number, bool told)
{
	int value = 0, r = move(number);
	struct pks_object *object = pks_dict_open(points_store, "renamed", PKS_MUST_EXIST);

	points_went_on();
	cr_assert(r == PKS_NOT_FOUND || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_eq(pks_dict_getf(object, "key", "i", &value), 0, "%s", pks_error_message());
	cr_assert_eq(value, number);
	cr_assert_eq(pks_object_drop(object), 0);
	pks_object_close(object);
}

Test(points_objects, rename_an_object)
{
	points_run(&(struct operation){"object_rename", .open = open_objects, .prepare = prepare_new, .act = move,
	                               .check = check_renamed});
}

/* ---- limits ---- */

static int set_limit(int number)
{
	return pks_object_set_limit(dict, (uint64_t)number + 1000, (uint64_t)number + 1000000);
}

static void check_limit(int number, bool told)
{
	struct pks_object_info info;
	uint64_t over;

	cr_assert_eq(pks_object_info(dict, &info), 0, "%s", pks_error_message());
	over = info.limit - 1000;
	cr_assert(number == 1 || info.limit_bytes == over + 1000000);
	cr_assert(over == (uint64_t)number || !told, "%d of %d", (int)over, number);
	cr_assert_eq(set_limit(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_objects, limit_an_object)
{
	points_run(&(struct operation){"object_limit", .open = open_objects, .act = set_limit, .check = check_limit});
}

/* ---- classes ---- */

static int made(struct pks_object *object, void *arg)
{
	(void)arg;
	return pks_attr_setf(object, "second", "i", 2);
}

static void open_class(struct pks_store *store)
{
	static const struct pks_class pair = {.name = "pair", .on_create = made};

	open_objects(store);
	cr_assert_eq(pks_class_registerf(&pair, "{s:i}", "first", 1), 0, "%s", pks_error_message());
}

static int make(int number)
{
	struct pks_object *object = pks_class_open(pks_object_store(dict), "pair", "pair", PKS_MUST_CREATE);
	int r = object ? 0 : pks_error_code();

	(void)number;
	pks_object_close(object);
	return r;
}

/* With its class, its default, and what on_create() gave it; or not at all. */
static void check_made(int number, bool told)
{
	int r = make(number), first = 0, second = 0;
	struct pks_object *object = pks_class_open(points_store, "pair", "pair", PKS_MUST_EXIST);

	points_went_on();
	cr_assert(r == PKS_EXISTS || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_not_null(object, "%s", pks_error_message());
	cr_assert_eq(pks_attr_getf(object, "first", "i", &first), 0, "%s", pks_error_message());
	cr_assert_eq(pks_attr_getf(object, "second", "i", &second), 0, "%s", pks_error_message());
	cr_assert(first == 1 && second == 2, "%d, %d", first, second);
	cr_assert_eq(pks_object_drop(object), 0, "%s", pks_error_message());
	pks_object_close(object);
}

Test(points_objects, make_an_object_of_a_class)
{
	points_run(&(struct operation){"class_open", .open = open_class, .act = make, .check = check_made});
}

static void prepare_classless(int number)
{
	(void)number;
	cr_assert_eq(pks_object_set_class(dict, NULL), 0, "%s", pks_error_message());
}

static int set_class(int number)
{
	(void)number;
	return pks_object_set_class(dict, "of-my-own");
}

static void check_class(int number, bool told)
{
	struct pks_object_info info;

	cr_assert_eq(pks_object_info(dict, &info), 0, "%s", pks_error_message());
	cr_assert(strcmp(info.class_name, "of-my-own") == 0 || (!info.class_name[0] && !told), "%s", info.class_name);
	cr_assert_eq(set_class(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_objects, give_an_object_a_class)
{
	points_run(&(struct operation){"object_class", .open = open_objects, .prepare = prepare_classless,
	                               .act = set_class, .check = check_class});
}
