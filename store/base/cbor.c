/* SPDX-License-Identifier: MIT */
#include "base/cbor.h"

#include <pkstore/value.h>

#include <cbor/encoding.h>
#include <cbor/streaming.h>
#include <math.h>

#define ITEM_FIRST_SIMPLE 0xe0 /* to 0xf3: a simple value in the first byte itself */
#define ITEM_FIRST_SIMPLE_BYTE 0xf8 /* a simple value in the next byte, which must not be below 32 */
#define ITEM_SIMPLE_BYTE_MIN 32

/* ---- reading: the fast path ---- */

static inline bool item_is_string(enum item_type type)
{
	return type == ITEM_BYTES || type == ITEM_TEXT;
}

/*
 * What has an argument, without libcbor: these are nearly all of what a scan of a Log skips, and libcbor 0.8 refuses
 * the tags 6 to 20.
 */
static inline int item_read_argument(const uint8_t *at, const uint8_t *end, struct item *item)
{
	uint64_t room;

	item->next = item_head(at, end, &item->number);
	if (!item->next)
		return PKS_ERR_CORRUPT;
	item->type = (enum item_type)(*at >> 5);
	room = (uint64_t)(end - item->next);
	if (item_is_string(item->type)) {
		if (item->number > room)
			return PKS_ERR_CORRUPT;
		item->data = item->next;
		item->next += item->number;
	}
	/* An element takes a byte at least, a pair two. */
	if ((item->type == ITEM_ARRAY && item->number > room) || (item->type == ITEM_MAP && item->number > room / 2))
		return PKS_ERR_CORRUPT;
	return 0;
}

_Static_assert(ITEM_UINT == 0 && ITEM_NEGINT == 1 && ITEM_BYTES == 2 && ITEM_TEXT == 3 && ITEM_ARRAY == 4 &&
                       ITEM_MAP == 5 && ITEM_TAG == 6,
               "the major types' numbers");

/* False, true and null, which are in nearly all records. */
static inline void item_read_constant(const uint8_t *at, struct item *item)
{
	item->type = *at == ITEM_FIRST_NULL ? ITEM_NULL : ITEM_BOOL;
	item->number = *at == ITEM_FIRST_TRUE;
	item->next = at + 1;
}

/* ---- reading: through libcbor ---- */

static void item_on_double(void *item, double real)
{
	((struct item *)item)->type = ITEM_FLOAT;
	((struct item *)item)->real = real;
}

static void item_on_float(void *item, float real)
{
	item_on_double(item, real);
}

static void item_on_undefined(void *item)
{
	((struct item *)item)->type = ITEM_OTHER;
}

/* What a stray break leaves behind: not a type. */
#define ITEM_REFUSED ((enum item_type)(-1))

static void item_on_break(void *item)
{
	((struct item *)item)->type = ITEM_REFUSED;
}

static const struct cbor_callbacks item_callbacks = {
	.float2 = item_on_float,
	.float4 = item_on_float,
	.float8 = item_on_double,
	.undefined = item_on_undefined,
	.indef_break = item_on_break,
};

/* Simple values without a meaning, which libcbor refuses though they are well-formed. */
static int item_read_simple(const uint8_t *at, const uint8_t *end, struct item *item)
{
	size_t size = *at == ITEM_FIRST_SIMPLE_BYTE ? 2 : 1;

	if ((size_t)(end - at) < size || (size == 2 && at[1] < ITEM_SIMPLE_BYTE_MIN))
		return PKS_ERR_CORRUPT;
	item->type = ITEM_OTHER;
	item->number = at[size - 1] & (size == 2 ? UINT8_MAX : ITEM_INFO_MASK);
	item->next = at + size;
	return 0;
}

static int item_read_other(const uint8_t *at, const uint8_t *end, struct item *item)
{
	struct cbor_decoder_result result = cbor_stream_decode(at, (size_t)(end - at), &item_callbacks, item);

	if (result.status != CBOR_DECODER_FINISHED || item->type == ITEM_REFUSED)
		return PKS_ERR_CORRUPT;
	item->next = at + result.read;
	return 0;
}

static int item_read_rest(const uint8_t *at, const uint8_t *end, struct item *item_out)
{
	struct item item = {.type = ITEM_REFUSED};
	int r;

	if (*at < ITEM_FIRST_FALSE || *at == ITEM_FIRST_SIMPLE_BYTE)
		r = item_read_simple(at, end, &item);
	else
		r = item_read_other(at, end, &item);
	if (r == 0)
		*item_out = item;
	return r;
}

/* What most items are stays in registers. */
int item_read(const uint8_t *at, const uint8_t *end, struct item *item_out)
{
	struct item item = {0};

	if (at >= end)
		return PKS_ERR_CORRUPT;
	if (*at < ITEM_FIRST_SIMPLE) {
		if (item_read_argument(at, end, &item) < 0)
			return PKS_ERR_CORRUPT;
	} else if (*at >= ITEM_FIRST_FALSE && *at <= ITEM_FIRST_NULL) {
		item_read_constant(at, &item);
	} else {
		return item_read_rest(at, end, item_out);
	}
	*item_out = item;
	return 0;
}

/* ---- whole items ---- */

bool item_nests(const struct item *item, uint64_t *children_out)
{
	if (item->type != ITEM_ARRAY && item->type != ITEM_MAP && item->type != ITEM_TAG)
		return false;
	/* Twice the pairs cannot overflow: item_read() found room for them. */
	*children_out = item->type == ITEM_TAG ? 1 : item->type == ITEM_MAP ? 2 * item->number : item->number;
	return true;
}

/* As item_read(), of what skipping needs to know; inline, so that the fast path stays in registers. */
static inline const uint8_t *item_step(const uint8_t *at, const uint8_t *end, uint64_t *children_out, bool *nests_out)
{
	struct item item, other;

	if (at < end && *at < ITEM_FIRST_SIMPLE) {
		if (item_read_argument(at, end, &item) < 0)
			return NULL;
		*nests_out = item_nests(&item, children_out);
		return item.next;
	}
	*nests_out = false;
	return item_read(at, end, &other) == 0 ? other.next : NULL;
}

int item_skip(const uint8_t *at, const uint8_t *end, unsigned levels, const uint8_t **end_out)
{
	uint64_t left = 1; /* how many items the innermost level still has; the outermost one has the one asked for */
	uint64_t outer[PKS_VALUE_DEPTH_MAX];
	unsigned depth = 0;

	while (left > 0 || depth > 0) {
		uint64_t children = 0;
		bool nests;

		if (left == 0) {
			left = outer[--depth];
			continue;
		}
		at = item_step(at, end, &children, &nests);
		if (!at)
			return PKS_ERR_CORRUPT;
		left--;
		if (nests) {
			if (depth == levels)
				return PKS_ERR_LIMIT;
			outer[depth++] = left;
			left = children;
		}
	}
	*end_out = at;
	return 0;
}

const uint8_t *item_end(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *next = NULL;
	struct item item;

	if (at < end && *at < ITEM_FIRST_ARRAY)
		return item_read_argument(at, end, &item) == 0 ? item.next : NULL;
	return item_skip(at, end, PKS_VALUE_DEPTH_MAX, &next) == 0 ? next : NULL;
}

/* ---- writing ---- */

static void item_put_byte(struct buffer *buffer, uint8_t byte)
{
	uint8_t *room = buffer_add(buffer, 1);

	if (room)
		*room = byte;
}

/* Room for any head; what it does not take is given back. */
static inline void item_put_head(struct buffer *buffer, enum item_type type, uint64_t argument)
{
	uint8_t *room = buffer_add(buffer, ITEM_HEAD_MAX);

	if (room)
		buffer->size -= (size_t)(room + ITEM_HEAD_MAX - item_write_head(room, type, argument));
}

void item_put_uint(struct buffer *buffer, uint64_t number)
{
	item_put_head(buffer, ITEM_UINT, number);
}

void item_put_int(struct buffer *buffer, int64_t number)
{
	if (number >= 0)
		item_put_head(buffer, ITEM_UINT, (uint64_t)number);
	else
		item_put_head(buffer, ITEM_NEGINT, ~(uint64_t)number);
}

uint8_t *item_put_bytes_room(struct buffer *buffer, size_t size)
{
	item_put_head(buffer, ITEM_BYTES, size);
	return buffer_add(buffer, size);
}

void item_put_bytes(struct buffer *buffer, const void *bytes, size_t size)
{
	uint8_t *room = item_put_bytes_room(buffer, size);

	if (room && size)
		memcpy(room, bytes, size);
}

void item_put_text(struct buffer *buffer, const char *text, size_t size)
{
	item_put_head(buffer, ITEM_TEXT, size);
	buffer_append(buffer, text, size);
}

void item_put_array(struct buffer *buffer, uint64_t count)
{
	item_put_head(buffer, ITEM_ARRAY, count);
}

void item_put_map(struct buffer *buffer, uint64_t pairs)
{
	item_put_head(buffer, ITEM_MAP, pairs);
}

void item_put_tag(struct buffer *buffer, uint64_t tag)
{
	item_put_head(buffer, ITEM_TAG, tag);
}

void item_put_bool(struct buffer *buffer, bool boolean)
{
	item_put_byte(buffer, boolean ? ITEM_FIRST_TRUE : ITEM_FIRST_FALSE);
}

void item_put_null(struct buffer *buffer)
{
	item_put_byte(buffer, ITEM_FIRST_NULL);
}

void item_put_double(struct buffer *buffer, double number)
{
	uint8_t *room = buffer_add(buffer, ITEM_HEAD_MAX);

	/* One NaN for all: its sign and payload are accidents of the machine, and equal values should encode alike. */
	if (isnan(number))
		number = (double)NAN;
	if (room)
		buffer->size -= ITEM_HEAD_MAX - cbor_encode_double(number, room, ITEM_HEAD_MAX);
}
