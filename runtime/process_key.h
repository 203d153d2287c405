/* SPDX-License-Identifier: MIT */
/*
 * Where a process stands in the index: by status, and the submitted ones in the order in which they are to run.
 *
 *     submitted    8 - status, length of the pool's name, the name, 100 - priority, sequence (8 bytes, big-endian)
 *     else         8 - status, object id (8 bytes, big-endian)
 *
 * So the first key with a pool's prefix is the next one to claim, and a status is one range. The statuses stand in
 * reverse because of where work moves: the end of what is finished, what is running and the first of what is submitted
 * then lie side by side, mostly in one page, as do the last of what is submitted and the first of what is created. Each
 * page more that a commit touches costs a write.
 */
#ifndef RUNTIME_PROCESS_KEY_H
#define RUNTIME_PROCESS_KEY_H

#include "pool_name.h"
#include "process_state.h"

#include "layer.h"

/* Priorities are -100 to 100, so that 100 - priority is a byte. */
#define PRIORITY_MAX 100

struct process_key {
	uint8_t bytes[LAYER_INDEX_KEY_MAX];
	size_t size;
};

/* The prefix of all processes of a status. */
struct process_key process_key_status(enum process_status status);
/* The prefix of what is submitted to a pool, and of those of one priority among them. */
struct process_key process_key_pool(const char *pool);
struct process_key process_key_priority(const char *pool, int priority);

/* Whole keys. */
struct process_key process_key_submitted(const char *pool, int priority, uint64_t sequence);
struct process_key process_key_other(enum process_status status, uint64_t id);

/* The sequence at the end of a submitted one's key. */
uint64_t process_key_sequence(const struct layer_index_entry *entry);

#endif
