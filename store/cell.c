/* SPDX-License-Identifier: MIT */
/* Value: one record, under no name. The C names say "cell", as "value" is what it holds. */
#include "base/error.h"
#include "named.h"
#include "waiting.h"

#include <pkstore/cell.h>
#include <pkstore/transaction.h>

struct pks_object *pks_cell_open(struct pks_store *store, const char *path, enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = "value"}, mode);
}

int pks_cell_get(struct pks_object *cell, struct pks_value *value_out)
{
	struct named item;
	int r = named_at_cell(&item, cell);

	return r < 0 ? r : named_get(&item, value_out);
}

int pks_cell_getf(struct pks_object *cell, const char *format, ...)
{
	struct named item;
	va_list args;
	int r = named_at_cell(&item, cell);

	if (r < 0)
		return r;
	va_start(args, format);
	r = named_vgetf(&item, format, args);
	va_end(args);
	return r;
}

int pks_cell_set(struct pks_object *cell, const struct pks_value *value)
{
	struct named item;
	int r = named_at_cell(&item, cell);

	return r < 0 ? r : named_set(&item, value);
}

int pks_cell_setf(struct pks_object *cell, const char *format, ...)
{
	struct named item;
	va_list args;
	int r = named_at_cell(&item, cell);

	if (r < 0)
		return r;
	va_start(args, format);
	r = named_vsetf(&item, format, args);
	va_end(args);
	return r;
}

int pks_cell_clear(struct pks_object *cell)
{
	struct named item;
	int r = named_at_cell(&item, cell);

	return r < 0 ? r : named_del(&item);
}

int pks_cell_add(struct pks_object *cell, int64_t by, int64_t *sum_out)
{
	struct named item;
	int r = named_at_cell(&item, cell);

	return r < 0 ? r : named_add(&item, by, sum_out);
}

int pks_cell_add_double(struct pks_object *cell, double by, double *sum_out)
{
	struct named item;
	int r = named_at_cell(&item, cell);

	return r < 0 ? r : named_add_double(&item, by, sum_out);
}

int pks_cell_compare_set(struct pks_object *cell, const struct pks_value *expected, const struct pks_value *value)
{
	struct named item;
	int r = named_at_cell(&item, cell);

	return r < 0 ? r : named_compare_set(&item, expected, value);
}

int pks_cell_set_at_version(struct pks_object *cell, const struct pks_value *value, uint64_t version)
{
	struct named item;
	int r = named_at_cell(&item, cell);

	return r < 0 ? r : named_set_at_version(&item, value, version);
}

/* ---- swapping ---- */

/* The old value is copied before its memory is given up. */
static int swap(struct scope *scope, struct state *state, const struct named *item, const struct pks_value *value,
                struct pks_value *old_out)
{
	struct bytes bytes;
	int r = named_read(scope, item, &bytes);

	if (r == 0)
		r = pks_value_copy(&(struct pks_value){.data = bytes.data, .size = bytes.size}, old_out);
	return r < 0 ? r : named_put(scope, state, item, value);
}

int pks_cell_swap(struct pks_object *cell, const struct pks_value *value, struct pks_value *old_out)
{
	struct scope scope = {0};
	struct pks_value old = {0};
	struct state *state;
	struct named item;
	int r = named_at_cell(&item, cell);

	if (r == 0)
		r = object_check_value(cell, value);
	if (r < 0)
		return r;
	do {
		pks_value_clear(&old);
		r = object_begin(&scope, cell, BASE_VALUE, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, swap(&scope, state, &item, value, &old));
	} while (scope_again(&scope, r));
	if (r == 0)
		*old_out = old;
	else
		pks_value_clear(&old);
	return r;
}

/* ---- updating under a callback ---- */

struct update {
	struct pks_object *cell;
	pks_cell_update_fn fn;
	void *arg;
	int answer; /* of a run that commits: 0, or the condition that is to be forwarded */
};

/* The transaction is a public one, so that the callback may begin and end inner ones. */
static int run_update(struct pks_store *store, void *arg)
{
	struct update *update = arg;
	struct pks_value old = {0}, value = {0};
	int r = pks_cell_get(update->cell, &old);

	(void)store;
	if (r < 0)
		return r;
	r = update->fn(r == 0 ? &old : NULL, &value, update->arg);
	if (r == 0)
		r = pks_cell_set(update->cell, &value);
	pks_value_clear(&value);
	update->answer = r;
	return r < 0 ? r : 0;
}

int pks_cell_update(struct pks_object *cell, pks_cell_update_fn update, void *arg)
{
	struct update run = {cell, update, arg, 0};
	int r = object_check(cell, BASE_VALUE);

	if (r == 0 && !update)
		r = error_set(PKS_ERR_USAGE, "%s: the function that is to update it is missing", cell->path);
	if (r == 0)
		r = pks_atomically(cell->store, run_update, &run);
	return r == 0 ? run.answer : r;
}

/* ---- waiting ---- */

struct look {
	struct pks_object *cell;
	uint64_t *version;
	struct pks_value *value_out;
};

static int take_value(const struct look *look)
{
	struct pks_value borrowed = {0};
	uint64_t version;
	int r = pks_object_version(look->cell, &version);

	if (r == 0 && version == *look->version)
		return PKS_TIMED_OUT;
	if (r == 0)
		r = pks_cell_get(look->cell, &borrowed);
	if (r < 0)
		return r;
	r = 0;
	if (look->value_out && borrowed.size)
		r = pks_value_copy(&borrowed, look->value_out);
	else if (look->value_out)
		*look->value_out = borrowed;
	if (r == 0)
		*look->version = version;
	return r;
}

/* The version and the value are of one snapshot. */
static int look_at_value(void *arg)
{
	struct look *look = arg;
	int r = pks_snapshot_begin(look->cell->store);

	if (r < 0)
		return r;
	r = take_value(look);
	pks_snapshot_end(look->cell->store);
	return r;
}

int pks_cell_wait(struct pks_object *cell, uint64_t *version, int timeout_ms, struct pks_value *value_out)
{
	struct look look = {cell, version, value_out};
	int r = object_check(cell, BASE_VALUE);

	if (r == 0)
		r = waiting_check(cell->store);
	if (r == 0)
		r = waiting_for_change(cell->store, wake_bit(cell->id), look_at_value, &look, timeout_ms);
	return waiting_answer(cell, r, "the Value has not changed");
}
