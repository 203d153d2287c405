/* SPDX-License-Identifier: MIT */
/*
 * Objects: what paths name. This header holds what all types have in common; dict.h, log.h, process.h and so on what
 * each adds. There is one handle type, struct pks_object, for all of them, as a path or a reference may turn out to be
 * anything at run time; each call checks that the object has a type it can work on (a Process is a Dict) and else
 * returns PKS_ERR_TYPE with a message that names both.
 *
 * Paths are `a/b/c`: UTF-8, 1 to PKS_PATH_MAX bytes, parts of at least one byte between single slashes, no control
 * characters, no part `.` or `..`. What stands before the last '/' is the namespace.
 *
 * A handle stays with its object when that is renamed; when it is dropped, calls return PKS_ERR_GONE. Handles belong to
 * their store: pks_object_close() gives one back early, closing the store gives back the rest. Any thread may use a
 * handle, several at once.
 */
#ifndef PKSTORE_OBJECT_H
#define PKSTORE_OBJECT_H

#include <pkstore/store.h>
#include <pkstore/value.h>

PKS_BEGIN_DECLS

struct pks_object;

/*
 * The longest path, and the longest key or attribute name, in bytes: LMDB's keys end at 511, ours begin with up to 10.
 */
#define PKS_PATH_MAX 500
#define PKS_KEY_MAX 500

/* The longest name of an object type, in bytes. */
#define PKS_TYPE_MAX 31

/* What every object tells about itself. */
struct pks_object_info {
	char path[PKS_PATH_MAX + 1];
	char type[PKS_TYPE_MAX + 1]; /* "dict", "log", "process", "queue", ... */
	char uuid[PKS_UUID_SIZE];
	uint64_t id;         /* within its store; never used again */
	uint64_t created_ns; /* nanoseconds since 1970, UTC */
	uint64_t version;    /* moves by one with each transaction that changed the object, if it is versioned */
	uint64_t count;      /* entries of a Log, items of a Dict or a Queue, numbers of an Array; of a Value 1 or 0 */
	uint64_t bytes;      /* of its contents, attributes and metadata, as they are stored: keys and values */
	uint64_t limit;      /* how many entries it may have; 0: any number */
	uint64_t limit_bytes; /* likewise of bytes */
	bool versioned;      /* false: its version stays, and nobody can wait for it to change */
	char class_name[PKS_TYPE_MAX + 1]; /* the user's own name for what it is; "": none */
};

/*
 * Checks a path. Returns 0, or PKS_ERR_PATH and the reason in pks_error_message().
 */
PKS_EXPORT int pks_path_check(const char *path);

/*
 * Opens the object at `path`, whatever its type. Returns the handle, to be given back with pks_object_close(), or NULL
 * and PKS_NOT_FOUND, PKS_ERR_PATH, PKS_ERR_FORKED, PKS_ERR_CORRUPT, PKS_ERR_MEMORY.
 */
PKS_EXPORT struct pks_object *pks_object_open(struct pks_store *store, const char *path);

/* Opens the object that a reference names by its id. As pks_object_open(); PKS_ERR_GONE when it was dropped. */
PKS_EXPORT struct pks_object *pks_object_from_id(struct pks_store *store, uint64_t id);

/*
 * Opens the object that a value refers to: one that was read from an item, an attribute, an argument or a result. As
 * pks_object_from_id(); PKS_ERR_TYPE when it is not a reference.
 */
PKS_EXPORT struct pks_object *pks_value_object(struct pks_store *store, const struct pks_value *value);

/* Gives a handle back; the object stays. NULL does nothing. Also right in a forked child. */
PKS_EXPORT void pks_object_close(struct pks_object *object);

/* The store of a handle. */
PKS_EXPORT struct pks_store *pks_object_store(const struct pks_object *object);

/* The object's type: "dict", "log", "process". Constant; valid while the handle is. */
PKS_EXPORT const char *pks_object_type(const struct pks_object *object);

/* The class of a user's own that it is of (class.h); "" when it is of none. Constant; valid while the handle is. */
PKS_EXPORT const char *pks_object_class(const struct pks_object *object);

/* The object's id. 0 for NULL. */
PKS_EXPORT uint64_t pks_object_id(const struct pks_object *object);

/* Returns 0, PKS_ERR_GONE, PKS_ERR_FORKED, PKS_ERR_CORRUPT. */
PKS_EXPORT int pks_object_info(struct pks_object *object, struct pks_object_info *info_out);

/* Just the version (see struct pks_object_info); codes as pks_object_info(). */
PKS_EXPORT int pks_object_version(struct pks_object *object, uint64_t *version_out);

/* Whether there is an object at `path`. Returns 0 if so, PKS_NOT_FOUND, PKS_ERR_PATH, PKS_ERR_FORKED. */
PKS_EXPORT int pks_object_exists(struct pks_store *store, const char *path);

/*
 * Removes the object, its items and its attributes; references to it dangle from then on. A Process that is submitted
 * or running cannot be dropped: PKS_ERR_STATE. One transaction, whatever the size: a reader never sees half an object
 * (the pages that empty are used again within it, so it does not grow with the object).
 * Returns 0, PKS_ERR_GONE, and what pks_begin() and pks_commit() return.
 */
PKS_EXPORT int pks_object_drop(struct pks_object *object);

/*
 * Gives the object another path. References and handles stay valid. Returns 0, PKS_EXISTS when `path` is taken,
 * PKS_ERR_PATH, PKS_ERR_GONE, and what pks_begin() and pks_commit() return.
 */
PKS_EXPORT int pks_object_rename(struct pks_object *object, const char *path);

/* The largest object that can be copied, in bytes of its contents: more dirty pages than LMDB keeps in memory. */
#define PKS_OBJECT_COPY_MAX ((uint64_t)256 << 20)

/*
 * Makes a copy of the object at `path`; NULL: an anonymous one. It has the source's class, limits, attributes, metadata
 * and items, an id, a uuid and a time of its own, and version 1. What somebody has taken from the source and not given
 * back yet (a reserved item of a Queue, a permit of a Semaphore) is not in it, nor is anybody who waits: a lock's copy
 * is free, a Barrier's as new, a Pipe's has the messages and no open ends, a Condition's has a lock of its own or the
 * same other one, an Event's is set or not as its source is, and a Process's is as if it had not been
 * started. References in it are to the same objects as the source's. One transaction, whatever the size.
 * Returns the handle of the copy, to be given back with pks_object_close(), or NULL and PKS_EXISTS, PKS_ERR_PATH,
 * PKS_ERR_LIMIT (more than PKS_OBJECT_COPY_MAX), PKS_ERR_TYPE (of a type that this library does not know),
 * PKS_ERR_GONE, and what pks_begin() and pks_commit() return.
 */
PKS_EXPORT struct pks_object *pks_object_copy(struct pks_object *object, const char *path);

/* ---- limits and versions ---- */

/*
 * Limits how many entries a Log, items a Dict or a Queue, messages each way a Pipe may have, and how many bytes, with
 * its attributes and metadata (see struct pks_object_info; of a Value, an Array and a plain Object, bytes only); 0: no
 * limit. What would pass a limit is refused with PKS_FULL, before it changes anything. An object that is larger already
 * keeps what it has, and can only shrink. What the library itself notes about a Process (its state, result, error,
 * progress, history) counts, and is never refused. Limits of a whole namespace: namespace.h.
 * Returns 0, PKS_ERR_TYPE (no type that can have such a limit), PKS_ERR_GONE, and what pks_begin() and pks_commit()
 * return.
 */
PKS_EXPORT int pks_object_set_limit(struct pks_object *object, uint64_t entries, uint64_t bytes);

/*
 * Whether the object's version moves, as it does at first. Of one that is unversioned it stays: a change that leaves
 * the count and the bytes as they are then writes one record less, and nobody can wait for it: pks_wait() and the like
 * answer PKS_ERR_USAGE. Returns 0, PKS_ERR_GONE, and what pks_begin() and pks_commit() return.
 */
PKS_EXPORT int pks_object_set_versioned(struct pks_object *object, bool versioned);

/* ---- listing ---- */

struct pks_list;

/* What to list. All zero lists the top namespace's objects and namespaces. */
struct pks_list_options {
	const char *in;   /* the namespace; NULL or "": the top */
	bool recursive;   /* what is in its namespaces, too, instead of their names */
	const char *type; /* only objects of this very type ("dict": no processes), and no namespaces; NULL: all */
};

struct pks_list_entry {
	bool is_namespace;           /* then only info.path is set */
	struct pks_object_info info; /* path is the whole path */
};

/*
 * Lists objects in the order of their paths, over one snapshot. `options` may be NULL. Returns an iterator, to be
 * closed with pks_list_close(), or NULL and PKS_ERR_PATH, PKS_ERR_READERS, PKS_ERR_FORKED, PKS_ERR_MEMORY. An
 * iterator is for one thread at a time, and ends with the transaction or snapshot in which it was opened.
 */
PKS_EXPORT struct pks_list *pks_list_open(struct pks_store *store, const struct pks_list_options *options);
/* The next one. Returns 0, PKS_END, PKS_ERR_CORRUPT, PKS_ERR_USAGE (its transaction is over). */
PKS_EXPORT int pks_list_next(struct pks_list *list, struct pks_list_entry *entry_out);
PKS_EXPORT void pks_list_close(struct pks_list *list);

/* ---- attributes ----
 *
 * Named values that belong to the object rather than to its contents. Names are UTF-8, 1 to PKS_KEY_MAX bytes. They
 * count among the object's bytes: setting one is PKS_FULL when its limit of those would be passed. All
 * return 0, PKS_NOT_FOUND, PKS_ERR_LIMIT, PKS_ERR_GONE, PKS_ERR_CORRUPT, and what pks_begin(), pks_commit(),
 * pks_value_pack() and pks_value_unpack() return.
 */

/* Clear *value_out when done; borrowed inside a snapshot or transaction, a copy elsewhere. */
PKS_EXPORT int pks_attr_get(struct pks_object *object, const char *name, struct pks_value *value_out);
PKS_EXPORT int pks_attr_getf(struct pks_object *object, const char *name, const char *format, ...);
PKS_EXPORT int pks_attr_set(struct pks_object *object, const char *name, const struct pks_value *value);
PKS_EXPORT int pks_attr_setf(struct pks_object *object, const char *name, const char *format, ...);
PKS_EXPORT int pks_attr_del(struct pks_object *object, const char *name);
/* All of them, in the order of their names: an iterator as pks_dict_iter()'s, see dict.h. */
PKS_EXPORT struct pks_iter *pks_attr_iter(struct pks_object *object);

/*
 * Opens the object that the attribute refers to; its handle is to be given back with pks_object_close(). NULL and
 * PKS_NOT_FOUND, PKS_ERR_TYPE (not a reference), PKS_ERR_GONE (the object was dropped).
 */
PKS_EXPORT struct pks_object *pks_attr_object(struct pks_object *object, const char *name);

/* ---- metadata ----
 *
 * One map of the user's own that says what the object is: owner, unit, purpose. Empty at first.
 */
PKS_EXPORT int pks_object_metadata(struct pks_object *object, struct pks_value *map_out);
/* Replaces it. PKS_ERR_TYPE unless `map` is a map; PKS_FULL as with attributes. */
PKS_EXPORT int pks_object_set_metadata(struct pks_object *object, const struct pks_value *map);

PKS_END_DECLS
#endif
