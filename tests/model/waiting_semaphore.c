/* SPDX-License-Identifier: MIT */
/*
 * BoundedSemaphore of two permits. Those of the dead come back when they are wanted; a release by one who holds none
 * gives back what has been held for longest.
 */
#include "waiting.h"

#define PERMITS 2

enum { ACQUIRE, ACQUIRE_TOO, RELEASE, OPS };

/* Who holds, in the order of coming: actors, or DEAD. */
enum of_world { HELD, HOLDERS };

static struct pks_object *semaphore;
static struct pks_semaphore_info seen;

static void open_semaphore(struct pks_store *store)
{
	semaphore = pks_boundedsemaphore_open(store, "semaphore", PERMITS, PKS_OPEN_OR_CREATE);
}

static int act(int op, int a, int timeout_ms, int *value_out)
{
	(void)a, (void)value_out;
	return op == RELEASE ? pks_semaphore_release(semaphore, 1) : pks_semaphore_acquire(semaphore, timeout_ms);
}

static void begin(struct world *world)
{
	(void)world;
}

static int find(const struct world *world, int holder)
{
	for (int i = 0; i < world->of_kind[HELD]; i++)
		if (world->of_kind[HOLDERS + i] == holder)
			return i;
	return -1;
}

static void give_back(struct world *world, int at)
{
	int32_t *holders = &world->of_kind[HOLDERS];

	for (int i = at; i + 1 < world->of_kind[HELD]; i++)
		holders[i] = holders[i + 1];
	holders[--world->of_kind[HELD]] = 0;
}

static void take(struct world *world, int actor)
{
	world->of_kind[HOLDERS + world->of_kind[HELD]++] = actor;
	actor_done(world, actor, 0, 0);
}

static void release(struct world *world, int actor)
{
	int mine = find(world, actor);

	if (world->of_kind[HELD] > 0)
		give_back(world, mine < 0 ? 0 : mine);
	else
		mine = PKS_ERR_STATE;
	actor_done(world, actor, mine == PKS_ERR_STATE ? mine : 0, 0);
}

static void ask(struct world *world, int actor)
{
	struct actor *at = &world->actors[actor];

	if (at->op == RELEASE)
		release(world, actor);
	else if (world->of_kind[HELD] < PERMITS)
		take(world, actor);
	else if (at->timeout_ms == 0 && find(world, DEAD) < 0)
		actor_done(world, actor, PKS_TIMED_OUT, 0);
	else if (at->timeout_ms != 0)
		at->phase = WAITS;
}

static void move(const struct world *world, int actor, struct worlds *next)
{
	const struct actor *at = &world->actors[actor];
	struct world after = *world;

	if (find(world, DEAD) >= 0) {
		give_back(&after, find(world, DEAD));
		worlds_add(next, &after, at->phase == WAITS);
		after = *world;
	}
	if (at->phase == ASKED) {
		ask(&after, actor);
		worlds_add(next, &after, true);
		return;
	}
	if (world->of_kind[HELD] < PERMITS) {
		take(&after, actor);
		worlds_add(next, &after, true);
	}
	if (at->timeout_ms < 0)
		return;
	after = *world;
	actor_done(&after, actor, PKS_TIMED_OUT, 0);
	worlds_add(next, &after, true);
}

static void die(struct world *world, int actor)
{
	for (int i = 0; i < world->of_kind[HELD]; i++)
		if (world->of_kind[HOLDERS + i] == actor)
			world->of_kind[HOLDERS + i] = DEAD;
}

static void look(const pid_t *pids)
{
	(void)pids;
	cr_assert_eq(pks_semaphore_info(semaphore, &seen), 0, "%s", pks_error_message());
}

static bool agrees(const struct world *world)
{
	return seen.value == (uint64_t)(PERMITS - world->of_kind[HELD]);
}

const struct waiting waiting_semaphore = {
	"waiting_semaphore", OPS, open_semaphore, act, begin, move, die, look, agrees};
