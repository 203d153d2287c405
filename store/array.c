/* SPDX-License-Identifier: MIT */
/* Array: one number at a time. */
#include "array.h"
#include "base/error.h"
#include "json.h"
#include "value.h"

#include <pkstore/array.h>

#include <endian.h>
#include <inttypes.h>

/* ---- numbers ---- */

void array_move(const struct array_form *form, void *to, const void *from, size_t count)
{
	value_array_move(to, from, count, form->size, BYTE_ORDER == BIG_ENDIAN);
}

static int read_number(const struct pks_value *value, struct json_number *number_out)
{
	int64_t number;
	int r = 0;

	*number_out = (struct json_number){0};
	switch (pks_value_kind(value)) {
	case PKS_KIND_INT:
		r = pks_value_int(value, &number);
		number_out->negative = number < 0;
		number_out->magnitude = number < 0 ? -(uint64_t)number : (uint64_t)number;
		return r;
	case PKS_KIND_UINT:
		return pks_value_uint(value, &number_out->magnitude);
	case PKS_KIND_DOUBLE:
		number_out->is_real = true;
		return pks_value_double(value, &number_out->real);
	default:
		return PKS_ERR_TYPE;
	}
}

int array_number_get(const struct pks_object *array, const struct array_form *form, const struct pks_value *value,
                     void *number_out)
{
	struct json_number number;
	int r = read_number(value, &number);

	if (r == 0)
		r = json_array_store(form->number, &number, number_out);
	if (r == PKS_ERR_TYPE)
		error_set(r, "%s: %s is no number for an Array of %s", array->path,
		          pks_kind_name(pks_value_kind(value)), pks_number_name(form->number));
	if (r == PKS_ERR_RANGE)
		error_set(r, "%s: the number does not fit %s", array->path, pks_number_name(form->number));
	return r;
}

int array_number_value(const struct array_form *form, const void *number, struct pks_value *value_out)
{
	struct json_number loaded;

	json_array_load(form->number, number, &loaded);
	if (loaded.is_real)
		return pks_value_pack(value_out, "d", loaded.real);
	if (loaded.negative)
		return pks_value_pack(value_out, "I", (int64_t)-loaded.magnitude);
	return pks_value_pack(value_out, "U", loaded.magnitude);
}

/* ---- one element ---- */

/* A number in the machine's order, as the largest and most aligned one. */
union cell {
	uint8_t bytes[8];
	uint64_t u64;
	double real64;
	float real32;
};

static int find(const struct pks_object *array, const struct array_form *form, int64_t index,
                struct array_span *span_out)
{
	uint64_t at = index < 0 ? form->length + (uint64_t)index : (uint64_t)index, one = 1;

	/* Counted from the end beyond the beginning, it has wrapped around. */
	if (at >= form->length)
		return error_set(PKS_ERR_RANGE, "%s: there is no number %" PRId64 ", only %" PRIu64 " of them",
		                 array->path, index, form->length);
	array_next_span(form, &at, &one, span_out);
	return 0;
}

static int get(struct scope *scope, const struct pks_object *array, const struct state *state,
               const struct array_form *form, int64_t index, struct pks_value *value_out)
{
	struct array_span span;
	union cell cell = {0};
	const uint8_t *data = NULL;
	int r = find(array, form, index, &span);

	if (r == 0)
		r = array_piece_get(scope, state, form, span.piece, &data);
	if (r < 0)
		return r;
	if (data)
		array_move(form, &cell, data + span.at * form->size, 1);
	return array_number_value(form, &cell, value_out);
}

int pks_array_get(struct pks_object *array, int64_t index, struct pks_value *value_out)
{
	struct scope scope = {0};
	struct array_form form;
	struct state *state;
	int r = array_begin(&scope, array, LOOK, &state, &form);

	return r != 0 ? r : scope_end(&scope, get(&scope, array, state, &form, index, value_out));
}

int pks_array_getf(struct pks_object *array, int64_t index, const char *format, ...)
{
	struct pks_value value;
	va_list args;
	int r = pks_array_get(array, index, &value);

	if (r < 0)
		return r;
	if (format && strpbrk(format, "v"))
		r = error_set(PKS_ERR_USAGE, "%s: the letter v borrows, and there is nothing to borrow from",
		              array->path);
	va_start(args, format);
	if (r == 0) {
		r = pks_value_vunpack(&value, format, args);
		if (r != 0)
			error_about(r, "%s: number %lld", array->path, (long long)index);
	}
	va_end(args);
	pks_value_clear(&value);
	return r;
}

/* What a change makes of the number that is there. */
typedef int (*change_fn)(const struct pks_object *array, const struct array_form *form, union cell *cell, void *arg);

static int change(struct scope *scope, const struct pks_object *array, struct state *state,
                  const struct array_form *form, int64_t index, change_fn fn, void *arg)
{
	uint8_t copy[ARRAY_PIECE_MAX], *at;
	struct array_span span;
	union cell cell = {0};
	int r = find(array, form, index, &span);

	if (r == 0)
		r = array_piece_copy(scope, state, form, span.piece, copy);
	if (r < 0)
		return r;
	at = copy + span.at * form->size;
	array_move(form, &cell, at, 1);
	r = fn(array, form, &cell, arg);
	if (r == 0)
		r = array_room(scope, state, form, span.piece * form->per_piece + span.at, 1);
	if (r != 0)
		return r;
	array_move(form, at, &cell, 1);
	txn_touch(scope->txn, state);
	return array_piece_put(scope, state, form, span.piece, copy);
}

static int change_number(struct pks_object *array, int64_t index, change_fn fn, void *arg)
{
	struct scope scope = {0};
	struct array_form form;
	struct state *state;
	int r;

	do {
		r = array_begin(&scope, array, CHECK_WRITE, &state, &form);
		if (r == 0)
			r = scope_end(&scope, change(&scope, array, state, &form, index, fn, arg));
	} while (scope_again(&scope, r));
	return r;
}

static int replace(const struct pks_object *array, const struct array_form *form, union cell *cell, void *arg)
{
	return array_number_get(array, form, arg, cell);
}

int pks_array_set(struct pks_object *array, int64_t index, const struct pks_value *value)
{
	struct pks_value number;
	int r = object_check(array, BASE_ARRAY);

	if (r == 0)
		r = object_check_value(array, value);
	if (r < 0)
		return r;
	number = (struct pks_value){.data = value->data, .size = value->size};
	return change_number(array, index, replace, &number);
}

int pks_array_setf(struct pks_object *array, int64_t index, const char *format, ...)
{
	struct pks_value value = {0};
	va_list args;
	int r = object_check(array, BASE_ARRAY);

	if (r < 0)
		return r;
	va_start(args, format);
	r = pks_value_vpack(&value, format, args);
	va_end(args);
	if (r == 0)
		r = pks_array_set(array, index, &value);
	pks_value_clear(&value);
	return r;
}

/* ---- adding ---- */

struct addition {
	int64_t by;
	int64_t *sum_out; /* NULL: nobody wants it, so it need not fit */
};

static bool is_signed(enum pks_number number)
{
	return number >= PKS_INT8 && number <= PKS_INT64;
}

/* More than that makes no difference to what is clamped: it is at an end already. */
static int64_t clamp_step(int64_t by)
{
	return by > UINT8_MAX ? UINT8_MAX : by < -UINT8_MAX ? -UINT8_MAX : by;
}

/* In the widest type there is, of the sign that the sum may have; whether it fits is asked when it is stored. */
static bool add_wide(struct json_number *number, enum pks_number type, int64_t by)
{
	int64_t narrow = number->negative ? (int64_t)-number->magnitude : (int64_t)number->magnitude, sum;
	bool clamped = type == PKS_UINT8_CLAMPED;

	if (!is_signed(type) && !clamped)
		return !__builtin_add_overflow(number->magnitude, by, &number->magnitude);
	if (__builtin_add_overflow(narrow, clamped ? clamp_step(by) : by, &sum))
		return false;
	number->negative = sum < 0;
	number->magnitude = sum < 0 ? -(uint64_t)sum : (uint64_t)sum;
	return true;
}

static int add(const struct pks_object *array, const struct array_form *form, union cell *cell, void *arg)
{
	const struct addition *addition = arg;
	struct json_number number;

	if (value_array_is_real(form->number))
		return error_set(PKS_ERR_TYPE, "%s: an integer is added to an Array of %s", array->path,
		                 pks_number_name(form->number));
	json_array_load(form->number, cell, &number);
	if (!add_wide(&number, form->number, addition->by) || json_array_store(form->number, &number, cell) < 0)
		return error_set(PKS_ERR_RANGE, "%s: the sum does not fit %s", array->path,
		                 pks_number_name(form->number));
	if (!addition->sum_out)
		return 0;
	json_array_load(form->number, cell, &number);
	if (!number.negative && number.magnitude > INT64_MAX)
		return error_set(PKS_ERR_RANGE, "%s: the sum does not fit int64_t", array->path);
	*addition->sum_out = number.negative ? (int64_t)-number.magnitude : (int64_t)number.magnitude;
	return 0;
}

int pks_array_add(struct pks_object *array, int64_t index, int64_t by, int64_t *sum_out)
{
	int64_t sum = 0;
	struct addition addition = {by, sum_out ? &sum : NULL};
	int r = change_number(array, index, add, &addition);

	if (r == 0 && sum_out)
		*sum_out = sum;
	return r;
}

struct addition_double {
	double by, sum;
};

static int add_double(const struct pks_object *array, const struct array_form *form, union cell *cell, void *arg)
{
	struct addition_double *addition = arg;
	struct json_number number;

	if (!value_array_is_real(form->number))
		return error_set(PKS_ERR_TYPE, "%s: a double is added to an Array of %s", array->path,
		                 pks_number_name(form->number));
	json_array_load(form->number, cell, &number);
	number.real += addition->by;
	if (json_array_store(form->number, &number, cell) < 0)
		return error_set(PKS_ERR_RANGE, "%s: the sum does not fit %s", array->path,
		                 pks_number_name(form->number));
	json_array_load(form->number, cell, &number);
	addition->sum = number.real;
	return 0;
}

int pks_array_add_double(struct pks_object *array, int64_t index, double by, double *sum_out)
{
	struct addition_double addition = {.by = by};
	int r = change_number(array, index, add_double, &addition);

	if (r == 0 && sum_out)
		*sum_out = addition.sum;
	return r;
}
