/* SPDX-License-Identifier: MIT */
#include "map_change.h"

#include <pkstore/builder.h>

#include <stdbool.h>
#include <string.h>

static bool is_key(const struct pks_value *key, const char *name)
{
	const char *text;
	size_t size;

	return pks_value_text(key, &text, &size) == 0 && size == strlen(name) && memcmp(text, name, size) == 0;
}

static void build_others(struct pks_builder *builder, const struct pks_value *map, const char *name)
{
	struct pks_value_iter iter;
	struct pks_value key, value;

	if (!map->size || pks_value_iter_init(&iter, map) != 0)
		return;
	while (pks_value_next(&iter, &key, &value) == 0) {
		if (is_key(&key, name))
			continue;
		pks_build_value(builder, &key);
		pks_build_value(builder, &value);
	}
}

int map_change(const struct pks_value *map, const char *name, const struct pks_value *value,
	       struct pks_value *changed_out)
{
	struct pks_builder *builder = pks_builder_new();
	int r;

	if (!builder)
		return PKS_ERR_MEMORY;
	pks_build_map(builder);
	build_others(builder, map, name);
	if (value) {
		pks_build_string(builder, name);
		pks_build_value(builder, value);
	}
	pks_build_end(builder);
	r = pks_builder_finish(builder, changed_out);
	pks_builder_free(builder);
	return r;
}
