/* SPDX-License-Identifier: MIT */
#include "directory_linux.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- paths ---- */

static int too_long(const char *path)
{
	return error_set(PKS_ERR_LIMIT, "%s: a path of more than %d bytes", path, PKS_STORE_PATH_SIZE - 1);
}

/* Its target is not made: whoever set the link meant something that was there, a mounted filesystem for one. */
static int check_dangling(const char *path)
{
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0 || access(path, F_OK) == 0 || errno != ENOENT)
		return 0;
	target[length] = '\0';
	return error_set(PKS_ERR_FORMAT, "%s: a symbolic link to %s, where nothing is", path, target);
}

static int make_parent(const char *path)
{
	if (mkdir(path, 0700) == 0)
		return 0;
	return errno == EEXIST ? check_dangling(path) : error_errno(errno, "%s", path);
}

/* Makes the directories that `path` goes through, but not itself. */
static int make_parents(const char *path)
{
	char part[PKS_STORE_PATH_SIZE];
	int r = 0;

	for (const char *slash = strchr(path + 1, '/'); slash && r == 0; slash = strchr(slash + 1, '/')) {
		if (slash[1] == '\0' || slash[1] == '/')
			continue;
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		r = make_parent(part);
	}
	return r;
}

/* Of what is not there yet: the real path of its parent, and its own name. */
static int resolve_new(const char *path, char resolved_out[PKS_STORE_PATH_SIZE])
{
	char for_parent[PKS_STORE_PATH_SIZE], for_name[PKS_STORE_PATH_SIZE], parent[PATH_MAX], *name;
	int length;

	strcpy(for_parent, path);
	strcpy(for_name, path);
	if (!realpath(dirname(for_parent), parent))
		return error_errno(errno, "%s", path);
	name = basename(for_name);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(PKS_ERR_USAGE, "%s: no name for a new store", path);
	length = snprintf(resolved_out, PKS_STORE_PATH_SIZE, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, name);
	return length < PKS_STORE_PATH_SIZE ? 0 : too_long(path);
}

int directory_resolve(const char *path, bool make, char resolved_out[PKS_STORE_PATH_SIZE])
{
	_Static_assert(PKS_STORE_PATH_SIZE >= PATH_MAX, "realpath(3) writes as much");
	int r;

	if (strlen(path) >= PKS_STORE_PATH_SIZE)
		return too_long(path);
	if (realpath(path, resolved_out))
		return 0;
	if (errno != ENOENT)
		return error_errno(errno, "%s", path);
	r = make ? make_parents(path) : 0;
	return r < 0 ? r : resolve_new(path, resolved_out);
}

/* ---- making ---- */

int directory_make(const char *path, bool *made_out)
{
	char resolved[PKS_STORE_PATH_SIZE];
	int r = directory_resolve(path, true, resolved);

	if (r != 0)
		return r;
	if (mkdir(resolved, 0700) == 0) {
		*made_out = true;
		return 0;
	}
	if (errno != EEXIST)
		return error_errno(errno, "%s", resolved);
	r = check_dangling(resolved);
	if (r == 0)
		*made_out = false;
	return r;
}

void directory_sync(int fd)
{
	int parent = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	fsync(fd);
	if (parent < 0)
		return;
	fsync(parent);
	close(parent);
}
