/* SPDX-License-Identifier: MIT */
#include "pipe.h"

#include "base/error.h"
#include "base/cbor.h"
#include "number_list.h"

#include <pkstore/pipe.h>

#include <inttypes.h>

#define PIPE_ELEMENTS 7

/* More than wait for one direction of a pipe; a post of it wakes all of them. */
#define PIPE_SLEEPERS 10000

/* ---- the item ---- */

int pipe_save(const struct pipe *pipe)
{
	struct buffer *own = &pipe->txn->scratch;

	txn_touch(pipe->txn, pipe->state);
	buffer_clear(own);
	item_put_array(own, PIPE_ELEMENTS);
	item_put_bool(own, pipe->duplex);
	item_put_uint(own, pipe->opened);
	item_put_uint(own, pipe->last_ticket);
	for (unsigned way = 0; way < PIPE_ENDS; way++) {
		item_put_uint(own, pipe->way[way].first);
		item_put_uint(own, pipe->way[way].next);
	}
	return state_set_own(pipe->state, own);
}

static int decode(struct pipe *pipe)
{
	uint64_t numbers[PIPE_ELEMENTS];

	if (number_list_read((struct bytes){pipe->state->own, pipe->state->own_size}, "buuuuuu", numbers) < 0 ||
	    numbers[1] >= 1 << PIPE_ENDS)
		return PKS_ERR_CORRUPT;
	pipe->duplex = numbers[0] != 0;
	pipe->opened = (unsigned)numbers[1];
	pipe->last_ticket = numbers[2];
	for (unsigned way = 0; way < PIPE_ENDS; way++) {
		pipe->way[way].first = numbers[3 + 2 * way];
		pipe->way[way].next = numbers[4 + 2 * way];
		if (pipe->way[way].first > pipe->way[way].next)
			return PKS_ERR_CORRUPT;
	}
	return 0;
}

int pipe_begin(struct scope *scope, const struct pks_object *object, enum touch touch, struct pipe *pipe_out)
{
	struct pipe pipe;
	int r = object_begin(scope, object, BASE_PIPE, touch, &pipe.state);

	if (r != 0)
		return r;
	pipe.txn = scope->txn;
	if (decode(&pipe) < 0)
		return scope_end(scope, error_set(PKS_ERR_CORRUPT, "%s: its state is damaged", object->path));
	*pipe_out = pipe;
	return 0;
}

void pipe_key(const struct pipe *pipe, unsigned way, uint64_t sequence, struct key *key_out)
{
	uint8_t name[1 + sizeof(sequence)] = {(uint8_t)way};

	key_put_u64(name + 1, sequence);
	key_named(key_out, pipe->state->id, PART_ITEM, name, sizeof(name));
}

void pipe_post(const struct pipe *pipe, const struct pks_object *object, unsigned way, bool room)
{
	txn_post(pipe->txn, pipe_turn(object->id, way, room), 0, PIPE_SLEEPERS);
}

int pipe_is_open(const struct pipe *pipe, unsigned end, bool look, bool *open_out)
{
	uint64_t from = (uint64_t)end << PIPE_END_SHIFT, behind = (uint64_t)(end + 1) << PIPE_END_SHIFT;
	struct party party;
	int r;

	*open_out = false;
	while (!*open_out && (r = party_first(pipe->txn, pipe->state, PART_HELD, from, behind, &party)) == 0) {
		*open_out = !look || owner_alive(&party.owner);
		from = party.number + 1;
	}
	return *open_out || r == PKS_NOT_FOUND ? 0 : r;
}

int pipe_check_end(const struct pks_object *object, int end)
{
	return end == 0 || end == 1 ? 0 : error_set(PKS_ERR_USAGE, "%s: a Pipe has the ends 0 and 1", object->path);
}

/* What a message counts, as in the header: the direction, the sequence, the value. */
static uint64_t message_bytes(size_t size)
{
	return 1 + sizeof(uint64_t) + size;
}

/* Of the records from `from` up to `to`, as the header counts them. */
static int count_range(const struct pipe *pipe, const struct key *from, const struct key *to, uint64_t *bytes)
{
	struct engine_cursor *cursor;
	struct bytes found, value;
	int r = engine_cursor_open(pipe->txn->engine, &cursor);

	if (r < 0)
		return r;
	r = engine_seek(cursor, key_bytes(from), &found, &value);
	while (r == 0 && key_compare(found, key_bytes(to)) < 0) {
		*bytes += found.size - KEY_OBJECT_SIZE + value.size;
		r = engine_next(cursor, &found, &value);
	}
	engine_cursor_close(cursor);
	return r < 0 ? r : 0;
}

/*
 * Of the messages of one direction. The header has the sum of all records, so the direction with fewer messages is
 * looked at: a one-way Pipe that is full must not be walked through for each message that is to be sent.
 */
static int count_bytes(const struct pipe *pipe, unsigned way, uint64_t *bytes_out)
{
	struct key first, next, begin, end;
	uint64_t bytes = 0;
	int r;

	pipe_key(pipe, way, pipe->way[way].first, &first);
	pipe_key(pipe, way, pipe->way[way].next, &next);
	if (pipe_unread(pipe, way) <= pipe_unread(pipe, !way)) {
		r = count_range(pipe, &first, &next, &bytes);
		*bytes_out = bytes;
		return r;
	}
	key_part(&begin, pipe->state->id, PART_ATTRIBUTE);
	key_part(&end, pipe->state->id, PART_END);
	r = count_range(pipe, &begin, &first, &bytes);
	if (r == 0)
		r = count_range(pipe, &next, &end, &bytes);
	*bytes_out = pipe->state->bytes > bytes ? pipe->state->bytes - bytes : 0;
	return r;
}

/* Each direction has the limit for itself: who waits for room must not wait for its own reading. */
static int check_bytes(const struct pipe *pipe, unsigned way, uint64_t bytes)
{
	const struct state *state = pipe->state;
	uint64_t waiting;
	int r;

	if (!state->limit_bytes || state->bytes + bytes <= state->limit_bytes)
		return 0;
	r = count_bytes(pipe, way, &waiting);
	if (r < 0)
		return r;
	return waiting && waiting + bytes > state->limit_bytes ? PKS_TIMED_OUT : 0;
}

int pipe_check_room(const struct pipe *pipe, unsigned way, size_t size)
{
	const struct state *state = pipe->state;
	uint64_t bytes = message_bytes(size);

	if (state->limit_bytes && bytes > state->limit_bytes)
		return error_set(PKS_ERR_LIMIT, "%s: a message of %zu bytes; its limit is %" PRIu64, state->path, size,
		                 state->limit_bytes);
	if (state->limit && pipe_unread(pipe, way) >= state->limit)
		return PKS_TIMED_OUT;
	return check_bytes(pipe, way, bytes);
}

int pipe_put(struct pipe *pipe, const struct pks_object *object, unsigned way, const struct pks_value *value)
{
	struct key key;
	int r;

	pipe_key(pipe, way, pipe->way[way].next, &key);
	r = items_put(pipe->txn, pipe->state, &key, (struct bytes){value->data, value->size}, NULL);
	if (r < 0)
		return r;
	pipe->way[way].next++;
	pipe->state->count++;
	pipe_post(pipe, object, way, false);
	return pipe_save(pipe);
}

/* ---- the object ---- */

static int init(struct txn *txn, struct state *state, const void *duplex)
{
	return pipe_save(&(struct pipe){.txn = txn, .state = state, .duplex = *(const bool *)duplex});
}

struct pks_object *pks_pipe_open(struct pks_store *store, const char *path, bool duplex, enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = "pipe", .init = init, .arg = &duplex}, mode);
}

static int fill_info(const struct pipe *pipe, struct pks_pipe_info *info_out)
{
	struct pks_pipe_info info = {.duplex = pipe->duplex};
	int r = 0;

	for (unsigned end = 0; r == 0 && end < PIPE_ENDS; end++) {
		info.was_open[end] = pipe->opened >> end & 1;
		info.unread[end] = pipe_unread(pipe, !end);
		r = pipe_is_open(pipe, end, true, &info.is_open[end]);
	}
	if (r == 0)
		*info_out = info;
	return r;
}

int pks_pipe_info(struct pks_object *object, struct pks_pipe_info *info_out)
{
	struct scope scope = {0};
	struct pipe pipe;
	int r = pipe_begin(&scope, object, LOOK, &pipe);

	return r != 0 ? r : scope_end(&scope, fill_info(&pipe, info_out));
}

/* ---- messages without a connection ---- */

static int peek(struct scope *scope, const struct pipe *pipe, unsigned way, uint64_t skip, struct pks_value *value_out)
{
	struct bytes message;
	struct key key;
	int r;

	if (skip >= pipe_unread(pipe, way))
		return error_set(PKS_NOT_FOUND, "%s: there is no such message", pipe->state->path);
	pipe_key(pipe, way, pipe->way[way].first + skip, &key);
	r = engine_get(scope->txn->engine, key_bytes(&key), &message);
	if (r == PKS_NOT_FOUND)
		return error_set(PKS_ERR_CORRUPT, "%s: a message is missing", pipe->state->path);
	return r < 0 ? r : scope_lend(scope, message, value_out);
}

int pks_pipe_peek(struct pks_object *object, int end, uint64_t skip, struct pks_value *value_out)
{
	struct scope scope = {0};
	struct pipe pipe;
	int r = object_check(object, BASE_PIPE);

	if (r == 0)
		r = pipe_check_end(object, end);
	if (r == 0)
		r = pipe_begin(&scope, object, LOOK, &pipe);
	return r != 0 ? r : scope_end(&scope, peek(&scope, &pipe, !end, skip, value_out));
}

static int put(struct scope *scope, struct pipe *pipe, const struct pks_object *object, unsigned way,
               const struct pks_value *value)
{
	struct pks_value held;
	int r = pipe->duplex || way == 1
	                ? pipe_check_room(pipe, way, value->size)
	                : error_set(PKS_ERR_USAGE, "%s: end 1 of a one-way Pipe only sends", object->path);

	if (r == PKS_TIMED_OUT)
		return error_set(r, "%s: there is no room", object->path);
	if (r == 0)
		r = scope_hold(scope, value, &held);
	if (r < 0)
		return r;
	r = pipe_put(pipe, object, way, &held);
	pks_value_clear(&held);
	return r;
}

int pks_pipe_put(struct pks_object *object, int end, const struct pks_value *value)
{
	struct scope scope = {0};
	struct pipe pipe;
	int r = object_check(object, BASE_PIPE);

	if (r == 0)
		r = pipe_check_end(object, end);
	if (r == 0)
		r = object_check_value(object, value);
	if (r < 0)
		return r;
	do {
		r = pipe_begin(&scope, object, CHECK_WRITE, &pipe);
		if (r == 0)
			r = scope_end(&scope, put(&scope, &pipe, object, !end, value));
	} while (scope_again(&scope, r));
	return r;
}

static int set_duplex(struct pipe *pipe, bool duplex)
{
	if (pipe->duplex == duplex)
		return 0;
	pipe->duplex = duplex;
	return pipe_save(pipe);
}

int pks_pipe_set_duplex(struct pks_object *object, bool duplex)
{
	struct scope scope = {0};
	struct pipe pipe;
	int r;

	do {
		r = pipe_begin(&scope, object, CHECK_WRITE, &pipe);
		if (r == 0)
			r = scope_end(&scope, set_duplex(&pipe, duplex));
	} while (scope_again(&scope, r));
	return r;
}
