/* SPDX-License-Identifier: MIT */
/*
 * The `wake` file: made, mapped, and made anew when it was deleted. A new one is filled in under a name of its own
 * and then linked to its place, so that nobody sees half of it, and of several makers one wins.
 */
#include "wake_linux.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/identity.h"

#include <pkstore/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WAKE_NAME "wake"

/* How often to open or make the file while others delete it. */
#define MAKE_ATTEMPTS 8

/* Functions here return 0 or an errno. */

static int map_new(int fd, struct wake_map **map_out)
{
	int flags = fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
	struct wake_map *map = calloc(1, sizeof(*map));
	struct stat st = {0};

	if (!map)
		return ENOMEM;
	map->shared = mmap(NULL, sizeof(struct wake_shared), PROT_READ | PROT_WRITE, flags, fd, 0);
	if (map->shared == MAP_FAILED || (fd >= 0 && fstat(fd, &st) != 0)) {
		int error = errno;

		if (map->shared != MAP_FAILED)
			munmap(map->shared, sizeof(struct wake_shared));
		free(map);
		return error;
	}
	map->device = st.st_dev;
	map->inode = st.st_ino;
	*map_out = map;
	return 0;
}

static void map_free(struct wake_map *map)
{
	munmap(map->shared, sizeof(struct wake_shared));
	free(map);
}

static int map_fill(struct wake_map *map)
{
	struct wake_shared *shared = map->shared;

	shared->magic = WAKE_MAGIC;
	shared->version = WAKE_VERSION;
	shared->mutex_size = sizeof(pthread_mutex_t);
	return gate_init(shared);
}

static bool map_good(const struct wake_map *map)
{
	const struct wake_shared *shared = map->shared;

	return shared->magic == WAKE_MAGIC && shared->version == WAKE_VERSION &&
	       shared->mutex_size == sizeof(pthread_mutex_t);
}

/* ENOENT when there is none; one that nobody can use is removed and counts as none. */
static int file_open(const struct wake *wake, struct wake_map **map_out)
{
	int fd = openat(wake->dir_fd, WAKE_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW), r;
	struct stat st;
	struct wake_map *map;

	if (fd < 0)
		return errno;
	/* Memory behind the file's end is SIGBUS. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= (off_t)sizeof(struct wake_shared)) {
		r = map_new(fd, &map);
		close(fd);
		if (r != 0)
			return r;
		if (map_good(map)) {
			*map_out = map;
			return 0;
		}
		map_free(map);
	} else {
		close(fd);
	}
	return unlinkat(wake->dir_fd, WAKE_NAME, 0) == 0 ? ENOENT : errno;
}

/*
 * With its blocks allocated: writing to a hole on a full filesystem is SIGBUS. What root makes is the store's owner's.
 */
static int file_fill(const struct wake *wake, int fd, struct wake_map **map_out)
{
	struct stat dir;
	int r = posix_fallocate(fd, 0, sizeof(struct wake_shared));

	if (r != 0)
		return r;
	if (geteuid() == 0 && (fstat(wake->dir_fd, &dir) != 0 || fchown(fd, dir.st_uid, dir.st_gid) != 0))
		return errno;
	r = map_new(fd, map_out);
	if (r != 0)
		return r;
	r = map_fill(*map_out);
	if (r != 0)
		map_free(*map_out);
	return r;
}

static int file_make_as(const struct wake *wake, const char *name, struct wake_map **map_out)
{
	struct wake_map *map = NULL;
	int fd = openat(wake->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), r;

	if (fd < 0)
		return errno;
	r = file_fill(wake, fd, &map);
	close(fd);
	if (r != 0)
		return r;
	if (linkat(wake->dir_fd, name, wake->dir_fd, WAKE_NAME, 0) == 0) {
		*map_out = map;
		return 0;
	}
	r = errno;
	map_free(map);
	return r;
}

/* EEXIST when somebody else was faster. */
static int file_make(const struct wake *wake, struct wake_map **map_out)
{
	uint8_t uuid[16];
	char text[PKS_UUID_SIZE], name[sizeof(WAKE_NAME) + 1 + PKS_UUID_SIZE];
	int r;

	identity_new(uuid);
	identity_text(uuid, text);
	snprintf(name, sizeof(name), "%s.%s", WAKE_NAME, text);
	r = file_make_as(wake, name, map_out);
	unlinkat(wake->dir_fd, name, 0);
	return r;
}

static int file_get(const struct wake *wake, struct wake_map **map_out)
{
	int r = ENOENT;

	for (int attempt = 0; attempt < MAKE_ATTEMPTS && (r == ENOENT || r == EEXIST); attempt++) {
		r = file_open(wake, map_out);
		if (r == ENOENT)
			r = file_make(wake, map_out);
	}
	return r;
}

/* ---- the mapping in use ---- */

static bool map_is_file(const struct wake *wake, const struct wake_map *map)
{
	struct stat st;

	return fstatat(wake->dir_fd, WAKE_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == map->device &&
	       st.st_ino == map->inode;
}

/* If there can be no new file now, the old memory still serves those who use it too; look again next time. */
static void wake_look(struct wake *wake)
{
	struct wake_map *map = atomic_load(&wake->current), *fresh;

	if (map_is_file(wake, map) || file_get(wake, &fresh) != 0)
		return;
	fresh->older = map;
	atomic_store(&wake->current, fresh);
}

struct wake_map *wake_current(struct wake *wake)
{
	int64_t now = wake_clock(CLOCK_MONOTONIC_COARSE);

	if (now >= atomic_load_explicit(&wake->next_look, memory_order_relaxed) &&
	    pthread_mutex_trylock(&wake->look_lock) == 0) {
		atomic_store(&wake->next_look, now + PKS_RECHECK_MS * CLOCK_NS_PER_MS);
		wake_look(wake);
		pthread_mutex_unlock(&wake->look_lock);
	}
	return atomic_load(&wake->current);
}

/*
 * Without room or permission for a file the process has memory of its own: its threads wake each other, the rest
 * rechecks.
 */
static int wake_map_first(const struct wake *wake, struct wake_map **map_out)
{
	int r = file_get(wake, map_out);

	if (r != ENOSPC && r != EDQUOT && r != EACCES && r != EPERM && r != EROFS)
		return r;
	r = map_new(-1, map_out);
	return r == 0 ? map_fill(*map_out) : r;
}

int wake_open(int dir_fd, const char *path, struct wake **wake_out)
{
	struct wake *wake = calloc(1, sizeof(*wake));
	struct wake_map *map;
	int r;

	if (!wake || !(wake->path = strdup(path))) {
		free(wake);
		return error_set(PKS_ERR_MEMORY, "%s: out of memory", path);
	}
	wake->dir_fd = dir_fd;
	wake->pid = getpid();
	pthread_mutex_init(&wake->look_lock, NULL);
	r = wake_map_first(wake, &map);
	if (r != 0) {
		wake_close(wake);
		return error_errno(r, "%s/%s", path, WAKE_NAME);
	}
	atomic_store(&wake->current, map);
	atomic_store(&wake->next_look, wake_clock(CLOCK_MONOTONIC_COARSE) + PKS_RECHECK_MS * CLOCK_NS_PER_MS);
	*wake_out = wake;
	return 0;
}

void wake_close(struct wake *wake)
{
	if (!wake)
		return;
	for (struct wake_map *map = atomic_load(&wake->current), *older; map; map = older) {
		older = map->older;
		map_free(map);
	}
	free(wake->path);
	free(wake);
}
