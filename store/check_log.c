/* SPDX-License-Identifier: MIT */
/*
 * A Log: its chunks follow each other without gaps, from some position up to first + count. A gap cannot be repaired;
 * count and first are told by the chunks.
 */
#include "check.h"
#include "check_form.h"

#include "base/cbor.h"
#include "log_chunk.h"

#include <pkstore/syslog.h>

#include <inttypes.h>

static void check_entry(struct check_object *object, struct bytes entry, uint64_t number)
{
	if (check_value(object->check, entry) && strcmp(object->state.path, PKS_SYSLOG_PATH) == 0 &&
	    !form_syslog(&(struct form){0}, entry))
		check_find(object->check, PKS_CHECK_STATE, NULL,
		           "the chunk's entry %" PRIu64 " is no line of a system log as it should be", number);
}

/* How many entries a chunk has, each of them checked. */
static uint64_t check_entries(struct check_object *object, struct bytes chunk)
{
	const uint8_t *at = chunk.data, *end = at + chunk.size;
	uint64_t entries = 0;

	while (at < end) {
		const uint8_t *behind = item_end(at, end);

		if (!behind) {
			object->seen.log.broken = true;
			check_find(object->check, PKS_CHECK_VALUE, NULL, "the chunk's entry %" PRIu64 " is broken",
			           entries);
			break;
		}
		check_entry(object, (struct bytes){at, (size_t)(behind - at)}, entries);
		at = behind;
		entries++;
	}
	return entries;
}

static void log_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	struct check_log *log = &object->seen.log;
	uint64_t start, entries;

	if (!check_numbered(object, name, &start))
		return;
	entries = check_entries(object, value);
	if (value.size == 0)
		check_find(object->check, PKS_CHECK_CONTENT, NULL, "the chunk is empty");
	if (entries > 1 && value.size > LOG_CHUNK_SIZE)
		check_find(object->check, PKS_CHECK_CONTENT, NULL,
		           "a chunk of several entries has %zu bytes, more than %d", value.size, LOG_CHUNK_SIZE);
	if (!log->any)
		log->start = start;
	else if (start != log->next) {
		log->broken = true;
		check_find(object->check, PKS_CHECK_CONTENT, NULL,
		           "the chunk begins at position %" PRIu64 ", the one before it ends at %" PRIu64, start,
		           log->next);
	}
	log->any = true;
	log->next = start + entries;
}

/*
 * The end is told by the chunks; where the oldest entry is by the header, unless the chunks do not have it. Chunks that
 * cannot be counted are no reason to believe the header less: a position that was moved back would be given away twice.
 */
static void log_end(struct check_object *object)
{
	const struct check_log *log = &object->seen.log;
	const struct state *state = &object->state;
	struct state *right = &object->right;

	if (log->broken && state->count > 0) {
		right->count = state->count;
		return;
	}
	if (!log->any) { /* cleared: positions are not given away again */
		right->first = state->first + state->count;
		right->count = 0;
		return;
	}
	right->first = state->first < log->start || state->first > log->next ? log->start : state->first;
	right->count = log->next - right->first;
	if (state->cap && right->count > state->cap) {
		right->first += right->count - state->cap;
		right->count = state->cap;
	}
}

const struct check_type check_log = {
	.base = BASE_LOG,
	.parts = 1u << PART_ITEM,
	.record = log_record,
	.end = log_end,
};
