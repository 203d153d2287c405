/* SPDX-License-Identifier: MIT */
/* Dict: setting many at once. */
#include "base/error.h"
#include "dict.h"

#include <pkstore/dict.h>

#include <stdlib.h>

static int set_pair(struct scope *scope, struct state *state, const struct pks_object *dict,
                    const struct pks_value *key, const struct pks_value *value)
{
	struct named item;
	char *name;
	int r = pks_value_string(key, &name);

	if (r < 0)
		return error_set(r, "%s: a map whose keys are not all text", dict->path);
	r = dict_item(&item, dict, name);
	if (r == 0)
		r = named_put(scope, state, &item, value);
	free(name);
	return r;
}

static int set_pairs(struct scope *scope, struct state *state, const struct pks_object *dict,
                     const struct pks_value *map)
{
	struct pks_value_iter pairs;
	struct pks_value held, key, value;
	int r = scope_hold(scope, map, &held);

	if (r == 0)
		r = pks_value_iter_init(&pairs, &held);
	while (r == 0 && (r = pks_value_next(&pairs, &key, &value)) == 0)
		r = set_pair(scope, state, dict, &key, &value);
	pks_value_clear(&held);
	return r == PKS_END ? 0 : r;
}

int pks_dict_update(struct pks_object *dict, const struct pks_value *map)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_check(dict, BASE_DICT);

	if (r == 0)
		r = object_check_value(dict, map);
	if (r == 0 && pks_value_kind(map) != PKS_KIND_MAP)
		r = error_set(PKS_ERR_TYPE, "%s: a Dict is updated with a map", dict->path);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, set_pairs(&scope, state, dict, map));
	} while (scope_again(&scope, r));
	return r;
}
