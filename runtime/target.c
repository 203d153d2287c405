/* SPDX-License-Identifier: MIT */
#include "target.h"

#include "base/error.h"
#include "handler_table.h"

#include <pkstore/handler.h>

#include <stdio.h>
#include <string.h>

/* The last colon: a path may hold others, the name of a C function cannot. */
int target_parse(const char *text, struct target *target_out)
{
	const char *colon = strrchr(text, ':');
	size_t size = colon ? (size_t)(colon - text) : 0;

	if (size == 0 || colon[1] == '\0')
		return error_set(PKS_ERR_MODULE, "%s: not MODULE:HANDLER", text);
	if (size >= sizeof(target_out->module))
		return error_set(PKS_ERR_MODULE, "%.64s...: a path longer than %d bytes", text,
				 PKS_STORE_PATH_SIZE - 1);
	memcpy(target_out->module, text, size);
	target_out->module[size] = '\0';
	target_out->handler = colon + 1;
	return 0;
}

static int join(const char *module, const char *handler, char text_out[PKS_STORE_PATH_SIZE])
{
	char text[PKS_STORE_PATH_SIZE];
	int size = snprintf(text, sizeof(text), "%s:%s", module, handler);

	if (size < 0 || (size_t)size >= sizeof(text))
		return error_set(PKS_ERR_LIMIT, "%.64s...:%.64s: a target longer than %d bytes", module, handler,
				 PKS_STORE_PATH_SIZE - 1);
	strcpy(text_out, text);
	return 0;
}

static int resolve_own(const char *name, char text_out[PKS_STORE_PATH_SIZE])
{
	const struct pks_handler *handler = handler_table_find_any(name);
	char module[PKS_STORE_PATH_SIZE];
	int r;

	if (!handler)
		return error_set(PKS_ERR_MODULE, "%s: this program has no handler of that name", name);
	r = handler_table_module(handler, module);
	return r < 0 ? r : join(module, name, text_out);
}

int target_resolve(const char *text, char text_out[PKS_STORE_PATH_SIZE])
{
	struct target target;
	char module[PKS_STORE_PATH_SIZE];
	int r;

	if (strnlen(text, PKS_STORE_PATH_SIZE) == PKS_STORE_PATH_SIZE)
		return error_set(PKS_ERR_LIMIT, "%.64s...: a target longer than %d bytes", text,
				 PKS_STORE_PATH_SIZE - 1);
	if (!strchr(text, ':'))
		return resolve_own(text, text_out);
	r = target_parse(text, &target);
	if (r < 0)
		return r;
	r = pks_module_find(target.module, module);
	return join(r == 0 ? module : target.module, target.handler, text_out);
}
