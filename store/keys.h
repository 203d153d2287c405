/* SPDX-License-Identifier: MIT */
/*
 * Keys of the store's one keyspace, as FORMAT.md lays them out. The first byte is the room; the objects' room is the
 * last, so that new objects append at the end of the tree. Integers are big-endian, so that they sort by value.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "engine.h"

#include <pkstore/object.h>

#include <endian.h>
#include <string.h>

enum room {
	ROOM_META = 1,
	ROOM_CATALOG = 2,
	ROOM_INDEX = 3,
	ROOM_OBJECT = 4,
};

/*
 * The parts of an object, in the order in which they lie in the tree. Those from PART_ITEM on are its contents. Its
 * bytes count all but the header. PART_END is behind them all.
 */
enum part {
	PART_HEADER = 0,
	PART_ATTRIBUTE = 1,
	PART_METADATA = 2,
	PART_ITEM = 3,
	PART_HELD = 4,    /* what somebody has taken and may give back: items of a Queue, places of a Semaphore */
	PART_WAITING = 5, /* who waits, in the order of coming */
	PART_BURIED = 6,  /* items of a Queue that nobody is to get */
	PART_END = 7,
};

/* Room, object id and part: what every key of an object begins with. */
#define KEY_OBJECT_SIZE 10

_Static_assert(KEY_OBJECT_SIZE + PKS_KEY_MAX <= ENGINE_KEY_MAX, "an item's key fits the engine");
_Static_assert(1 + PKS_PATH_MAX <= ENGINE_KEY_MAX, "a path fits the engine");

struct key {
	size_t size;
	uint8_t data[ENGINE_KEY_MAX + 1]; /* and room for a NUL behind the longest */
};

static inline struct bytes key_bytes(const struct key *key)
{
	return (struct bytes){key->data, key->size};
}

static inline uint64_t key_get_u64(const void *at)
{
	uint64_t big;

	memcpy(&big, at, sizeof(big));
	return be64toh(big);
}

static inline void key_put_u64(void *at, uint64_t number)
{
	uint64_t big = htobe64(number);

	memcpy(at, &big, sizeof(big));
}

/* A key that was found. */
static inline void key_take(struct key *key, struct bytes found)
{
	memcpy(key->data, found.data, found.size);
	key->size = found.size;
}

/* A room's key with a name of at most ENGINE_KEY_MAX - 1 bytes. */
static inline void key_room(struct key *key, enum room room, const void *name, size_t size)
{
	key->data[0] = (uint8_t)room;
	memcpy(key->data + 1, name, size);
	key->size = 1 + size;
}

static inline void key_part(struct key *key, uint64_t id, enum part part)
{
	key->data[0] = ROOM_OBJECT;
	key_put_u64(key->data + 1, id);
	key->data[9] = (uint8_t)part;
	key->size = KEY_OBJECT_SIZE;
}

/* A part's key with a name of at most PKS_KEY_MAX bytes. */
static inline void key_named(struct key *key, uint64_t id, enum part part, const void *name, size_t size)
{
	key_part(key, id, part);
	memcpy(key->data + KEY_OBJECT_SIZE, name, size);
	key->size += size;
}

/* A part's key with a number. */
static inline void key_numbered(struct key *key, uint64_t id, enum part part, uint64_t number)
{
	key_part(key, id, part);
	key_put_u64(key->data + KEY_OBJECT_SIZE, number);
	key->size += sizeof(number);
}

/* The key of a Log's chunk. */
static inline void key_chunk(struct key *key, uint64_t id, uint64_t position)
{
	key_numbered(key, id, PART_ITEM, position);
}

/*
 * Makes the key the first one behind all that begin with it: its last byte that is not 0xff goes up by one. No key of
 * ours is all 0xff: rooms are small.
 */
static inline void key_successor(struct key *key)
{
	while (key->data[key->size - 1] == 0xff)
		key->size--;
	key->data[key->size - 1]++;
}

/* As memcmp(3), a prefix before what it begins. */
static inline int key_compare(struct bytes a, struct bytes b)
{
	size_t common = a.size < b.size ? a.size : b.size;
	int order = memcmp(a.data, b.data, common);

	return order ? order : (a.size > b.size) - (a.size < b.size);
}

static inline bool key_begins(struct bytes key, struct bytes prefix)
{
	return key.size >= prefix.size && memcmp(key.data, prefix.data, prefix.size) == 0;
}

#endif
