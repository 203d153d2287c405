/* SPDX-License-Identifier: MIT */
/*
 * Pipe, duplex or, as its second form, one-way. Every actor may have a connection to each end. Each message is had
 * once, in the order of sending; what is left is read before the end; an end is closed when the last who had it has
 * closed it or is dead.
 */
#include "waiting.h"

#include <string.h>

/* In each direction. */
#define ROOM 3

enum { CONNECT, CLOSE, SEND, SEND_TOO, RECEIVE, RECEIVE_TOO, POLL, OPS };

/*
 * Of each end: whether it was ever open; whether who died has left a record of it. Of each way, which is that of who
 * sends: how many messages, and which.
 */
enum of_world { OPENED, LEFT = OPENED + 2, UNREAD = LEFT + 2, MESSAGES = UNREAD + 2 };

/* Of each end: has it a connection? */
enum of_actor { HAS };

static struct pks_object *pipe_object;
static struct pks_connection *connections[2];
static struct pks_pipe_info seen;
static bool duplex;

static void open_pipe(struct pks_store *store)
{
	duplex = true;
	pipe_object = pks_pipe_open(store, "pipe", true, PKS_OPEN_OR_CREATE);
	cr_assert_eq(pks_object_set_limit(pipe_object, ROOM, 0), 0, "%s", pks_error_message());
}

static void open_one_way(struct pks_store *store)
{
	duplex = false;
	pipe_object = pks_pipe_open(store, "pipe", false, PKS_OPEN_OR_CREATE);
	cr_assert_eq(pks_object_set_limit(pipe_object, ROOM, 0), 0, "%s", pks_error_message());
}

/* ---- in an actor ---- */

static int end_of(int a)
{
	return a % 2;
}

static int message_of(int a)
{
	return a / 2;
}

static int connect_end(int end)
{
	if (connections[end])
		return PKS_EXISTS;
	connections[end] = pks_pipe_connect(pipe_object, end);
	return connections[end] ? 0 : pks_error_code();
}

static int close_end(int end)
{
	int r = connections[end] ? pks_connection_close(connections[end]) : PKS_NOT_FOUND;

	connections[end] = NULL;
	return r;
}

static int send_message(struct pks_connection *connection, int message, int timeout_ms)
{
	struct pks_value value = {0};
	int r = pks_value_pack(&value, "i", message);

	if (r == 0)
		r = pks_connection_send(connection, &value, timeout_ms);
	pks_value_clear(&value);
	return r;
}

static int act(int op, int a, int timeout_ms, int *value_out)
{
	int end = end_of(a);

	if (op == CONNECT)
		return connect_end(end);
	if (op == CLOSE)
		return close_end(end);
	if (!connections[end])
		return PKS_NOT_FOUND;
	if (op <= SEND_TOO)
		return send_message(connections[end], message_of(a), timeout_ms);
	if (op == POLL)
		return pks_connection_poll(connections[end], timeout_ms);
	return pks_connection_recvf(connections[end], timeout_ms, "i", value_out);
}

/* ---- the model ---- */

static void begin(struct world *world)
{
	(void)world;
}

static bool is_open(const struct world *world, int end)
{
	for (int i = 0; i < ACTORS; i++)
		if (world->actors[i].life != GONE && world->actors[i].of_kind[HAS + end])
			return true;
	return false;
}

static bool is_over(const struct world *world, int end)
{
	return world->of_kind[OPENED + end] && !is_open(world, end);
}

static int32_t *messages(struct world *world, int way)
{
	return &world->of_kind[MESSAGES + way * ROOM];
}

static void connect_actor(struct world *world, int actor, int end)
{
	struct actor *at = &world->actors[actor];

	actor_done(world, actor, at->of_kind[HAS + end] ? PKS_EXISTS : 0, 0);
	if (at->of_kind[HAS + end])
		return;
	at->of_kind[HAS + end] = 1;
	world->of_kind[OPENED + end] = 1;
	world->of_kind[LEFT + end] = 0;
}

static void close_actor(struct world *world, int actor, int end)
{
	struct actor *at = &world->actors[actor];

	actor_done(world, actor, at->of_kind[HAS + end] ? 0 : PKS_NOT_FOUND, 0);
	at->of_kind[HAS + end] = 0;
}

/* True when it took effect, or never will. */
static bool try_send(struct world *world, int actor, int end)
{
	int32_t *unread = &world->of_kind[UNREAD + end];

	if (is_over(world, !end))
		actor_done(world, actor, PKS_END, 0);
	else if (*unread < ROOM) {
		messages(world, end)[(*unread)++] = message_of(world->actors[actor].a);
		actor_done(world, actor, 0, 0);
	} else
		return false;
	return true;
}

static bool try_receive(struct world *world, int actor, int end)
{
	int32_t *unread = &world->of_kind[UNREAD + !end], *at = messages(world, !end);

	if (*unread > 0) {
		actor_done(world, actor, 0, at[0]);
		memmove(at, at + 1, (ROOM - 1) * sizeof(*at));
		at[ROOM - 1] = 0;
		--*unread;
	} else if (is_over(world, !end))
		actor_done(world, actor, PKS_END, 0);
	else
		return false;
	return true;
}

static bool try_poll(struct world *world, int actor, int end)
{
	if (world->of_kind[UNREAD + !end] == 0 && !is_over(world, !end))
		return false;
	actor_done(world, actor, 0, 0);
	return true;
}

static bool try_again(struct world *world, int actor)
{
	const struct actor *at = &world->actors[actor];
	int end = end_of(at->a);

	if (at->op <= SEND_TOO)
		return try_send(world, actor, end);
	return at->op == POLL ? try_poll(world, actor, end) : try_receive(world, actor, end);
}

static bool refuses(const struct actor *at)
{
	return !duplex && (at->op <= SEND_TOO) != (end_of(at->a) == 1);
}

static void ask(struct world *world, int actor)
{
	struct actor *at = &world->actors[actor];
	int end = end_of(at->a);

	if (at->op == CONNECT)
		connect_actor(world, actor, end);
	else if (at->op == CLOSE)
		close_actor(world, actor, end);
	else if (!at->of_kind[HAS + end])
		actor_done(world, actor, PKS_NOT_FOUND, 0);
	else if (refuses(at))
		actor_done(world, actor, PKS_ERR_USAGE, 0);
	else if (!try_again(world, actor) && at->timeout_ms == 0)
		actor_done(world, actor, PKS_TIMED_OUT, 0);
	else if (at->phase == ASKED)
		at->phase = WAITS;
}

/* Whether those at the other end have died is looked at once in PKS_RECHECK_MS: until then there may be sending. */
static void send_to_the_dead(const struct world *world, int actor, struct worlds *next)
{
	const struct actor *at = &world->actors[actor];
	int end = end_of(at->a);
	struct world after = *world;

	if (at->op < SEND || at->op > SEND_TOO || !at->of_kind[HAS + end] || refuses(at) || !is_over(world, !end) ||
	    !world->of_kind[LEFT + !end] || world->of_kind[UNREAD + end] == ROOM)
		return;
	messages(&after, end)[after.of_kind[UNREAD + end]++] = message_of(at->a);
	actor_done(&after, actor, 0, 0);
	worlds_add(next, &after, true);
}

static void move(const struct world *world, int actor, struct worlds *next)
{
	const struct actor *at = &world->actors[actor];
	struct world after = *world;

	send_to_the_dead(world, actor, next);
	if (at->phase == ASKED)
		ask(&after, actor);
	else if (!try_again(&after, actor))
		actor_done(&after, actor, PKS_TIMED_OUT, 0);
	if (at->phase == ASKED || at->timeout_ms >= 0 || after.actors[actor].code != PKS_TIMED_OUT)
		worlds_add(next, &after, true);
	if (at->phase != WAITS || at->timeout_ms < 0)
		return;
	after = *world;
	actor_done(&after, actor, PKS_TIMED_OUT, 0);
	worlds_add(next, &after, true);
}

static void die(struct world *world, int actor)
{
	for (int end = 0; end < 2; end++) {
		world->of_kind[LEFT + end] |= world->actors[actor].of_kind[HAS + end];
		world->actors[actor].of_kind[HAS + end] = 0;
	}
}

static void look(const pid_t *pids)
{
	(void)pids;
	cr_assert_eq(pks_pipe_info(pipe_object, &seen), 0, "%s", pks_error_message());
}

static bool agrees(const struct world *world)
{
	for (int end = 0; end < 2; end++)
		if (seen.was_open[end] != (world->of_kind[OPENED + end] != 0) ||
		    seen.is_open[end] != is_open(world, end) ||
		    seen.unread[end] != (uint64_t)world->of_kind[UNREAD + !end])
			return false;
	return true;
}

const struct waiting waiting_pipe = {"waiting_pipe", OPS, open_pipe, act, begin, move, die, look, agrees};
const struct waiting waiting_one_way = {"waiting_one_way", OPS, open_one_way, act, begin, move, die, look, agrees};
