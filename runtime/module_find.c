/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "module.h"

#include <pkstore/handler.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_file(const char *path)
{
	struct stat stat_buf;

	return stat(path, &stat_buf) == 0 && S_ISREG(stat_buf.st_mode);
}

/* The folder may be relative, so the path is made absolute in the end: workers have another working folder. */
static int make_absolute(const char *path, char path_out[PKS_STORE_PATH_SIZE])
{
	char *absolute = realpath(path, NULL);
	int r = 0;

	if (!absolute)
		return error_set(PKS_ERR_MODULE, "%s: there is no such module", path);
	if (strlen(absolute) < PKS_STORE_PATH_SIZE)
		strcpy(path_out, absolute);
	else
		r = error_set(PKS_ERR_LIMIT, "%s: its absolute path is longer than %d bytes", path,
			      PKS_STORE_PATH_SIZE - 1);
	free(absolute);
	return r;
}

/* Tries folder/module and folder/module.so. Returns whether it wrote one to `path`. */
static bool in_folder(const char *folder, size_t folder_size, const char *module, char path[PKS_STORE_PATH_SIZE])
{
	static const char *const suffixes[] = {"", ".so"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		int size =
		    snprintf(path, PKS_STORE_PATH_SIZE, "%.*s/%s%s", (int)folder_size, folder, module, suffixes[i]);

		if (size > 0 && size < PKS_STORE_PATH_SIZE && is_file(path))
			return true;
	}
	return false;
}

static int find_by_name(const char *module, char path_out[PKS_STORE_PATH_SIZE])
{
	const char *folders = getenv(MODULE_PATH_ENV);
	char path[PKS_STORE_PATH_SIZE];

	if (!folders || !*folders)
		return error_set(PKS_ERR_MODULE,
				 "%s: there is no such module: it has no slash, and $" MODULE_PATH_ENV " is not set",
				 module);
	for (const char *at = folders; *at; at += *at == ':') {
		size_t size = strcspn(at, ":");

		if (size > 0 && in_folder(at, size, module, path))
			return make_absolute(path, path_out);
		at += size;
	}
	return error_set(PKS_ERR_MODULE, "%s: there is no such module in $" MODULE_PATH_ENV ", %s", module, folders);
}

int pks_module_find(const char *module, char path_out[PKS_STORE_PATH_SIZE])
{
	if (!module || !path_out)
		return error_set(PKS_ERR_USAGE, "a NULL argument");
	if (strlen(module) >= PKS_STORE_PATH_SIZE)
		return error_set(PKS_ERR_LIMIT, "%.64s...: a path longer than %d bytes", module,
				 PKS_STORE_PATH_SIZE - 1);
	if (!strchr(module, '/'))
		return find_by_name(module, path_out);
	if (!is_file(module))
		return error_set(PKS_ERR_MODULE, "%s: there is no such module", module);
	if (module[0] != '/')
		return make_absolute(module, path_out);
	strcpy(path_out, module);
	return 0;
}
