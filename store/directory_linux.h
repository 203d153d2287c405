/* SPDX-License-Identifier: MIT */
/*
 * A store's directory: whether it may be opened, the lock around opening, creating and closing, and making a new one.
 */
#ifndef STORE_DIRECTORY_LINUX_H
#define STORE_DIRECTORY_LINUX_H

#include <pkstore/store.h>

#include <stdbool.h>
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

/* Whether it is still what the path names: not removed, moved or replaced since it was opened. */
bool directory_is_at(int fd, const char *path);
/* Whether nothing is in it but what is named; a NULL ends the names. 1, 0 or an error. */
int directory_holds_only(int fd, const char *path, const char *const names[]);

/* PKS_ERR_ACCESS for a directory that is not the caller's or that others may write. */
int directory_check_owner(int fd, const char *path);
/* For one to make a store in: not even root makes one in somebody else's, who could not open root's files. */
int directory_check_new_owner(int fd, const char *path);
/* The rule itself, for a caller with that effective user id. */
bool directory_is_safe(const struct stat *st, uid_t caller);

/* PKS_ERR_ACCESS on a network filesystem. */
int directory_check_network(int fd, const char *path);
/* The name of the network filesystem with that magic number (statfs(2)); NULL when it is none. */
const char *directory_network_name(uint32_t magic);

/*
 * Whether the file of that name in it is on a filesystem that is all in memory, where fsync(2) does nothing: tmpfs,
 * ramfs. The directory's own may be another one: the file may be a link to elsewhere, or mounted over.
 */
bool directory_in_memory(int fd, const char *name);

/* ---- a new one ---- */

/* The absolute path of what is, or will be, at `path`. Makes missing parents, mode 0700, when `make_parents`. */
int directory_resolve(const char *path, bool make_parents, char resolved_out[PKS_STORE_PATH_SIZE]);

/*
 * Makes it, empty, mode 0700, and its missing parents. *made_out: whether it was not there yet. PKS_ERR_FORMAT when
 * `path` is, or goes through, a symbolic link to nothing.
 */
int directory_make(const char *path, bool *made_out);

/* Writes to the disk what is in it, and that it is in its parent. A failure is no harm unless the power goes, too. */
void directory_sync(int fd);

#endif
