/* SPDX-License-Identifier: MIT */
/*
 * Values: what Dicts, Logs and attributes hold. Null, booleans, integers, doubles, text, bytes, lists, maps,
 * timestamps, references to objects and numeric arrays; encoded as CBOR (RFC 8949).
 *
 * Written as printf(3) writes, read as scanf(3) reads:
 *
 *     struct pks_value point = {0};
 *     pks_value_pack(&point, "{s:i, s:[d,d]}", "id", 7, "at", 1.5, 2.5);
 *
 *     int id; double x, y;
 *     pks_value_unpack(&point, "{s:i, s:[d,d]}", "id", &id, "at", &x, &y);
 *     pks_value_clear(&point);
 *
 * A struct pks_value either owns its bytes or borrows them: from the store until the end of the snapshot in which it
 * was read, or from the value that it is an element of. pks_value_clear() is always right, and {0} is the empty value,
 * which every reader refuses with PKS_ERR_TYPE. Values are plain memory: a value may be read by many threads at once.
 *
 * Formats. Blanks, ':' and ',' are ignored.
 *
 *     letter  pack takes                        unpack takes
 *     n       nothing: null                     nothing: must be null
 *     b       int, as a boolean                 bool *
 *     i       int                               int *
 *     I       int64_t                           int64_t *
 *     U       uint64_t                          uint64_t *
 *     d       double                            double *            (takes integers that a double holds exactly)
 *     s       const char *, UTF-8               char **             (a copy: free() it)
 *     S       const char *, size_t              const char **, size_t *  (borrowed from the value; not NUL-terminated)
 *     y       const void *, size_t: bytes       const void **, size_t *  (borrowed)
 *     t       int64_t: ns since 1970, UTC       int64_t *
 *     o       struct pks_object *: a reference  uint64_t *          (the object's id, see pks_object_from_id())
 *     v       const struct pks_value *          struct pks_value *  (borrowed; clear it all the same)
 *     [ ]     a list of what stands between     must be a list of just that length
 *     { }     a map: keys and values in turn;   a map: an `s` key is a const char * given by the caller, and what
 *             an `s` key is a const char *      follows it reads its value; other keys may be there
 *     ?       -                                 before a letter: null, or a missing key, leaves its pointers untouched
 *
 * A NULL pointer given to `s`, `S`, `y` or `v` packs null; a NULL handle given to `o` is an error, as everywhere.
 */
#ifndef PKSTORE_VALUE_H
#define PKSTORE_VALUE_H

#include <pkstore/error.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

PKS_BEGIN_DECLS

struct pks_object;

/* The largest encoded value, in bytes: commits of values near 2 GiB break LMDB. */
#define PKS_VALUE_SIZE_MAX ((size_t)1 << 30)

/* How deep lists, maps and CBOR's tags (a time is two levels) may be nested: readers in other languages recurse. */
#define PKS_VALUE_DEPTH_MAX 128

enum pks_kind {
	PKS_KIND_NONE = 0, /* the empty value, {0} */
	PKS_KIND_NULL,
	PKS_KIND_BOOL,
	PKS_KIND_INT,    /* fits int64_t */
	PKS_KIND_UINT,   /* above INT64_MAX, fits uint64_t */
	PKS_KIND_DOUBLE, /* half and single precision are read as doubles */
	PKS_KIND_TEXT,   /* UTF-8 */
	PKS_KIND_BYTES,
	PKS_KIND_LIST,
	PKS_KIND_MAP,
	PKS_KIND_TIME,  /* CBOR tag 1, or 1001 (RFC 9581) */
	PKS_KIND_REF,   /* a reference to an object of the store */
	PKS_KIND_ARRAY, /* a numeric array (RFC 8746) */
	PKS_KIND_OTHER, /* well-formed CBOR that is none of these: another tag, undefined, a simple value */
};

/* A value, or a view of one. Its members are for the library: use the calls below. */
struct pks_value {
	const void *data;
	size_t size;
	void *owned; /* what pks_value_clear() frees; NULL: borrowed */
};

/* Frees what the value owns and makes it {0}. NULL does nothing. */
PKS_EXPORT void pks_value_clear(struct pks_value *value);

/*
 * Makes *value_out a copy of `value` that owns its bytes. What *value_out held before is not freed.
 * Returns 0, PKS_ERR_MEMORY.
 */
PKS_EXPORT int pks_value_copy(const struct pks_value *value, struct pks_value *value_out);

/* ---- whole values by format ---- */

/*
 * Makes *value_out a new value of its own (see the formats above). What it held before is not freed.
 * Returns 0, PKS_ERR_SYNTAX (a bad format, or text that is not UTF-8), PKS_ERR_USAGE (a key twice in a map, a closed
 * object), PKS_ERR_LIMIT (size, depth), PKS_ERR_MEMORY.
 */
PKS_EXPORT int pks_value_pack(struct pks_value *value_out, const char *format, ...);
PKS_EXPORT int pks_value_vpack(struct pks_value *value_out, const char *format, va_list args);

/*
 * Takes the value apart. All or nothing: on any return but 0 no pointer was written to.
 * Returns 0, PKS_NOT_FOUND (a key that is not in a map), PKS_ERR_TYPE (another kind, or a list of another length),
 * PKS_ERR_RANGE (a number that does not fit), PKS_ERR_SYNTAX (a bad format), PKS_ERR_CORRUPT, PKS_ERR_MEMORY.
 */
PKS_EXPORT int pks_value_unpack(const struct pks_value *value, const char *format, ...);
PKS_EXPORT int pks_value_vunpack(const struct pks_value *value, const char *format, va_list args);

/* ---- reading one value ----
 *
 * Each returns 0, PKS_ERR_TYPE when the value is of another kind, PKS_ERR_RANGE when it does not fit, or
 * PKS_ERR_CORRUPT when its bytes are not what they claim to be.
 */

/* The kind, or a negative code: PKS_ERR_CORRUPT. */
PKS_EXPORT int pks_value_kind(const struct pks_value *value);
/* A kind's name, "text" and so on; a constant string. */
PKS_EXPORT const char *pks_kind_name(int kind);

PKS_EXPORT int pks_value_bool(const struct pks_value *value, bool *bool_out);
PKS_EXPORT int pks_value_int(const struct pks_value *value, int64_t *int_out);
PKS_EXPORT int pks_value_uint(const struct pks_value *value, uint64_t *uint_out);
/* A double, or an integer that a double holds exactly. */
PKS_EXPORT int pks_value_double(const struct pks_value *value, double *double_out);
/* Borrowed from the value, not NUL-terminated; checked to be UTF-8. */
PKS_EXPORT int pks_value_text(const struct pks_value *value, const char **text_out, size_t *size_out);
/* A copy with a final NUL, to be freed with free(). PKS_ERR_RANGE if the text holds a NUL itself. */
PKS_EXPORT int pks_value_string(const struct pks_value *value, char **string_out);
PKS_EXPORT int pks_value_bytes(const struct pks_value *value, const void **bytes_out, size_t *size_out);
/* Nanoseconds since 1970, UTC. */
PKS_EXPORT int pks_value_time(const struct pks_value *value, int64_t *ns_out);
/* The id of the object referred to: pks_object_from_id() opens it. */
PKS_EXPORT int pks_value_ref(const struct pks_value *value, uint64_t *id_out);

/* How many elements a list has, or pairs a map. */
PKS_EXPORT int pks_value_count(const struct pks_value *value, size_t *count_out);
/* A list's element, counted from 0; from the end if negative. Borrowed. Also PKS_NOT_FOUND. */
PKS_EXPORT int pks_value_at(const struct pks_value *list, int64_t index, struct pks_value *element_out);
/* A map's value for a text key. Borrowed. Also PKS_NOT_FOUND. */
PKS_EXPORT int pks_value_find(const struct pks_value *map, const char *key, struct pks_value *value_out);

/* Iterates over the elements of a list or the pairs of a map:
 *
 *     struct pks_value_iter it;
 *     struct pks_value key, value;
 *     for (int r = pks_value_iter_init(&it, &map); r == 0 && (r = pks_value_next(&it, &key, &value)) == 0;)
 *             ...
 */
struct pks_value_iter {
	const uint8_t *at, *end;
	uint64_t left;
	bool map;
};

PKS_EXPORT int pks_value_iter_init(struct pks_value_iter *iter, const struct pks_value *value);
/*
 * The next element, borrowed. `key_out` may be NULL; of a list's element it is set to {0}.
 * Returns 0, PKS_END, PKS_ERR_CORRUPT.
 */
PKS_EXPORT int pks_value_next(struct pks_value_iter *iter, struct pks_value *key_out, struct pks_value *value_out);

/* Whether two values are equal: the same kind and content; maps in any order; 1 and 1.0 differ. PKS_MISMATCH if not. */
PKS_EXPORT int pks_value_equal(const struct pks_value *a, const struct pks_value *b);

/* ---- numeric arrays ---- */

enum pks_number {
	PKS_UINT8 = 1,
	PKS_UINT16,
	PKS_UINT32,
	PKS_UINT64,
	PKS_INT8,
	PKS_INT16,
	PKS_INT32,
	PKS_INT64,
	PKS_FLOAT,
	PKS_DOUBLE,
	PKS_UINT8_CLAMPED, /* uint8_t; what is set or added is brought into 0 to 255 instead of refused */
	PKS_HALF,          /* IEEE 754's 16-bit float: a uint16_t of its bits, or the compiler's _Float16 */
};

/* The size of one number, in bytes; 0 for what is none. */
PKS_EXPORT size_t pks_number_size(enum pks_number number);
/* Its name, "uint8", "double" or "uint8clamped", as in the JSON of an array (json.h); a constant string. */
PKS_EXPORT const char *pks_number_name(enum pks_number number);
/* The type of that name; 0 for what is none. */
PKS_EXPORT enum pks_number pks_number_named(const char *name);

/*
 * What an array holds. `data_out` gets its bytes, borrowed, in the order that `big_endian_out` tells and at any
 * address: never cast it to a number's pointer. Any out may be NULL.
 */
PKS_EXPORT int pks_value_array(const struct pks_value *value, enum pks_number *number_out, size_t *count_out,
                               const void **data_out, bool *big_endian_out);
/*
 * Copies `count` numbers from `first` on into `numbers`, in the machine's own order.
 * Also PKS_ERR_TYPE when the array holds other numbers, PKS_ERR_RANGE when it is shorter.
 */
PKS_EXPORT int pks_value_array_copy(const struct pks_value *value, enum pks_number number, size_t first, size_t count,
                                    void *numbers);

/* ---- CBOR itself ---- */

/*
 * Makes *value_out a copy of one encoded item, checked: well-formed, nothing behind it, definite lengths, UTF-8, no key
 * twice, within the limits. Returns 0, PKS_ERR_SYNTAX (the message tells the offset), PKS_ERR_LIMIT, PKS_ERR_MEMORY.
 */
PKS_EXPORT int pks_value_from_cbor(const void *cbor, size_t size, struct pks_value *value_out);

/* The value's encoding, borrowed from it. */
static inline const void *pks_value_cbor(const struct pks_value *value, size_t *size_out)
{
	*size_out = value->size;
	return value->data;
}

PKS_END_DECLS
#endif
