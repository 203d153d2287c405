/* SPDX-License-Identifier: MIT */
/*
 * Namespaces: what stands before the last '/' of paths. A namespace is there as long as there are objects in it, or a
 * limit on it; pks_list_open() lists what is in one. Here it is taken as a whole: measured, limited, renamed, dropped.
 *
 *     pks_namespace_set_limit(store, "users/alice", 0, 100 << 20);     // 100 MiB in any number of objects
 *     ...
 *     if (pks_dict_setf(photos, name, "y", data, size) == PKS_ERR_QUOTA)
 *             warnx("%s", pks_error_message());    // users/alice: its limit of 104857600 bytes would be passed: ...
 *
 * A limit holds for all that is in the namespace and in the namespaces in it; one object may be under several limits.
 * "" and NULL are the top: the whole store. Sizes are those of struct pks_object_info: objects, and all that is stored
 * under them, the keys and values of contents, attributes and metadata. (What the store keeps for each object beside
 * these, its header and its path, some hundred bytes, is bounded by the number of objects; so is what pages waste.)
 *
 * A transaction that would pass a limit is refused as a whole, at its commit: PKS_ERR_QUOTA with a message that names
 * the namespace, the limit and the size that it would have had. What makes a namespace smaller is never refused, even
 * when it is above a limit that was set later; nor is what takes an item out of a Queue, or waits for a lock, and needs
 * a few bytes to write down who does; nor what the library notes about a Process that is there, its state, result,
 * error, progress and history: that a process has ended is known however full its namespace is.
 *
 * Each call may return PKS_ERR_PATH, PKS_ERR_FORKED, PKS_ERR_CORRUPT, PKS_ERR_MEMORY; those that change something also
 * what pks_begin() and pks_commit() return.
 */
#ifndef PKSTORE_NAMESPACE_H
#define PKSTORE_NAMESPACE_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

struct pks_namespace_info {
	char path[PKS_PATH_MAX + 1]; /* "": the top */
	uint64_t objects, bytes;
	uint64_t limit_objects, limit_bytes; /* 0: no limit */
};

/*
 * How much there is in the namespace. Takes no time when it is limited, and else looks at all its objects, in one
 * snapshot. PKS_NOT_FOUND when there is neither an object in it nor a limit on it.
 */
PKS_EXPORT int pks_namespace_info(struct pks_store *store, const char *path, struct pks_namespace_info *info_out);

/*
 * Limits how many objects may be in the namespace, and how many bytes; 0: no limit, twice 0 takes the limits away. The
 * namespace need not be there yet. The first limit on a namespace counts what is in it, about a microsecond for each
 * object, while other writers wait; to change one does not. From then on each commit that changes the size of an object
 * in it keeps the count, which costs it another record; a store without such limits pays nothing for them.
 */
PKS_EXPORT int pks_namespace_set_limit(struct pks_store *store, const char *path, uint64_t objects, uint64_t bytes);

/*
 * The next limited namespace, in the order of their paths, behind the path `after`; NULL: the first one. PKS_END.
 *
 *     struct pks_namespace_info info;
 *     for (const char *after = NULL; pks_namespace_next_limited(store, after, &info) == 0; after = info.path)
 *             ...
 */
PKS_EXPORT int pks_namespace_next_limited(struct pks_store *store, const char *after,
                                          struct pks_namespace_info *info_out);

/* How many objects one call of pks_namespace_rename() moves at most: more dirty pages than LMDB keeps in memory. */
#define PKS_NAMESPACE_RENAME_MAX 100000

/*
 * Gives the namespace another path: each object `path`/X becomes `to`/X. Handles and references stay valid, limits go
 * with it. One transaction: nobody sees a part of it, and whoever is killed has renamed all or nothing. An object whose
 * path is `path` itself stays where it is. Processes may run meanwhile.
 * Returns 0, PKS_NOT_FOUND (nothing in it, no limit on it), PKS_EXISTS (an object in `to`, or limits on both),
 * PKS_ERR_PATH (one of them is in the other, or a path would be longer than PKS_PATH_MAX), PKS_ERR_LIMIT (more than
 * PKS_NAMESPACE_RENAME_MAX objects: rename the namespaces in it one by one), PKS_ERR_QUOTA (a limit on what `to` is
 * in).
 */
PKS_EXPORT int pks_namespace_rename(struct pks_store *store, const char *path, const char *to);

/*
 * Removes every object in the namespace and in the namespaces in it, and then their limits. In many transactions, each
 * of a bounded size, so that other writers wait only shortly: others may see a part of it gone, and a caller that is
 * killed has removed a part; to call it again removes the rest. An object that is created in it meanwhile may stay.
 *
 * A Process that is submitted or running cannot be dropped: PKS_ERR_STATE with a message that names the first one, and
 * nothing is dropped. One that is started while the namespace is being dropped ends it likewise, with what was dropped
 * until then.
 *
 * *dropped_out, which may be NULL and is set in any case: how many objects. Also returns PKS_NOT_FOUND (nothing in it,
 * no limit on it), PKS_ERR_USAGE (inside a transaction or a snapshot, which cannot be divided).
 */
PKS_EXPORT int pks_namespace_drop(struct pks_store *store, const char *path, uint64_t *dropped_out);

PKS_END_DECLS
#endif
