/* SPDX-License-Identifier: MIT */
/*
 * The keys of maps that are being built or checked, to find one that is there twice. A stack in a buffer: an inner
 * map's keys come behind those of the maps around it, and go when it ends.
 */
#ifndef STORE_VALUE_KEYS_H
#define STORE_VALUE_KEYS_H

#include "base/buffer.h"

/* Where a key is encoded, from the beginning of the whole value: PKS_VALUE_SIZE_MAX fits. */
struct value_key {
	uint32_t offset, size;
};

/* A key begins at the offset; its end is told by value_keys_end() once it is known. */
void value_keys_begin(struct buffer *keys, size_t offset);
void value_keys_end(struct buffer *keys, size_t offset);

/*
 * Takes off the keys of the map that ends: those from `first` (a size of the buffer) on; `start` is where the offsets
 * begin. Returns whether one was there twice, and the offset of its second occurrence.
 */
bool value_keys_twice(struct buffer *keys, size_t first, const uint8_t *start, size_t *offset_out);

/*
 * Orders encoded items by their contents, so that the same key is found in whatever length a foreign writer encoded it.
 * Both must be well-formed. 0 when they are the same; maps only when their pairs are in the same order.
 */
int value_keys_compare(const uint8_t *a, const uint8_t *a_end, const uint8_t *b, const uint8_t *b_end);

#endif
