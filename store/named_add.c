/* SPDX-License-Identifier: MIT */
/* Values under a name: adding to a number. */
#include "base/error.h"
#include "named.h"

/* What is there; `zero` when nothing is. */
static int read_number(const struct scope *scope, const struct named *named, const struct pks_value *zero,
                       struct pks_value *number_out)
{
	struct bytes bytes;
	int r = named_read(scope, named, &bytes);

	if (r == PKS_NOT_FOUND) {
		*number_out = *zero;
		return 0;
	}
	if (r == 0)
		*number_out = (struct pks_value){.data = bytes.data, .size = bytes.size};
	return r;
}

static const struct pks_value integer_zero = {.data = "\x00", .size = 1};

static int put_packed(struct scope *scope, struct state *state, const struct named *named, int packed,
                      struct pks_value *value)
{
	int r = packed == 0 ? named_put(scope, state, named, value) : packed;

	pks_value_clear(value);
	return r;
}

static int add(struct scope *scope, struct state *state, const struct named *named, int64_t by, int64_t *sum_out)
{
	struct pks_value value = {0};
	int64_t number;
	int r = read_number(scope, named, &integer_zero, &value);

	if (r == 0)
		r = pks_value_int(&value, &number);
	if (r < 0)
		return r;
	if (__builtin_add_overflow(number, by, sum_out))
		return error_set(PKS_ERR_RANGE, "%s: the sum does not fit int64_t", named->object->path);
	value = (struct pks_value){0};
	return put_packed(scope, state, named, pks_value_pack(&value, "I", *sum_out), &value);
}

int named_add(const struct named *named, int64_t by, int64_t *sum_out)
{
	struct scope scope = {0};
	struct state *state;
	int64_t sum = 0;
	int r;

	do {
		r = object_begin(&scope, named->object, named->base, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, add(&scope, state, named, by, &sum));
	} while (scope_again(&scope, r));
	if (r == 0 && sum_out)
		*sum_out = sum;
	return r;
}

static int add_double(struct scope *scope, struct state *state, const struct named *named, double by, double *sum_out)
{
	struct pks_value value = {0};
	double number;
	int r = read_number(scope, named, &integer_zero, &value);

	if (r == 0)
		r = pks_value_double(&value, &number);
	if (r < 0)
		return r;
	*sum_out = number + by;
	value = (struct pks_value){0};
	return put_packed(scope, state, named, pks_value_pack(&value, "d", *sum_out), &value);
}

int named_add_double(const struct named *named, double by, double *sum_out)
{
	struct scope scope = {0};
	struct state *state;
	double sum = 0;
	int r;

	do {
		r = object_begin(&scope, named->object, named->base, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, add_double(&scope, state, named, by, &sum));
	} while (scope_again(&scope, r));
	if (r == 0 && sum_out)
		*sum_out = sum;
	return r;
}
