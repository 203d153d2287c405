/* SPDX-License-Identifier: MIT */
/* Paths: what pks_path_check() lets through follows FORMAT.md's rule, checked here once more in another way. */
#include <pkstore/object.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_part(const char *path, const char *part)
{
	size_t size = strlen(part), whole = strlen(path);

	for (const char *at = strstr(path, part); at; at = strstr(at + 1, part))
		if ((at == path || at[-1] == '/') && (at + size == path + whole || at[size] == '/'))
			return true;
	return false;
}

static bool has_control(const char *path)
{
	for (const unsigned char *at = (const unsigned char *)path; *at; at++)
		if (*at < ' ' || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = calloc(1, size + 1);
	int r;

	if (!path)
		return 0;
	memcpy(path, data, size);
	r = pks_path_check(path);
	assert(r == 0 || (r == PKS_ERR_PATH && *pks_error_message()));
	if (r == 0)
		assert(*path && strlen(path) <= PKS_PATH_MAX && *path != '/' && path[strlen(path) - 1] != '/' &&
		       !strstr(path, "//") && !has_part(path, ".") && !has_part(path, "..") && !has_control(path));
	free(path);
	return 0;
}
