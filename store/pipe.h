/* SPDX-License-Identifier: MIT */
/*
 * A Pipe inside a transaction. The own item of its header is [duplex, opened, last ticket, first 0, next 0, first 1,
 * next 1]: which ends were ever opened, as bits, and the sequences of the messages of both directions. Direction 0 is
 * what end 0 sends.
 *
 * A connection is a record of PART_HELD (party.h) with the process as its owner. Its number is a ticket whose highest
 * byte is the end.
 *
 *                         connect                  close, or its process dies
 *      never opened ------------------> open ---------------------------------> closed: who reads gets what is left,
 *      (who reads waits)                     <---------------------------------          then the end
 *                                                       connect
 */
#ifndef STORE_PIPE_H
#define STORE_PIPE_H

#include "object.h"
#include "party.h"

#define PIPE_ENDS 2

/* The highest byte of a connection's number. */
#define PIPE_END_SHIFT 56

struct pipe {
	struct txn *txn;
	struct state *state;
	bool duplex;
	unsigned opened;
	uint64_t last_ticket;
	struct {
		uint64_t first, next;
	} way[PIPE_ENDS];
};

/* object_begin() on a Pipe. */
int pipe_begin(struct scope *scope, const struct pks_object *object, enum touch touch, struct pipe *pipe_out);
int pipe_save(const struct pipe *pipe);

static inline uint64_t pipe_unread(const struct pipe *pipe, unsigned way)
{
	return pipe->way[way].next - pipe->way[way].first;
}

/* 0 or 1, else PKS_ERR_USAGE. */
int pipe_check_end(const struct pks_object *object, int end);

/* Whether `size` bytes more can be sent: 0, PKS_TIMED_OUT without a message: not now, PKS_ERR_LIMIT: never. */
int pipe_check_room(const struct pipe *pipe, unsigned way, size_t size);
/* Puts a message behind all others of its direction. */
int pipe_put(struct pipe *pipe, const struct pks_object *object, unsigned way, const struct pks_value *value);

/* The key of a message. */
void pipe_key(const struct pipe *pipe, unsigned way, uint64_t sequence, struct key *key_out);

/* What is waited for: messages of a direction, room for them. */
static inline uint64_t pipe_turn(uint64_t id, unsigned way, bool room)
{
	return wake_turn(id, 2 * way + room);
}
/* All who wait for it look again. */
void pipe_post(const struct pipe *pipe, const struct pks_object *object, unsigned way, bool room);

/*
 * Whether an end has a connection: *open_out. Connections of dead processes count unless `look` asks to see whether
 * they are alive.
 */
int pipe_is_open(const struct pipe *pipe, unsigned end, bool look, bool *open_out);

#endif
