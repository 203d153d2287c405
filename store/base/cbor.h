/* SPDX-License-Identifier: MIT */
/*
 * CBOR items (RFC 8949), as the store's records and values use them: definite lengths only. cbor.c is the one door to
 * libcbor; nothing here allocates but the buffer that is written to.
 */
#ifndef STORE_BASE_CBOR_H
#define STORE_BASE_CBOR_H

#include "base/buffer.h"

#include <pkstore/error.h>

#include <endian.h>
#include <string.h>

/* The longest head: the first byte and a 64-bit argument. */
#define ITEM_HEAD_MAX 9

enum item_type {
	ITEM_UINT,   /* number */
	ITEM_NEGINT, /* -1 - number */
	ITEM_BYTES,  /* data, number bytes */
	ITEM_TEXT,   /* likewise; not checked to be UTF-8 */
	ITEM_ARRAY,  /* number elements follow */
	ITEM_MAP,    /* number pairs follow */
	ITEM_TAG,    /* the tag `number`; its content follows */
	ITEM_BOOL,   /* number is 0 or 1 */
	ITEM_NULL,
	ITEM_FLOAT, /* real */
	ITEM_OTHER, /* undefined, simple values */
};

struct item {
	enum item_type type;
	uint64_t number;
	double real;
	const uint8_t *data;
	const uint8_t *next; /* behind the head, and behind the content of bytes and text */
};

/* The first byte (RFC 8949, section 3): the type in the top three bits, below them the argument, or how it follows. */
#define ITEM_INFO_MASK 0x1f
#define ITEM_INFO_INLINE 24 /* smaller ones are the argument itself */
#define ITEM_INFO_64BIT 27  /* larger ones are reserved, or an indefinite length */
#define ITEM_FIRST_NEGINT 0x20
#define ITEM_FIRST_BYTES 0x40
#define ITEM_FIRST_ARRAY 0x80
#define ITEM_FIRST_FALSE 0xf4
#define ITEM_FIRST_TRUE 0xf5
#define ITEM_FIRST_NULL 0xf6

/*
 * Reads the item at `at`; of arrays, maps and tags only the head. Nothing before `end` is trusted: lengths are checked
 * against it, an array's or map's count as well (each element takes at least a byte). Returns 0, or PKS_ERR_CORRUPT
 * without a message.
 */
int item_read(const uint8_t *at, const uint8_t *end, struct item *item_out);

static inline uint64_t item_load(const uint8_t *at, unsigned size)
{
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (size) {
	case 1:
		return *at;
	case 2:
		memcpy(&two, at, sizeof(two));
		return be16toh(two);
	case 4:
		memcpy(&four, at, sizeof(four));
		return be32toh(four);
	default:
		memcpy(&eight, at, sizeof(eight));
		return be64toh(eight);
	}
}

/* The end of the head at `at`, which is below `end`; NULL when it is cut off, reserved or indefinite. */
static inline const uint8_t *item_head(const uint8_t *at, const uint8_t *end, uint64_t *argument_out)
{
	unsigned info = *at & ITEM_INFO_MASK, size;

	if (info < ITEM_INFO_INLINE) {
		*argument_out = info;
		return at + 1;
	}
	if (info > ITEM_INFO_64BIT)
		return NULL;
	size = 1u << (info - ITEM_INFO_INLINE);
	if ((size_t)(end - at) < 1 + size)
		return NULL;
	*argument_out = item_load(at + 1, size);
	return at + 1 + size;
}

/* Reads an ITEM_UINT at *at, and moves that behind it. Returns 0, or PKS_ERR_CORRUPT without a message. */
static inline int item_take_uint(const uint8_t **at, const uint8_t *end, uint64_t *number_out)
{
	const uint8_t *next = *at < end && **at < ITEM_FIRST_NEGINT ? item_head(*at, end, number_out) : NULL;

	if (!next)
		return PKS_ERR_CORRUPT;
	*at = next;
	return 0;
}

/* The end of the whole item at `at`; NULL when it is broken, cut off, or deeper than PKS_VALUE_DEPTH_MAX. */
const uint8_t *item_end(const uint8_t *at, const uint8_t *end);

/*
 * The same of what most entries of a Log are: a small number, or a string of less than 24 bytes. NULL when it is
 * something else, too.
 */
static inline const uint8_t *item_end_brief(const uint8_t *at, const uint8_t *end)
{
	size_t info, size;

	if (at >= end || *at >= ITEM_FIRST_ARRAY)
		return NULL;
	info = *at & ITEM_INFO_MASK;
	size = *at < ITEM_FIRST_BYTES ? 1 : 1 + info;
	return info < ITEM_INFO_INLINE && size <= (size_t)(end - at) ? at + size : NULL;
}

/* Of anything; without a call when it is brief. */
static inline const uint8_t *item_end_short(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *brief = item_end_brief(at, end);

	return brief ? brief : item_end(at, end);
}

/*
 * As item_end(), with at most `levels` (up to PKS_VALUE_DEPTH_MAX) arrays, maps and tags inside each other. Returns 0,
 * PKS_ERR_CORRUPT, or PKS_ERR_LIMIT for one more; without a message.
 */
int item_skip(const uint8_t *at, const uint8_t *end, unsigned levels, const uint8_t **end_out);

/* Whether other items follow the head as parts of the item: of an array, a map or a tag, and how many (maybe none). */
bool item_nests(const struct item *item, uint64_t *children_out);

/* ---- writing, at the end of a buffer ---- */

void item_put_uint(struct buffer *buffer, uint64_t number);
void item_put_int(struct buffer *buffer, int64_t number);
void item_put_bytes(struct buffer *buffer, const void *bytes, size_t size);
/* As item_put_bytes(), for the caller to fill in; NULL when there is no memory. */
uint8_t *item_put_bytes_room(struct buffer *buffer, size_t size);
void item_put_text(struct buffer *buffer, const char *text, size_t size);
void item_put_array(struct buffer *buffer, uint64_t count);
void item_put_map(struct buffer *buffer, uint64_t pairs);
void item_put_tag(struct buffer *buffer, uint64_t tag);
void item_put_bool(struct buffer *buffer, bool boolean);
void item_put_null(struct buffer *buffer);
void item_put_double(struct buffer *buffer, double number); /* every NaN as the same one */

/*
 * ---- writing, where there is room for certain: each returns the end of what it wrote ----
 *
 * For records that each transaction writes. A head may write up to ITEM_HEAD_MAX bytes, whatever it takes of them.
 */

/* How many bytes an argument takes behind the first byte, as a power of two. */
static inline unsigned item_argument_width(uint64_t argument)
{
	return argument <= UINT8_MAX ? 0 : argument <= UINT16_MAX ? 1 : argument <= UINT32_MAX ? 2 : 3;
}

static inline uint8_t *item_write_head(uint8_t *to, enum item_type type, uint64_t argument)
{
	unsigned width = item_argument_width(argument);
	uint64_t big = htobe64(argument << (64 - (8u << width)));

	if (argument < ITEM_INFO_INLINE) {
		*to = (uint8_t)(type << 5 | argument);
		return to + 1;
	}
	*to = (uint8_t)(type << 5 | (ITEM_INFO_INLINE + width));
	memcpy(to + 1, &big, sizeof(big));
	return to + 1 + (1u << width);
}

static inline uint8_t *item_write_uint(uint8_t *to, uint64_t number)
{
	return item_write_head(to, ITEM_UINT, number);
}

/* ITEM_BYTES or ITEM_TEXT. */
static inline uint8_t *item_write_string(uint8_t *to, enum item_type type, const void *data, size_t size)
{
	to = item_write_head(to, type, size);
	memcpy(to, data, size);
	return to + size;
}

static inline uint8_t *item_write_bool(uint8_t *to, bool boolean)
{
	*to = boolean ? ITEM_FIRST_TRUE : ITEM_FIRST_FALSE;
	return to + 1;
}

static inline uint8_t *item_write_null(uint8_t *to)
{
	*to = ITEM_FIRST_NULL;
	return to + 1;
}

#endif
