/* SPDX-License-Identifier: MIT */
/* Dict: setting what is as expected. */
#include "base/error.h"
#include "dict.h"

#include <pkstore/dict.h>

static int compare(const struct scope *scope, const struct named *item, const struct pks_value *expected)
{
	struct pks_value value;
	struct bytes bytes;
	int r = named_read(scope, item, &bytes);

	if (r == PKS_NOT_FOUND)
		return expected ? PKS_MISMATCH : 0;
	if (r < 0)
		return r;
	value = (struct pks_value){.data = bytes.data, .size = bytes.size};
	return expected ? pks_value_equal(&value, expected) : PKS_MISMATCH;
}

static int compare_set(struct scope *scope, struct state *state, const struct named *item,
                       const struct pks_value *expected, const struct pks_value *value)
{
	int r = compare(scope, item, expected);

	if (r == PKS_MISMATCH)
		return error_set(r, "%s: another value is there", item->object->path);
	if (r != 0)
		return r;
	if (value)
		return named_put(scope, state, item, value);
	return expected ? named_remove(scope, state, item) : 0;
}

int pks_dict_compare_set(struct pks_object *dict, const char *key, const struct pks_value *expected,
                         const struct pks_value *value)
{
	struct scope scope = {0};
	struct state *state;
	struct named item;
	int r = dict_item(&item, dict, key);

	if (r == 0 && expected)
		r = object_check_value(dict, expected);
	if (r == 0 && value)
		r = object_check_value(dict, value);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, compare_set(&scope, state, &item, expected, value));
	} while (scope_again(&scope, r));
	return r;
}

static int set_at_version(struct scope *scope, struct state *state, const struct named *item,
                          const struct pks_value *value, uint64_t version)
{
	if (state->version != version)
		return error_set(PKS_MISMATCH, "%s: has another version", item->object->path);
	return named_put(scope, state, item, value);
}

int pks_dict_set_at_version(struct pks_object *dict, const char *key, const struct pks_value *value, uint64_t version)
{
	struct scope scope = {0};
	struct state *state;
	struct named item;
	int r = dict_item(&item, dict, key);

	if (r == 0)
		r = object_check_value(dict, value);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, set_at_version(&scope, state, &item, value, version));
	} while (scope_again(&scope, r));
	return r;
}
