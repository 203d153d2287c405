/* SPDX-License-Identifier: MIT */
/* Changing how a pool's workers are. */
#include "pool_outfit.h"

#include "base/error.h"
#include "pool_settings.h"

#include <pkstore/builder.h>
#include <pkstore/transaction.h>

#include <stdarg.h>
#include <string.h>

struct change {
	const char *pool, *setting;
	const struct pks_value *value; /* NULL: takes it away */
};

static bool is_key(const struct pks_value *key, const char *name)
{
	const char *text;
	size_t size;

	return pks_value_text(key, &text, &size) == 0 && size == strlen(name) && memcmp(text, name, size) == 0;
}

static int build(const struct change *change, const struct pks_value *map, struct pks_value *value_out)
{
	struct pks_builder *builder = pks_builder_new();
	struct pks_value_iter iter;
	struct pks_value key, value;
	int r;

	if (!builder)
		return PKS_ERR_MEMORY;
	pks_build_map(builder);
	if (map->size && pks_value_iter_init(&iter, map) == 0)
		while (pks_value_next(&iter, &key, &value) == 0)
			if (!is_key(&key, change->setting)) {
				pks_build_value(builder, &key);
				pks_build_value(builder, &value);
			}
	if (change->value) {
		pks_build_string(builder, change->setting);
		pks_build_value(builder, change->value);
	}
	pks_build_end(builder);
	r = pks_builder_finish(builder, value_out);
	pks_builder_free(builder);
	return r;
}

/* An outfit of nothing is none. */
static int store_map(struct pks_store *store, const char *pool, const struct pks_value *map)
{
	size_t count;
	int r = pks_value_count(map, &count);

	if (r < 0)
		return r;
	if (count > 0)
		return pool_setting_set(store, pool, POOL_SETTING_OUTFIT, map);
	r = pool_setting_del(store, pool, POOL_SETTING_OUTFIT);
	return r == PKS_NOT_FOUND ? 0 : r;
}

static int set(struct pks_store *store, void *arg)
{
	const struct change *change = arg;
	struct pks_value map = {0}, changed = {0};
	int r = pool_register(store, change->pool);

	if (r == 0)
		r = pool_setting_get(store, change->pool, POOL_SETTING_OUTFIT, &map);
	if (r >= 0)
		r = build(change, &map, &changed);
	if (r == 0)
		r = store_map(store, change->pool, &changed);
	if (r == 0)
		r = pool_tell(store, change->pool);
	pks_value_clear(&changed);
	pks_value_clear(&map);
	return r;
}

int pks_pool_set(struct pks_store *store, const char *pool, const char *setting, const struct pks_value *value)
{
	const char *name = pool_name(pool);
	int r = 0;

	if (!name)
		return PKS_ERR_PATH;
	if (!store)
		return error_again();
	if (!setting || !pool_outfit_has(setting))
		return error_set(PKS_NOT_FOUND, "%s: workers have no such setting", setting ? setting : "NULL");
	if (value)
		r = pool_outfit_check(setting, value);
	return r == 0 ? pks_atomically(store, set, &(struct change){name, setting, value}) : r;
}

int pks_pool_setf(struct pks_store *store, const char *pool, const char *setting, const char *format, ...)
{
	struct pks_value value = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = pks_value_vpack(&value, format, args);
	va_end(args);
	if (r == 0)
		r = pks_pool_set(store, pool, setting, &value);
	pks_value_clear(&value);
	return r;
}

int pks_pool_settings(struct pks_store *store, const char *pool, struct pks_value *map_out)
{
	const char *name = pool_name(pool);
	unsigned size;
	int r = name ? pks_pool_size(store, name, &size) : PKS_ERR_PATH;

	if (r != 0)
		return r;
	r = pool_setting_get(store, name, POOL_SETTING_OUTFIT, map_out);
	return r == PKS_NOT_FOUND ? pks_value_pack(map_out, "{}") : r;
}
