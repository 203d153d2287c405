/* SPDX-License-Identifier: MIT */
/*
 * pkstore.json: what makes a directory a store. Written once, when the store is created, and never changed; see
 * FORMAT.md.
 */
#ifndef STORE_MANIFEST_H
#define STORE_MANIFEST_H

#include <pkstore/store.h>

#include <stdbool.h>

#define MANIFEST_NAME "pkstore.json"

/* Its name until the store is complete: what marks a directory in which a store is being made. */
#define MANIFEST_NEW MANIFEST_NAME ".new"

/* The version of FORMAT.md that this library reads and writes. */
#define MANIFEST_FORMAT 1

struct manifest {
	uint32_t format;
	char uuid[PKS_UUID_SIZE];
	enum pks_durability durability;
	uint64_t map_size; /* what was reserved at the creation */
};

/* PKS_NOT_FOUND, without a message, when there is none; PKS_ERR_FORMAT when it is malformed or of a newer format. */
int manifest_read(int dir_fd, const char *path, struct manifest *manifest_out);
/* Whether there is one, of whatever content; also true when that cannot be told. */
bool manifest_exists(int dir_fd);
/* Makes the file named MANIFEST_NEW, empty: what the manifest tells is not all known before the store is filled. */
int manifest_announce(int dir_fd, const char *path);
/* Fills that file in and renames it to MANIFEST_NAME: all of it or nothing, synced. */
int manifest_write(int dir_fd, const char *path, const struct manifest *manifest);

#endif
