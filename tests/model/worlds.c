/* SPDX-License-Identifier: MIT */
#include "worlds.h"

#include <stdlib.h>
#include <string.h>

void worlds_init(struct worlds *worlds, const struct waiting *kind)
{
	*worlds = (struct worlds){.kind = kind, .worlds = calloc(WORLDS_MAX, sizeof(struct world)), .count = 1};
	cr_assert_not_null(worlds->worlds);
	for (int i = 0; i < ACTORS; i++)
		worlds->worlds[0].actors[i].life = LIVES;
	kind->begin(&worlds->worlds[0]);
}

void worlds_release(struct worlds *worlds)
{
	free(worlds->worlds);
}

static bool has(const struct worlds *worlds, const struct world *world)
{
	for (int i = worlds->count - 1; i >= 0; i--)
		if (memcmp(&worlds->worlds[i], world, sizeof(*world)) == 0)
			return true;
	return false;
}

static void add(struct worlds *worlds, const struct world *world)
{
	if (has(worlds, world))
		return;
	cr_assert_lt(worlds->count, WORLDS_MAX, "%s: too many worlds", worlds->kind->name);
	worlds->worlds[worlds->count++] = *world;
}

void worlds_add(struct worlds *worlds, const struct world *world, bool must)
{
	worlds->must |= must;
	add(worlds, world);
}

void worlds_change(struct worlds *worlds, bool (*change)(struct world *world, const void *arg), const void *arg)
{
	int count = worlds->count;

	worlds->count = 0;
	for (int i = 0; i < count; i++) {
		struct world world = worlds->worlds[i];

		if (change(&world, arg))
			add(worlds, &world);
	}
}

static void move(struct worlds *worlds, const struct world *world, int actor)
{
	const struct actor *at = &world->actors[actor];
	struct world next = *world;

	if (at->life == GONE)
		return;
	if (at->life == DOOMED) {
		next.actors[actor].life = GONE;
		worlds->kind->die(&next, actor);
		worlds_add(worlds, &next, true);
	}
	if (at->phase == DONE)
		worlds->must |= at->life == LIVES;
	else if (at->phase != IDLE)
		worlds->kind->move(world, actor, worlds);
}

void worlds_close(struct worlds *worlds)
{
	worlds->settled = false;
	for (int i = 0; i < worlds->count; i++) {
		struct world world = worlds->worlds[i];

		worlds->must = false;
		for (int actor = 0; actor < ACTORS; actor++)
			move(worlds, &world, actor);
		worlds->settled |= !worlds->must;
	}
}

bool worlds_settled(const struct worlds *worlds)
{
	return worlds->settled;
}
