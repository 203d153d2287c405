/* SPDX-License-Identifier: MIT */
/*
 * Workers of their own: for processes that are submitted to no pool, each of which is to run at once. They stand in the
 * index under a pool without a name, and so do their places among the supervisor's. A worker is told which one it is
 * for, claims that one alone, and ends with it.
 *
 * Whoever dies: a worker that has not claimed its process leaves it in the index, where it is found again, after the
 * pause that any place makes whose workers die young; the next supervisor begins with all that is in the index. Two
 * workers for one process, of a supervisor and its successor, are one too many: the one that finds it claimed ends.
 */
#include "supervisor.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "layer.h"
#include "process_key.h"

#include <stdlib.h>

static struct supervisor_pool *own_pool(struct supervisor *supervisor)
{
	struct supervisor_pool *pool = supervisor->pools;

	while (pool && pool->name[0])
		pool = pool->next;
	if (pool)
		return pool;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->next = supervisor->pools;
	supervisor->pools = pool;
	return pool;
}

static int gather(const struct layer_index_entry *entry, void *arg)
{
	buffer_append(arg, &entry->id, sizeof(entry->id));
	return 0;
}

static bool is_in(const struct buffer *ids, uint64_t id)
{
	const uint64_t *at = (const uint64_t *)(const void *)ids->data;

	for (size_t i = 0; i < ids->size / sizeof(*at); i++)
		if (at[i] == id)
			return true;
	return false;
}

static struct place *find(struct supervisor_pool *pool, uint64_t id)
{
	for (size_t i = 0; i < pool->place_count; i++)
		if (pool->places[i].only == id)
			return &pool->places[i];
	return NULL;
}

static bool is_empty(const struct place *place)
{
	return place->pid == 0 && !place->dead && place->word < 0;
}

struct place *supervisor_dedicated_place(struct supervisor *supervisor, size_t slot)
{
	struct supervisor_pool *pool = own_pool(supervisor);

	return pool && slot < pool->place_count ? &pool->places[slot] : NULL;
}

/* Places whose worker has ended, and whose process waits no more, are anybody's. */
static void free_places(struct supervisor_pool *pool, const struct buffer *ids)
{
	for (size_t i = 0; i < pool->place_count; i++) {
		struct place *place = &pool->places[i];

		if (place->only && is_empty(place) && !is_in(ids, place->only)) {
			place->only = 0;
			place->forkserver = NULL;
			place->not_before = 0;
			place->futile = 0;
		}
	}
}

static void place_one(struct supervisor *supervisor, struct supervisor_pool *pool, uint64_t id)
{
	struct place *place = find(pool, id);
	int64_t now = clock_monotonic();

	if (!place)
		place = find(pool, 0);
	if (!place)
		place = supervisor_places_add(pool);
	if (!place)
		return;
	place->only = id;
	if (is_empty(place) && now >= place->not_before && !supervisor_copies_start(supervisor, place))
		supervisor_places_start(supervisor, place);
}

void supervisor_dedicated_look(struct supervisor *supervisor)
{
	struct process_key prefix = process_key_pool("");
	struct supervisor_pool *pool = own_pool(supervisor);
	struct buffer ids = {0};

	if (pool && layer_index_each(supervisor->store, prefix.bytes, prefix.size, gather, &ids) == 0 && !ids.failed) {
		free_places(pool, &ids);
		for (size_t i = 0; i < ids.size / sizeof(uint64_t); i++)
			place_one(supervisor, pool, ((const uint64_t *)(const void *)ids.data)[i]);
	}
	buffer_release(&ids);
}
