/* SPDX-License-Identifier: MIT */
/* Values and Arrays between processes: no addition is lost, a waiter sees each change, a reader sees whole ones. */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdlib.h>

#define ADDERS 4
#define ADDITIONS 300
#define LENGTH 3000

static char *path;
static struct pks_store *store;

static void open_store(const char *test)
{
	path = scratch_dir(test);
	store = pks_store_open(path, NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
}

static int double_it(const struct pks_value *old, struct pks_value *new_out, void *unused)
{
	int64_t number = 0;

	(void)unused;
	if (old && pks_value_int(old, &number) != 0)
		return PKS_ERR_TYPE;
	return pks_value_pack(new_out, "I", number + 1);
}

/* Each in its own way: they add to the same numbers. */
static int add_them(void *arg)
{
	int way = *(int *)arg;
	struct pks_store *own = pks_store_open(path, NULL);
	struct pks_object *cell = pks_cell_open(own, "cell", PKS_OPEN_OR_CREATE);
	struct pks_object *array = pks_array_open(own, "array", PKS_INT32, LENGTH, PKS_OPEN_OR_CREATE);
	int r = 0;

	for (int i = 0; r == 0 && i < ADDITIONS; i++) {
		r = way % 2 ? pks_cell_add(cell, 1, NULL) : pks_cell_update(cell, double_it, NULL);
		if (r == 0)
			r = pks_array_add(array, i * 10, way, NULL);
	}
	pks_store_close(own);
	return r ? 1 : 0;
}

Test(numbers, no_addition_is_lost)
{
	pid_t adders[ADDERS];
	int64_t sum = 0, number = 0;

	open_store("no_addition");
	for (int i = 0; i < ADDERS; i++)
		adders[i] = child_start(add_them, &(int){i});
	for (int i = 0; i < ADDERS; i++)
		cr_expect_eq(child_wait(adders[i]), 0);
	cr_expect_eq(pks_cell_getf(pks_cell_open(store, "cell", PKS_MUST_EXIST), "I", &sum), 0);
	cr_expect_eq(sum, ADDERS * ADDITIONS);
	for (int i = 0; i < ADDITIONS; i++) {
		cr_expect_eq(pks_array_getf(pks_object_open(store, "array"), i * 10, "I", &number), 0);
		cr_expect_eq(number, 0 + 1 + 2 + 3);
	}
	pks_store_close(store);
}

/* Counts up, one commit each. */
static int count_up(void *unused)
{
	struct pks_store *own = pks_store_open(path, NULL);
	struct pks_object *cell = pks_cell_open(own, "cell", PKS_MUST_EXIST);
	int r = 0;

	(void)unused;
	for (int i = 0; r == 0 && i < ADDITIONS; i++)
		r = pks_cell_add(cell, 1, NULL);
	pks_store_close(own);
	return r ? 1 : 0;
}

Test(numbers, a_waiter_sees_a_value_grow_to_its_end)
{
	struct pks_object *cell;
	struct pks_value value = {0};
	int64_t number = 0, before = 0;
	uint64_t version = 0;
	pid_t counter;

	open_store("waiter");
	cell = pks_cell_open(store, "cell", PKS_MUST_CREATE);
	cr_assert_eq(pks_cell_setf(cell, "i", 0), 0);
	cr_assert_eq(pks_cell_wait(cell, &version, 0, NULL), 0);
	counter = child_start(count_up, NULL);
	while (number < ADDITIONS) {
		cr_assert_eq(pks_cell_wait(cell, &version, 10000, &value), 0, "%s", pks_error_message());
		cr_assert_eq(pks_value_int(&value, &number), 0);
		pks_value_clear(&value);
		cr_assert_gt(number, before);
		before = number;
	}
	cr_expect_eq(child_wait(counter), 0);
	pks_store_close(store);
}

/* The whole Array becomes one number after the other; every range that is read is of one of them. */
static int fill_it(void *unused)
{
	struct pks_store *own = pks_store_open(path, NULL);
	struct pks_object *array = pks_object_open(own, "array");
	int r = 0;

	(void)unused;
	for (int i = 1; r == 0 && i <= ADDITIONS; i++)
		r = pks_array_fillf(array, 0, LENGTH, "i", i % 7);
	pks_store_close(own);
	return r ? 1 : 0;
}

Test(numbers, a_reader_sees_whole_ranges)
{
	struct pks_object *array;
	int32_t numbers[LENGTH] = {0};
	pid_t filler;

	open_store("whole_ranges");
	array = pks_array_open(store, "array", PKS_INT32, LENGTH, PKS_MUST_CREATE);
	filler = child_start(fill_it, NULL);
	do {
		cr_assert_eq(pks_array_read(array, PKS_INT32, 0, LENGTH, numbers), 0);
		for (int i = 1; i < LENGTH; i++)
			cr_assert_eq(numbers[i], numbers[0], "%d differs", i);
	} while (numbers[0] != ADDITIONS % 7);
	cr_expect_eq(child_wait(filler), 0);
	pks_store_close(store);
}
