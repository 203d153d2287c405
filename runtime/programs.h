/* SPDX-License-Identifier: MIT */
/* Where the library finds the programs that belong to it: the supervisor and the worker. */
#ifndef RUNTIME_PROGRAMS_H
#define RUNTIME_PROGRAMS_H

#include <pkstore/store.h>

#define PROGRAM_SUPERVISOR "pkstore-supervisor"
#define PROGRAM_WORKER "pkstore-worker"

/*
 * In $PKSTORE_LIBEXECDIR, else beside the library (where a build folder has them), else where they were installed.
 * Returns 0, PKS_ERR_POOL with a message that names where it looked.
 */
int programs_find(const char *name, char path_out[PKS_STORE_PATH_SIZE]);

#endif
