/* SPDX-License-Identifier: MIT */
#include "programs.h"

#include "base/error.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBEXECDIR_ENV "PKSTORE_LIBEXECDIR"

static bool try_in(const char *folder, const char *below, const char *name, char path_out[PKS_STORE_PATH_SIZE])
{
	char path[PKS_STORE_PATH_SIZE];
	int size = snprintf(path, sizeof(path), "%s%s/%s", folder, below, name);

	if (size < 0 || size >= PKS_STORE_PATH_SIZE || access(path, X_OK) != 0)
		return false;
	strcpy(path_out, path);
	return true;
}

/* The file that this very code was loaded from: the shared library, or the program that it was linked into. */
static bool own_file(char path_out[PKS_STORE_PATH_SIZE])
{
	Dl_info info;
	void *found = NULL;
	const struct link_map *map;
	ssize_t size;

	if (dladdr1((void *)(uintptr_t)own_file, &info, &found, RTLD_DL_LINKMAP) == 0)
		return false;
	map = found;
	if (map && map->l_name[0] == '/' && strlen(map->l_name) < PKS_STORE_PATH_SIZE) {
		strcpy(path_out, map->l_name);
		return true;
	}
	size = readlink("/proc/self/exe", path_out, PKS_STORE_PATH_SIZE - 1);
	path_out[size < 0 ? 0 : size] = '\0';
	return size > 0;
}

static bool own_folder(char path_out[PKS_STORE_PATH_SIZE])
{
	char *slash;

	if (!own_file(path_out))
		return false;
	slash = strrchr(path_out, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

int programs_find(const char *name, char path_out[PKS_STORE_PATH_SIZE])
{
	const char *set = getenv(LIBEXECDIR_ENV);
	char folder[PKS_STORE_PATH_SIZE];
	bool known = own_folder(folder);

	if (set && *set)
		return try_in(set, "", name, path_out)
			   ? 0
			   : error_set(PKS_ERR_POOL, "%s: not in $" LIBEXECDIR_ENV ", %s", name, set);
	if (known && (try_in(folder, "/runtime", name, path_out) || try_in(folder, "", name, path_out)))
		return 0;
	if (try_in(PKS_LIBEXECDIR, "", name, path_out))
		return 0;
	return error_set(PKS_ERR_POOL, "%s: neither in %s nor in %s", name, known ? folder : "the library's folder",
			 PKS_LIBEXECDIR);
}
