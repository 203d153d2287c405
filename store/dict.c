/* SPDX-License-Identifier: MIT */
/* Dict: one key at a time, and the Dict as a whole. */
#include "dict.h"
#include "base/error.h"
#include "items.h"

#include <pkstore/dict.h>

#include <stdlib.h>

int pks_dict_set(struct pks_object *dict, const char *key, const struct pks_value *value)
{
	struct named item;
	int r = dict_item(&item, dict, key);

	return r < 0 ? r : named_set(&item, value);
}

int pks_dict_setf(struct pks_object *dict, const char *key, const char *format, ...)
{
	struct named item;
	va_list args;
	int r = dict_item(&item, dict, key);

	if (r < 0)
		return r;
	va_start(args, format);
	r = named_vsetf(&item, format, args);
	va_end(args);
	return r;
}

int pks_dict_get(struct pks_object *dict, const char *key, struct pks_value *value_out)
{
	struct named item;
	int r = dict_item(&item, dict, key);

	return r < 0 ? r : named_get(&item, value_out);
}

int pks_dict_getf(struct pks_object *dict, const char *key, const char *format, ...)
{
	struct named item;
	va_list args;
	int r = dict_item(&item, dict, key);

	if (r < 0)
		return r;
	va_start(args, format);
	r = named_vgetf(&item, format, args);
	va_end(args);
	return r;
}

int pks_dict_get_default(struct pks_object *dict, const char *key, const struct pks_value *otherwise,
                         struct pks_value *value_out)
{
	int r = pks_dict_get(dict, key, value_out);

	if (r != PKS_NOT_FOUND)
		return r;
	r = object_check_value(dict, otherwise);
	if (r == 0)
		*value_out = (struct pks_value){.data = otherwise->data, .size = otherwise->size};
	return r;
}

static int setdefault(struct scope *scope, struct state *state, const struct named *item,
                      const struct pks_value *otherwise, struct pks_value *value_out)
{
	struct bytes bytes;
	int r = named_read(scope, item, &bytes);

	if (r == PKS_NOT_FOUND) {
		r = named_put(scope, state, item, otherwise);
		/* What was just put, not `otherwise`: that may have been borrowed, and moved. */
		r = r < 0 ? r : named_read(scope, item, &bytes);
	}
	return r == 0 && value_out ? scope_lend(scope, bytes, value_out) : r;
}

int pks_dict_setdefault(struct pks_object *dict, const char *key, const struct pks_value *otherwise,
                        struct pks_value *value_out)
{
	struct scope scope = {0};
	struct pks_value value = {0};
	struct state *state;
	struct named item;
	int r = dict_item(&item, dict, key);

	if (r == 0)
		r = object_check_value(dict, otherwise);
	if (r < 0)
		return r;
	do {
		pks_value_clear(&value);
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, setdefault(&scope, state, &item, otherwise, value_out ? &value : NULL));
	} while (scope_again(&scope, r));
	if (r == 0 && value_out)
		*value_out = value;
	else
		pks_value_clear(&value);
	return r;
}

int pks_dict_contains(struct pks_object *dict, const char *key)
{
	struct scope scope = {0};
	struct state *state;
	struct named item;
	struct bytes bytes;
	int r = dict_item(&item, dict, key);

	if (r == 0)
		r = object_begin(&scope, dict, BASE_DICT, LOOK, &state);
	if (r == 0)
		r = scope_end(&scope, engine_get(scope.txn->engine, key_bytes(&item.key), &bytes));
	return r == PKS_NOT_FOUND ? named_missing(&item) : r;
}

int pks_dict_del(struct pks_object *dict, const char *key)
{
	struct named item;
	int r = dict_item(&item, dict, key);

	return r < 0 ? r : named_del(&item);
}

int pks_dict_add(struct pks_object *dict, const char *key, int64_t by, int64_t *sum_out)
{
	struct named item;
	int r = dict_item(&item, dict, key);

	return r < 0 ? r : named_add(&item, by, sum_out);
}

int pks_dict_add_double(struct pks_object *dict, const char *key, double by, double *sum_out)
{
	struct named item;
	int r = dict_item(&item, dict, key);

	return r < 0 ? r : named_add_double(&item, by, sum_out);
}

int pks_dict_compare_set(struct pks_object *dict, const char *key, const struct pks_value *expected,
                         const struct pks_value *value)
{
	struct named item;
	int r = dict_item(&item, dict, key);

	return r < 0 ? r : named_compare_set(&item, expected, value);
}

int pks_dict_set_at_version(struct pks_object *dict, const char *key, const struct pks_value *value, uint64_t version)
{
	struct named item;
	int r = dict_item(&item, dict, key);

	return r < 0 ? r : named_set_at_version(&item, value, version);
}

int pks_dict_count(struct pks_object *dict, uint64_t *count_out)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, dict, BASE_DICT, LOOK, &state);

	if (r != 0)
		return r;
	*count_out = state->count;
	return scope_end(&scope, 0);
}

static int clear(struct scope *scope, struct state *state)
{
	int r = items_del_parts(scope->txn, state, PART_ITEM, PART_ITEM + 1);

	if (r == 0)
		state->count = 0;
	return r;
}

int pks_dict_clear(struct pks_object *dict)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, dict, BASE_DICT, CHANGE, &state);
		if (r == 0)
			r = scope_end(&scope, clear(&scope, state));
	} while (scope_again(&scope, r));
	return r;
}
