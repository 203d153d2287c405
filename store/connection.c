/* SPDX-License-Identifier: MIT */
/* The ends of a Pipe: sending, receiving, and the end of it all. */
#include "base/clock.h"
#include "base/error.h"
#include "pipe.h"
#include "waiting.h"

#include <pkstore/pipe.h>
#include <pkstore/wait.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

struct pks_connection {
	struct pks_object *pipe; /* a handle of its own */
	unsigned end;
	uint64_t number; /* its record's */
	/*
	 * When to see again whether the other end is alive, CLOCK_MONOTONIC nanoseconds: /proc is slower than a send.
	 */
	atomic_int_least64_t look_at;
};

/* ---- opening ---- */

/* Those who died leave their records to the next who comes. */
static int bury_dead(const struct pipe *pipe, unsigned end)
{
	uint64_t from = (uint64_t)end << PIPE_END_SHIFT, behind = (uint64_t)(end + 1) << PIPE_END_SHIFT;
	struct party party;
	int r;

	while ((r = party_first(pipe->txn, pipe->state, PART_HELD, from, behind, &party)) == 0) {
		from = party.number + 1;
		r = owner_alive(&party.owner) ? 0 : party_del(pipe->txn, pipe->state, PART_HELD, party.number);
		if (r < 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

static int attach(struct pipe *pipe, const struct owner *self, unsigned end, uint64_t *number_out)
{
	struct party party = {.owner = *self, .since_ns = clock_wall()};
	int r = bury_dead(pipe, end);

	party.number = (uint64_t)end << PIPE_END_SHIFT | ++pipe->last_ticket;
	pipe->opened |= 1U << end;
	if (r == 0)
		r = party_put(pipe->txn, pipe->state, PART_HELD, &party);
	*number_out = party.number;
	return r < 0 ? r : pipe_save(pipe);
}

static int open_end(struct pks_connection *connection)
{
	struct owner self = {0}, thread;
	struct scope scope = {0};
	struct pipe pipe;
	int r = owner_self(&thread);

	self.proc = thread.proc;
	if (r < 0)
		return r;
	do {
		r = pipe_begin(&scope, connection->pipe, CHECK_WRITE, &pipe);
		if (r == 0)
			r = scope_end(&scope, attach(&pipe, &self, connection->end, &connection->number));
	} while (scope_again(&scope, r));
	return r;
}

struct pks_connection *pks_pipe_connect(struct pks_object *pipe, int end)
{
	struct pks_connection *connection;

	if (object_check(pipe, BASE_PIPE) < 0 || pipe_check_end(pipe, end) < 0)
		return NULL;
	connection = calloc(1, sizeof(*connection));
	if (!connection) {
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	connection->end = (unsigned)end;
	connection->pipe = pks_object_from_id(pipe->store, pipe->id);
	if (!connection->pipe || open_end(connection) < 0) {
		pks_object_close(connection->pipe);
		free(connection);
		return NULL;
	}
	return connection;
}

static int detach(const struct pks_connection *connection, struct pipe *pipe)
{
	int r = party_del(pipe->txn, pipe->state, PART_HELD, connection->number);

	pipe_post(pipe, connection->pipe, connection->end, false);
	pipe_post(pipe, connection->pipe, !connection->end, true);
	return r == PKS_NOT_FOUND ? 0 : r;
}

int pks_connection_close(struct pks_connection *connection)
{
	struct scope scope = {0};
	struct pipe pipe;
	int r;

	if (!connection)
		return 0;
	do {
		r = pipe_begin(&scope, connection->pipe, CHECK_WRITE, &pipe);
		if (r == 0)
			r = scope_end(&scope, detach(connection, &pipe));
	} while (scope_again(&scope, r));
	pks_object_close(connection->pipe);
	free(connection);
	return r == PKS_ERR_GONE ? 0 : r;
}

/* ---- the other end ---- */

/*
 * 0 while it is open or was never opened, else PKS_END. Whether its processes are alive is asked once in
 * PKS_RECHECK_MS, unless `look`: somebody is going to sleep, or to be told that nothing is left.
 */
static int check_peer(struct pks_connection *connection, const struct pipe *pipe, bool look)
{
	unsigned peer = !connection->end;
	int64_t now;
	bool open;
	int r;

	if (!(pipe->opened >> peer & 1))
		return 0;
	now = clock_monotonic();
	look = look || now >= atomic_load_explicit(&connection->look_at, memory_order_relaxed);
	if (look)
		atomic_store_explicit(&connection->look_at, now + PKS_RECHECK_MS * CLOCK_NS_PER_MS,
		                      memory_order_relaxed);
	r = pipe_is_open(pipe, peer, look, &open);
	if (r < 0 || open)
		return r;
	atomic_store_explicit(&connection->look_at, 0, memory_order_relaxed);
	return error_tell(PKS_END, connection->pipe->path, "the other end is closed");
}

#define NO_ROOM "there is no room"
#define NO_MESSAGE "there is no message"

static int refuse_wait(const struct pks_connection *connection, int timeout_ms, const char *what)
{
	if (timeout_ms == 0)
		return error_tell(PKS_TIMED_OUT, connection->pipe->path, what);
	return waiting_check(connection->pipe->store);
}

static int check_way(const struct pks_connection *connection, const struct pipe *pipe, bool sends)
{
	if (pipe->duplex || sends == (connection->end == 1))
		return 0;
	return error_set(PKS_ERR_USAGE, "%s: end %u of a one-way Pipe only %s", connection->pipe->path, connection->end,
	                 sends ? "receives" : "sends");
}

/* ---- sending ---- */

struct send {
	struct pks_connection *connection;
	const struct pks_value *value;
};

static int put_held(struct scope *scope, struct pks_connection *connection, struct pipe *pipe,
                    const struct pks_value *value)
{
	struct pks_value held;
	int r = check_way(connection, pipe, true);

	if (r == 0)
		r = check_peer(connection, pipe, false);
	if (r == 0)
		r = pipe_check_room(pipe, connection->end, value->size);
	if (r == PKS_TIMED_OUT && check_peer(connection, pipe, true) == PKS_END)
		r = PKS_END;
	if (r != 0)
		return r;
	r = scope_hold(scope, value, &held);
	if (r == 0)
		r = pipe_put(pipe, connection->pipe, connection->end, &held);
	pks_value_clear(&held);
	return r;
}

static int try_send(void *arg)
{
	const struct send *send = arg;
	struct scope scope = {0};
	struct pipe pipe;
	int r;

	do {
		r = pipe_begin(&scope, send->connection->pipe, CHECK_WRITE, &pipe);
		if (r == 0)
			r = scope_end(&scope, put_held(&scope, send->connection, &pipe, send->value));
	} while (scope_again(&scope, r));
	return r;
}

int pks_connection_send(struct pks_connection *connection, const struct pks_value *value, int timeout_ms)
{
	struct send send = {connection, value};
	int r = connection ? object_check_value(connection->pipe, value) : error_again();

	if (r == 0)
		r = try_send(&send);
	if (r != PKS_TIMED_OUT)
		return r;
	r = refuse_wait(connection, timeout_ms, NO_ROOM);
	if (r == 0)
		r = waiting_for_turn(connection->pipe->store, pipe_turn(connection->pipe->id, connection->end, true),
		                     try_send, &send, timeout_ms);
	return waiting_answer(connection->pipe, r, NO_ROOM);
}

int pks_connection_sendf(struct pks_connection *connection, const char *format, ...)
{
	struct pks_value value = {0};
	va_list args;
	int r;

	if (!connection)
		return error_again();
	va_start(args, format);
	r = pks_value_vpack(&value, format, args);
	va_end(args);
	if (r == 0)
		r = pks_connection_send(connection, &value, -1);
	pks_value_clear(&value);
	return r;
}

/* ---- receiving ---- */

struct recv {
	struct pks_connection *connection;
	struct pks_value *value_out;
};

/* Whether a receive would not wait: 0 or PKS_END; else PKS_TIMED_OUT. */
static int check_message(struct pks_connection *connection, const struct pipe *pipe)
{
	int r = check_way(connection, pipe, false);

	if (r < 0 || pipe_unread(pipe, !connection->end) > 0)
		return r;
	r = check_peer(connection, pipe, true);
	return r == 0 ? PKS_TIMED_OUT : r;
}

static int take(struct pks_connection *connection, struct pipe *pipe, struct pks_value *value_out)
{
	unsigned way = !connection->end;
	struct bytes message;
	struct key key;
	int r = check_message(connection, pipe);

	if (r != 0)
		return r;
	pipe_key(pipe, way, pipe->way[way].first, &key);
	r = engine_get(pipe->txn->engine, key_bytes(&key), &message);
	if (r == PKS_NOT_FOUND)
		return error_set(PKS_ERR_CORRUPT, "%s: a message is missing", connection->pipe->path);
	if (r == 0)
		r = pks_value_copy(&(struct pks_value){.data = message.data, .size = message.size}, value_out);
	if (r == 0)
		r = items_del(pipe->txn, pipe->state, &key);
	if (r < 0)
		return r;
	pipe->way[way].first++;
	pipe->state->count -= pipe->state->count > 0;
	if (items_limited(pipe->state))
		pipe_post(pipe, connection->pipe, way, true);
	return pipe_save(pipe);
}

static int look(void *arg)
{
	struct pks_connection *connection = arg;
	struct scope scope = {0};
	struct pipe pipe;
	int r = pipe_begin(&scope, connection->pipe, LOOK, &pipe);

	return r != 0 ? r : scope_end(&scope, check_message(connection, &pipe));
}

/*
 * Reads first: who finds nothing keeps no writer waiting. But that it is the end is said by a write transaction only: a
 * last message of one who was killed amid its commit may be there, and is seen from the next writer's begin on.
 */
static int try_recv(void *arg)
{
	const struct recv *recv = arg;
	struct scope scope = {0};
	struct pks_value value = {0};
	struct pipe pipe;
	int r = look(recv->connection);

	if (r != 0 && r != PKS_END)
		return r;
	do {
		pks_value_clear(&value);
		r = pipe_begin(&scope, recv->connection->pipe, CHECK_WRITE, &pipe);
		if (r == 0)
			r = scope_end(&scope, take(recv->connection, &pipe, &value));
	} while (scope_again(&scope, r));
	if (r == 0)
		*recv->value_out = value;
	else
		pks_value_clear(&value);
	return r;
}

static int wait_for_message(struct pks_connection *connection, int (*try)(void *arg), void *arg, int timeout_ms)
{
	int r = try(arg);

	if (r != PKS_TIMED_OUT)
		return r;
	r = refuse_wait(connection, timeout_ms, NO_MESSAGE);
	if (r == 0)
		r = waiting_for_turn(connection->pipe->store, pipe_turn(connection->pipe->id, !connection->end, false),
		                     try, arg, timeout_ms);
	return waiting_answer(connection->pipe, r, NO_MESSAGE);
}

int pks_connection_recv(struct pks_connection *connection, int timeout_ms, struct pks_value *value_out)
{
	struct recv recv = {connection, value_out};

	return connection ? wait_for_message(connection, try_recv, &recv, timeout_ms) : error_again();
}

int pks_connection_recvf(struct pks_connection *connection, int timeout_ms, const char *format, ...)
{
	struct pks_value value;
	va_list args;
	int r;

	if (!connection)
		return error_again();
	if (format && strpbrk(format, "Syv"))
		return error_set(PKS_ERR_USAGE, "%s: the letters S, y and v borrow, and the message does not stay",
		                 connection->pipe->path);
	r = pks_connection_recv(connection, timeout_ms, &value);
	if (r != 0)
		return r;
	va_start(args, format);
	r = pks_value_vunpack(&value, format, args);
	va_end(args);
	pks_value_clear(&value);
	return r == 0 ? 0 : error_about(r, "%s: the message", connection->pipe->path);
}

int pks_connection_poll(struct pks_connection *connection, int timeout_ms)
{
	int r = connection ? wait_for_message(connection, look, connection, timeout_ms) : error_again();

	return r == PKS_END ? 0 : r;
}
