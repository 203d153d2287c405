/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include "base/error.h"

#include <pkstore/store.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define LOCK_NAME "pool.lock"

/* As everything in a store: for its owner alone. */
#define LOCK_MODE 0600

int lock_open(const char *store_path, int *fd_out)
{
	char path[PKS_STORE_PATH_SIZE + sizeof("/" LOCK_NAME)];
	int fd;

	snprintf(path, sizeof(path), "%s/" LOCK_NAME, store_path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, LOCK_MODE);
	if (fd < 0)
		return error_errno(errno, "%s", path);
	*fd_out = fd;
	return 0;
}

bool lock_is_held(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

int lock_take(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? PKS_EXISTS : error_errno(errno, LOCK_NAME);
}

void lock_drop(int fd)
{
	struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	fcntl(fd, F_OFD_SETLK, &lock);
}

bool lock_is_gone(int fd)
{
	struct stat stat_buf;

	return fstat(fd, &stat_buf) != 0 || stat_buf.st_nlink == 0;
}
