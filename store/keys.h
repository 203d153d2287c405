/* SPDX-License-Identifier: MIT */
/* The rooms of the one keyspace: the first byte of every key. */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

/* The objects' room is the last, so that new objects append at the end of the tree. */
enum {
	ROOM_META = 1,
	ROOM_CATALOG = 2,
	ROOM_INDEX = 3,
	ROOM_OBJECT = 4,
};

#endif
