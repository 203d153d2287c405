/* SPDX-License-Identifier: MIT */
#include "value_keys.h"

#include "base/cbor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Up to so many keys, comparing each with each is quicker than sorting them. */
#define KEYS_FEW 8

void value_keys_begin(struct buffer *keys, size_t offset)
{
	struct value_key key = {.offset = (uint32_t)offset};

	buffer_append(keys, &key, sizeof(key));
}

void value_keys_end(struct buffer *keys, size_t offset)
{
	struct value_key *last;

	if (keys->failed)
		return;
	last = (struct value_key *)(void *)(keys->data + keys->size) - 1;
	last->size = (uint32_t)(offset - last->offset);
}

/* All NaNs are the same, as for item_put_double(). */
static uint64_t keys_real_bits(double real)
{
	uint64_t bits;

	if (isnan(real))
		real = (double)NAN;
	memcpy(&bits, &real, sizeof(bits));
	return bits;
}

static int keys_order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int keys_compare_heads(const struct item *a, const struct item *b)
{
	if (a->type != b->type)
		return keys_order(a->type, b->type);
	if (a->type == ITEM_FLOAT)
		return keys_order(keys_real_bits(a->real), keys_real_bits(b->real));
	if (a->number != b->number)
		return keys_order(a->number, b->number);
	if ((a->type == ITEM_TEXT || a->type == ITEM_BYTES) && a->number)
		return memcmp(a->data, b->data, a->number);
	return 0;
}

/* Head by head. As long as all are equal, so is the structure; hence both items end at the same head. */
int value_keys_compare(const uint8_t *a, const uint8_t *a_end, const uint8_t *b, const uint8_t *b_end)
{
	struct item left, right;
	int order = 0;

	while (order == 0 && a < a_end && b < b_end) {
		if (item_read(a, a_end, &left) < 0 || item_read(b, b_end, &right) < 0)
			return keys_order((uintptr_t)a, (uintptr_t)b);
		order = keys_compare_heads(&left, &right);
		a = left.next;
		b = right.next;
	}
	return order;
}

static int keys_compare(const void *a, const void *b, void *start)
{
	const struct value_key *left = a, *right = b;
	const uint8_t *left_at = (const uint8_t *)start + left->offset;
	const uint8_t *right_at = (const uint8_t *)start + right->offset;

	return value_keys_compare(left_at, left_at + left->size, right_at, right_at + right->size);
}

static const struct value_key *keys_later(const struct value_key *a, const struct value_key *b)
{
	return a->offset > b->offset ? a : b;
}

static const struct value_key *keys_twice_few(const struct value_key *keys, size_t count, uint8_t *start)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (keys_compare(&keys[i], &keys[j], start) == 0)
				return &keys[i];
		}
	}
	return NULL;
}

static const struct value_key *keys_twice_many(struct value_key *keys, size_t count, uint8_t *start)
{
	qsort_r(keys, count, sizeof(*keys), keys_compare, start);
	for (size_t i = 1; i < count; i++) {
		if (keys_compare(&keys[i], &keys[i - 1], start) == 0)
			return keys_later(&keys[i], &keys[i - 1]);
	}
	return NULL;
}

bool value_keys_twice(struct buffer *keys, size_t first, const uint8_t *start, size_t *offset_out)
{
	size_t count = (keys->size - first) / sizeof(struct value_key);
	/* qsort_r() hands its argument on without const; nothing writes through it. */
	uint8_t *base = (uint8_t *)(uintptr_t)start;
	const struct value_key *twice;
	struct value_key *mine;

	if (count == 0)
		return false;
	mine = (struct value_key *)(void *)(keys->data + first);
	twice = count <= KEYS_FEW ? keys_twice_few(mine, count, base) : keys_twice_many(mine, count, base);
	keys->size = first;
	if (twice)
		*offset_out = twice->offset;
	return twice != NULL;
}
