/* SPDX-License-Identifier: MIT */
/*
 * Dict: values by key, in the order of their keys' bytes.
 *
 *     struct pks_object *d = pks_dict_open(store, "example/config", PKS_OPEN_OR_CREATE);
 *     pks_dict_setf(d, "port", "i", 8080);
 *     int port;
 *     pks_dict_getf(d, "port", "i", &port);
 *
 * Keys are UTF-8 text of 0 to PKS_KEY_MAX bytes. Every call is one transaction unless the thread has one open; every
 * change moves the object's version. A value read is borrowed inside a snapshot or a transaction (there until the next
 * write), a copy elsewhere; pks_value_clear() it in both cases. In a format, `S`, `y` and `v` borrow, so
 * pks_dict_getf() takes them only inside a snapshot or transaction and else returns PKS_ERR_USAGE.
 *
 * Beside what its comment says, each call may return PKS_ERR_TYPE (not a Dict, with both types named), PKS_ERR_GONE,
 * PKS_ERR_LIMIT (key or value too long), PKS_ERR_SYNTAX (key not UTF-8), PKS_ERR_CORRUPT, PKS_ERR_FORKED,
 * PKS_ERR_MEMORY, and what pks_begin() and pks_commit() return.
 */
#ifndef PKSTORE_DICT_H
#define PKSTORE_DICT_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

/*
 * Opens the Dict at `path`; NULL creates an anonymous one, `dict-<uuid>`. Returns the handle, to be given back with
 * pks_object_close(), or NULL and PKS_NOT_FOUND, PKS_EXISTS (as `mode` asks), PKS_ERR_TYPE, PKS_ERR_PATH, or as above.
 */
PKS_EXPORT struct pks_object *pks_dict_open(struct pks_store *store, const char *path, enum pks_mode mode);

/* Stores a value under a key, in place of what was there. */
PKS_EXPORT int pks_dict_set(struct pks_object *dict, const char *key, const struct pks_value *value);
PKS_EXPORT int pks_dict_setf(struct pks_object *dict, const char *key, const char *format, ...);

/* Reads a value. PKS_NOT_FOUND when the key is not there. */
PKS_EXPORT int pks_dict_get(struct pks_object *dict, const char *key, struct pks_value *value_out);
PKS_EXPORT int pks_dict_getf(struct pks_object *dict, const char *key, const char *format, ...);
/* Reads a value, or gives back a borrowed view of `otherwise`. */
PKS_EXPORT int pks_dict_get_default(struct pks_object *dict, const char *key, const struct pks_value *otherwise,
                                    struct pks_value *value_out);
/* Reads a value; stores `otherwise` first if the key is not there. `value_out` may be NULL. */
PKS_EXPORT int pks_dict_setdefault(struct pks_object *dict, const char *key, const struct pks_value *otherwise,
                                   struct pks_value *value_out);
/* 0 when the key is there, PKS_NOT_FOUND when not. */
PKS_EXPORT int pks_dict_contains(struct pks_object *dict, const char *key);

/*
 * Opens the object that the item refers to; its handle is to be given back with pks_object_close(). NULL and
 * PKS_NOT_FOUND, PKS_ERR_TYPE (not a reference), PKS_ERR_GONE (the object was dropped).
 */
PKS_EXPORT struct pks_object *pks_dict_object(struct pks_object *dict, const char *key);

/* Removes a key. PKS_NOT_FOUND when it is not there. */
PKS_EXPORT int pks_dict_del(struct pks_object *dict, const char *key);
/* Removes a key and gives its value, an owned copy. PKS_NOT_FOUND. */
PKS_EXPORT int pks_dict_pop(struct pks_object *dict, const char *key, struct pks_value *value_out);
/* Removes the last key and gives it, to be freed with free(), and its value, an owned copy. PKS_EMPTY. */
PKS_EXPORT int pks_dict_popitem(struct pks_object *dict, char **key_out, struct pks_value *value_out);

/* Sets every pair of a map with text keys, in one transaction. */
PKS_EXPORT int pks_dict_update(struct pks_object *dict, const struct pks_value *map);
/* Removes every key, in one transaction (see pks_object_drop() on its size). */
PKS_EXPORT int pks_dict_clear(struct pks_object *dict);
/* How many keys it has; constant time. */
PKS_EXPORT int pks_dict_count(struct pks_object *dict, uint64_t *count_out);

/*
 * Adds to the number under a key; a missing one counts as 0. `sum_out` may be NULL. PKS_ERR_TYPE when there is
 * something else (pks_dict_add() adds to integers, pks_dict_add_double() to any number), PKS_ERR_RANGE beyond int64_t.
 */
PKS_EXPORT int pks_dict_add(struct pks_object *dict, const char *key, int64_t by, int64_t *sum_out);
PKS_EXPORT int pks_dict_add_double(struct pks_object *dict, const char *key, double by, double *sum_out);

/*
 * Stores `value` if what is there equals `expected`; NULL stands for a missing key in both (so a NULL value removes
 * it). PKS_MISMATCH, and nothing changed, if not.
 */
PKS_EXPORT int pks_dict_compare_set(struct pks_object *dict, const char *key, const struct pks_value *expected,
                                    const struct pks_value *value);
/* Stores `value` if the Dict still has the version that the caller saw. PKS_MISMATCH, and nothing changed, if not. */
PKS_EXPORT int pks_dict_set_at_version(struct pks_object *dict, const char *key, const struct pks_value *value,
                                       uint64_t version);

/* ---- iteration ---- */

struct pks_iter;

/* Which keys. All zero is all of them, forwards. Text is borrowed during the call only. */
struct pks_range {
	const char *from;   /* the first key, itself included if it is there; NULL: from the beginning */
	const char *to;     /* the key before which to stop; NULL: to the end */
	const char *prefix; /* only keys that begin so; NULL: all */
	bool reverse;       /* the same keys, from the last to the first */
};

/*
 * Iterates over the items in the order of their keys' bytes, over one consistent snapshot: changes made after the call
 * are not seen (inside a write transaction it follows the thread's own). `range` may be NULL. Returns an iterator, to
 * be closed with pks_iter_close(), or NULL and the code. It is for one thread at a time; opened inside a transaction or
 * snapshot it ends with that, and with the store at the latest. One that stays open keeps its snapshot's pages from
 * being used again.
 */
PKS_EXPORT struct pks_iter *pks_dict_iter(struct pks_object *dict, const struct pks_range *range);

/*
 * The next item. Both are borrowed until the next call on the iterator; either out may be NULL. The key is
 * NUL-terminated. Returns 0, PKS_END, PKS_ERR_CORRUPT, PKS_ERR_USAGE (its transaction is over).
 */
PKS_EXPORT int pks_iter_next(struct pks_iter *iter, const char **key_out, struct pks_value *value_out);

/* NULL does nothing. */
PKS_EXPORT void pks_iter_close(struct pks_iter *iter);

PKS_END_DECLS
#endif
