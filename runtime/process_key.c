/* SPDX-License-Identifier: MIT */
#include "process_key.h"

#include <assert.h>
#include <string.h>

#define NUMBER_SIZE 8

/* What the status is taken from: the last one gets 2, the first one 7. */
#define PLACE_BASE 8

_Static_assert(3 + PKS_POOL_NAME_MAX + NUMBER_SIZE <= LAYER_INDEX_KEY_MAX, "the longest pool's keys fit the index");

static void add(struct process_key *key, const void *bytes, size_t size)
{
	memcpy(key->bytes + key->size, bytes, size);
	key->size += size;
}

static void add_byte(struct process_key *key, uint8_t byte)
{
	add(key, &byte, 1);
}

static void add_number(struct process_key *key, uint64_t number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		add_byte(key, (uint8_t)(number >> shift));
}

struct process_key process_key_status(enum process_status status)
{
	return (struct process_key){.bytes = {(uint8_t)(PLACE_BASE - status)}, .size = 1};
}

struct process_key process_key_pool(const char *pool)
{
	struct process_key key = process_key_status(STATUS_SUBMITTED);
	size_t size = strlen(pool);

	assert(size <= PKS_POOL_NAME_MAX);
	add_byte(&key, (uint8_t)size);
	add(&key, pool, size);
	return key;
}

struct process_key process_key_priority(const char *pool, int priority)
{
	struct process_key key = process_key_pool(pool);

	assert(priority >= -PRIORITY_MAX && priority <= PRIORITY_MAX);
	add_byte(&key, (uint8_t)(PRIORITY_MAX - priority));
	return key;
}

struct process_key process_key_submitted(const char *pool, int priority, uint64_t sequence)
{
	struct process_key key = process_key_priority(pool, priority);

	add_number(&key, sequence);
	return key;
}

struct process_key process_key_other(enum process_status status, uint64_t id)
{
	struct process_key key = process_key_status(status);

	add_number(&key, id);
	return key;
}

uint64_t process_key_sequence(const struct layer_index_entry *entry)
{
	uint64_t number = 0;

	if (entry->size < NUMBER_SIZE)
		return 0;
	for (size_t i = entry->size - NUMBER_SIZE; i < entry->size; i++)
		number = number << 8 | entry->key[i];
	return number;
}
