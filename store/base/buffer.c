/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

/* The first allocation, in bytes: most values and records fit, with the room that an item's head is given first. */
#define BUFFER_FIRST 128

void buffer_release(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
	buffer->size = 0;
	buffer->failed = false;
}

/* Doubles, so that appending byte by byte stays linear. */
static size_t buffer_next_capacity(const struct buffer *buffer, size_t needed)
{
	size_t capacity = buffer->capacity ? buffer->capacity : BUFFER_FIRST;

	while (capacity < needed && capacity <= SIZE_MAX / 2)
		capacity *= 2;
	return capacity < needed ? needed : capacity;
}

static bool buffer_grow(struct buffer *buffer, size_t needed)
{
	size_t capacity = buffer_next_capacity(buffer, needed);
	uint8_t *data = realloc(buffer->data, capacity);

	if (!data)
		return false;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

uint8_t *buffer_add_growing(struct buffer *buffer, size_t size)
{
	if (buffer->failed)
		return NULL;
	if (size > SIZE_MAX - buffer->size || !buffer_grow(buffer, buffer->size + size)) {
		buffer->failed = true;
		return NULL;
	}
	buffer->size += size;
	return buffer->data + buffer->size - size;
}

void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
	uint8_t *room = buffer_add(buffer, size);

	if (room && size)
		memcpy(room, data, size);
}
