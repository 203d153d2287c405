/* SPDX-License-Identifier: MIT */
/* Setting how a process is to be run. */
#include "process_options.h"

#include "base/error.h"
#include "layer.h"
#include "map_change.h"
#include "record.h"

#include <pkstore/transaction.h>

#include <stdarg.h>
#include <string.h>

struct change {
	struct pks_object *process;
	const char *name;
	const struct pks_value *value; /* NULL: takes it away */
};

/* No options are no attribute. */
static int store_map(struct pks_object *process, const struct pks_value *map)
{
	size_t count;
	int r = pks_value_count(map, &count);

	if (r < 0)
		return r;
	if (count > 0)
		return pks_attr_set(process, OPTIONS_ATTR, map);
	r = pks_attr_del(process, OPTIONS_ATTR);
	return r == PKS_NOT_FOUND ? 0 : r;
}

int process_options_write(struct pks_object *process, const char *name, const struct pks_value *value)
{
	struct pks_value map = {0}, changed = {0};
	int r = pks_attr_get(process, OPTIONS_ATTR, &map);

	if (r >= 0)
		r = map_change(&map, name, value, &changed);
	if (r == 0)
		r = store_map(process, &changed);
	pks_value_clear(&changed);
	pks_value_clear(&map);
	return r;
}

static int set(struct pks_store *store, void *arg)
{
	const struct change *change = arg;
	struct process_state state;
	int r = record_read(change->process, &state);

	if (r < 0)
		return r;
	if (state.status != STATUS_CREATED)
		return error_set(PKS_ERR_STATE, "%s: its option '%s' must be set before the process is started",
				 layer_path(change->process), change->name);
	return process_options_write(change->process, change->name, change->value);
}

int process_options_set(struct pks_object *process, const char *name, const struct pks_value *value)
{
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	return pks_atomically(pks_object_store(process), set, &(struct change){process, name, value});
}

typedef int (*set_fn)(struct pks_object *process, const char *name, const struct pks_value *value);

static int set_packed(set_fn set_to, struct pks_object *process, const char *name, const char *format, va_list args)
{
	struct pks_value value = {0};
	int r = pks_value_vpack(&value, format, args);

	if (r == 0)
		r = set_to(process, name, &value);
	pks_value_clear(&value);
	return r;
}

int process_options_setf(struct pks_object *process, const char *name, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = set_packed(process_options_set, process, name, format, args);
	va_end(args);
	return r;
}

int process_options_writef(struct pks_object *process, const char *name, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = set_packed(process_options_write, process, name, format, args);
	va_end(args);
	return r;
}

/* ---- the setters ---- */

int pks_process_set_method(struct pks_object *process, enum pks_method method)
{
	if ((unsigned)method > PKS_METHOD_FORKSERVER)
		return process ? error_set(PKS_ERR_USAGE, "%d is no start method", (int)method) : error_again();
	if (method == PKS_METHOD_DEFAULT)
		return process_options_set(process, "method", NULL);
	return process_options_setf(process, "method", "s", pks_method_name(method));
}

int pks_process_set_pool(struct pks_object *process, const char *pool)
{
	const char *name = pool_name(pool);

	if (!name)
		return PKS_ERR_PATH;
	if (strcmp(name, POOL_DEFAULT) == 0)
		return process_options_set(process, "pool", NULL);
	return process_options_setf(process, "pool", "s", name);
}

int pks_process_set_folder(struct pks_object *process, const char *folder)
{
	if (!folder)
		return process_options_set(process, "cwd", NULL);
	if (process && folder[0] != '/')
		return error_set(PKS_ERR_USAGE, "%s: a process's folder must be an absolute path", folder);
	if (process && strlen(folder) >= PKS_STORE_PATH_SIZE)
		return error_set(PKS_ERR_LIMIT, "%.64s...: a path longer than %d bytes", folder,
				 PKS_STORE_PATH_SIZE - 1);
	return process_options_setf(process, "cwd", "s", folder);
}

/* Whether it is a text that an environment can hold. */
static int check_text(const struct pks_value *value, bool is_name)
{
	const char *text;
	const void *bytes;
	size_t size;
	int r = pks_value_text(value, &text, &size);

	if (r < 0) {
		r = pks_value_bytes(value, &bytes, &size);
		text = bytes;
	}
	if (r < 0)
		return error_set(PKS_ERR_TYPE, "an environment is a map of texts");
	if (memchr(text, '\0', size) || (is_name && (size == 0 || memchr(text, '=', size))))
		return error_set(PKS_ERR_USAGE, "%.*s: not to be had in an environment", size > 64 ? 64 : (int)size,
				 text);
	return 0;
}

static int check_env(const struct pks_value *map)
{
	struct pks_value_iter iter;
	struct pks_value key, value;
	int r;

	if (pks_value_kind(map) != PKS_KIND_MAP)
		return error_set(PKS_ERR_TYPE, "an environment is a map of texts");
	r = pks_value_iter_init(&iter, map);
	while (r == 0 && (r = pks_value_next(&iter, &key, &value)) == 0) {
		r = check_text(&key, true);
		if (r == 0)
			r = check_text(&value, false);
	}
	return r == PKS_END ? 0 : r;
}

int pks_process_set_env(struct pks_object *process, const struct pks_value *map)
{
	int r = map && process ? check_env(map) : 0;

	return r == 0 ? process_options_set(process, "env", map) : r;
}

int pks_process_set_stdin(struct pks_object *process, const struct pks_value *input)
{
	int kind = input ? pks_value_kind(input) : PKS_KIND_TEXT;

	if (process && kind != PKS_KIND_TEXT && kind != PKS_KIND_BYTES)
		return error_set(PKS_ERR_TYPE, "what is on stdin must be text or bytes");
	return process_options_set(process, "stdin", input);
}

int pks_process_set_level(struct pks_object *process, int level)
{
	if (process && level < 0)
		return error_set(PKS_ERR_RANGE, "level %d: it is from 0 on", level);
	if (level == 0)
		return process_options_set(process, "level", NULL);
	return process_options_setf(process, "level", "i", level);
}

int pks_process_set_output_cap(struct pks_object *process, uint64_t lines)
{
	if (lines == PKS_OUTPUT_CAP)
		return process_options_set(process, "output_cap", NULL);
	return process_options_setf(process, "output_cap", "U", lines);
}
