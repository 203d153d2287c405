/* SPDX-License-Identifier: MIT */
/*
 * A Log's entries lie in chunks: CBOR sequences (RFC 8742) of consecutive entries, each under the position of its first
 * one. A chunk is filled up to LOG_CHUNK_SIZE, then a new one is begun; an entry that is larger has a chunk of its own.
 * What a transaction appends is gathered in memory, the tail, and written when the chunk is full, when the Log is read
 * in the same transaction, and at the commit.
 *
 * Invariant: the chunks' entries are consecutive positions without a gap, up to first + count; the first chunk may
 * begin before `first`: those entries were trimmed, and are gone with their chunk once all of it is.
 */
#ifndef STORE_LOG_CHUNK_H
#define STORE_LOG_CHUNK_H

#include "keys.h"
#include "txn.h"

/* A value that fills one overflow page of LMDB's: 4,096 bytes less its header of 16. */
#define LOG_CHUNK_SIZE 4080

/* Frees the tail; NULL does nothing. */
void log_tail_free(struct log_tail *tail);
/* Writes what was gathered. The state may be any object's. */
int log_tail_flush(struct txn *txn, struct state *state);
/* Puts one encoded entry behind the last one, and counts it. The state was touched. */
int log_tail_append(struct txn *txn, struct state *state, struct bytes entry);
/* Forgets what was gathered, since the chunks were removed. */
void log_tail_reset(struct state *state);

/* Removes the chunks that lie before `first` as a whole. */
int log_chunks_trim(struct txn *txn, struct state *state);

/* A place in a chunk: the entry at `position` is at `at`; `start` is the chunk's own position. */
struct log_place {
	uint64_t start, position;
	const uint8_t *data, *at, *end;
};

/*
 * Finds the entry at a position that the Log has. The cursor then stands on its chunk. PKS_ERR_CORRUPT when the chunks
 * are not as the header says, with the error set.
 */
int log_place_find(struct engine_cursor *cursor, const struct state *state, uint64_t position,
                   struct log_place *place_out);
/* The end of the entry at a place; NULL, with the error set, when it is broken. */
const uint8_t *log_place_entry_end(const struct log_place *place, const char *path);
/* Why the Log cannot be read: sets and returns PKS_ERR_CORRUPT. */
int log_place_damaged(const char *path, uint64_t position);

#endif
