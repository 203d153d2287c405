/* SPDX-License-Identifier: MIT */
/*
 * Condition, with an RLock of its own or with a Lock that it shares. Those who have waited longest are notified first;
 * who gets the lock of those who wait for it is left open. What the dead leave: a lock, had by one of those who wait,
 * who is told; a notification, had by the next who waits for one.
 */
#include "waiting.h"

#include <string.h>

enum { ACQUIRE, ACQUIRE_TOO, RELEASE, RELEASE_TOO, WAIT, WAIT_TOO, NOTIFY, OPS };

/* The owner is an actor, DEAD or NOBODY. The line: those who wait for a notification, who came first is first. */
enum of_world { OWNER, DEPTH, OWED, AGAIN, WAITING, LINE };

/* What an actor waits for. */
enum { FOR_LOCK = WAITS, FOR_NOTIFICATION, NOTIFIED, LATE };

/* Of one who waits: how often it had the lock. */
enum of_actor { HAD };

static struct pks_object *condition;
static struct pks_lock_info seen;
static int seen_owner;

static void open_own(struct pks_store *store)
{
	condition = pks_condition_open(store, "condition", NULL, PKS_OPEN_OR_CREATE);
}

static void open_shared(struct pks_store *store)
{
	struct pks_object *lock = pks_lock_open(store, "lock", PKS_OPEN_OR_CREATE);

	condition = pks_condition_open(store, "condition", lock, PKS_OPEN_OR_CREATE);
	pks_object_close(lock);
}

static int act(int op, int a, int timeout_ms, int *value_out)
{
	(void)value_out;
	switch (op) {
	case ACQUIRE:
	case ACQUIRE_TOO:
		return pks_condition_acquire(condition, timeout_ms);
	case RELEASE:
	case RELEASE_TOO:
		return pks_condition_release(condition);
	case NOTIFY:
		return pks_condition_notify(condition, a % 4 ? 1 : UINT64_MAX);
	default:
		return pks_condition_wait(condition, timeout_ms);
	}
}

static void begin_own(struct world *world)
{
	world->of_kind[OWNER] = NOBODY;
	world->of_kind[AGAIN] = 1;
}

static void begin_shared(struct world *world)
{
	world->of_kind[OWNER] = NOBODY;
}

/* ---- the line ---- */

static void line_up(struct world *world, int actor)
{
	world->of_kind[LINE + world->of_kind[WAITING]++] = actor;
	world->actors[actor].phase = FOR_NOTIFICATION;
	world->actors[actor].of_kind[HAD] = world->of_kind[DEPTH];
}

static void leave_line(struct world *world, int actor)
{
	int32_t *line = &world->of_kind[LINE];
	int kept = 0;

	for (int i = 0; i < world->of_kind[WAITING]; i++)
		if (line[i] != actor)
			line[kept++] = line[i];
	for (int i = kept; i < world->of_kind[WAITING]; i++)
		line[i] = 0;
	world->of_kind[WAITING] = kept;
}

static void notify(struct world *world, int count)
{
	for (; count > 0 && world->of_kind[WAITING] > 0; count--) {
		int actor = world->of_kind[LINE];

		leave_line(world, actor);
		world->actors[actor].phase = NOTIFIED;
	}
}

/* ---- what may come ---- */

static void take(struct world *world, int actor, int code)
{
	struct actor *at = &world->actors[actor];
	int had = at->of_kind[HAD];

	if (at->phase == FOR_NOTIFICATION)
		leave_line(world, actor);
	if (at->phase == LATE && code == 0)
		code = PKS_TIMED_OUT;
	world->of_kind[OWNER] = actor;
	world->of_kind[DEPTH] = had ? had : 1;
	at->of_kind[HAD] = 0;
	actor_done(world, actor, code, 0);
}

static void set_free(struct world *world)
{
	world->of_kind[OWNER] = NOBODY;
	world->of_kind[DEPTH] = 0;
}

static void acquire(struct world *world, int actor)
{
	int owner = world->of_kind[OWNER];

	if (owner == actor && world->of_kind[AGAIN])
		world->of_kind[DEPTH]++;
	if (owner == actor)
		actor_done(world, actor, world->of_kind[AGAIN] ? 0 : PKS_ERR_STATE, 0);
	else if (owner == NOBODY)
		take(world, actor, 0);
	else if (owner == DEAD)
		take(world, actor, PKS_OWNER_DIED);
	else if (world->actors[actor].timeout_ms == 0)
		actor_done(world, actor, PKS_TIMED_OUT, 0);
	else
		world->actors[actor].phase = FOR_LOCK;
}

static void do_as_owner(struct world *world, int actor)
{
	struct actor *at = &world->actors[actor];

	switch (at->op) {
	case NOTIFY:
		notify(world, at->a % 4 ? 1 : ACTORS);
		break;
	case RELEASE:
	case RELEASE_TOO:
		if (--world->of_kind[DEPTH] == 0)
			set_free(world);
		break;
	default:
		line_up(world, actor);
		set_free(world);
		return;
	}
	actor_done(world, actor, 0, 0);
}

static void ask(struct world *world, int actor)
{
	int op = world->actors[actor].op;

	if (op <= ACQUIRE_TOO)
		acquire(world, actor);
	else if (world->of_kind[OWNER] != actor)
		actor_done(world, actor, PKS_ERR_STATE, 0);
	else
		do_as_owner(world, actor);
}

/* Its time is over: it is told so, or, having waited for a notification, waits for the lock. */
static void run_out(struct world *world, int actor)
{
	if (world->actors[actor].phase == FOR_LOCK) {
		actor_done(world, actor, PKS_TIMED_OUT, 0);
		return;
	}
	leave_line(world, actor);
	world->actors[actor].phase = LATE;
}

/* A dead one was notified: that is passed on once it is found. Of no use where nobody waits. */
static void pass_on(const struct world *world, struct worlds *next)
{
	struct world after = *world;

	if (world->of_kind[OWED] == 0)
		return;
	after.of_kind[OWED]--;
	notify(&after, 1);
	worlds_add(next, &after, world->of_kind[WAITING] > 0);
}

static void move(const struct world *world, int actor, struct worlds *next)
{
	const struct actor *at = &world->actors[actor];
	int owner = world->of_kind[OWNER];
	struct world after = *world;

	pass_on(world, next);
	if (at->phase == ASKED) {
		ask(&after, actor);
		worlds_add(next, &after, true);
		return;
	}
	if (owner == DEAD || (owner == NOBODY && at->phase != FOR_NOTIFICATION)) {
		take(&after, actor, owner == DEAD ? PKS_OWNER_DIED : 0);
		worlds_add(next, &after, true);
	}
	if (at->timeout_ms < 0 || (at->phase != FOR_LOCK && at->phase != FOR_NOTIFICATION))
		return;
	after = *world;
	run_out(&after, actor);
	worlds_add(next, &after, true);
}

static void die(struct world *world, int actor)
{
	if (world->of_kind[OWNER] == actor)
		world->of_kind[OWNER] = DEAD;
	world->of_kind[OWED] += world->actors[actor].phase == NOTIFIED;
	leave_line(world, actor);
}

static void look(const pid_t *pids)
{
	cr_assert_eq(pks_lock_info(condition, &seen), 0, "%s", pks_error_message());
	seen_owner = seen.held ? DEAD : NOBODY;
	for (int i = 0; seen.held && i < ACTORS; i++)
		if (seen.owner.pid == pids[i])
			seen_owner = i;
}

static bool agrees(const struct world *world)
{
	return world->of_kind[OWNER] == seen_owner &&
	       (seen_owner == DEAD || (uint64_t)world->of_kind[DEPTH] == seen.depth);
}

const struct waiting waiting_condition = {"waiting_condition", OPS, open_own, act, begin_own, move, die, look, agrees};
const struct waiting waiting_shared_condition = {
	"waiting_shared_condition", OPS, open_shared, act, begin_shared, move, die, look, agrees};
