/* SPDX-License-Identifier: MIT */
#include "worker_promise.h"

#include "worker.h"

#include "base/clock.h"
#include "layer.h"
#include "pool_settings.h"

#include <string.h>

/* All that was claimed is to be over in this time, by the pace so far. */
#define PROMISE_WORK_NS 200000

/* How long a promise is in force: who is kept from a CPU for a moment has not broken it. */
#define PROMISE_NS 1000000

/* The pace is the mean of about so many of the last handlers. */
#define PACE_SHARE 4

void worker_promise_pace(struct worker *worker, int64_t took)
{
	struct worker_lots *lots = &worker->lots;

	/* Of another target nothing is known before its second run. */
	if (strcmp(lots->now.target, lots->quick) != 0)
		lots->pace = INT64_MAX;
	else if (lots->pace == INT64_MAX)
		lots->pace = took;
	else
		lots->pace += (took - lots->pace) / PACE_SHARE;
}

/* Where pools share a channel a post is for whichever of them. */
static bool may_promise(const struct worker *worker)
{
	return worker->lots.shared && !worker->order.only && worker->channel != POOL_CHANNEL_SHARED;
}

static uint32_t owner(const struct worker *worker)
{
	return (uint32_t)(worker->self.pid % LAYER_OWNERS) + 1;
}

/* Anew when half of it is over: each time costs those who read it. */
static void make(struct worker *worker)
{
	struct lots *shared = worker->lots.shared;
	int64_t now = clock_monotonic(), until = atomic_load(&shared->promise);

	if (until - now < PROMISE_NS / 2)
		until = now + PROMISE_NS;
	/* Where another one's is in force, an earlier one of this worker is over: this turn has seen what it was left. */
	if (!layer_promise(worker->store, worker->channel, owner(worker), until,
			   worker_promise_is_soon(worker, LOT_MAX)))
		until = 0;
	atomic_store(&shared->promise, until);
}

static bool take_back(struct worker *worker)
{
	if (!may_promise(worker) || atomic_exchange(&worker->lots.shared->promise, 0) == 0)
		return false;
	layer_promise_end(worker->store, worker->channel, owner(worker));
	return true;
}

/* For whatever was started meanwhile: others, as many as there are. */
static void wake_others(struct worker *worker)
{
	pool_post(worker->store, worker->order.pool, PKS_POOL_SIZE_MAX);
}

bool worker_promise_is_made(const struct worker *worker)
{
	return worker->lots.shared && atomic_load(&worker->lots.shared->promise);
}

bool worker_promise_is_soon(const struct worker *worker, uint32_t count)
{
	return count > 0 && worker->lots.pace <= PROMISE_WORK_NS / count;
}

bool worker_promise_is_others(const struct worker *worker)
{
	return may_promise(worker) && layer_is_promised(worker->store, worker->channel, owner(worker));
}

static bool is_back_soon(const struct worker *worker)
{
	const struct worker_lots *lots = &worker->lots;

	return worker_promise_is_soon(worker, lots->claimed.count) && strcmp(lots->claimed.target, lots->quick) == 0;
}

void worker_promise_turn(struct worker *worker, bool looked)
{
	if (may_promise(worker) && is_back_soon(worker))
		make(worker);
	else if (take_back(worker) && (!looked || worker->lots.claimed.more))
		wake_others(worker);
}

void worker_promise_break(struct worker *worker)
{
	if (take_back(worker))
		wake_others(worker);
}
