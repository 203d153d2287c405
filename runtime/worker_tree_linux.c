/* SPDX-License-Identifier: MIT */
/*
 * The end of a handler that was asked to end, in its own way, and has left something behind that was asked with it:
 * that has the rest of the time of grace (stop.h), and is killed then. The process runs until it is gone.
 *
 * The supervisor kills the worker itself at the deadline, since it cannot know that it is through with its handler. So
 * the worker, which will be done by then, first asks it for a little more time.
 */
#include "worker.h"

#include "base/clock.h"
#include "stop.h"
#include "sweep.h"

#include <pkstore/transaction.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long what outlives a handler that was asked to end is looked for: killing takes milliseconds. */
#define SWEEP_TIMEOUT_MS 1000

/* How much longer the worker may live than what its handler has left: for the sweep, and a busy machine. */
#define MARGIN_NS (5 * CLOCK_NS_PER_S)

struct postponing {
	const struct worker *worker;
	const struct worker_claim *claim;
	int64_t deadline; /* as it was */
};

static int postpone(struct pks_store *store, void *arg)
{
	struct postponing *postponing = arg;
	struct process_state state;
	int r = worker_fence(postponing->worker, postponing->claim, &state);

	(void)store;
	postponing->deadline = 0;
	if (r < 0 || !stop_has_grace(&state))
		return r;
	postponing->deadline = state.stop.deadline;
	if (state.stop.deadline > INT64_MAX - MARGIN_NS)
		return 0;
	state.stop.deadline += MARGIN_NS;
	return record_write(postponing->claim->process, &state);
}

/* Below 0 would be for ever: the deadline may pass while the tree is looked for. */
static int ms_until(int64_t deadline)
{
	int64_t left = (deadline - clock_monotonic()) / CLOCK_NS_PER_MS + 1;

	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Who comes into being while the others are waited for is found by the next look. */
static void await_tree(const struct worker *worker, const char *mark, int64_t deadline)
{
	bool left = true;

	while (left && clock_monotonic() < deadline) {
		struct tree tree;

		tree_collect(&worker->self, mark, &tree);
		left = tree_lives(&tree);
		if (left)
			tree_wait(&tree, ms_until(deadline));
		tree_release(&tree);
	}
}

/* Everything that bears the worker's mark is its own, but for the worker itself. */
void worker_end_tree(struct worker *worker, const struct worker_claim *claim)
{
	struct postponing postponing = {worker, claim, 0};
	const char *value = getenv(POOL_MARK_ENV);
	char mark[POOL_MARK_SIZE] = "";

	if (value && strchr(value, '/') && strlen(value) < sizeof(mark) - sizeof(POOL_MARK_ENV))
		snprintf(mark, sizeof(mark), POOL_MARK_ENV "=%s", value);
	if (claim && pks_atomically(worker->store, postpone, &postponing) == 0 && postponing.deadline)
		await_tree(worker, mark, postponing.deadline);
	if (mark[0])
		sweep_kill_marked(mark, getpid(), SWEEP_TIMEOUT_MS);
}
