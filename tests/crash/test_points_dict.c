/* SPDX-License-Identifier: MIT */
/* Dicts, and attributes, killed at each point of their operations: see points.h. */
#include "points.h"

#include <stdlib.h>

#define ITEMS 300

static struct pks_object *dict;

static void open_objects(struct pks_store *store)
{
	dict = pks_dict_open(store, "dict", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(dict, "%s", pks_error_message());
}

static int set_item(int number)
{
	return pks_dict_setf(dict, "key", "i", number);
}

static void check_item(int number, bool told)
{
	int value = 0;

	cr_assert_geq(pks_dict_getf(dict, "key", "i", &value), 0, "%s", pks_error_message());
	cr_assert(value == number || (value == 1 - number && !told), "%d, %d", value, number);
	cr_assert_eq(set_item(-number), 0);
	points_went_on();
}

Test(points_dict, set_an_item_of_a_dict)
{
	points_run(&(struct operation){"dict_set", .open = open_objects, .act = set_item, .check = check_item});
}

static void prepare_item(int number)
{
	cr_assert_eq(set_item(number), 0, "%s", pks_error_message());
}

static int del(int number)
{
	(void)number;
	return pks_dict_del(dict, "key");
}

static void check_deleted(int number, bool told)
{
	int r = del(number);

	points_went_on();
	cr_assert(r == PKS_NOT_FOUND || (r == 0 && !told), "%d %s", r, pks_error_message());
}

Test(points_dict, delete_an_item_of_a_dict)
{
	points_run(&(struct operation){"dict_del", .open = open_objects, .prepare = prepare_item, .act = del,
	                               .check = check_deleted});
}

/* ---- what is taken out stands somewhere else in the same transaction: it is in one of both places ---- */

static int note(struct pks_value *value, int r)
{
	if (r == 0)
		r = pks_attr_set(dict, "popped", value);
	pks_value_clear(value);
	return r == 0 ? pks_commit(points_store) : r;
}

static int pop(int number)
{
	struct pks_value value = {0};
	int r = pks_begin(points_store);

	(void)number;
	return note(&value, r == 0 ? pks_dict_pop(dict, "key", &value) : r);
}

static int pop_last(int number)
{
	struct pks_value value = {0};
	int r = pks_begin(points_store);
	char *key = NULL;

	(void)number;
	if (r == 0)
		r = pks_dict_popitem(dict, &key, &value);
	free(key);
	return note(&value, r);
}

static void check_popped(int number, bool told)
{
	struct pks_value value = {0};
	int popped = 0, r = pks_dict_pop(dict, "key", &value);

	points_went_on();
	pks_value_clear(&value);
	cr_assert(r == PKS_NOT_FOUND || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_geq(pks_attr_getf(dict, "popped", "i", &popped), 0, "%s", pks_error_message());
	cr_assert_eq(popped == number, r == PKS_NOT_FOUND, "%d", popped);
}

Test(points_dict, pop_from_a_dict)
{
	points_run(&(struct operation){"dict_pop", .open = open_objects, .prepare = prepare_item, .act = pop,
	                               .check = check_popped});
}

Test(points_dict, pop_the_last_item_of_a_dict)
{
	points_run(&(struct operation){"dict_popitem", .open = open_objects, .prepare = prepare_item, .act = pop_last,
	                               .check = check_popped});
}

/* ---- many items at once ---- */

static int update(int number)
{
	struct pks_builder *builder = pks_builder_new();
	struct pks_value map = {0};
	char key[16];
	int r;

	pks_build_map(builder);
	for (int i = 0; i < ITEMS; i++) {
		snprintf(key, sizeof(key), "%d", i);
		pks_build_string(builder, key);
		pks_build_int(builder, number);
	}
	pks_build_end(builder);
	r = pks_builder_finish(builder, &map);
	pks_builder_free(builder);
	if (r == 0)
		r = pks_dict_update(dict, &map);
	pks_value_clear(&map);
	return r;
}

static void prepare_items(int number)
{
	cr_assert_eq(update(-number), 0, "%s", pks_error_message());
}

/* All of them, or none. */
static void check_items(int number, bool told)
{
	int first = 0, value = 0;
	char key[16];

	cr_assert_eq(pks_dict_getf(dict, "0", "i", &first), 0, "%s", pks_error_message());
	cr_assert(first == number || (first == -number && !told), "%d of %d", first, number);
	for (int i = 1; i < ITEMS; i++) {
		snprintf(key, sizeof(key), "%d", i);
		cr_assert_eq(pks_dict_getf(dict, key, "i", &value), 0, "%s", pks_error_message());
		cr_assert_eq(value, first);
	}
	cr_assert_eq(update(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_dict, update_a_dict)
{
	points_run(&(struct operation){"dict_update", .open = open_objects, .prepare = prepare_items, .act = update,
	                               .check = check_items});
}

static int clear(int number)
{
	(void)number;
	return pks_dict_clear(dict);
}

static void check_cleared(int number, bool told)
{
	uint64_t count;

	cr_assert_eq(pks_dict_count(dict, &count), 0, "%s", pks_error_message());
	cr_assert(count == 0 || (count == ITEMS && !told), "%d items", (int)count);
	cr_assert_eq(clear(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_dict, clear_a_dict)
{
	points_run(&(struct operation){"dict_clear", .open = open_objects, .prepare = prepare_items, .act = clear,
	                               .check = check_cleared});
}

static int add(int number)
{
	(void)number;
	return pks_dict_add(dict, "sum", 1, NULL);
}

static void check_added(int number, bool told)
{
	static int64_t before;
	int64_t sum = 0;

	before = number == 1 ? 0 : before;
	cr_assert_eq(pks_dict_add(dict, "sum", 1, &sum), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert(sum == before + 2 || (sum == before + 1 && !told), "%d after %d", (int)sum, (int)before);
	before = sum;
}

Test(points_dict, add_to_an_item_of_a_dict)
{
	points_run(&(struct operation){"dict_add", .open = open_objects, .act = add, .check = check_added});
}

/* ---- attributes, metadata ---- */

static int set_attribute(int number)
{
	return pks_attr_setf(dict, "name", "i", number);
}

static void prepare_attribute(int number)
{
	cr_assert_eq(set_attribute(-number), 0, "%s", pks_error_message());
}

static void check_attribute(int number, bool told)
{
	int value = 0;

	cr_assert_eq(pks_attr_getf(dict, "name", "i", &value), 0, "%s", pks_error_message());
	cr_assert(value == number || (value == -number && !told), "%d of %d", value, number);
	cr_assert_eq(set_attribute(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_dict, set_an_attribute)
{
	points_run(&(struct operation){"attr_set", .open = open_objects, .prepare = prepare_attribute,
	                               .act = set_attribute, .check = check_attribute});
}

static int del_attribute(int number)
{
	(void)number;
	return pks_attr_del(dict, "name");
}

static void check_attribute_deleted(int number, bool told)
{
	int r = del_attribute(number);

	points_went_on();
	cr_assert(r == PKS_NOT_FOUND || (r == 0 && !told), "%d %s", r, pks_error_message());
}

Test(points_dict, delete_an_attribute)
{
	points_run(&(struct operation){"attr_del", .open = open_objects, .prepare = prepare_attribute,
	                               .act = del_attribute, .check = check_attribute_deleted});
}

static int set_metadata(int number)
{
	struct pks_value map = {0};
	int r = pks_value_pack(&map, "{s:i}", "number", number);

	if (r == 0)
		r = pks_object_set_metadata(dict, &map);
	pks_value_clear(&map);
	return r;
}

static void prepare_metadata(int number)
{
	cr_assert_eq(set_metadata(-number), 0, "%s", pks_error_message());
}

static void check_metadata(int number, bool told)
{
	struct pks_value map = {0};
	int value = 0;

	cr_assert_eq(pks_object_metadata(dict, &map), 0, "%s", pks_error_message());
	cr_assert_eq(pks_value_unpack(&map, "{s:i}", "number", &value), 0, "%s", pks_error_message());
	pks_value_clear(&map);
	cr_assert(value == number || (value == -number && !told), "%d of %d", value, number);
	cr_assert_eq(set_metadata(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_dict, set_the_metadata)
{
	points_run(&(struct operation){"metadata", .open = open_objects, .prepare = prepare_metadata,
	                               .act = set_metadata, .check = check_metadata});
}
