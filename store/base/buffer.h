/* SPDX-License-Identifier: MIT */
/* Bytes that grow. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All zero is empty. A failed allocation sticks: what is appended later is dropped, and the owner asks once, at the
 * end.
 */
struct buffer {
	uint8_t *data;
	size_t size, capacity;
	bool failed;
};

void buffer_release(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* empty, but keeps its memory; no longer failed */
/* Room for `size` more bytes where there is none yet. */
uint8_t *buffer_add_growing(struct buffer *buffer, size_t size);
/* Room for `size` more bytes, counted in already; NULL when there is none. */
static inline uint8_t *buffer_add(struct buffer *buffer, size_t size)
{
	uint8_t *room;

	/* "!data": even no bytes get an address, so that NULL always means failure. */
	if (buffer->failed || !buffer->data || size > buffer->capacity - buffer->size)
		return buffer_add_growing(buffer, size);
	room = buffer->data + buffer->size;
	buffer->size += size;
	return room;
}
void buffer_append(struct buffer *buffer, const void *data, size_t size);

#endif
