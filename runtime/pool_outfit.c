/* SPDX-License-Identifier: MIT */
#include "pool_outfit.h"

#include "base/error.h"
#include "pool_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading: each answers another value than 0 when the setting is not what it must be ---- */

static int read_max_processes(const struct pks_value *value, struct pool_outfit *outfit)
{
	return pks_value_uint(value, &outfit->max_processes);
}

static int read_max_bytes(const struct pks_value *value, struct pool_outfit *outfit)
{
	return pks_value_uint(value, &outfit->max_bytes);
}

static int read_cwd(const struct pks_value *value, struct pool_outfit *outfit)
{
	return pks_value_string(value, &outfit->cwd);
}

static int read_env(const struct pks_value *value, struct pool_outfit *outfit)
{
	outfit->env = *value;
	return pks_value_kind(value) != PKS_KIND_MAP;
}

static int read_nice(const struct pks_value *value, struct pool_outfit *outfit)
{
	int64_t nice;
	int r = pks_value_int(value, &nice);

	if (r < 0 || nice < -20 || nice > 19)
		return PKS_ERR_RANGE;
	outfit->has_nice = true;
	outfit->nice = (int)nice;
	return 0;
}

static int read_cpus(const struct pks_value *value, struct pool_outfit *outfit)
{
	struct pks_value_iter iter;
	struct pks_value element;
	uint64_t cpu;
	int r = pks_value_iter_init(&iter, value);

	CPU_ZERO(&outfit->cpus);
	while (r == 0 && (r = pks_value_next(&iter, NULL, &element)) == 0) {
		r = pks_value_uint(&element, &cpu);
		if (r == 0 && cpu >= CPU_SETSIZE)
			return PKS_ERR_RANGE;
		if (r == 0)
			CPU_SET((size_t)cpu, &outfit->cpus);
	}
	outfit->has_cpus = CPU_COUNT(&outfit->cpus) > 0;
	return r == PKS_END && !iter.map ? 0 : PKS_ERR_TYPE;
}

static const struct setting {
	const char *name;
	int (*read)(const struct pks_value *value, struct pool_outfit *outfit);
} table[] = {
    {"max_processes", read_max_processes}, {"max_bytes", read_max_bytes}, {"cwd", read_cwd}, {"env", read_env},
    {"nice", read_nice},                   {"cpus", read_cpus},
};

#define SETTINGS (sizeof(table) / sizeof(*table))

bool pool_outfit_has(const char *setting)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (strcmp(setting, table[i].name) == 0)
			return true;
	return false;
}

static int read_all(const char *pool, struct pool_outfit *outfit)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		struct pks_value value;
		int r = pks_value_find(&outfit->map, table[i].name, &value);

		if (r == PKS_NOT_FOUND)
			continue;
		if (r < 0 || table[i].read(&value, outfit) != 0)
			return error_set(PKS_ERR_CORRUPT, "pool %s: its setting '%s' is damaged", pool, table[i].name);
	}
	return 0;
}

/* FNV-1a: for telling one map from the next, not from one that somebody made up to be taken for it. */
static uint64_t mark_of(const struct pks_value *map)
{
	uint64_t mark = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < map->size; i++)
		mark = (mark ^ ((const uint8_t *)map->data)[i]) * UINT64_C(0x100000001b3);
	return map->size ? mark : 0;
}

int pool_outfit_read(struct pks_store *store, const char *pool, struct pool_outfit *outfit_out)
{
	int r;

	*outfit_out = (struct pool_outfit){0};
	r = pool_setting_get(store, pool, POOL_SETTING_OUTFIT, &outfit_out->map);
	if (r != 0)
		return r == PKS_NOT_FOUND ? 0 : r;
	outfit_out->mark = mark_of(&outfit_out->map);
	return read_all(pool, outfit_out);
}

void pool_outfit_release(struct pool_outfit *outfit)
{
	free(outfit->cwd);
	pks_value_clear(&outfit->map);
	*outfit = (struct pool_outfit){0};
}

int pool_outfit_mark(struct pks_store *store, const char *pool, uint64_t *mark_out)
{
	struct pks_value map = {0};
	int r = pool_setting_get(store, pool, POOL_SETTING_OUTFIT, &map);

	if (r >= 0)
		*mark_out = mark_of(&map);
	pks_value_clear(&map);
	return r < 0 ? r : 0;
}

/* ---- the environment ---- */

static size_t count_strings(const char *const *strings)
{
	size_t n = 0;

	while (strings[n])
		n++;
	return n;
}

/* NULL for what is no text: foreign hands wrote it. */
static char *env_string(const struct pks_value *key, const struct pks_value *value)
{
	const char *name, *text = NULL;
	size_t name_size, size = 0;
	char *string;

	if (pks_value_text(key, &name, &name_size) < 0 ||
	    (pks_value_kind(value) != PKS_KIND_NULL && pks_value_text(value, &text, &size) < 0))
		return NULL;
	return asprintf(&string, "%.*s%s%.*s", (int)name_size, name, text ? "=" : "", (int)size, text ? text : "") < 0
		   ? NULL
		   : string;
}

char **pool_outfit_env(const struct pool_outfit *outfit, const char *const *first)
{
	struct pks_value_iter iter;
	struct pks_value key, value;
	size_t count = 0, n = count_strings(first);
	char **env;

	if (outfit->env.size)
		pks_value_count(&outfit->env, &count);
	env = calloc(n + count + 1, sizeof(*env));
	if (!env)
		return NULL;
	memcpy(env, first, n * sizeof(*env));
	if (count == 0 || pks_value_iter_init(&iter, &outfit->env) < 0)
		return env;
	while (pks_value_next(&iter, &key, &value) == 0) {
		env[n] = env_string(&key, &value);
		n += env[n] != NULL;
	}
	return env;
}

void pool_outfit_free_env(char **env, const char *const *first)
{
	if (!env)
		return;
	for (char **at = env + count_strings(first); *at; at++)
		free(*at);
	free(env);
}
