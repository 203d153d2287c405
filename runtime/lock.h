/* SPDX-License-Identifier: MIT */
/*
 * pool.lock, a file in the store's directory: whoever holds the lock on it is the store's supervisor. The lock belongs
 * to the open file (F_OFD_SETLK), so that it passes to the daemon that a supervisor forks, ends with the last process
 * that has it open, however that ends, and is seen without asking the store.
 */
#ifndef RUNTIME_LOCK_H
#define RUNTIME_LOCK_H

#include <stdbool.h>

/* Opens or creates the file; its descriptor is close-on-exec. 0, PKS_ERR_ACCESS, PKS_ERR_IO, PKS_ERR_NO_SPACE. */
int lock_open(const char *store_path, int *fd_out);
/* Whether somebody else holds it. */
bool lock_is_held(int fd);
/* Takes it for as long as the file is open. 0, PKS_EXISTS when it is held, PKS_ERR_IO. */
int lock_take(int fd);
/*
 * Gives it back, also for those that have inherited the open file: a child that another thread forked meanwhile would
 * keep it by that otherwise.
 */
void lock_drop(int fd);
/* Whether the file was removed, with or without its directory: a lock on it means nothing any more. */
bool lock_is_gone(int fd);

#endif
