/* SPDX-License-Identifier: MIT */
/*
 * A store's directory: whether it may be opened, the lock around opening and closing, and how a new one comes to be:
 * complete under a temporary name, then renamed.
 */
#ifndef STORE_DIRECTORY_LINUX_H
#define STORE_DIRECTORY_LINUX_H

#include <pkstore/store.h>

#include <sys/stat.h>

/* ---- an existing one ---- */

/* PKS_NOT_FOUND, PKS_ERR_FORMAT when it is no directory. */
int directory_open(const char *path, int *fd_out);

/*
 * Waits for the exclusive lock. It belongs to the descriptor, not to the process: closing others of the same directory
 * does not give it up, and the kernel does when its holder dies.
 */
int directory_lock(int fd, const char *path);
void directory_unlock(int fd);

/* Whether it was removed, or replaced by a rename, since it was opened. */
bool directory_gone(int fd);
/* 1, 0 or an error. */
int directory_is_empty(int fd, const char *path);

/* PKS_ERR_ACCESS for a directory that is not the caller's or that others may write. */
int directory_check_owner(int fd, const char *path);
/* The rule itself, for a caller with that effective user id. */
bool directory_is_safe(const struct stat *st, uid_t caller);

/* PKS_ERR_ACCESS on a network filesystem. */
int directory_check_network(int fd, const char *path);
/* The name of the network filesystem with that magic number (statfs(2)); NULL when it is none. */
const char *directory_network_name(uint32_t magic);

/* ---- a new one ---- */

/* The absolute path of what is, or will be, at `path`. Makes missing parents, mode 0700, when `make_parents`. */
int directory_resolve(const char *path, bool make_parents, char resolved_out[PKS_STORE_PATH_SIZE]);

struct directory_new {
	char path[PKS_STORE_PATH_SIZE]; /* the temporary one */
	int fd;                         /* locked, as a sign that its maker lives */
};

/* Makes an empty directory beside `path`, which is resolved. Also clears away what dead makers left there. */
int directory_new(const char *path, struct directory_new *new_out);
/*
 * Syncs it and renames it to `path`, over an empty directory if there is one. PKS_EXISTS, without a message, when
 * there is another one by now. The descriptor stays open and locked.
 */
int directory_publish(const struct directory_new *new, const char *path);
/* Removes it, with the files in it, and closes the descriptor. */
void directory_discard(struct directory_new *new);

#endif
