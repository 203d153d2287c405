/* SPDX-License-Identifier: MIT */
#include "pool_name.h"

#include "base/error.h"

#include <string.h>

const char *pool_name(const char *pool)
{
	if (!pool)
		return POOL_DEFAULT;
	if (strchr(pool, '/') || strlen(pool) > PKS_POOL_NAME_MAX) {
		error_set(PKS_ERR_PATH, "pool '%.100s': a name has 1 to %d bytes and no slash", pool,
			  PKS_POOL_NAME_MAX);
		return NULL;
	}
	return pks_path_check(pool) == 0 ? pool : NULL;
}

bool pool_name_valid(const char *name, size_t size)
{
	char copy[POOL_NAME_SIZE];

	if (size == 0 || size > PKS_POOL_NAME_MAX || memchr(name, '\0', size))
		return false;
	memcpy(copy, name, size);
	copy[size] = '\0';
	return pool_name(copy) != NULL;
}
