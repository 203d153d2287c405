/* SPDX-License-Identifier: MIT */
#include "kind.h"

#include "handler_table.h"
#include "layer.h"
#include "pool.h"
#include "process_options.h"
#include "record.h"
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

struct seen {
	bool defaults, on_exit;
};

/* What has been set before. */
static int read_seen(struct pks_object *process, struct seen *seen_out)
{
	struct process_options options;
	int r = process_options_read(process, &options);

	*seen_out = (struct seen){options.kind, options.on_exit};
	process_options_release(&options);
	return r;
}

static int set_defaults(struct pks_object *process, const struct pks_handler *kind)
{
	struct pks_value map = {0};
	int r = pks_value_from_json(kind->defaults, strlen(kind->defaults), pks_object_store(process), &map);

	if (r < 0)
		return wrong(kind, pks_error_message());
	r = set_all(process, kind, &map);
	if (r == 0)
		r = process_options_writef(process, KIND_OPTION, "s", kind->name);
	pks_value_clear(&map);
	return r;
}

int kind_meet(struct pks_object *process, const struct pks_handler *kind)
{
	struct seen seen;
	int r = read_seen(process, &seen);

	if (r == 0 && kind->defaults && !seen.defaults)
		r = set_defaults(process, kind);
	if (r == 0 && kind->on_exit && !seen.on_exit)
		r = process_options_writef(process, ON_EXIT_OPTION, "b", true);
	return r;
}

/* ---- the word of one whose worker is dead ---- */

/* Of nobody's making: neither who settles it, nor a handler that does, is its parent. */
static int submit(struct pks_object *call)
{
	struct process_state state;
	int r = record_create(call);

	if (r == 0)
		r = record_read(call, &state);
	if (r != 0)
		return r;
	state.parent = 0;
	return record_move(call, &state, EVENT_SUBMIT);
}

static int make_call(struct pks_object *process, const struct process_options *options)
{
	struct pks_store *store = pks_object_store(process);
	struct pks_object *call = layer_create(store, NULL, RECORD_TYPE);
	struct pks_value target = {0};
	int r = call ? pks_attr_get(process, "target", &target) : pks_error_code();

	if (r == 0)
		r = pks_attr_set(call, "target", &target);
	if (r == 0 && strcmp(options->pool, POOL_DEFAULT) != 0)
		r = process_options_writef(call, "pool", "s", options->pool);
	if (r == 0)
		r = process_options_writef(call, EXIT_OF_OPTION, "U", pks_object_id(process));
	if (r == 0)
		r = process_options_writef(call, "output_cap", "i", 0);
	if (r == 0)
		r = submit(call);
	pks_value_clear(&target);
	pks_object_close(call);
	return r == 0 ? layer_after_commit(store, pool_ensure) : r;
}

int kind_call_later(struct pks_object *process)
{
	struct process_options options;
	int r = process_options_read(process, &options);

	/* Damaged options have kept it from running. */
	if (r == 0 && options.on_exit)
		r = make_call(process, &options);
	process_options_release(&options);
	return r == PKS_ERR_CORRUPT ? 0 : r;
}
