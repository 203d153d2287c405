/* SPDX-License-Identifier: MIT */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static struct pks_store *store;

static struct pks_object *open_cell(const char *test)
{
	struct pks_object *cell;

	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	cell = pks_cell_open(store, "test/value", PKS_MUST_CREATE);
	cr_assert_not_null(cell, "%s", pks_error_message());
	return cell;
}

static void expect_int(struct pks_object *cell, int expected)
{
	int number = -1;

	cr_expect_eq(pks_cell_getf(cell, "i", &number), 0, "%s", pks_error_message());
	cr_expect_eq(number, expected, "it is %d, not %d", number, expected);
}

static struct pks_object_info info_of(struct pks_object *object)
{
	struct pks_object_info info = {0};

	cr_assert_eq(pks_object_info(object, &info), 0);
	return info;
}

Test(cell, a_new_one_is_not_set_and_one_that_is_cleared_neither)
{
	struct pks_object *cell = open_cell("not_set");
	struct pks_value value = {0};

	cr_expect_eq(pks_cell_get(cell, &value), PKS_NOT_FOUND);
	cr_expect_not_null(strstr(pks_error_message(), "test/value: the Value is not set"), "%s", pks_error_message());
	cr_expect_eq(info_of(cell).count, 0u);
	cr_expect_eq(pks_cell_clear(cell), PKS_NOT_FOUND);

	cr_expect_eq(pks_cell_setf(cell, "i", 7), 0);
	expect_int(cell, 7);
	cr_expect_eq(info_of(cell).count, 1u);
	cr_expect_eq(info_of(cell).bytes, 1u, "one byte of CBOR, no key");
	cr_expect_eq(pks_cell_setf(cell, "s", "of another type"), 0);
	cr_expect_eq(info_of(cell).count, 1u);
	cr_expect_eq(pks_cell_clear(cell), 0);
	cr_expect_eq(info_of(cell).count, 0u);
	cr_expect_eq(info_of(cell).bytes, 0u);
	pks_store_close(store);
}

Test(cell, swap_gives_what_was_there)
{
	struct pks_object *cell = open_cell("swap");
	struct pks_value one = {0}, old = {.data = "x", .size = 1};
	int64_t number = 0;

	pks_value_pack(&one, "i", 1);
	cr_expect_eq(pks_cell_swap(cell, &one, &old), 0);
	cr_expect_eq(old.size, 0u, "it was not set");
	pks_cell_setf(cell, "i", 2);
	cr_expect_eq(pks_cell_swap(cell, &one, &old), 0);
	cr_expect_eq(pks_value_int(&old, &number), 0);
	cr_expect_eq(number, 2);
	expect_int(cell, 1);
	pks_value_clear(&old);
	cr_expect_eq(pks_cell_swap(cell, NULL, &old), PKS_ERR_USAGE);
	pks_value_clear(&one);
	pks_store_close(store);
}

Test(cell, numbers_are_added_to)
{
	struct pks_object *cell = open_cell("add");
	double real = 0;
	int64_t sum = 0;

	cr_expect_eq(pks_cell_add(cell, 5, &sum), 0);
	cr_expect_eq(sum, 5, "not set counts as 0");
	cr_expect_eq(pks_cell_add(cell, -7, NULL), 0);
	expect_int(cell, -2);
	cr_expect_eq(pks_cell_add_double(cell, 0.5, &real), 0);
	cr_expect(real == -1.5);
	cr_expect_eq(pks_cell_add(cell, 1, NULL), PKS_ERR_TYPE, "it is no integer any more");
	pks_cell_setf(cell, "I", INT64_MAX);
	cr_expect_eq(pks_cell_add(cell, 1, &sum), PKS_ERR_RANGE);
	cr_expect_eq(sum, 5, "an output is untouched on failure");
	pks_store_close(store);
}

Test(cell, compare_and_set_changes_what_is_as_expected)
{
	struct pks_object *cell = open_cell("compare");
	struct pks_value one = {0}, two = {0};

	pks_value_pack(&one, "i", 1);
	pks_value_pack(&two, "[i]", 2);
	cr_expect_eq(pks_cell_compare_set(cell, &one, &two), PKS_MISMATCH);
	cr_expect_eq(pks_cell_compare_set(cell, NULL, &one), 0);
	cr_expect_eq(pks_cell_compare_set(cell, NULL, &two), PKS_MISMATCH);
	cr_expect_eq(pks_cell_compare_set(cell, &one, &two), 0);
	cr_expect_eq(pks_cell_compare_set(cell, &two, NULL), 0);
	cr_expect_eq(info_of(cell).count, 0u);
	cr_expect_eq(pks_cell_set_at_version(cell, &one, info_of(cell).version), 0);
	cr_expect_eq(pks_cell_set_at_version(cell, &two, info_of(cell).version - 1), PKS_MISMATCH);
	expect_int(cell, 1);
	pks_value_clear(&one);
	pks_value_clear(&two);
	pks_store_close(store);
}

/* ---- update ---- */

static struct pks_object *other;

static int times_ten(const struct pks_value *old, struct pks_value *new_out, void *arg)
{
	int64_t number = 1;

	if (old)
		cr_expect_eq(pks_value_int(old, &number), 0);
	/* A transaction of its own inside, and a change of something else. */
	cr_expect_eq(pks_begin(store), 0);
	cr_expect_eq(pks_cell_setf(other, "I", number), 0);
	cr_expect_eq(pks_commit(store), 0);
	pks_value_pack(new_out, "I", 10 * number);
	return *(int *)arg;
}

static int keep(const struct pks_value *old, struct pks_value *new_out, void *unused)
{
	(void)unused;
	return old ? pks_value_at(old, 0, new_out) : PKS_NOT_FOUND;
}

Test(cell, update_makes_the_new_value_from_the_old_one_in_one_transaction)
{
	struct pks_object *cell = open_cell("update");
	int answer = 0;

	other = pks_cell_open(store, "test/other", PKS_MUST_CREATE);
	cr_expect_eq(pks_cell_update(cell, times_ten, &answer), 0);
	cr_expect_eq(pks_cell_update(cell, times_ten, &answer), 0);
	expect_int(cell, 100);
	expect_int(other, 10);
	cr_expect_eq(info_of(cell).version, 3u);

	answer = PKS_FULL;
	cr_expect_eq(pks_cell_update(cell, times_ten, &answer), PKS_FULL);
	expect_int(cell, 100);
	expect_int(other, 100);
	answer = PKS_ERR_STATE;
	pks_cell_setf(other, "i", 0);
	cr_expect_eq(pks_cell_update(cell, times_ten, &answer), PKS_ERR_STATE);
	expect_int(cell, 100);
	expect_int(other, 0);

	pks_cell_setf(cell, "[s]", "inner");
	cr_expect_eq(pks_cell_update(cell, keep, NULL), 0, "a new value may be borrowed from the old one");
	cr_expect_eq(pks_cell_getf(cell, "i", &answer), PKS_ERR_TYPE);
	cr_expect_eq(pks_cell_update(cell, NULL, NULL), PKS_ERR_USAGE);
	pks_store_close(store);
}

Test(cell, update_joins_the_open_transaction)
{
	struct pks_object *cell = open_cell("update_joins");
	int answer = 0;

	other = pks_cell_open(store, "test/other", PKS_MUST_CREATE);
	cr_assert_eq(pks_begin(store), 0);
	cr_expect_eq(pks_cell_update(cell, times_ten, &answer), 0);
	answer = PKS_MISMATCH;
	cr_expect_eq(pks_cell_update(cell, times_ten, &answer), PKS_MISMATCH, "a condition dooms nothing");
	expect_int(cell, 10);
	cr_expect_eq(pks_commit(store), 0, "%s", pks_error_message());
	expect_int(cell, 10);
	pks_store_close(store);
}

/* ---- waiting ---- */

Test(cell, waiting_gives_each_value_once)
{
	struct pks_object *cell = open_cell("wait");
	struct pks_value value = {.data = "x", .size = 1};
	uint64_t version = 0;
	int64_t number = 0;

	cr_expect_eq(pks_cell_wait(cell, &version, 0, &value), 0);
	cr_expect_eq(value.size, 0u, "what is there is nothing");
	cr_expect_eq(pks_cell_wait(cell, &version, 0, &value), PKS_TIMED_OUT);
	pks_cell_setf(cell, "i", 5);
	cr_expect_eq(pks_cell_wait(cell, &version, -1, &value), 0);
	cr_expect_eq(pks_value_int(&value, &number), 0);
	cr_expect_eq(number, 5);
	cr_expect_eq(version, info_of(cell).version);
	pks_value_clear(&value);
	cr_expect_eq(pks_cell_wait(cell, &version, 0, NULL), PKS_TIMED_OUT);

	pks_snapshot_begin(store);
	cr_expect_eq(pks_cell_wait(cell, &version, 0, NULL), PKS_ERR_USAGE);
	pks_snapshot_end(store);
	pks_object_drop(cell);
	cr_expect_eq(pks_cell_wait(cell, &version, -1, NULL), PKS_ERR_GONE);
	pks_store_close(store);
}

/* What it gives is its caller's, whatever becomes of the Value; and any other version is another, be it a later one. */
Test(cell, waiting_gives_a_copy_whichever_other_version_was_known)
{
	struct pks_object *cell = open_cell("wait_copy");
	struct pks_value value = {0};
	uint64_t version;

	cr_expect_eq(pks_cell_setf(cell, "s", "a text"), 0);
	version = info_of(cell).version + 5;
	cr_expect_eq(pks_cell_wait(cell, &version, 0, &value), 0, "%s", pks_error_message());
	cr_expect_eq(version, info_of(cell).version);
	cr_expect_not_null(value.owned);
	pks_value_clear(&value);
	pks_store_close(store);
}

Test(cell, other_objects_are_refused_and_it_is_no_dict)
{
	struct pks_object *cell = open_cell("types");
	struct pks_object *dict = pks_dict_open(store, "test/dict", PKS_MUST_CREATE);
	struct pks_value value = {0};
	uint64_t version;

	cr_expect_eq(pks_object_version(dict, &version), 0);
	cr_expect_eq(pks_cell_wait(dict, &version, 0, &value), PKS_ERR_TYPE);
	cr_expect_eq(pks_cell_get(dict, &value), PKS_ERR_TYPE);
	cr_expect_not_null(strstr(pks_error_message(), "test/dict: is a Dict, not a Value"), "%s", pks_error_message());
	cr_expect_eq(pks_dict_get(cell, "", &value), PKS_ERR_TYPE);
	cr_expect_null(pks_cell_open(store, "test/dict", PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_attr_setf(cell, "unit", "s", "ms"), 0, "attributes are for all");
	cr_expect_eq(pks_attr_getf(cell, "none", "n"), PKS_NOT_FOUND);
	cr_expect_not_null(strstr(pks_error_message(), "no attribute 'none'"), "%s", pks_error_message());
	pks_store_close(store);
}
