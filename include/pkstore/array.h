/* SPDX-License-Identifier: MIT */
/*
 * Array: a fixed number of numbers of one type, as multiprocessing's. All are 0 at first.
 *
 *     struct pks_object *sums = pks_array_open(store, "example/sums", PKS_DOUBLE, 1000000, PKS_OPEN_OR_CREATE);
 *     pks_array_setf(sums, 17, "d", 1.5);
 *     pks_array_add_double(sums, 17, 0.25, NULL);
 *
 *     double part[100];
 *     pks_array_read(sums, PKS_DOUBLE, 0, 100, part);
 *
 * The numbers lie in pieces of one page each: changing one of them writes its page, not the Array, and pages of nothing
 * but zeros need not be there. Every call is one transaction unless the thread has one open: a range is read and
 * written as a whole. Inside a snapshot numbers can be looked at where they are, with pks_array_view().
 *
 * The types are those of enum pks_number (value.h): C's integers and floats, bytes that are clamped, and 16-bit floats.
 * Of RFC 8746's types that leaves out 128-bit floats: C has no type for them on all machines (a long double is one of
 * 80 or 64 bits on most), nor have values, that one could be read as. There is no choice of a byte order: numbers are
 * stored little-endian, and given in the machine's own order; values that hold an array are read in both orders.
 *
 * An index counts from 0, from -1 at the last one backwards. One that is outside, and a range that is, is
 * PKS_ERR_RANGE; numbers of another type than asked for are PKS_ERR_TYPE. Transactions and the codes that every call
 * may return are as in dict.h.
 */
#ifndef PKSTORE_ARRAY_H
#define PKSTORE_ARRAY_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

/* The largest Array, in bytes: the address space that a store reserves for itself. */
#define PKS_ARRAY_SIZE_MAX (UINT64_C(1) << 40)

/*
 * Opens the Array at `path`, or creates it with `length` numbers; NULL is an anonymous one, `array-<uuid>`. One that
 * is there must be of just this type and length; 0 for either takes what it has. Creating one costs the same whatever
 * its length.
 *
 * As pks_dict_open(); also NULL and PKS_ERR_TYPE (other numbers), PKS_ERR_RANGE (another length), PKS_ERR_USAGE (no
 * type or no length for a new one), PKS_ERR_LIMIT (larger than PKS_ARRAY_SIZE_MAX).
 */
PKS_EXPORT struct pks_object *pks_array_open(struct pks_store *store, const char *path, enum pks_number number,
                                             uint64_t length, enum pks_mode mode);

/* What it is an array of, and how many; either out may be NULL. */
PKS_EXPORT int pks_array_type(struct pks_object *array, enum pks_number *number_out, uint64_t *length_out);

/* ---- one number ---- */

/* As a value: an integer or a double. An owned copy in get(), also inside a snapshot. */
PKS_EXPORT int pks_array_get(struct pks_object *array, int64_t index, struct pks_value *value_out);
PKS_EXPORT int pks_array_getf(struct pks_object *array, int64_t index, const char *format, ...);
/*
 * Integers among integers must fit, or PKS_ERR_RANGE; PKS_ERR_TYPE for doubles and all else; clamped ones become
 * the nearest that fits. Among halves, floats and doubles numbers are rounded; a finite one that would become infinite
 * is PKS_ERR_RANGE.
 */
PKS_EXPORT int pks_array_set(struct pks_object *array, int64_t index, const struct pks_value *value);
PKS_EXPORT int pks_array_setf(struct pks_object *array, int64_t index, const char *format, ...);

/*
 * Adds to a number; pks_array_add() to integers, pks_array_add_double() to halves, floats and doubles, or
 * PKS_ERR_TYPE.
 * PKS_ERR_RANGE, and nothing changed, when the sum does not fit the number's type, or `sum_out`, which may be NULL.
 */
PKS_EXPORT int pks_array_add(struct pks_object *array, int64_t index, int64_t by, int64_t *sum_out);
PKS_EXPORT int pks_array_add_double(struct pks_object *array, int64_t index, double by, double *sum_out);

/* ---- ranges: `count` numbers from `first` on ----
 *
 * `number` says what C type the memory is of: it must be the Array's. One transaction, whatever the size: beyond some
 * 500 MiB at once it becomes slow (LMDB then writes pages out early), and is better done in parts.
 */

PKS_EXPORT int pks_array_read(struct pks_object *array, enum pks_number number, uint64_t first, uint64_t count,
                              void *numbers);
/* `numbers` may not point into the store's own memory: a view moves while the pieces are written. */
PKS_EXPORT int pks_array_write(struct pks_object *array, enum pks_number number, uint64_t first, uint64_t count,
                               const void *numbers);
/* Sets them all to one number, as pks_array_set(). Zeros give the memory of whole pieces back. */
PKS_EXPORT int pks_array_fill(struct pks_object *array, uint64_t first, uint64_t count, const struct pks_value *value);
PKS_EXPORT int pks_array_fillf(struct pks_object *array, uint64_t first, uint64_t count, const char *format, ...);
/* Gives them as one value, a numeric array (RFC 8746), an owned copy. PKS_ERR_LIMIT beyond PKS_VALUE_SIZE_MAX. */
PKS_EXPORT int pks_array_value(struct pks_object *array, uint64_t first, uint64_t count, struct pks_value *value_out);

/*
 * Gives a pointer to the number at `first`, and how many lie there side by side, at least one: `*numbers_out` is
 * aligned for its type, in the machine's own order, and borrowed from the store until the snapshot ends (in a
 * transaction: until its next write). To see a whole range:
 *
 *     const double *numbers;
 *     uint64_t count;
 *     for (uint64_t at = 0; at < length; at += count)
 *             if (pks_array_view(sums, PKS_DOUBLE, at, (const void **)&numbers, &count) == 0)
 *                     sum(numbers, count);
 *
 * Outside a snapshot or transaction, and on machines that are not little-endian: PKS_ERR_USAGE.
 */
PKS_EXPORT int pks_array_view(struct pks_object *array, enum pks_number number, uint64_t first,
                              const void **numbers_out, uint64_t *count_out);

PKS_END_DECLS
#endif
