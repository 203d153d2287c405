/* SPDX-License-Identifier: MIT */
/* Names of pools: one part of a path, so that they can stand in a setting's name and in a worker's mark. */
#ifndef RUNTIME_POOL_NAME_H
#define RUNTIME_POOL_NAME_H

#include <pkstore/pool.h>

#include <stdbool.h>
#include <stddef.h>

#define POOL_NAME_SIZE (PKS_POOL_NAME_MAX + 1)

/* The pool of processes that name none. There always is one. */
#define POOL_DEFAULT "default"

/* The name itself, POOL_DEFAULT for NULL; NULL and PKS_ERR_PATH when it is no name. */
const char *pool_name(const char *pool);
/* Whether these bytes are one; sets no error. */
bool pool_name_valid(const char *name, size_t size);

#endif
