/* SPDX-License-Identifier: MIT */
/*
 * What the files about queues share: their records, and taking and giving back inside a scope.
 *
 * An item lies in one of three parts, always under the same KEY, its place:
 *
 *                 put                  get
 *                  |                    ^
 *                  v      reserve       |
 *              PART_ITEM ---------> PART_HELD ---> ack
 *                  ^  <--------------/  |
 *                  |   release, death   | bury
 *                  |                    v
 *                  +-- kick ------- PART_BURIED
 *
 * KEY is the item's sequence, 8 bytes; of a PriorityQueue its priority, as 8 bytes that sort as the number does, and
 * the sequence. So places are never given twice, and what returns comes before what was put in later.
 *
 * Invariant, at each commit: the header's count is the number of records of PART_ITEM, and the own item counts the
 * others (struct queue_own). Each move is one transaction, so that an item is at exactly one place whoever is killed.
 */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include "items.h"
#include "object.h"
#include "owner_item.h"
#include "waiting.h"

#include <pkstore/queue.h>

/* The header's own item: an array of these, without the zeros at its end; nothing when all are 0. */
struct queue_own {
	uint64_t next;       /* the sequence of the next item */
	uint64_t unfinished; /* put in and not done */
	uint64_t reserved, buried;
};

/* 0, or PKS_ERR_CORRUPT. */
int queue_own_read(const struct state *state, struct queue_own *own_out);
int queue_own_write(struct state *state, const struct queue_own *own);

/* An item as its record tells. */
struct queue_record {
	struct bytes value;
	uint64_t deliveries;
	struct proc owner; /* of PART_HELD */
	uint64_t since_ns;
};

/*
 * PART_ITEM and PART_BURIED: the value, and the deliveries if there were any. PART_HELD: the value, the deliveries,
 * the owner, since when. PKS_ERR_CORRUPT without a message.
 */
int queue_record_read(struct bytes bytes, enum part part, struct queue_record *record_out);
void queue_record_write(struct buffer *buffer, enum part part, const struct queue_record *record);

static inline bool queue_has_priorities(const struct state *state)
{
	return strcmp(state->type, "priorityqueue") == 0;
}

static inline bool queue_is_lifo(const struct state *state)
{
	return strcmp(state->type, "lifoqueue") == 0;
}

/* An item's key in a part. */
void queue_key(struct key *key, const struct state *state, enum part part, int64_t priority, uint64_t sequence);
/* What a key says; false when it is none of an item of the queue. */
bool queue_key_read(const struct state *state, struct bytes key, int64_t *priority_out, uint64_t *sequence_out);
static inline void queue_key_move(struct key *key, enum part part)
{
	key->data[KEY_OBJECT_SIZE - 1] = (uint8_t)part;
}

/* PKS_ERR_CORRUPT and its message. */
int queue_damaged(const struct state *state);

/* Moves an item's record, written anew, to another part. What is counted is the caller's to keep. */
int queue_move(struct txn *txn, struct state *state, struct key *key, enum part part,
               const struct queue_record *record);

/* ---- waking: who waits for an item, and who for room ---- */

void queue_wake_getters(struct txn *txn, const struct state *state, uint64_t items);
void queue_wake_putters(struct txn *txn, const struct state *state, uint64_t items);

static inline uint64_t queue_turn_of_getters(uint64_t id)
{
	return wake_turn(id, 0);
}

static inline uint64_t queue_turn_of_putters(uint64_t id)
{
	return wake_turn(id, 1);
}

/* ---- items of the dead (queue_dead.c) ---- */

/* As many of them as one look finds; the rest is found by the next. */
#define QUEUE_DEAD_MAX 16

struct queue_dead {
	struct proc owners[QUEUE_DEAD_MAX];
	size_t count;
};

/* Who of those that hold items is dead. Reads /proc. */
int queue_dead_find(struct txn *txn, const struct state *state, struct queue_dead *dead_out);
/* Returns what they hold to its place. */
int queue_dead_return(struct txn *txn, struct state *state, const struct queue_dead *dead);

/* ---- taking (queue_get.c) ---- */

/* What a call that takes items does, and waits for. */
struct queue_take {
	struct pks_object *queue;
	/* Takes in a scope; the queue has an item by its count. What is answered ends the call. */
	int (*take)(struct scope *scope, struct state *state, struct queue_take *take);
	/* The transaction did not commit: frees what was taken. */
	void (*undo)(struct queue_take *take);
	bool looked; /* once before */
};

/* Takes, or waits until it can. PKS_EMPTY when the timeout has passed. */
int queue_take(struct queue_take *take, int timeout_ms);

/* Moves the cursor to the item that is had next. PKS_NOT_FOUND. */
int queue_seek_first(struct engine_cursor *cursor, const struct state *state, struct bytes *key_out,
                     struct bytes *value_out);
/* To the one behind it. */
int queue_seek_next(struct engine_cursor *cursor, const struct state *state, struct bytes *key_out,
                    struct bytes *value_out);

/* Counts a queue's items down. */
void queue_take_away(struct txn *txn, struct state *state, uint64_t items);

#endif
