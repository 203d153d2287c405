/* SPDX-License-Identifier: MIT */
#include "load_limits.h"

#include "fail.h"

#include <pkstore/namespace.h>

#include <stdlib.h>
#include <string.h>

void load_limits_add(struct load_limits *limits, const struct load_limit *limit)
{
	if (limits->count == limits->capacity) {
		limits->capacity = limits->capacity ? limits->capacity * 2 : 16;
		limits->limits = fail_no_memory(realloc(limits->limits, limits->capacity * sizeof(*limits->limits)));
	}
	limits->limits[limits->count++] = *limit;
}

static int load_limits_compare(const void *a, const void *b)
{
	return strcmp(((const struct load_limit *)a)->namespace, ((const struct load_limit *)b)->namespace);
}

const char *load_limits_sort(struct load_limits *limits)
{
	if (limits->count)
		qsort(limits->limits, limits->count, sizeof(*limits->limits), load_limits_compare);
	for (size_t i = 1; i < limits->count; i++)
		if (load_limits_compare(&limits->limits[i - 1], &limits->limits[i]) == 0)
			return limits->limits[i].namespace;
	return NULL;
}

void load_limits_set(const struct load_limits *limits, struct pks_store *store)
{
	for (size_t i = 0; i < limits->count; i++) {
		const struct load_limit *limit = &limits->limits[i];

		fail_if(pks_namespace_set_limit(store, limit->namespace, limit->objects, limit->bytes),
		        *limit->namespace ? limit->namespace : "/");
	}
}

void load_limits_release(struct load_limits *limits)
{
	for (size_t i = 0; i < limits->count; i++)
		free(limits->limits[i].namespace);
	free(limits->limits);
	*limits = (struct load_limits){0};
}
