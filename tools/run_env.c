/* SPDX-License-Identifier: MIT */
#include "run_env.h"

#include "fail.h"

#include <pkstore/builder.h>

#include <stdlib.h>
#include <string.h>

extern char **environ;

/* Text, or bytes if it is none. */
static void build_env_text(struct pks_builder *b, const char *text, size_t size)
{
	struct pks_value value = {0};

	if (pks_value_pack(&value, "S", text, size) != 0)
		fail_if(pks_value_pack(&value, "y", text, size), "the environment");
	pks_build_value(b, &value);
	pks_value_clear(&value);
}

static bool env_same_name(const char *a, const char *b)
{
	size_t size = strcspn(a, "=");

	return !strncmp(a, b, size) && b[size] == '=';
}

/* Ours, and behind it what was added; the last one of a name counts. */
static char **env_all(char **added, size_t added_count, size_t *count_out)
{
	size_t count = 0;
	char **all;

	while (environ[count])
		count++;
	all = fail_no_memory(calloc(count + added_count, sizeof(*all)));
	memcpy(all, environ, count * sizeof(*all));
	memcpy(all + count, added, added_count * sizeof(*all));
	*count_out = count + added_count;
	return all;
}

static bool env_counts(char **all, size_t count, size_t at)
{
	const char *sign = strchr(all[at], '=');

	for (size_t later = at + 1; later < count; later++)
		if (env_same_name(all[at], all[later]))
			return false;
	return sign && sign > all[at];
}

static void build_env(char **added, size_t added_count, struct pks_value *map_out)
{
	struct pks_builder *b = fail_no_memory(pks_builder_new());
	size_t count;
	char **all = env_all(added, added_count, &count);

	pks_build_map(b);
	for (size_t i = 0; i < count; i++) {
		if (!env_counts(all, count, i))
			continue;
		build_env_text(b, all[i], strcspn(all[i], "="));
		build_env_text(b, strchr(all[i], '=') + 1, strlen(strchr(all[i], '=') + 1));
	}
	pks_build_end(b);
	fail_if(pks_builder_finish(b, map_out), "the environment");
	pks_builder_free(b);
	free(all);
}

int run_env_set(struct pks_object *process, char **added, size_t added_count)
{
	struct pks_value map = {0};
	int r;

	build_env(added, added_count, &map);
	r = pks_process_set_env(process, &map);
	pks_value_clear(&map);
	return r;
}
