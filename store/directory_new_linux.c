/* SPDX-License-Identifier: MIT */
#include "directory_linux.h"

#include "base/error.h"
#include "base/identity.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Between the store's name and the maker's UUID in a temporary name. */
#define NEW_INFIX ".new-"

/* ---- paths ---- */

static int too_long(const char *path)
{
	return error_set(PKS_ERR_LIMIT, "%s: a path of more than %d bytes", path, PKS_STORE_PATH_SIZE - 1);
}

/* Makes the directories that `path` goes through, but not itself. */
static int make_parents(const char *path)
{
	char part[PKS_STORE_PATH_SIZE];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		if (slash[1] == '\0' || slash[1] == '/')
			continue;
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return error_errno(errno, "%s", part);
	}
	return 0;
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

/* ---- removing ---- */

/* Stores hold files only. What is in the way stays, and so does the directory. */
static void remove_files(int fd)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	struct dirent *entry;

	if (!dir) {
		if (own >= 0)
			close(own);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		unlinkat(own, entry->d_name, 0);
	closedir(dir);
}

void directory_discard(struct directory_new *new)
{
	remove_files(new->fd);
	rmdir(new->path);
	directory_unlock(new->fd);
	close(new->fd);
	new->fd = -1;
}

/* Its maker holds the lock as long as it lives. */
static void discard_if_dead(int parent_fd, const char *name)
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0) {
		remove_files(fd);
		unlinkat(parent_fd, name, AT_REMOVEDIR);
		directory_unlock(fd);
	}
	close(fd);
}

/* Just the form of a temporary name of ours: what else is there is somebody's. */
static bool is_temporary(const char *entry, const char *name)
{
	size_t length = strlen(name);
	uint8_t uuid[16];

	return strncmp(entry, name, length) == 0 && strncmp(entry + length, NEW_INFIX, strlen(NEW_INFIX)) == 0 &&
	       identity_parse(entry + length + strlen(NEW_INFIX), uuid) == 0;
}

static void discard_dead(const char *parent, const char *name)
{
	DIR *dir = opendir(parent);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (is_temporary(entry->d_name, name))
			discard_if_dead(dirfd(dir), entry->d_name);
	closedir(dir);
}

/* ---- making ---- */

/* Splits a resolved path. */
static const char *path_parent(const char *path, char parent[PKS_STORE_PATH_SIZE])
{
	const char *slash = strrchr(path, '/');
	size_t length = slash == path ? 1 : (size_t)(slash - path);

	memcpy(parent, path, length);
	parent[length] = '\0';
	return slash + 1;
}

static int temporary_name(const char *path, char name_out[PKS_STORE_PATH_SIZE])
{
	uint8_t uuid[16];
	char text[PKS_UUID_SIZE];

	identity_new(uuid);
	identity_text(uuid, text);
	if (snprintf(name_out, PKS_STORE_PATH_SIZE, "%s%s%s", path, NEW_INFIX, text) >= PKS_STORE_PATH_SIZE)
		return too_long(path);
	return 0;
}

int directory_new(const char *path, struct directory_new *new_out)
{
	char parent[PKS_STORE_PATH_SIZE];
	const char *name = path_parent(path, parent);
	int r;

	discard_dead(parent, name);
	do {
		r = temporary_name(path, new_out->path);
		if (r < 0)
			return r;
		if (mkdir(new_out->path, 0700) != 0)
			return error_errno(errno, "%s", new_out->path);
		new_out->fd = open(new_out->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* Between the two another maker may have taken it for a dead one's. */
	} while (new_out->fd < 0 && errno == ENOENT);
	if (new_out->fd < 0)
		return error_errno(errno, "%s", new_out->path);
	r = directory_lock(new_out->fd, new_out->path);
	if (r == 0 && !directory_gone(new_out->fd))
		return 0;
	directory_discard(new_out);
	return r < 0 ? r : directory_new(path, new_out);
}

/* If it fails, the store is there all the same; a power loss may undo that it was created. */
static void sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int directory_publish(const struct directory_new *new, const char *path)
{
	char parent[PKS_STORE_PATH_SIZE];

	path_parent(path, parent);
	if (fsync(new->fd) != 0)
		return error_errno(errno, "%s", new->path);
	if (rename(new->path, path) != 0)
		return errno == EEXIST || errno == ENOTEMPTY ? PKS_EXISTS : error_errno(errno, "%s", path);
	sync_directory(parent);
	return 0;
}
