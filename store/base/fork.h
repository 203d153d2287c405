/* SPDX-License-Identifier: MIT */
/* Telling a forked child from its parent without a system call. */
#ifndef BASE_FORK_H
#define BASE_FORK_H

#include <stdint.h>

/*
 * A number that is the same in all threads of this process and another one in each child that fork() makes: read
 * from a page that the kernel empties in children (MADV_WIPEONFORK) and that is then filled in again. Never 0.
 */
uint64_t fork_current(void);

#endif
