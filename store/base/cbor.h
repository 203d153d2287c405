/* SPDX-License-Identifier: MIT */
/*
 * CBOR items (RFC 8949), as the store's records and values use them: definite lengths only. cbor.c is the one door to
 * libcbor; nothing here allocates but the buffer that is written to.
 */
#ifndef STORE_BASE_CBOR_H
#define STORE_BASE_CBOR_H

#include "base/buffer.h"

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

/*
 * Reads the item at `at`; of arrays, maps and tags only the head. Nothing before `end` is trusted: lengths are checked
 * against it, an array's or map's count as well (each element takes at least a byte). Returns 0, or PKS_ERR_CORRUPT
 * without a message.
 */
int item_read(const uint8_t *at, const uint8_t *end, struct item *item_out);

/* The end of the whole item at `at`; NULL when it is broken, cut off, or deeper than PKS_VALUE_DEPTH_MAX. */
const uint8_t *item_end(const uint8_t *at, const uint8_t *end);

/* The same without a call for what most entries of a Log are: a small number, or a string of less than 24 bytes. */
static inline const uint8_t *item_end_short(const uint8_t *at, const uint8_t *end)
{
	if (at < end && *at < 0x80 && (*at & 0x1f) < 24) {
		size_t size = *at < 0x40 ? 1 : 1 + (size_t)(*at & 0x1f);

		if (size <= (size_t)(end - at))
			return at + size;
	}
	return item_end(at, end);
}

/*
 * As item_end(), with at most `levels` (up to PKS_VALUE_DEPTH_MAX) arrays, maps and tags inside each other. Returns 0,
 * PKS_ERR_CORRUPT, or PKS_ERR_LIMIT for one more; without a message.
 */
int item_skip(const uint8_t *at, const uint8_t *end, unsigned levels, const uint8_t **end_out);

/* Whether other items follow the head as parts of the item: of an array, a map or a tag, and how many (maybe none). */
bool item_nests(const struct item *item, uint64_t *children_out);

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

#endif
