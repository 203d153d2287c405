/* SPDX-License-Identifier: MIT */
/* A Value, and an Array of numbers. */
#include "model.h"

/* ---- the Value ---- */

enum { SET, ADD, SWAP, COMPARE_SET, UPDATE, UNSET, CELL_OPS };

static struct {
	bool there;
	int64_t value;
} cell;

static int pack_set(struct pks_object *object, struct step *step)
{
	struct pks_value expected = {0}, value = {0};
	int r = pks_value_pack(&expected, "I", step->b % 4);

	if (r == 0)
		r = pks_value_pack(&value, "I", step->b);
	if (r == 0)
		r = pks_cell_compare_set(object, &expected, &value);
	pks_value_clear(&expected);
	pks_value_clear(&value);
	return answer(step, r);
}

static int swap(struct pks_object *object, struct step *step)
{
	struct pks_value old = {0}, value = {0};
	int r = pks_value_pack(&value, "I", step->b % 4);

	if (r == 0)
		r = pks_cell_swap(object, &value, &old);
	if (r == 0 && old.size)
		r = pks_value_int(&old, &step->value);
	pks_value_clear(&old);
	pks_value_clear(&value);
	return answer(step, r);
}

/* Twice the number and one more; one above a million stays. */
static int double_it(const struct pks_value *old, struct pks_value *new_out, void *unused)
{
	int64_t number = 0;
	int r = old ? pks_value_int(old, &number) : 0;

	(void)unused;
	if (r < 0)
		return r;
	return number > 1000000 ? PKS_FULL : pks_value_pack(new_out, "I", 2 * number + 1);
}

static int act_on_cell(struct pks_object *object, struct step *step)
{
	switch (step->op) {
	case SET:
		return answer(step, pks_cell_setf(object, "I", step->b % 4));
	case ADD:
		return answer(step, pks_cell_add(object, step->b, &step->value));
	case SWAP:
		return swap(object, step);
	case COMPARE_SET:
		return pack_set(object, step);
	case UPDATE:
		return answer(step, pks_cell_update(object, double_it, NULL));
	default:
		return answer(step, pks_cell_clear(object));
	}
}

static int act_cell(struct pks_store *store, struct step *step)
{
	struct pks_object *object = pks_cell_open(store, "model/value", PKS_OPEN_OR_CREATE);
	int r = act_on_cell(object, step);

	pks_object_close(object);
	return r;
}

static void put_cell(int64_t value)
{
	cell.there = true;
	cell.value = value;
}

static void replay_cell(struct step *step)
{
	int64_t old = cell.there ? cell.value : 0;

	switch (step->op) {
	case SET:
		put_cell(step->b % 4);
		break;
	case ADD:
		put_cell(old + step->b);
		step->value = cell.value;
		break;
	case SWAP:
		put_cell(step->b % 4);
		step->value = old;
		break;
	case COMPARE_SET:
		if (cell.there && old == step->b % 4)
			put_cell(step->b);
		else
			step->code = PKS_MISMATCH;
		break;
	case UPDATE:
		if (old > 1000000)
			step->code = PKS_FULL;
		else
			put_cell(2 * old + 1);
		break;
	default:
		step->code = cell.there ? 0 : PKS_NOT_FOUND;
		cell.there = false;
	}
}

static void compare_cell(struct pks_store *store)
{
	struct pks_object *object = pks_cell_open(store, "model/value", PKS_MUST_EXIST);
	int64_t number = 0;
	int r = object ? pks_cell_getf(object, "I", &number) : PKS_NOT_FOUND;

	cr_assert_eq(r, cell.there ? 0 : PKS_NOT_FOUND, "%d", r);
	cr_assert(!cell.there || number == cell.value, "%lld, not %lld", (long long)number, (long long)cell.value);
	pks_object_close(object);
}

const struct kind kind_value = {
	.name = "value", .ops = CELL_OPS, .act = act_cell, .replay = replay_cell, .compare = compare_cell};

/* ---- the Array ---- */

/* Three pieces of 510 numbers, the last of which is not full; a range is up to 700 of them. */
#define LENGTH 1300
#define RANGE 700

enum { SET_ONE, ADD_ONE, GET_ONE, FILL, CLEAR, WRITE, SUM, ARRAY_OPS };

static int64_t array[LENGTH];

struct range {
	uint64_t first, count;
};

static struct range range_of(const struct step *step)
{
	uint64_t first = (uint64_t)step->a % LENGTH, count = (uint64_t)step->b % RANGE;

	return (struct range){first, count < LENGTH - first ? count : LENGTH - first};
}

static int write_range(struct pks_object *object, const struct step *step)
{
	struct range range = range_of(step);
	int64_t numbers[RANGE];

	for (uint64_t i = 0; i < range.count; i++)
		numbers[i] = step->a + (int64_t)i;
	return pks_array_write(object, PKS_INT64, range.first, range.count, numbers);
}

static int sum_range(struct pks_object *object, struct step *step)
{
	struct range range = range_of(step);
	int64_t numbers[RANGE];
	int r = pks_array_read(object, PKS_INT64, range.first, range.count, numbers);

	for (uint64_t i = 0; r == 0 && i < range.count; i++)
		step->value += numbers[i];
	return r;
}

static int act_on_array(struct pks_object *object, struct step *step)
{
	struct range range = range_of(step);

	switch (step->op) {
	case SET_ONE:
		return answer(step, pks_array_setf(object, step->a % LENGTH, "I", step->b));
	case ADD_ONE:
		return answer(step, pks_array_add(object, step->a % LENGTH, step->b, &step->value));
	case GET_ONE:
		return answer(step, pks_array_getf(object, step->a % LENGTH - LENGTH, "I", &step->value));
	case FILL:
		return answer(step, pks_array_fillf(object, range.first, range.count, "I", step->a % 7));
	case CLEAR:
		return answer(step, pks_array_fillf(object, range.first, range.count, "I", INT64_C(0)));
	case WRITE:
		return answer(step, write_range(object, step));
	default:
		return answer(step, sum_range(object, step));
	}
}

static int act_array(struct pks_store *store, struct step *step)
{
	struct pks_object *object = pks_array_open(store, "model/array", PKS_INT64, LENGTH, PKS_OPEN_OR_CREATE);
	int r = act_on_array(object, step);

	pks_object_close(object);
	return r;
}

static void replay_range(struct step *step)
{
	struct range range = range_of(step);

	for (uint64_t i = 0; i < range.count; i++) {
		int64_t *number = &array[range.first + i];

		if (step->op == SUM)
			step->value += *number;
		else if (step->op == WRITE)
			*number = step->a + (int64_t)i;
		else
			*number = step->op == FILL ? step->a % 7 : 0;
	}
}

static void replay_array(struct step *step)
{
	int64_t *number = &array[step->a % LENGTH];

	switch (step->op) {
	case SET_ONE:
		*number = step->b;
		break;
	case ADD_ONE:
		*number += step->b;
		step->value = *number;
		break;
	case GET_ONE:
		step->value = *number;
		break;
	default:
		replay_range(step);
	}
}

static void compare_array(struct pks_store *store)
{
	struct pks_object *object = pks_array_open(store, "model/array", PKS_INT64, LENGTH, PKS_MUST_EXIST);
	int64_t numbers[LENGTH] = {0};

	if (object)
		cr_assert_eq(pks_array_read(object, PKS_INT64, 0, LENGTH, numbers), 0, "%s", pks_error_message());
	for (int i = 0; i < LENGTH; i++)
		cr_assert_eq(numbers[i], array[i], "%d is %lld, not %lld", i, (long long)numbers[i],
		             (long long)array[i]);
	pks_object_close(object);
}

const struct kind kind_array = {
	.name = "array", .ops = ARRAY_OPS, .act = act_array, .replay = replay_array, .compare = compare_array};
