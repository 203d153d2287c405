/* SPDX-License-Identifier: MIT */
/* Damages of a Log. */
#include "damage.h"

#include <criterion/criterion.h>
#include <string.h>

static struct key chunk_key(uint64_t position)
{
	struct key key;

	key_chunk(&key, log_id, position);
	return key;
}

/* The start of the second chunk. */
static uint64_t second_chunk(void)
{
	struct engine_txn *txn;
	struct engine_cursor *cursor;
	struct bytes key, value;
	struct key behind = chunk_key(GOOD_TRIMMED + 1);
	uint64_t start;

	cr_assert_eq(engine_begin(store->engine, false, &txn), 0);
	cr_assert_eq(engine_cursor_open(txn, &cursor), 0);
	cr_assert_eq(engine_seek(cursor, key_bytes(&behind), &key, &value), 0);
	start = key_get_u64((const uint8_t *)key.data + KEY_OBJECT_SIZE);
	engine_cursor_close(cursor);
	engine_abort(txn);
	return start;
}

static void log_count_low(void)
{
	struct state state = header_of(log_id);

	state.count -= 3;
	put_header(log_id, &state);
}

static void log_first_high(void)
{
	struct state state = header_of(log_id);

	state.first += GOOD_ENTRIES;
	put_header(log_id, &state);
}

static void log_above_its_cap(void)
{
	struct state state = header_of(log_id);

	state.cap = GOOD_ENTRIES - GOOD_TRIMMED - 1;
	put_header(log_id, &state);
}

static void no_first_chunk(void)
{
	struct key key = chunk_key(0);

	del(&key);
}

static void no_second_chunk(void)
{
	struct key key = chunk_key(second_chunk());

	del(&key);
}

static void broken_entry(void)
{
	struct key key = chunk_key(0);

	put(&key, "\1\2\x18", 3);
}

static void empty_chunk(void)
{
	struct key key = chunk_key(0);

	put(&key, "", 0);
}

static void large_chunk(void)
{
	static char entries[5000]; /* zeros */
	struct key key = chunk_key(0);

	put(&key, entries, sizeof(entries));
}

static void chunk_of_no_number(void)
{
	struct key key = item_key(log_id, PART_ITEM, "abc", 3);

	put(&key, "\1", 1);
}

const struct damage damages_log[] = {
	DAMAGE(log_count_low, PKS_CHECK_COUNT, "a/log", true),
	DAMAGE(log_first_high, PKS_CHECK_COUNT, "a/log", true),
	DAMAGE(log_above_its_cap, PKS_CHECK_COUNT, "a/log", false),
	DAMAGE(no_first_chunk, PKS_CHECK_COUNT, "a/log", false),
	DAMAGE(no_second_chunk, PKS_CHECK_CONTENT, "a/log", false),
	DAMAGE(broken_entry, PKS_CHECK_VALUE, "a/log", false),
	DAMAGE(empty_chunk, PKS_CHECK_CONTENT, "a/log", false),
	DAMAGE(large_chunk, PKS_CHECK_CONTENT, "a/log", false),
	DAMAGE(chunk_of_no_number, PKS_CHECK_KEY, "a/log", false),
	{0},
};
