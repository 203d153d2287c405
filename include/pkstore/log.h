/* SPDX-License-Identifier: MIT */
/*
 * Log: a sequence of values that grows at its end.
 *
 *     struct pks_object *log = pks_log_open(store, "example/log", PKS_OPEN_OR_CREATE);
 *     pks_log_appendf(log, "[si]", "iteration", 4);
 *
 * An entry has an index, counted from 0 at the oldest one that is left, from -1 at the newest backwards; and a
 * position, which it keeps for ever: the first one ever appended has position 0, and neither trimming nor clearing
 * gives a position away again. Small entries share pages (see store/FORMAT.md), so that they cost little more than
 * their own bytes.
 *
 * Transactions, borrowing and the codes that every call may return are as in dict.h.
 */
#ifndef PKSTORE_LOG_H
#define PKSTORE_LOG_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

/* As pks_dict_open(); an anonymous one is `log-<uuid>`. */
PKS_EXPORT struct pks_object *pks_log_open(struct pks_store *store, const char *path, enum pks_mode mode);

PKS_EXPORT int pks_log_append(struct pks_object *log, const struct pks_value *value);
PKS_EXPORT int pks_log_appendf(struct pks_object *log, const char *format, ...);
/* Appends `count` values, or every element of a list, in one transaction. */
PKS_EXPORT int pks_log_extend(struct pks_object *log, const struct pks_value *values, size_t count);
PKS_EXPORT int pks_log_extend_list(struct pks_object *log, const struct pks_value *list);

/* The entry at an index; negative ones count from the end. PKS_NOT_FOUND. */
PKS_EXPORT int pks_log_get(struct pks_object *log, int64_t index, struct pks_value *value_out);
PKS_EXPORT int pks_log_getf(struct pks_object *log, int64_t index, const char *format, ...);
/* Opens the object that the entry refers to, as pks_dict_object() does. */
PKS_EXPORT struct pks_object *pks_log_object(struct pks_object *log, int64_t index);

/* How many entries it has; constant time. */
PKS_EXPORT int pks_log_count(struct pks_object *log, uint64_t *count_out);
/* The positions of the oldest entry and of the next one to be appended. Either out may be NULL. */
PKS_EXPORT int pks_log_positions(struct pks_object *log, uint64_t *first_out, uint64_t *next_out);

/* Removes all entries, in one transaction. */
PKS_EXPORT int pks_log_clear(struct pks_object *log);
/* Removes all but the newest `keep` entries. */
PKS_EXPORT int pks_log_trim(struct pks_object *log, uint64_t keep);
/*
 * Makes it a capped Log: every append trims it to the newest `entries`, now and from now on, whoever appends.
 * 0 takes the cap away. Stored with the Log.
 */
PKS_EXPORT int pks_log_set_cap(struct pks_object *log, uint64_t entries);
PKS_EXPORT int pks_log_cap(struct pks_object *log, uint64_t *entries_out);

/* ---- iteration ---- */

struct pks_log_iter;

/*
 * Iterates over log[start:stop], as Python slices: negative ones count from the end, INT64_MAX is the end, what is
 * beyond either end is cut off; `reverse` gives the same entries, the newest first. Over one consistent snapshot, as
 * pks_dict_iter(). Returns an iterator, to be closed with pks_log_iter_close(), or NULL and the code.
 */
PKS_EXPORT struct pks_log_iter *pks_log_iter(struct pks_object *log, int64_t start, int64_t stop, bool reverse);
/*
 * The next entry, borrowed until the next call on the iterator, and its position. Either out may be NULL.
 * Returns 0, PKS_END, PKS_ERR_CORRUPT, PKS_ERR_USAGE (its transaction is over).
 */
PKS_EXPORT int pks_log_next(struct pks_log_iter *iter, struct pks_value *value_out, uint64_t *position_out);
PKS_EXPORT void pks_log_iter_close(struct pks_log_iter *iter);

/* ---- following ---- */

/*
 * Waits for the entry at *position and copies it; *position is moved past it. When that entry was trimmed away, the
 * oldest one left is taken. Start with 0 for everything that is there, or with pks_log_positions()'s `next_out` for
 * what comes from now on.
 *
 * Blocks without using the CPU, at most `timeout_ms` milliseconds; 0 does not wait, a negative one waits for ever.
 * Returns 0, PKS_TIMED_OUT, PKS_ERR_GONE (dropped meanwhile), PKS_ERR_USAGE (the thread has a transaction or a snapshot
 * open, in which nothing new would ever be seen).
 */
PKS_EXPORT int pks_log_follow(struct pks_object *log, uint64_t *position, int timeout_ms, struct pks_value *value_out);

PKS_END_DECLS
#endif
