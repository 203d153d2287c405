/* SPDX-License-Identifier: MIT */
/*
 * What goes into a process and comes out of it: arguments, result, error. Each an attribute, absent when there is none.
 */
#include "record.h"

#include "base/error.h"
#include "layer.h"

#include <pkstore/transaction.h>

#include <string.h>

#define ARGS_ATTR "args"
#define KWARGS_ATTR "kwargs"
#define RESULT_ATTR "result"
#define ERROR_ATTR "error"

/* ---- arguments ---- */

struct setting {
	struct pks_object *process;
	const char *name;
	const struct pks_value *value;
};

static int set(struct pks_store *store, void *arg)
{
	const struct setting *setting = arg;
	struct process_state state;
	int r = record_read(setting->process, &state);

	if (r < 0)
		return r;
	if (state.status != STATUS_CREATED)
		return error_set(PKS_ERR_STATE, "%s: its %s must be set before the process is started",
				 layer_path(setting->process), setting->name);
	return pks_attr_set(setting->process, setting->name, setting->value);
}

static int set_argument(struct pks_object *process, const char *name, const struct pks_value *value, int kind)
{
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	if (!value || pks_value_kind(value) != kind)
		return error_set(PKS_ERR_TYPE, "the %s of a process are a %s", name, pks_kind_name(kind));
	return pks_atomically(pks_object_store(process), set, &(struct setting){process, name, value});
}

int pks_process_set_args(struct pks_object *process, const struct pks_value *list)
{
	return set_argument(process, ARGS_ATTR, list, PKS_KIND_LIST);
}

int pks_process_set_kwargs(struct pks_object *process, const struct pks_value *map)
{
	return set_argument(process, KWARGS_ATTR, map, PKS_KIND_MAP);
}

static int set_packed(struct pks_object *process, const char *name, int kind, const char *format, va_list args)
{
	struct pks_value value = {0};
	int r = pks_value_vpack(&value, format, args);

	if (r == 0)
		r = set_argument(process, name, &value, kind);
	pks_value_clear(&value);
	return r;
}

int pks_process_set_argsf(struct pks_object *process, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = set_packed(process, ARGS_ATTR, PKS_KIND_LIST, format, args);
	va_end(args);
	return r;
}

int pks_process_set_kwargsf(struct pks_object *process, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = set_packed(process, KWARGS_ATTR, PKS_KIND_MAP, format, args);
	va_end(args);
	return r;
}

/* ---- reading ---- */

static int get(struct pks_object *process, const char *name, struct pks_value *value_out)
{
	int r = layer_check(process, RECORD_TYPE);

	return r == 0 ? pks_attr_get(process, name, value_out) : r;
}

static int get_or_empty(struct pks_object *process, const char *name, const char *empty, struct pks_value *value_out)
{
	int r = get(process, name, value_out);

	return r == PKS_NOT_FOUND ? pks_value_pack(value_out, empty) : r;
}

int pks_process_args(struct pks_object *process, struct pks_value *list_out)
{
	return get_or_empty(process, ARGS_ATTR, "[]", list_out);
}

int pks_process_kwargs(struct pks_object *process, struct pks_value *map_out)
{
	return get_or_empty(process, KWARGS_ATTR, "{}", map_out);
}

/* What a format borrows must outlive the call: inside a transaction or a snapshot the store's own memory does. */
static int unpack(struct pks_object *process, const char *what, struct pks_value *value, const char *format,
		  va_list args)
{
	int r;

	if (format && strpbrk(format, "Syv") && !layer_in_transaction(pks_object_store(process)))
		r = error_set(PKS_ERR_USAGE, "%s: S, y and v borrow, so they need a snapshot or a transaction", format);
	else
		r = pks_value_vunpack(value, format, args);
	pks_value_clear(value);
	return r == 0 ? 0 : error_about(r, "%s: its %s", layer_path(process), what);
}

int pks_process_argsf(struct pks_object *process, const char *format, ...)
{
	struct pks_value value = {0};
	int r = pks_process_args(process, &value);
	va_list args;

	if (r != 0)
		return r;
	va_start(args, format);
	r = unpack(process, ARGS_ATTR, &value, format, args);
	va_end(args);
	return r;
}

int pks_process_kwargsf(struct pks_object *process, const char *format, ...)
{
	struct pks_value value = {0};
	int r = pks_process_kwargs(process, &value);
	va_list args;

	if (r != 0)
		return r;
	va_start(args, format);
	r = unpack(process, KWARGS_ATTR, &value, format, args);
	va_end(args);
	return r;
}

int pks_process_result(struct pks_object *process, struct pks_value *value_out)
{
	return get(process, RESULT_ATTR, value_out);
}

int pks_process_resultf(struct pks_object *process, const char *format, ...)
{
	struct pks_value value = {0};
	int r = pks_process_result(process, &value);
	va_list args;

	if (r != 0)
		return r;
	va_start(args, format);
	r = unpack(process, RESULT_ATTR, &value, format, args);
	va_end(args);
	return r;
}

int pks_process_error(struct pks_object *process, char **text_out)
{
	struct pks_value value = {0};
	int r = get(process, ERROR_ATTR, &value);

	if (r == 0)
		r = pks_value_string(&value, text_out);
	pks_value_clear(&value);
	return r;
}
