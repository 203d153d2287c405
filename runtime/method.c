/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <pkstore/method.h>

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

static const char *const names[] = {
    [PKS_METHOD_DEFAULT] = "default", [PKS_METHOD_POOL] = "pool",   [PKS_METHOD_DEDICATED] = "dedicated",
    [PKS_METHOD_FORK] = "fork",       [PKS_METHOD_SPAWN] = "spawn", [PKS_METHOD_FORKSERVER] = "forkserver",
    NULL,
};

#define METHODS (sizeof(names) / sizeof(*names) - 1)

/* The program's choice; PKS_METHOD_DEFAULT: it has made none. */
static atomic_int chosen;

const char *pks_method_name(enum pks_method method)
{
	return (size_t)method < METHODS ? names[method] : "unknown";
}

int pks_method_from_name(const char *name, enum pks_method *method_out)
{
	for (size_t i = 0; name && i < METHODS; i++)
		if (strcmp(names[i], name) == 0) {
			*method_out = (enum pks_method)i;
			return 0;
		}
	return error_tell(PKS_NOT_FOUND, name ? name : "NULL", "there is no such method");
}

const char *const *pks_method_names(void)
{
	return names + PKS_METHOD_POOL;
}

enum pks_method pks_method_get_default(void)
{
	int method = atomic_load(&chosen);

	return method == PKS_METHOD_DEFAULT ? PKS_METHOD_POOL : (enum pks_method)method;
}

int pks_method_set_default(enum pks_method method)
{
	int before = PKS_METHOD_DEFAULT;

	if (method == PKS_METHOD_DEFAULT || (size_t)method >= METHODS)
		return error_set(PKS_ERR_USAGE, "%d is no start method", (int)method);
	if (!atomic_compare_exchange_strong(&chosen, &before, (int)method))
		return error_set(PKS_ERR_STATE, "the program's start method is %s already", names[before]);
	return 0;
}
