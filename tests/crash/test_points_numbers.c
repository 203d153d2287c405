/* SPDX-License-Identifier: MIT */
/* Values and Arrays, killed at each point of their operations: see points.h. */
#include "points.h"

#define NUMBERS 64

/* Several pieces of an Array. */
#define MANY 4000

static struct pks_object *cell, *array, *large;

static void open_objects(struct pks_store *store)
{
	cell = pks_cell_open(store, "value", PKS_OPEN_OR_CREATE);
	array = pks_array_open(store, "array", PKS_INT64, NUMBERS, PKS_OPEN_OR_CREATE);
	large = pks_array_open(store, "large", PKS_INT64, MANY, PKS_OPEN_OR_CREATE);
	cr_assert_not_null(large, "%s", pks_error_message());
}

/* ---- Value ---- */

static int add_one(int number)
{
	(void)number;
	return pks_cell_add(cell, 1, NULL);
}

static void check_added(int number, bool told)
{
	static int64_t before;
	int64_t sum = 0;

	before = number == 1 ? 0 : before;
	cr_assert_eq(pks_cell_add(cell, 1, &sum), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert(sum == before + 2 || (sum == before + 1 && !told), "%d after %d", (int)sum, (int)before);
	before = sum;
}

Test(points_numbers, add_to_a_value)
{
	points_run(&(struct operation){"value_add", .open = open_objects, .act = add_one, .check = check_added});
}

static void prepare_value(int number)
{
	cr_assert_eq(pks_cell_setf(cell, "i", number), 0, "%s", pks_error_message());
}

static int compare_set(int number)
{
	struct pks_value expected = {0}, value = {0};
	int r = pks_value_pack(&expected, "i", number);

	if (r == 0)
		r = pks_value_pack(&value, "i", -number);
	return r == 0 ? pks_cell_compare_set(cell, &expected, &value) : r;
}

static void check_compared(int number, bool told)
{
	int value = 0, r = compare_set(number);

	points_went_on();
	cr_assert(r == PKS_MISMATCH || (r == 0 && !told), "%d", r);
	cr_assert_eq(pks_cell_getf(cell, "i", &value), 0);
	cr_assert_eq(value, -number);
}

Test(points_numbers, compare_and_set_a_value)
{
	points_run(&(struct operation){"value_compare_set", .open = open_objects, .prepare = prepare_value,
	                               .act = compare_set, .check = check_compared});
}

static int swap(int number)
{
	struct pks_value value = {0}, old = {0};
	int r = pks_value_pack(&value, "i", number);

	if (r == 0)
		r = pks_cell_swap(cell, &value, &old);
	pks_value_clear(&value);
	pks_value_clear(&old);
	return r;
}

static void prepare_negative(int number)
{
	cr_assert_eq(pks_cell_setf(cell, "i", -number), 0, "%s", pks_error_message());
}

static void check_swapped(int number, bool told)
{
	int value = 0;

	cr_assert_eq(pks_cell_getf(cell, "i", &value), 0, "%s", pks_error_message());
	cr_assert(value == number || (value == -number && !told), "%d, %d", value, number);
	cr_assert_eq(swap(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_numbers, swap_a_value)
{
	points_run(&(struct operation){"value_swap", .open = open_objects, .prepare = prepare_negative, .act = swap,
	                               .check = check_swapped});
}

/* From -number to number, by the function that another program would run as well. */
static int turn(const struct pks_value *old, struct pks_value *new_out, void *number)
{
	int64_t is = 0;
	int r = pks_value_int(old, &is);

	if (r < 0)
		return r;
	return is == -*(int *)number ? pks_value_pack(new_out, "i", *(int *)number) : PKS_MISMATCH;
}

static int update(int number)
{
	return pks_cell_update(cell, turn, &number);
}

static void check_updated(int number, bool told)
{
	int value = 0, r = update(number);

	points_went_on();
	cr_assert(r == PKS_MISMATCH || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_eq(pks_cell_getf(cell, "i", &value), 0, "%s", pks_error_message());
	cr_assert_eq(value, number);
}

Test(points_numbers, update_a_value)
{
	points_run(&(struct operation){"value_update", .open = open_objects, .prepare = prepare_negative, .act = update,
	                               .check = check_updated});
}

static int clear(int number)
{
	(void)number;
	return pks_cell_clear(cell);
}

static void check_cleared(int number, bool told)
{
	int r = clear(number);

	points_went_on();
	cr_assert(r == PKS_NOT_FOUND || (r == 0 && !told), "%d %s", r, pks_error_message());
}

Test(points_numbers, clear_a_value)
{
	points_run(&(struct operation){"value_clear", .open = open_objects, .prepare = prepare_negative, .act = clear,
	                               .check = check_cleared});
}

/* ---- Array: all numbers at once ---- */

static int write_all(int number)
{
	int64_t numbers[NUMBERS];

	for (int i = 0; i < NUMBERS; i++)
		numbers[i] = number;
	return pks_array_write(array, PKS_INT64, 0, NUMBERS, numbers);
}

static void prepare_array(int number)
{
	cr_assert_eq(write_all(-number), 0, "%s", pks_error_message());
}

static void check_written(int number, bool told)
{
	int64_t numbers[NUMBERS];

	cr_assert_eq(pks_array_read(array, PKS_INT64, 0, NUMBERS, numbers), 0, "%s", pks_error_message());
	cr_assert(numbers[0] == number || (numbers[0] == -number && !told));
	for (int i = 1; i < NUMBERS; i++)
		cr_assert_eq(numbers[i], numbers[0]);
	cr_assert_eq(write_all(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_numbers, write_an_array)
{
	points_run(&(struct operation){"array_write", .open = open_objects, .prepare = prepare_array, .act = write_all,
	                               .check = check_written});
}

static int set_one(int number)
{
	return pks_array_setf(array, number % NUMBERS, "i", number);
}

static void check_set(int number, bool told)
{
	int value = 0;

	cr_assert_eq(pks_array_getf(array, number % NUMBERS, "i", &value), 0, "%s", pks_error_message());
	cr_assert(value == number || (value == -number && !told));
	cr_assert_eq(set_one(number), 0);
	points_went_on();
}

Test(points_numbers, set_a_number_of_an_array)
{
	points_run(&(struct operation){"array_set", .open = open_objects, .prepare = prepare_array, .act = set_one,
	                               .check = check_set});
}

/* Many pieces at once, which may come into being or go by it. */
static int fill(int number)
{
	return pks_array_fillf(large, 0, MANY, "i", number % 3 ? number : 0);
}

static void prepare_fill(int number)
{
	cr_assert_eq(fill(number - 1), 0, "%s", pks_error_message());
}

static void check_filled(int number, bool told)
{
	static int64_t numbers[MANY];

	cr_assert_eq(pks_array_read(large, PKS_INT64, 0, MANY, numbers), 0, "%s", pks_error_message());
	cr_assert(numbers[0] == (number % 3 ? number : 0) ||
	                  (numbers[0] == ((number - 1) % 3 ? number - 1 : 0) && !told),
	          "%d of %d", (int)numbers[0], number);
	for (int i = 1; i < MANY; i++)
		cr_assert_eq(numbers[i], numbers[0]);
	cr_assert_eq(fill(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_numbers, fill_an_array)
{
	points_run(&(struct operation){"array_fill", .open = open_objects, .prepare = prepare_fill, .act = fill,
	                               .check = check_filled});
}

static int add_to_number(int number)
{
	return pks_array_add(array, number % NUMBERS, 2 * number, NULL);
}

static void check_number_added(int number, bool told)
{
	int value = 0;

	cr_assert_eq(pks_array_getf(array, number % NUMBERS, "i", &value), 0, "%s", pks_error_message());
	cr_assert(value == number || (value == -number && !told), "%d of %d", value, number);
	cr_assert_eq(add_to_number(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_numbers, add_to_a_number_of_an_array)
{
	points_run(&(struct operation){"array_add", .open = open_objects, .prepare = prepare_array,
	                               .act = add_to_number, .check = check_number_added});
}
