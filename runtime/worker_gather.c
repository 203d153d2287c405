/* SPDX-License-Identifier: MIT */
#include "worker_gather.h"

#include "worker.h"
#include "worker_promise.h"

#include "base/clock.h"
#include "base/patience.h"
#include "layer.h"

/* Somewhat more than a start in a commit of its own takes, on /dev/shm: when none has come for so long, none comes. */
#define GATHER_GAP_NS 40000

/* It is over by then, with a part of the promise's time left for the turn. */
#define GATHER_NS 300000

void worker_gather_before(struct worker *worker)
{
	worker->gather.awaited = layer_changes_awaited(worker->store);
}

void worker_gather_begin(struct worker *worker)
{
	const struct worker_lot *now = &worker->lots.now;

	worker->gather.posted = layer_channel_posted(worker->store, worker->channel);
	worker->gather.bits = 0;
	for (uint32_t i = 0; i < now->count; i++)
		worker->gather.bits |= layer_change_bit(pks_object_id(now->members[i].process));
}

static bool is_over(struct worker *worker)
{
	const struct worker_gather *gather = &worker->gather;
	uint32_t awaited = layer_changes_awaited(worker->store);

	return awaited & (gather->bits | ~gather->awaited) || worker_lot_is_recalled(worker);
}

static uint32_t gathered(const struct worker *worker)
{
	return layer_channel_posted(worker->store, worker->channel) - worker->gather.posted;
}

static void gather(struct worker *worker, int64_t now)
{
	int64_t until = now + GATHER_NS, gap = now + GATHER_GAP_NS;
	uint32_t before = 0, count = gathered(worker);

	while (count < LOT_MAX && now < gap && now < until && !is_over(worker)) {
		if (count != before)
			gap = now + GATHER_GAP_NS;
		before = count;
		patience_relax();
		count = gathered(worker);
		now = clock_monotonic();
	}
}

/* With more behind it there is nothing to wait for. */
static bool is_due(const struct worker *worker)
{
	const struct worker_lot *now = &worker->lots.now;

	return now->count > 0 && now->begun == now->count && !now->more && worker_promise_is_made(worker);
}

void worker_gather(struct worker *worker)
{
	struct patience patience = {0};

	if (is_due(worker))
		patience = patience_begin();
	if (!patience.until)
		return;
	gather(worker, clock_monotonic());
	patience.slept = gathered(worker) == 0 && !is_over(worker);
	patience_end(&patience);
}
