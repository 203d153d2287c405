/* SPDX-License-Identifier: MIT */
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A test asks for a few; each is removed at the end. */
#define DIRS_MAX 64

static char *dirs[DIRS_MAX];
static int dir_count;
static pid_t owner; /* children inherit the list, and must leave the directories alone */

static void die(const char *what)
{
	perror(what);
	abort();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

void scratch_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void remove_all(void)
{
	if (getpid() != owner)
		return;
	for (int i = 0; i < dir_count; i++)
		scratch_remove(dirs[i]);
}

static char *keep(char *dir)
{
	if (owner != getpid()) {
		owner = getpid();
		dir_count = 0;
		atexit(remove_all);
	}
	for (int i = 0; i < dir_count; i++)
		if (strcmp(dirs[i], dir) == 0) {
			free(dir);
			return dirs[i];
		}
	if (dir_count == DIRS_MAX)
		die("too many scratch directories");
	return dirs[dir_count++] = dir;
}

char *scratch_dir(const char *test_name)
{
	const char *base = getenv("PKS_TEST_DIR");
	char *dir;

	if (asprintf(&dir, "%s/pks-test-%s-%d", base && *base ? base : "/dev/shm", test_name, (int)getpid()) < 0)
		die(test_name);
	scratch_remove(dir);
	return keep(dir);
}

char *scratch_path(const char *dir, const char *name)
{
	static char *paths[16];
	static unsigned turn;
	char **path = &paths[turn++ % 16];

	free(*path);
	if (asprintf(path, "%s/%s", dir, name) < 0)
		die(name);
	return *path;
}

void scratch_write(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) != 0)
		die(path);
}

int scratch_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = -3; /* ".", ".." and the listing's own */

	if (!dir)
		die("/proc/self/fd");
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

int scratch_long(void)
{
	const char *set = getenv("PKS_LONG");

	return set && strcmp(set, "1") == 0;
}
