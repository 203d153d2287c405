/* SPDX-License-Identifier: MIT */
/* Log: iteration. */
#include "base/error.h"
#include "base/cbor.h"
#include "log_chunk.h"
#include "view.h"

#include <pkstore/log.h>

#include <stdlib.h>

struct pks_log_iter {
	struct view view;
	struct state state;   /* the Log, when the iterator was opened */
	uint64_t start, stop; /* the positions that are left: start <= p < stop */
	bool reverse, placed;
	struct log_place place; /* of the next entry, forwards; of the chunk, backwards */
	struct buffer offsets;  /* backwards: where the chunk's entries begin, a chunk_offset each */
};

/* A chunk of several entries is at most LOG_CHUNK_SIZE long, so an offset in it fits. */
typedef uint16_t chunk_offset;
_Static_assert(LOG_CHUNK_SIZE <= UINT16_MAX, "an offset in a chunk fits chunk_offset");

/* A Python slice's end as a position. */
static uint64_t slice_end(const struct state *state, int64_t index)
{
	uint64_t back = index < 0 ? 0 - (uint64_t)index : 0;

	if (index < 0)
		return state->first + (back > state->count ? 0 : state->count - back);
	return state->first + ((uint64_t)index > state->count ? state->count : (uint64_t)index);
}

struct pks_log_iter *pks_log_iter(struct pks_object *log, int64_t start, int64_t stop, bool reverse)
{
	struct pks_log_iter *iter = calloc(1, sizeof(*iter));

	if (!iter) {
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	if (view_open_object(&iter->view, log, BASE_LOG, &iter->state) < 0) {
		free(iter);
		return NULL;
	}
	iter->start = slice_end(&iter->state, start);
	iter->stop = slice_end(&iter->state, stop);
	iter->reverse = reverse;
	return iter;
}

static int lend(const struct log_place *place, const uint8_t *end, uint64_t position, struct pks_value *value_out,
                uint64_t *position_out)
{
	if (value_out)
		*value_out = (struct pks_value){.data = place->at, .size = (size_t)(end - place->at)};
	if (position_out)
		*position_out = position;
	return 0;
}

/* ---- forwards ---- */

static int place_forwards(struct pks_log_iter *iter)
{
	int r = log_place_find(iter->view.cursor, &iter->state, iter->start, &iter->place);

	iter->placed = r == 0;
	return r;
}

/* The chunk is used up: the next one begins with the next position. */
static int next_chunk(struct pks_log_iter *iter)
{
	struct bytes key, value;
	struct key expected;
	int r = engine_next(iter->view.cursor, &key, &value);

	if (r < 0)
		return r;
	key_chunk(&expected, iter->state.id, iter->start);
	if (r == PKS_NOT_FOUND || key_compare(key, key_bytes(&expected)) != 0 || value.size == 0)
		return log_place_damaged(iter->state.path, iter->start);
	iter->place = (struct log_place){iter->start, iter->start, value.data, value.data,
	                                 (const uint8_t *)value.data + value.size};
	return 0;
}

static int step_forwards(struct pks_log_iter *iter, struct pks_value *value_out, uint64_t *position_out)
{
	const uint8_t *end;
	int r = 0;

	if (!iter->placed)
		r = place_forwards(iter);
	else if (iter->place.at == iter->place.end)
		r = next_chunk(iter);
	if (r < 0)
		return r;
	end = item_end_short(iter->place.at, iter->place.end);
	if (!end)
		return log_place_damaged(iter->state.path, iter->start);
	lend(&iter->place, end, iter->start++, value_out, position_out);
	iter->place.at = end;
	return 0;
}

/* ---- backwards ---- */

/* Notes where the entries of the chunk begin, up to the one at stop - 1. */
static int note_offsets(struct pks_log_iter *iter)
{
	struct log_place *place = &iter->place;
	const uint8_t *at = place->data;

	buffer_clear(&iter->offsets);
	for (uint64_t position = place->start; position < iter->stop; position++) {
		chunk_offset offset = (chunk_offset)(at - place->data);

		if (at - place->data > UINT16_MAX)
			return log_place_damaged(iter->state.path, position);
		buffer_append(&iter->offsets, &offset, sizeof(offset));
		at = item_end_short(at, place->end);
		if (!at)
			return log_place_damaged(iter->state.path, position);
	}
	return iter->offsets.failed ? error_set(PKS_ERR_MEMORY, "out of memory") : 0;
}

static int place_backwards(struct pks_log_iter *iter)
{
	int r = log_place_find(iter->view.cursor, &iter->state, iter->stop - 1, &iter->place);

	if (r == 0)
		r = note_offsets(iter);
	iter->placed = r == 0;
	return r;
}

static int step_backwards(struct pks_log_iter *iter, struct pks_value *value_out, uint64_t *position_out)
{
	struct log_place place;
	const uint8_t *end;
	chunk_offset offset;
	int r = iter->placed && iter->stop > iter->place.start ? 0 : place_backwards(iter);

	if (r < 0)
		return r;
	place = iter->place;
	memcpy(&offset, iter->offsets.data + (iter->stop - 1 - place.start) * sizeof(offset), sizeof(offset));
	place.at = place.data + offset;
	end = log_place_entry_end(&place, iter->state.path);
	if (!end)
		return PKS_ERR_CORRUPT;
	return lend(&place, end, --iter->stop, value_out, position_out);
}

/* The thread's own transaction changed something: looks for its place again, among what the Log has now. */
static int follow_changes(struct pks_log_iter *iter)
{
	struct state *state = &iter->state;
	int r = view_reload(&iter->view, state->id, state);

	if (r < 0)
		return r;
	iter->placed = false;
	if (iter->start < state->first)
		iter->start = state->first;
	if (iter->stop > state->first + state->count)
		iter->stop = state->first + state->count;
	view_moved(&iter->view); /* what the tail's flush changed is seen already */
	return 0;
}

/* Any step. Not inline: what it keeps in registers would have to be saved in each of the short ones. */
static __attribute__((noinline)) int step(struct pks_log_iter *iter, struct pks_value *value_out,
                                          uint64_t *position_out)
{
	int r = iter ? view_check(&iter->view) : error_again();

	if (r < 0)
		return r;
	if (view_moved(&iter->view))
		r = follow_changes(iter);
	if (r < 0)
		return r;
	if (iter->start >= iter->stop)
		return PKS_END;
	return iter->reverse ? step_backwards(iter, value_out, position_out)
	                     : step_forwards(iter, value_out, position_out);
}

/* Where the next entry ends, if it is in the same chunk, and brief; else NULL. */
static inline const uint8_t *brief_end(const struct pks_log_iter *iter)
{
	if (!iter || !view_stays(&iter->view) || iter->reverse || !iter->placed || iter->start >= iter->stop)
		return NULL;
	return item_end_brief(iter->place.at, iter->place.end);
}

int pks_log_next(struct pks_log_iter *iter, struct pks_value *value_out, uint64_t *position_out)
{
	const uint8_t *end = brief_end(iter);

	if (!end)
		return step(iter, value_out, position_out);
	lend(&iter->place, end, iter->start++, value_out, position_out);
	iter->place.at = end;
	return 0;
}

void pks_log_iter_close(struct pks_log_iter *iter)
{
	if (!iter || !view_close(&iter->view))
		return;
	buffer_release(&iter->offsets);
	free(iter);
}
