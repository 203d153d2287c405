/* SPDX-License-Identifier: MIT */
#include "directory_linux.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

int directory_open(const char *path, int *fd_out)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return error_set(PKS_NOT_FOUND, "%s: there is no store", path);
	if (fd < 0 && errno == ENOTDIR)
		return error_set(PKS_ERR_FORMAT, "%s: a file, not the directory of a store", path);
	if (fd < 0)
		return error_errno(errno, "%s", path);
	*fd_out = fd;
	return 0;
}

int directory_lock(int fd, const char *path)
{
	int r;

	do
		r = flock(fd, LOCK_EX);
	while (r != 0 && errno == EINTR);
	return r == 0 ? 0 : error_errno(errno, "%s: cannot lock it", path);
}

/* Not by closing: a child forked meanwhile may have the descriptor, too. */
void directory_unlock(int fd)
{
	flock(fd, LOCK_UN);
}

bool directory_is_at(int fd, const char *path)
{
	struct stat own, named;

	return fstat(fd, &own) == 0 && stat(path, &named) == 0 && own.st_dev == named.st_dev &&
	       own.st_ino == named.st_ino;
}

static bool is_among(const char *name, const char *const names[])
{
	while (*names && strcmp(name, *names) != 0)
		names++;
	return *names;
}

int directory_holds_only(int fd, const char *path, const char *const names[])
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	struct dirent *entry;

	if (!dir) {
		r = error_errno(errno, "%s", path);
		if (own >= 0)
			close(own);
		return r;
	}
	do
		entry = readdir(dir);
	while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
	                 is_among(entry->d_name, names)));
	closedir(dir);
	return !entry;
}

/* ---- who may write it ---- */

bool directory_is_safe(const struct stat *st, uid_t caller)
{
	return (st->st_uid == caller || caller == 0) && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

int directory_check_owner(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_errno(errno, "%s", path);
	if (directory_is_safe(&st, geteuid()))
		return 0;
	return error_set(PKS_ERR_ACCESS,
	                 "%s: owned by uid %ld with mode %04o; a store is its user's own, and writable by nobody else",
	                 path, (long)st.st_uid, (unsigned)st.st_mode & 07777);
}

int directory_check_new_owner(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_errno(errno, "%s", path);
	if (st.st_uid == geteuid())
		return directory_check_owner(fd, path);
	return error_set(PKS_ERR_ACCESS, "%s: owned by uid %ld, who could not open a store that uid %ld makes in it",
	                 path, (long)st.st_uid, (long)geteuid());
}

/* ---- network filesystems: another machine sees neither the locks nor the shared memory ---- */

static const struct {
	uint32_t magic;
	const char *name;
} networks[] = {
	{0x6969, "NFS"},        {0x517B, "SMB"},        {0xFF534D42, "CIFS"},   {0xFE534D42, "SMB2"},
	{0x01021997, "9P"},     {0x5346414F, "AFS"},    {0x6B414653, "AFS"},    {0x00C36400, "Ceph"},
	{0x73757245, "Coda"},   {0x564C, "NCP"},        {0x0BD00BD0, "Lustre"}, {0x47504653, "GPFS"},
	{0x01161970, "GFS2"},   {0x7461636F, "OCFS2"},
};

const char *directory_network_name(uint32_t magic)
{
	for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++)
		if (networks[i].magic == magic)
			return networks[i].name;
	return NULL;
}

int directory_check_network(int fd, const char *path)
{
	struct statfs fs;
	const char *name;

	if (fstatfs(fd, &fs) != 0)
		return error_errno(errno, "%s", path);
	name = directory_network_name((uint32_t)fs.f_type);
	if (!name)
		return 0;
	return error_set(PKS_ERR_ACCESS, "%s: on a network filesystem (%s), where locks do not hold between machines",
	                 path, name);
}

bool directory_in_memory(int fd, const char *name)
{
	int file = openat(fd, name, O_PATH | O_CLOEXEC);
	struct statfs fs;
	bool known = file >= 0 && fstatfs(file, &fs) == 0;

	if (file >= 0)
		close(file);
	return known && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}
