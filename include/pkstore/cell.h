/* SPDX-License-Identifier: MIT */
/*
 * Value: one shared value of any type, as multiprocessing's. (Its calls are named pks_cell, since those of values
 * themselves are named pks_value.)
 *
 *     struct pks_object *hits = pks_cell_open(store, "example/hits", PKS_OPEN_OR_CREATE);
 *     pks_cell_add(hits, 1, NULL);
 *     int n;
 *     pks_cell_getf(hits, "i", &n);
 *
 * Every call is atomic: one transaction, or part of the one that the thread has open. A new Value is not set; its count
 * is 0 then, and 1 once it is. Transactions, borrowing, formats and the codes that every call may return are as in
 * dict.h.
 */
#ifndef PKSTORE_CELL_H
#define PKSTORE_CELL_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

/* As pks_dict_open(); an anonymous one is `value-<uuid>`. */
PKS_EXPORT struct pks_object *pks_cell_open(struct pks_store *store, const char *path, enum pks_mode mode);

/* Reads it. PKS_NOT_FOUND when it is not set. */
PKS_EXPORT int pks_cell_get(struct pks_object *cell, struct pks_value *value_out);
PKS_EXPORT int pks_cell_getf(struct pks_object *cell, const char *format, ...);

PKS_EXPORT int pks_cell_set(struct pks_object *cell, const struct pks_value *value);
PKS_EXPORT int pks_cell_setf(struct pks_object *cell, const char *format, ...);
/* Makes it not set, as a new one. PKS_NOT_FOUND when it was not. */
PKS_EXPORT int pks_cell_clear(struct pks_object *cell);

/* Sets it, and gives what was there, an owned copy; {0} when it was not set. */
PKS_EXPORT int pks_cell_swap(struct pks_object *cell, const struct pks_value *value, struct pks_value *old_out);

/*
 * Adds to the number in it; not set counts as 0. `sum_out` may be NULL. PKS_ERR_TYPE when something else is there
 * (pks_cell_add() adds to integers, pks_cell_add_double() to any number), PKS_ERR_RANGE beyond int64_t.
 */
PKS_EXPORT int pks_cell_add(struct pks_object *cell, int64_t by, int64_t *sum_out);
PKS_EXPORT int pks_cell_add_double(struct pks_object *cell, double by, double *sum_out);

/*
 * Stores `value` if what is there equals `expected` (pks_value_equal()); NULL stands for not set in both.
 * PKS_MISMATCH, and nothing changed, if not.
 */
PKS_EXPORT int pks_cell_compare_set(struct pks_object *cell, const struct pks_value *expected,
                                    const struct pks_value *value);
/* Stores `value` if the object still has the version that the caller saw. PKS_MISMATCH, and nothing changed, if not. */
PKS_EXPORT int pks_cell_set_at_version(struct pks_object *cell, const struct pks_value *value, uint64_t version);

/*
 * Makes a new value from the old one: `old` is NULL when it is not set, else borrowed until the next change of the
 * store; *new_out is {0} at first, and cleared by the caller of this function whatever it returns. It runs inside a
 * write transaction, so it is to be short and may wait for nothing; it may read and change other objects of the store,
 * which then change together with this one. It may run again, see pks_atomically().
 *
 * 0 stores *new_out; > 0 leaves the Value as it is; < 0 undoes everything.
 */
typedef int (*pks_cell_update_fn)(const struct pks_value *old, struct pks_value *new_out, void *arg);

/*
 * Calls update(old, &new, arg) and stores the new value, in one transaction.
 * Returns what `update` returned, or else as pks_cell_set() and pks_atomically().
 */
PKS_EXPORT int pks_cell_update(struct pks_object *cell, pks_cell_update_fn update, void *arg);

/*
 * Waits until the object's version is not *version any more, and gives the value of that moment, an owned copy ({0}
 * when it is not set), with *version moved to it: nothing is missed between two calls, but a value that was soon
 * replaced. Start with 0 for the value that is there. `value_out` may be NULL. Attributes and metadata move the
 * version, too; that of an unversioned Value never moves.
 *
 * Timeouts and codes as pks_wait(), see wait.h.
 */
PKS_EXPORT int pks_cell_wait(struct pks_object *cell, uint64_t *version, int timeout_ms, struct pks_value *value_out);

PKS_END_DECLS
#endif
