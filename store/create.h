/* SPDX-License-Identifier: MIT */
/*
 * Creating a store: in place, in an empty directory, under its lock. Nobody ever uses half of one, because
 *
 * - the maker first leaves a mark, the file pkstore.json.new, then makes lock.mdb and data.mdb with the first commit,
 *   syncs them, and then renames the mark, by now the whole manifest, to pkstore.json: before that it is no store,
 *   from then on it is a complete one, and to the disk they go in this order;
 * - it holds the lock from before it looked whether there is a manifest until all that is done, and every opener looks
 *   only when it has the lock. So of many makers one finds nothing, and the others what it made;
 * - the kernel gives the lock up when the maker dies. Whoever finds the mark and no manifest under the lock therefore
 *   has a dead one's remains before it: of files with just these names, which nobody has used. It removes them, the
 *   mark last, and begins anew. Without the mark such files are somebody else's, and are left alone.
 *
 * Where no directory is, one is made first, and is then such an empty one, its maker having no privilege but that it
 * removes it again when it fails. To make the store beside and rename it into place is no safer, and would replace
 * a directory that may be somebody's working directory, or fail because it is a mount point.
 */
#ifndef STORE_CREATE_H
#define STORE_CREATE_H

#include <pkstore/store.h>

/* 1: an empty directory, or one in which a store was half made. 0: not so. Under its lock, and without a manifest. */
int create_possible(int fd, const char *path);

/*
 * Makes a store in such a directory, whose lock the caller holds. PKS_ERR_ACCESS when it is not the caller's own, when
 * others may write it, or on a network filesystem. It is empty again, or unchanged, when it fails.
 */
int create_store(int fd, const char *path, const struct pks_store_options *options, uint64_t map_size);

/* Whether what is in the store agrees with what pkstore.json tells about it. PKS_ERR_FORMAT, PKS_ERR_CORRUPT. */
struct engine;
struct manifest;
int create_check(struct engine *engine, const char *path, const struct manifest *manifest);

#endif
