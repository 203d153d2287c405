/* SPDX-License-Identifier: MIT */
/*
 * What was asked to end has a deadline, which stands in its state. Whoever asked may be gone: it is the supervisor that
 * keeps it, of whichever worker. It is told of a new request by SIGHUP, and finds one that it was not told of when it
 * looks the next time.
 */
#include "supervisor.h"

#include "base/clock.h"
#include "running.h"
#include "stop.h"

/* How soon to look at one again that was killed and is not reaped yet, or could not be. */
#define AGAIN_NS (100 * CLOCK_NS_PER_MS)

static int64_t see_to(struct supervisor *supervisor, const struct running *running, int64_t now)
{
	const struct process_state *state = &running->state;

	if (state->stop.signal == 0)
		return INT64_MAX;
	supervisor_linger_hurry(supervisor, state);
	if (state->stop.deadline > now)
		return state->stop.deadline;
	stop_force(supervisor->store, running->id, &state->worker, state->attempt);
	return now + AGAIN_NS;
}

void supervisor_deadlines(struct supervisor *supervisor)
{
	int64_t now = clock_monotonic();
	struct running_list list;

	supervisor->next_deadline = INT64_MAX;
	if (running_read(supervisor->store, &list) < 0)
		return;
	for (size_t i = 0; i < list.count; i++) {
		int64_t next = see_to(supervisor, &list.items[i], now);

		if (next < supervisor->next_deadline)
			supervisor->next_deadline = next;
	}
	running_release(&list);
}
