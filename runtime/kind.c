/* SPDX-License-Identifier: MIT */
#include "kind.h"

#include "handler_table.h"
#include "process_options.h"
#include "target.h"

#include "base/error.h"

#include <pkstore/json.h>
#include <pkstore/process.h>

#include <stdlib.h>
#include <string.h>

/* Attributes that are the runtime's, though others may change some of them, and so nothing to have a default. */
static const char *const taken[] = {"target", "args", "kwargs", "options", "result", "error"};

const struct pks_handler *kind_here(const char *target)
{
	char module[PKS_STORE_PATH_SIZE];
	const struct pks_handler *handler;
	struct target parsed;

	if (!handler_table_has_kinds() || target_parse(target, &parsed) < 0)
		return NULL;
	handler = handler_table_find_any(parsed.handler);
	if (!handler || !handler->defaults || handler_table_module(handler, module) < 0)
		return NULL;
	return strcmp(module, parsed.module) == 0 ? handler : NULL;
}

static int wrong(const struct pks_handler *kind, const char *what)
{
	return error_set(PKS_ERR_USAGE, "the defaults of the kind %s: %s", kind->name, what);
}

static int set_default(struct pks_object *process, const struct pks_handler *kind, const char *name,
		       const struct pks_value *value)
{
	struct pks_value present = {0};
	int r;

	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if (strcmp(taken[i], name) == 0)
			return wrong(kind, name);
	r = pks_attr_get(process, name, &present);
	pks_value_clear(&present);
	return r == PKS_NOT_FOUND ? pks_attr_set(process, name, value) : r;
}

static int set_all(struct pks_object *process, const struct pks_handler *kind, const struct pks_value *map)
{
	struct pks_value_iter iter;
	struct pks_value key, value;
	int r;

	if (pks_value_kind(map) != PKS_KIND_MAP)
		return wrong(kind, "not a JSON object");
	r = pks_value_iter_init(&iter, map);
	while (r == 0 && (r = pks_value_next(&iter, &key, &value)) == 0) {
		char *name = NULL;

		r = pks_value_string(&key, &name);
		if (r == 0)
			r = set_default(process, kind, name, &value);
		free(name);
	}
	return r == PKS_END ? 0 : r;
}

static int is_set(struct pks_object *process, bool *set_out)
{
	struct process_options options;
	int r = process_options_read(process, &options);

	*set_out = options.kind;
	process_options_release(&options);
	return r;
}

int kind_set_defaults(struct pks_object *process, const struct pks_handler *kind)
{
	struct pks_value map = {0}, name = {0};
	bool set;
	int r = is_set(process, &set);

	if (r < 0 || set)
		return r;
	r = pks_value_from_json(kind->defaults, strlen(kind->defaults), pks_object_store(process), &map);
	if (r < 0)
		return wrong(kind, pks_error_message());
	r = set_all(process, kind, &map);
	if (r == 0)
		r = pks_value_pack(&name, "s", kind->name);
	if (r == 0)
		r = process_options_write(process, KIND_OPTION, &name);
	pks_value_clear(&name);
	pks_value_clear(&map);
	return r;
}
