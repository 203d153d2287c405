/* SPDX-License-Identifier: MIT */
#include "party.h"

#include "base/error.h"
#include "owner_item.h"

#define PARTY_ELEMENTS 2

void party_encode(const struct party *party, struct buffer *buffer)
{
	unsigned extras = PARTY_EXTRAS;

	while (extras > 0 && party->extra[extras - 1] == 0)
		extras--;
	item_put_array(buffer, PARTY_ELEMENTS + extras);
	item_put_owner(buffer, &party->owner);
	item_put_uint(buffer, party->since_ns);
	for (unsigned i = 0; i < extras; i++)
		item_put_uint(buffer, party->extra[i]);
}

static int read_numbers(const uint8_t **at, const uint8_t *end, uint64_t count, uint64_t *numbers)
{
	for (uint64_t i = 0; i < count; i++)
		if (item_take_uint(at, end, &numbers[i]) < 0)
			return PKS_ERR_CORRUPT;
	return 0;
}

int party_decode(struct bytes record, struct party *party_out)
{
	const uint8_t *at = record.data, *end = at + record.size;
	uint64_t numbers[1 + PARTY_EXTRAS] = {0}, elements;
	struct owner owner;
	struct item item;

	if (item_read(at, end, &item) < 0 || item.type != ITEM_ARRAY || item.number < PARTY_ELEMENTS ||
	    item.number > PARTY_ELEMENTS + PARTY_EXTRAS)
		return PKS_ERR_CORRUPT;
	elements = item.number;
	if (item_read_owner(item.next, end, &owner, &at) < 0 || owner.proc.pid == 0 ||
	    read_numbers(&at, end, elements - 1, numbers) < 0 || at != end)
		return PKS_ERR_CORRUPT;
	party_out->owner = owner;
	party_out->since_ns = numbers[0];
	for (unsigned i = 0; i < PARTY_EXTRAS; i++)
		party_out->extra[i] = numbers[1 + i];
	return 0;
}

/* ---- one record ---- */

int party_put(struct txn *txn, struct state *state, enum part part, const struct party *party)
{
	bool added = false;
	struct key key;
	int r;

	key_numbered(&key, state->id, part, party->number);
	buffer_clear(&txn->scratch);
	party_encode(party, &txn->scratch);
	if (txn->scratch.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	txn_touch(txn, state);
	r = items_put(txn, state, &key, (struct bytes){txn->scratch.data, txn->scratch.size}, &added);
	if (r == 0 && part == PART_WAITING)
		state->count += added;
	return r;
}

int party_del(struct txn *txn, struct state *state, enum part part, uint64_t number)
{
	struct key key;
	int r;

	key_numbered(&key, state->id, part, number);
	r = items_del(txn, state, &key);
	if (r != 0)
		return r;
	txn_touch(txn, state);
	if (part == PART_WAITING && state->count > 0)
		state->count--;
	return 0;
}

static int take(const struct state *state, struct bytes record, uint64_t number, struct party *party_out)
{
	struct party party;

	if (party_decode(record, &party) < 0)
		return error_set(PKS_ERR_CORRUPT, "%s: the record of one who holds it or waits is damaged",
		                 state->path);
	party.number = number;
	*party_out = party;
	return 0;
}

int party_get(struct txn *txn, const struct state *state, enum part part, uint64_t number, struct party *party_out)
{
	struct bytes record;
	struct key key;
	int r;

	key_numbered(&key, state->id, part, number);
	r = engine_get(txn->engine, key_bytes(&key), &record);
	return r == 0 ? take(state, record, number, party_out) : r;
}

/* ---- in order ---- */

typedef int seek_fn(struct engine_cursor *cursor, struct bytes key, struct bytes *key_out, struct bytes *value_out);

/* Seeks from one end; what is found must lie before the other. */
static int find(struct txn *txn, const struct state *state, enum part part, uint64_t from, uint64_t end, bool last,
                struct party *party_out)
{
	seek_fn *seek = last ? engine_seek_before : engine_seek;
	struct engine_cursor *cursor;
	struct bytes found, record;
	uint64_t number = 0;
	struct key key;
	int r = engine_cursor_open(txn->engine, &cursor);

	if (r < 0)
		return r;
	key_numbered(&key, state->id, part, last ? end : from);
	r = seek(cursor, key_bytes(&key), &found, &record);
	if (r == 0 && (found.size != key.size || memcmp(found.data, key.data, KEY_OBJECT_SIZE) != 0))
		r = PKS_NOT_FOUND;
	if (r == 0)
		number = key_get_u64((const uint8_t *)found.data + KEY_OBJECT_SIZE);
	if (r == 0 && (number < from || number >= end))
		r = PKS_NOT_FOUND;
	if (r == 0)
		r = take(state, record, number, party_out);
	engine_cursor_close(cursor);
	return r;
}

int party_first(struct txn *txn, const struct state *state, enum part part, uint64_t from, uint64_t end,
                struct party *party_out)
{
	return find(txn, state, part, from, end, false, party_out);
}

int party_last(struct txn *txn, const struct state *state, enum part part, uint64_t from, uint64_t end,
               struct party *party_out)
{
	return find(txn, state, part, from, end, true, party_out);
}

int party_first_dead(struct txn *txn, const struct state *state, enum part part, uint64_t from, uint64_t end,
                     struct party *party_out)
{
	int r;

	while ((r = party_first(txn, state, part, from, end, party_out)) == 0) {
		if (!owner_alive(&party_out->owner))
			return 0;
		from = party_out->number + 1;
	}
	return r;
}

int party_leave(struct txn *txn, struct state *state, const struct party *party)
{
	return party_del(txn, state, PART_WAITING, party->number);
}

int party_line_up(struct txn *txn, struct state *state, uint64_t from, uint64_t end, const struct party *party,
                  int (*remove)(struct txn *txn, struct state *state, const struct party *party))
{
	struct party last;
	int r;

	while ((r = party_last(txn, state, PART_WAITING, from, end, &last)) == 0 && !owner_alive(&last.owner)) {
		r = remove(txn, state, &last);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : party_put(txn, state, PART_WAITING, party);
}
