/* SPDX-License-Identifier: MIT */
/*
 * What the files about values share: a value's face, which is what its first bytes tell, and the forms of the tagged
 * kinds (times, references, numeric arrays).
 */
#ifndef STORE_VALUE_H
#define STORE_VALUE_H

#include "base/cbor.h"

#include <pkstore/value.h>

/* "pks", a tag of our own: a reference, around the object's id. */
#define VALUE_TAG_REF UINT64_C(0x706b73)
/* RFC 8949, section 3.4.2: seconds since 1970, an integer or a float. */
#define VALUE_TAG_TIME 1
/* RFC 9581: a map, of which we know the keys 1 (seconds) and -9 (nanoseconds on top). */
#define VALUE_TAG_TIME_EXTENDED 1001

#define VALUE_NS_PER_S 1000000000

/* A value's face. Of a tagged kind `item` is the tag's content, of any other the item itself. */
struct value_face {
	enum pks_kind kind;
	struct item item;
	uint64_t tag; /* of a tagged kind */
};

/* A view of an encoded item, borrowed. */
static inline struct pks_value value_borrow(const uint8_t *at, const uint8_t *end)
{
	return (struct pks_value){.data = at, .size = (size_t)(end - at)};
}

static inline const uint8_t *value_end(const struct pks_value *value)
{
	return (const uint8_t *)value->data + value->size;
}

/*
 * Looks at a value; of lists and maps only at the head. NULL is the empty value. Returns 0, PKS_ERR_CORRUPT, after
 * which the face means nothing.
 */
int value_look(const struct pks_value *value, struct value_face *face_out);
/* As value_look(); also PKS_ERR_TYPE, with a message that names both kinds, unless the value is of the kind. */
int value_expect(const struct pks_value *value, enum pks_kind kind, struct value_face *face_out);

/* PKS_ERR_CORRUPT and its message. */
int value_corrupt(void);
/* PKS_ERR_RANGE and its message: the value's kind has `what` it does not fit into. */
int value_out_of_range(enum pks_kind kind, const char *what);
int value_wrong_kind(enum pks_kind is, enum pks_kind wanted);

/* Finds a text key of `size` bytes in a map; as pks_value_find(). */
int value_find(const struct pks_value *map, const char *key, size_t size, struct pks_value *value_out);

/* What pks_value_from_cbor() checks and answers, without the copy. */
int value_check(const void *cbor, size_t size);

/* As pks_value_vunpack(), but nothing is stored: whether it could be. */
int value_check_unpack(const struct pks_value *value, const char *format, va_list args);

/* ---- times ---- */

/* How many levels of tags and maps a time's encoding has. */
unsigned value_time_levels(int64_t ns);
void value_time_put(struct buffer *buffer, int64_t ns);
/* Whether the tag and the content behind it (from `at` to `end`) have the form of a time. It may still not fit. */
bool value_time_is(uint64_t tag, const uint8_t *at, const uint8_t *end);
/* The time; of one that value_time_is(). PKS_ERR_RANGE without a message when int64_t nanoseconds cannot hold it. */
int value_time_get(uint64_t tag, const uint8_t *at, const uint8_t *end, int64_t *ns_out);

/* A time from seconds and nanoseconds on top (0 to 10^9). PKS_ERR_RANGE without a message. */
int value_time_join(int64_t seconds, int64_t rest, int64_t *ns_out);

/* ---- numeric arrays ---- */

/* The tag under which we write an array of such numbers; 0 when there are no such numbers. */
uint64_t value_array_tag(enum pks_number number);
bool value_array_is_real(enum pks_number number);
/* What the tag says about an array; false when it is no such tag, or one of numbers that C has no type for. */
bool value_array_known(uint64_t tag, enum pks_number *number_out, bool *big_endian_out);
/* Copies `count` numbers of `size` bytes, turning each around if `swap`. */
void value_array_move(void *to, const void *from, size_t count, size_t size, bool swap);

#endif
