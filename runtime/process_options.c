/* SPDX-License-Identifier: MIT */
#include "process_options.h"

#include "base/error.h"
#include "daemon.h"
#include "layer.h"

#include <pkstore/process_control.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- one option: each reader answers another value than 0 when it is not what it must be ---- */

static int read_method(const struct pks_value *value, struct process_options *options)
{
	char *name;
	int r = pks_value_string(value, &name);

	if (r < 0)
		return r;
	r = pks_method_from_name(name, &options->method);
	free(name);
	return r;
}

static int take_pool(const struct pks_value *value, char pool_out[POOL_NAME_SIZE])
{
	const char *text;
	size_t size;
	int r = pks_value_text(value, &text, &size);

	if (r < 0 || !pool_name_valid(text, size))
		return PKS_ERR_CORRUPT;
	memcpy(pool_out, text, size);
	pool_out[size] = '\0';
	return 0;
}

static int read_pool(const struct pks_value *value, struct process_options *options)
{
	return take_pool(value, options->pool);
}

static int read_cwd(const struct pks_value *value, struct process_options *options)
{
	return pks_value_string(value, &options->cwd);
}

static int read_env(const struct pks_value *value, struct process_options *options)
{
	options->env = *value;
	return pks_value_kind(value) != PKS_KIND_MAP;
}

static int read_input(const struct pks_value *value, struct process_options *options)
{
	int kind = pks_value_kind(value);

	options->input = *value;
	return kind != PKS_KIND_TEXT && kind != PKS_KIND_BYTES;
}

static int read_level(const struct pks_value *value, struct process_options *options)
{
	int64_t level;
	int r = pks_value_int(value, &level);

	if (r < 0 || level < 1 || level > INT_MAX)
		return PKS_ERR_RANGE;
	options->level = (int)level;
	return 0;
}

static int read_output_cap(const struct pks_value *value, struct process_options *options)
{
	return pks_value_uint(value, &options->output_cap);
}

static int read_daemon(const struct pks_value *value, struct process_options *options)
{
	options->daemon = *value;
	return pks_value_kind(value) != PKS_KIND_LIST;
}

static int read_kind(const struct pks_value *value, struct process_options *options)
{
	return pks_value_string(value, &options->kind);
}

static int read_function(const struct pks_value *value, struct process_options *options)
{
	return pks_value_bool(value, &options->function);
}

static int read_on_exit(const struct pks_value *value, struct process_options *options)
{
	return pks_value_bool(value, &options->on_exit);
}

static int read_exit_of(const struct pks_value *value, struct process_options *options)
{
	return pks_value_uint(value, &options->exit_of);
}

static int read_grace(const struct pks_value *value, struct process_options *options)
{
	int64_t grace;
	int r = pks_value_int(value, &grace);

	if (r < 0 || grace < -1 || grace > INT_MAX)
		return PKS_ERR_RANGE;
	options->grace_ms = (int)grace;
	return 0;
}

static const struct option {
	const char *name;
	int (*read)(const struct pks_value *value, struct process_options *options);
} table[] = {
    {"method", read_method}, {"pool", read_pool},   {"cwd", read_cwd},     {"env", read_env},
    {"stdin", read_input},   {"level", read_level}, {"output_cap", read_output_cap},
    {"grace", read_grace},   {"daemon", read_daemon}, {"kind", read_kind},
    {"function", read_function},
    {"on_exit", read_on_exit}, {"exit_of", read_exit_of},
};

/* ---- all of them ---- */

static int damaged(struct pks_object *process, const char *name)
{
	return error_set(PKS_ERR_CORRUPT, "process %llu: its option '%s' is damaged",
			 (unsigned long long)pks_object_id(process), name);
}

static int read_options(struct pks_object *process, struct process_options *options)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct pks_value value;
		int r = pks_value_find(&options->map, table[i].name, &value);

		if (r == PKS_NOT_FOUND)
			continue;
		if (r < 0 || table[i].read(&value, options) != 0)
			return damaged(process, table[i].name);
	}
	return 0;
}

void process_options_init(struct process_options *options)
{
	*options = (struct process_options){
	    .pool = POOL_DEFAULT, .output_cap = PKS_OUTPUT_CAP, .grace_ms = PKS_GRACE_MS};
}

int process_options_any(struct pks_object *process, bool *any_out)
{
	struct pks_value map = {0};
	int r = layer_attr_find(process, OPTIONS_ATTR, &map);

	pks_value_clear(&map);
	if (r >= 0)
		*any_out = r == 0;
	return r < 0 ? r : 0;
}

int process_options_read(struct pks_object *process, struct process_options *options_out)
{
	int r;

	process_options_init(options_out);
	r = layer_attr_find(process, OPTIONS_ATTR, &options_out->map);
	if (r != 0)
		return r == PKS_NOT_FOUND ? 0 : r;
	return read_options(process, options_out);
}

void process_options_release(struct process_options *options)
{
	free(options->cwd);
	free(options->kind);
	pks_value_clear(&options->map);
	*options = (struct process_options){0};
}

/* ---- those that are wanted alone ---- */

/* Another method than that runs a process in no pool. */
static bool is_for_pool(const struct pks_value *map)
{
	struct process_options options = {.method = PKS_METHOD_DEFAULT};
	struct pks_value value;

	if (pks_value_find(map, "method", &value) != 0 || read_method(&value, &options) != 0)
		return true;
	return options.method == PKS_METHOD_DEFAULT || options.method == PKS_METHOD_POOL;
}

int process_options_pool(struct pks_object *process, char pool_out[POOL_NAME_SIZE], bool *tied_out)
{
	struct pks_value map = {0}, value;
	int r = layer_attr_find(process, OPTIONS_ATTR, &map);

	strcpy(pool_out, POOL_DEFAULT);
	if (r == 0)
		r = pks_value_find(&map, "pool", &value);
	if (r == 0 && take_pool(&value, pool_out) < 0)
		r = damaged(process, "pool");
	if (r >= 0 && map.size && !is_for_pool(&map))
		pool_out[0] = '\0';
	if (tied_out)
		*tied_out = map.size && pks_value_find(&map, DAEMON_OPTION, &value) == 0;
	pks_value_clear(&map);
	return r < 0 ? r : 0;
}

int process_options_method(struct pks_object *process, enum pks_method *method_out)
{
	struct process_options options = {.method = PKS_METHOD_DEFAULT};
	struct pks_value map = {0}, value;
	int r = layer_attr_find(process, OPTIONS_ATTR, &map);

	if (r == 0)
		r = pks_value_find(&map, "method", &value);
	if (r == 0 && read_method(&value, &options) != 0)
		r = damaged(process, "method");
	pks_value_clear(&map);
	if (r < 0)
		return r;
	*method_out = options.method;
	return 0;
}
