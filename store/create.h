/* SPDX-License-Identifier: MIT */
/* Creating a store: complete under a temporary name, then renamed, so that nobody ever sees half of one. */
#ifndef STORE_CREATE_H
#define STORE_CREATE_H

#include <pkstore/store.h>

/*
 * Makes a store at `path`, where nothing is or an empty directory. *fd_out is its directory, locked (directory_lock).
 * PKS_EXISTS, without a message, when somebody else was faster.
 */
int create_store(const char *path, const struct pks_store_options *options, uint64_t map_size, int *fd_out);

/* Whether what is in the store agrees with what pkstore.json tells about it. PKS_ERR_FORMAT, PKS_ERR_CORRUPT. */
struct engine;
struct manifest;
int create_check(struct engine *engine, const char *path, const struct manifest *manifest);

#endif
