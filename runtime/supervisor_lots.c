/* SPDX-License-Identifier: MIT */
/*
 * Watching how the workers come on with their lots (lot.h). One that stays at the same process for longer than a tick
 * has come upon a handler that takes long, or waits: its lot is recalled, so that the others do not wait for that.
 * Likewise where a worker has promised to look for more (worker_promise.h), and did not in time, others are woken.
 *
 * As long as there are lots the supervisor looks at them every LOTS_TICK_MS, in memory that it shares with the workers,
 * and at nothing else. When there have been none for a while it stops. It says so to each worker (`watched`), and only
 * then looks once more whether that has a lot after all; a worker makes its lot first, and then looks whether it is
 * watched, and if not has us look (worker_lot.c). So one of the two sees the other.
 *
 * Killed: the workers, whose parent it was, leave at their next turn, and who waits for what one has claimed has the
 * lot recalled (await.c). Recalling may be cut off half-way: then the tick that comes once a second finds what is left.
 */
#include "supervisor.h"

#include "base/clock.h"
#include "layer.h"
#include "pool_settings.h"
#include "recall.h"
#include "stop.h"
#include "witness.h"

/* A lot that does not move for so long, or up to twice that, is recalled. */
#define LOTS_TICK_MS 2

/* So many ticks without any lot: the next one is likely to come soon, and to be told of it costs more than a tick. */
#define LOTS_IDLE_TICKS 25

/* The wait for the write lock: others are to be seen to, too. When it was in vain the next one comes after a pause. */
#define LOTS_BUSY_MS 20
#define LOTS_PAUSE_MS 100

static bool has_notes(struct supervisor *supervisor, struct place *place)
{
	if (place->pid == 0 || place->only)
		return false;
	if (!place->notes)
		place->notes = witness_map(supervisor->store, &place->worker);
	return place->notes != NULL;
}

void supervisor_lots_forget(struct place *place)
{
	witness_unmap(place->notes);
	place->notes = NULL;
	place->lots = place->lots_slow = 0;
}

/* Calls each() for the workers that have notes; returns whether it was true for any of them. */
static bool for_each(struct supervisor *supervisor, bool (*each)(struct supervisor *supervisor, struct place *place))
{
	bool any = false;

	for (struct supervisor_pool *pool = supervisor->pools; pool; pool = pool->next)
		for (size_t i = 0; i < pool->place_count; i++)
			if (has_notes(supervisor, &pool->places[i]))
				any = each(supervisor, &pool->places[i]) || any;
	return any;
}

static bool is_open(struct supervisor *supervisor, struct place *place)
{
	const struct lots *lots = &place->notes->lots;

	return lots_are_open(lots) || atomic_load(&lots->promise);
}

static bool watch(struct supervisor *supervisor, struct place *place)
{
	atomic_store(&place->notes->lots.watched, 1);
	return is_open(supervisor, place);
}

static bool unwatch(struct supervisor *supervisor, struct place *place)
{
	atomic_store(&place->notes->lots.watched, 0);
	return is_open(supervisor, place);
}

/* A promise that was not kept in time: others are to see what was left to this one. */
static bool look_at_promise(struct supervisor *supervisor, struct place *place)
{
	struct lots *lots = &place->notes->lots;
	int64_t until = atomic_load(&lots->promise);

	if (until == 0 || clock_monotonic() < until)
		return until != 0;
	if (atomic_compare_exchange_strong(&lots->promise, &until, 0))
		pool_post(supervisor->store, place->pool->name, PKS_POOL_SIZE_MAX);
	return true;
}

/* A handler that keeps the write lock has to let go of it first. */
static bool look_at(struct supervisor *supervisor, struct place *place)
{
	struct lots *lots = &place->notes->lots;
	uint64_t stamp = lots_are_open(lots) ? lots_stamp(lots) : 0;

	if (stamp && stamp == place->lots && !supervisor->lots_busy &&
	    !stop_is_writing(supervisor->store, &place->worker))
		supervisor->lots_busy = recall_at_once(supervisor->store, lots, &place->worker) == PKS_ERR_BUSY;
	place->lots = stamp;
	return look_at_promise(supervisor, place) || stamp != 0;
}

static bool look_slowly(struct supervisor *supervisor, struct place *place)
{
	recall_stuck(supervisor->store, &place->worker, &place->lots_slow);
	return false;
}

void supervisor_lots_look(struct supervisor *supervisor)
{
	if (supervisor->lots_next || !for_each(supervisor, is_open))
		return;
	for_each(supervisor, watch);
	supervisor->lots_idle = 0;
	supervisor->lots_next = clock_monotonic() + LOTS_TICK_MS * CLOCK_NS_PER_MS;
}

void supervisor_lots_tick(struct supervisor *supervisor)
{
	uint32_t patience = layer_set_busy_timeout(supervisor->store, LOTS_BUSY_MS);
	int64_t pause;
	bool any;

	supervisor->lots_busy = false;
	any = for_each(supervisor, look_at);
	layer_set_busy_timeout(supervisor->store, patience);
	supervisor->lots_idle = any ? 0 : supervisor->lots_idle + 1;
	supervisor->lots_next = 0;
	if (supervisor->lots_idle < LOTS_IDLE_TICKS || for_each(supervisor, unwatch)) {
		for_each(supervisor, watch);
		pause = supervisor->lots_busy ? LOTS_PAUSE_MS : LOTS_TICK_MS;
		supervisor->lots_next = clock_monotonic() + pause * CLOCK_NS_PER_MS;
	}
}

void supervisor_lots_look_slowly(struct supervisor *supervisor)
{
	for_each(supervisor, look_slowly);
}
