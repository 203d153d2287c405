/* SPDX-License-Identifier: MIT */
/* Event: setting it releases all who wait at that moment, even if it is cleared before they have come to run. */
#include "waiting.h"

enum { WAIT, SET, CLEAR, OPS };

enum of_world { IS_SET };

static struct pks_object *event;
static bool seen_set;

static void open_event(struct pks_store *store)
{
	event = pks_event_open(store, "event", PKS_OPEN_OR_CREATE);
}

static int act(int op, int a, int timeout_ms, int *value_out)
{
	(void)a, (void)value_out;
	if (op == WAIT)
		return pks_event_wait(event, timeout_ms);
	return op == SET ? pks_event_set(event) : pks_event_clear(event);
}

static void begin(struct world *world)
{
	world->of_kind[IS_SET] = 0;
}

static void ask(struct world *world, int actor)
{
	struct actor *at = &world->actors[actor];

	if (at->op == CLEAR)
		world->of_kind[IS_SET] = 0;
	if (at->op != WAIT)
		actor_done(world, actor, 0, 0);
	else if (world->of_kind[IS_SET])
		actor_done(world, actor, 0, 0);
	else if (at->timeout_ms == 0)
		actor_done(world, actor, PKS_TIMED_OUT, 0);
	else
		at->phase = WAITS;
	if (at->op != SET)
		return;
	world->of_kind[IS_SET] = 1;
	for (int i = 0; i < ACTORS; i++)
		if (world->actors[i].phase == WAITS && world->actors[i].life != GONE)
			actor_done(world, i, 0, 0);
}

static void move(const struct world *world, int actor, struct worlds *next)
{
	struct world after = *world;

	if (world->actors[actor].phase == ASKED)
		ask(&after, actor);
	else if (world->actors[actor].timeout_ms >= 0)
		actor_done(&after, actor, PKS_TIMED_OUT, 0);
	else
		return;
	worlds_add(next, &after, true);
}

static void die(struct world *world, int actor)
{
	(void)world, (void)actor;
}

static void look(const pid_t *pids)
{
	(void)pids;
	cr_assert_eq(pks_event_is_set(event, &seen_set), 0, "%s", pks_error_message());
}

static bool agrees(const struct world *world)
{
	return seen_set == (world->of_kind[IS_SET] != 0);
}

const struct waiting waiting_event = {"waiting_event", OPS, open_event, act, begin, move, die, look, agrees};
