/* SPDX-License-Identifier: MIT */
/* Changing how a pool's workers are. */
#include "pool_outfit.h"

#include "base/error.h"
#include "map_change.h"
#include "pool_settings.h"

#include <pkstore/transaction.h>

#include <stdarg.h>
#include <string.h>

struct change {
	const char *pool, *setting;
	const struct pks_value *value; /* NULL: takes it away */
};

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
		r = map_change(&map, change->setting, change->value, &changed);
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
		return error_set(PKS_NOT_FOUND, "%s: there is no such setting of workers", setting ? setting : "NULL");
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
