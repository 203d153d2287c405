/* SPDX-License-Identifier: MIT */
/*
 * Barrier for three, of four who come. Whoever dies waiting breaks it: for those who wait, within PKS_RECHECK_MS, and
 * for who comes last in any case.
 */
#include "waiting.h"

#include <string.h>

#define PARTIES 3

enum { WAIT, WAIT_TOO, WAIT_AGAIN, WAIT_ONCE_MORE, RESET, RESET_TOO, ABORT, OPS };

/* The line holds actors, or DEAD. */
enum of_world { BROKEN, ARRIVED, LINE };

/* Of one who waits: the number it has. */
enum of_actor { INDEX };

static struct pks_object *barrier;
static struct pks_barrier_info seen;

static void open_barrier(struct pks_store *store)
{
	barrier = pks_barrier_open(store, "barrier", PARTIES, PKS_OPEN_OR_CREATE);
}

static int act(int op, int a, int timeout_ms, int *value_out)
{
	uint64_t index = 0;
	int r;

	(void)a;
	if (op >= RESET)
		return op == ABORT ? pks_barrier_abort(barrier) : pks_barrier_reset(barrier);
	r = pks_barrier_wait(barrier, timeout_ms, &index);
	*value_out = (int)index;
	return r;
}

static void begin(struct world *world)
{
	(void)world;
}

static void leave_all(struct world *world, int code)
{
	for (int i = 0; i < world->of_kind[ARRIVED]; i++) {
		int actor = world->of_kind[LINE + i];

		world->of_kind[LINE + i] = 0;
		if (actor == DEAD)
			continue;
		actor_done(world, actor, code, code ? 0 : world->actors[actor].of_kind[INDEX]);
		world->actors[actor].of_kind[INDEX] = 0;
	}
	world->of_kind[ARRIVED] = 0;
}

static void break_it(struct world *world)
{
	leave_all(world, PKS_BROKEN);
	world->of_kind[BROKEN] = 1;
}

static bool has_dead(const struct world *world)
{
	for (int i = 0; i < world->of_kind[ARRIVED]; i++)
		if (world->of_kind[LINE + i] == DEAD)
			return true;
	return false;
}

static void come(struct world *world, int actor)
{
	struct actor *at = &world->actors[actor];
	int index = world->of_kind[ARRIVED];

	if (world->of_kind[BROKEN]) {
		actor_done(world, actor, PKS_BROKEN, 0);
	} else if (index + 1 == PARTIES) {
		leave_all(world, 0);
		actor_done(world, actor, 0, index);
	} else if (at->timeout_ms == 0) {
		break_it(world);
		actor_done(world, actor, PKS_TIMED_OUT, 0);
	} else {
		at->phase = WAITS;
		at->of_kind[INDEX] = index;
		world->of_kind[LINE + index] = actor;
		world->of_kind[ARRIVED]++;
	}
}

static void move_asked(const struct world *world, int actor, struct worlds *next)
{
	const struct actor *at = &world->actors[actor];
	struct world after = *world;

	if (at->op == ABORT && !world->of_kind[BROKEN])
		break_it(&after);
	if (at->op == RESET || at->op == RESET_TOO) {
		leave_all(&after, PKS_BROKEN);
		after.of_kind[BROKEN] = 0;
	}
	if (at->op >= RESET)
		actor_done(&after, actor, 0, 0);
	else
		come(&after, actor);
	/* The last one finds every dead one; others may. */
	if (at->op >= RESET || !has_dead(world) || world->of_kind[ARRIVED] + 1 < PARTIES)
		worlds_add(next, &after, true);
	if (at->op >= RESET || !has_dead(world))
		return;
	after = *world;
	break_it(&after);
	actor_done(&after, actor, PKS_BROKEN, 0);
	worlds_add(next, &after, true);
}

static void move_waiting(const struct world *world, int actor, struct worlds *next)
{
	struct world after = *world;

	if (has_dead(world)) {
		break_it(&after);
		worlds_add(next, &after, true);
	}
	if (world->actors[actor].timeout_ms < 0)
		return;
	after = *world;
	break_it(&after);
	actor_done(&after, actor, PKS_TIMED_OUT, 0);
	worlds_add(next, &after, true);
}

static void move(const struct world *world, int actor, struct worlds *next)
{
	if (world->actors[actor].phase == ASKED)
		move_asked(world, actor, next);
	else
		move_waiting(world, actor, next);
}

static void die(struct world *world, int actor)
{
	for (int i = 0; i < world->of_kind[ARRIVED]; i++)
		if (world->of_kind[LINE + i] == actor)
			world->of_kind[LINE + i] = DEAD;
}

static void look(const pid_t *pids)
{
	(void)pids;
	cr_assert_eq(pks_barrier_info(barrier, &seen), 0, "%s", pks_error_message());
}

static bool agrees(const struct world *world)
{
	return seen.broken == (world->of_kind[BROKEN] != 0) && seen.waiting == (uint64_t)world->of_kind[ARRIVED];
}

const struct waiting waiting_barrier = {"waiting_barrier", OPS, open_barrier, act, begin, move, die, look, agrees};
