/* SPDX-License-Identifier: MIT */
/* What objects of all types are loaded with: limits, versions, and a class. */
#include "kind.h"

#include <pkstore/class.h>

#include <stdlib.h>

static bool is_number(const struct pks_value *value)
{
	uint64_t number;

	return pks_value_uint(value, &number) == 0;
}

static bool is_boolean(const struct pks_value *value)
{
	return pks_value_kind(value) == PKS_KIND_BOOL;
}

static bool is_text(const struct pks_value *value)
{
	return pks_value_kind(value) == PKS_KIND_TEXT;
}

static int load_limit(struct pks_object *object, const struct pks_value *value)
{
	struct pks_object_info info;
	uint64_t limit;
	int r = pks_value_uint(value, &limit);

	if (r == 0)
		r = pks_object_info(object, &info);
	return r == 0 ? pks_object_set_limit(object, limit, info.limit_bytes) : r;
}

static int load_limit_bytes(struct pks_object *object, const struct pks_value *value)
{
	struct pks_object_info info;
	uint64_t limit;
	int r = pks_value_uint(value, &limit);

	if (r == 0)
		r = pks_object_info(object, &info);
	return r == 0 ? pks_object_set_limit(object, info.limit, limit) : r;
}

static int load_versioned(struct pks_object *object, const struct pks_value *value)
{
	bool versioned;
	int r = pks_value_bool(value, &versioned);

	return r == 0 ? pks_object_set_versioned(object, versioned) : r;
}

static int load_class(struct pks_object *object, const struct pks_value *value)
{
	char *name;
	int r = pks_value_string(value, &name);

	if (r != 0)
		return r;
	r = pks_object_set_class(object, name);
	free(name);
	return r;
}

const struct kind_member kind_any_members[] = {
	{"limit", "a number", is_number, load_limit},
	{"limit_bytes", "a number", is_number, load_limit_bytes},
	{"versioned", "a boolean", is_boolean, load_versioned},
	{"class", "a text", is_text, load_class},
	{0},
};
