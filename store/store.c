/* SPDX-License-Identifier: MIT */
/* What can be told of a store without its engine. */
#include "store.h"

#include "base/error.h"
#include "base/fork.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int pks_store_default_path(char *path, size_t size)
{
	const char *set = secure_getenv("PKSTORE_PATH");
	char own[sizeof("/dev/shm/pkstore-") + 3 * sizeof(uid_t)];

	snprintf(own, sizeof(own), "/dev/shm/pkstore-%lu", (unsigned long)geteuid());
	if (!set || !*set)
		set = own;
	if (strlen(set) >= size)
		return error_set(PKS_ERR_LIMIT, "%s: longer than %zu bytes", set, size);
	strcpy(path, set);
	return 0;
}

const char *pks_store_path(const struct pks_store *store)
{
	return store ? store->path : "";
}

int store_check(const struct pks_store *store)
{
	if (!store)
		return error_again();
	if (store->fork_mark != fork_current())
		return error_set(PKS_ERR_FORKED, "%s: opened before fork(); open it again in the child", store->path);
	return 0;
}
