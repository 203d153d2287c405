/* SPDX-License-Identifier: MIT */
#include "log_chunk.h"

#include "base/error.h"
#include "base/cbor.h"
#include "items.h"

#include <inttypes.h>
#include <stdlib.h>

struct log_tail {
	uint64_t start;     /* the position of its first entry */
	bool loaded, dirty; /* the buffer is the last chunk; it differs from the stored one */
	struct buffer data;
};

void log_tail_free(struct log_tail *tail)
{
	if (tail)
		buffer_release(&tail->data);
	free(tail);
}

int log_place_damaged(const char *path, uint64_t position)
{
	return error_set(PKS_ERR_CORRUPT, "%s: the chunk with the entry at position %" PRIu64 " is damaged", path,
	                 position);
}

/* Whether what a cursor found is a chunk of the Log, and which. */
static bool is_chunk(const struct state *state, struct bytes key, uint64_t *start_out)
{
	struct key part;

	key_part(&part, state->id, PART_ITEM);
	if (!key_begins(key, key_bytes(&part)) || key.size != KEY_OBJECT_SIZE + sizeof(*start_out))
		return false;
	*start_out = key_get_u64((const uint8_t *)key.data + KEY_OBJECT_SIZE);
	return true;
}

int log_tail_flush(struct txn *txn, struct state *state)
{
	struct log_tail *tail = state->tail;
	struct key key;
	int r;

	if (!tail || !tail->dirty)
		return 0;
	key_chunk(&key, state->id, tail->start);
	r = items_put(txn, state, &key, (struct bytes){tail->data.data, tail->data.size}, NULL);
	if (r == 0)
		tail->dirty = false;
	return r;
}

void log_tail_reset(struct state *state)
{
	if (!state->tail)
		return;
	buffer_clear(&state->tail->data);
	state->tail->start = state->first + state->count;
	state->tail->dirty = false;
	state->tail->loaded = true;
}

/* Takes the last chunk into memory, to be filled further. */
static int load_chunk(struct log_tail *tail, const struct state *state, struct bytes key, struct bytes value)
{
	uint64_t start;

	if (!is_chunk(state, key, &start) || value.size >= LOG_CHUNK_SIZE)
		return 0;
	tail->start = start;
	buffer_append(&tail->data, value.data, value.size);
	return tail->data.failed ? error_set(PKS_ERR_MEMORY, "out of memory") : 0;
}

static int load_tail(struct txn *txn, struct state *state)
{
	struct engine_cursor *cursor;
	struct bytes key, value;
	struct key end;
	int r;

	log_tail_reset(state);
	if (state->count == 0)
		return 0;
	r = engine_cursor_open(txn->engine, &cursor);
	if (r < 0)
		return r;
	key_part(&end, state->id, PART_ITEM + 1);
	r = engine_seek_before(cursor, key_bytes(&end), &key, &value);
	if (r == 0)
		r = load_chunk(state->tail, state, key, value);
	engine_cursor_close(cursor);
	return r < 0 ? r : 0;
}

static int need_tail(struct txn *txn, struct state *state)
{
	int r;

	if (state->tail && state->tail->loaded)
		return 0;
	if (!state->tail)
		state->tail = calloc(1, sizeof(*state->tail));
	if (!state->tail)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	r = load_tail(txn, state);
	state->tail->loaded = r == 0;
	return r;
}

/* The chunk is full: the next entry begins a new one. A capped Log gives up its oldest chunks at the same time. */
static int begin_chunk(struct txn *txn, struct state *state)
{
	int r = log_tail_flush(txn, state);

	if (r < 0)
		return r;
	log_tail_reset(state);
	return state->cap ? log_chunks_trim(txn, state) : 0;
}

static int put_large(struct txn *txn, struct state *state, struct bytes entry)
{
	struct key key;

	key_chunk(&key, state->id, state->first + state->count);
	return items_put(txn, state, &key, entry, NULL);
}

static void count_entry(struct state *state)
{
	state->count++;
	if (state->cap && state->count > state->cap) {
		state->first += state->count - state->cap;
		state->count = state->cap;
	}
}

int log_tail_append(struct txn *txn, struct state *state, struct bytes entry)
{
	int r = need_tail(txn, state);
	struct log_tail *tail = state->tail;

	if (r == 0 && tail->data.size > 0 && tail->data.size + entry.size > LOG_CHUNK_SIZE)
		r = begin_chunk(txn, state);
	if (r < 0)
		return r;
	if (entry.size > LOG_CHUNK_SIZE) {
		r = put_large(txn, state, entry);
		count_entry(state);
		log_tail_reset(state);
		return r == 0 && state->cap ? log_chunks_trim(txn, state) : r;
	}
	buffer_append(&tail->data, entry.data, entry.size);
	if (tail->data.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	tail->dirty = true;
	txn->changes++;
	count_entry(state);
	return 0;
}

/* The chunk that holds, or would hold, a position. PKS_NOT_FOUND. */
static int find_chunk(struct engine_cursor *cursor, const struct state *state, uint64_t position, uint64_t *start_out,
                      struct bytes *value_out)
{
	struct bytes key;
	struct key behind;
	int r;

	if (position == UINT64_MAX)
		return PKS_NOT_FOUND;
	key_chunk(&behind, state->id, position + 1);
	r = engine_seek_before(cursor, key_bytes(&behind), &key, value_out);
	return r == 0 && !is_chunk(state, key, start_out) ? PKS_NOT_FOUND : r;
}

int log_chunks_trim(struct txn *txn, struct state *state)
{
	struct engine_cursor *cursor;
	struct bytes value;
	struct key from, to;
	uint64_t start = 0;
	int r = engine_cursor_open(txn->engine, &cursor);

	if (r < 0)
		return r;
	r = find_chunk(cursor, state, state->first, &start, &value);
	engine_cursor_close(cursor);
	if (r == PKS_NOT_FOUND)
		return 0;
	if (r < 0)
		return r;
	key_part(&from, state->id, PART_ITEM);
	key_chunk(&to, state->id, start);
	return items_del_range(txn, state, &from, &to);
}

const uint8_t *log_place_entry_end(const struct log_place *place, const char *path)
{
	const uint8_t *end = item_end(place->at, place->end);

	if (!end)
		log_place_damaged(path, place->position);
	return end;
}

int log_place_find(struct engine_cursor *cursor, const struct state *state, uint64_t position,
                   struct log_place *place_out)
{
	struct bytes value;
	const uint8_t *at, *end;
	uint64_t start = 0;
	int r = find_chunk(cursor, state, position, &start, &value);

	if (r < 0)
		return r;
	if (r == PKS_NOT_FOUND)
		return log_place_damaged(state->path, position);
	at = value.data;
	end = at + value.size;
	for (uint64_t i = start; i < position; i++) {
		at = item_end_short(at, end);
		if (!at)
			return log_place_damaged(state->path, position);
	}
	if (at == end)
		return log_place_damaged(state->path, position);
	*place_out = (struct log_place){start, position, value.data, at, end};
	return 0;
}
