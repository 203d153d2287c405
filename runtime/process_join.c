/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a process. It must not hang whoever dies: a worker with its supervisor, the supervisor alone, or both
 * before the process was claimed. So besides sleeping until the process changes, a waiter looks from time to time
 * whether there is anybody left who would change it, and does that one's work if not:
 *
 *     submitted, no supervisor          starts the pool
 *     running, no supervisor            starts the pool, if it can: it is the first to know how a worker dies
 *     running, its worker dead          leaves it to the supervisor, who knows how it died; but settles it itself when
 *                                       there is no supervisor, or none that does it within SETTLE_AFTER_NS
 */
#include "record.h"

#include "base/clock.h"
#include "base/error.h"
#include "death.h"
#include "layer.h"
#include "pool.h"
#include "settle.h"
#include "worker_pause.h"

#include <pkstore/transaction.h>
#include <pkstore/wait.h>

/* How often to look: seldom enough to cost nothing beside a worker's own look, often enough not to be noticed. */
#define LOOK_EVERY_NS (200 * CLOCK_NS_PER_MS)

/* A supervisor settles within milliseconds, unless it is stopped or waits for the write lock. */
#define SETTLE_AFTER_NS CLOCK_NS_PER_S

struct joining {
	struct pks_object *process;
	struct pks_store *store;
	int64_t deadline, next_look, dead_since; /* dead_since 0: not seen dead */
	uint64_t version;
	struct process_state state;
};

/* The version first: a change between the two reads ends the next wait at once. */
static int look(struct joining *joining)
{
	int r = pks_object_version(joining->process, &joining->version);

	if (r == 0)
		r = record_read(joining->process, &joining->state);
	if (r < 0)
		return r;
	if (joining->state.status == STATUS_CREATED)
		return error_set(PKS_ERR_STATE, "a process that was never started");
	return process_state_is_terminal(joining->state.status) ? 0 : PKS_TIMED_OUT;
}

static int check_worker(struct joining *joining)
{
	int64_t now = clock_monotonic();
	struct record_end end;

	if (proc_alive(&joining->state.worker)) {
		joining->dead_since = 0;
		pool_ensure(joining->store); /* as well as it can: the wait goes on without it */
		return 0;
	}
	if (joining->dead_since == 0)
		joining->dead_since = now;
	if (pool_is_up(joining->store) && now - joining->dead_since < SETTLE_AFTER_NS)
		return 0;
	death_unknown(&end);
	return settle_one(joining->store, pks_object_id(joining->process), &joining->state.worker, &end);
}

/* What `look` found may be old news by now; each of these looks again itself before it changes anything. */
static int check(struct joining *joining)
{
	joining->next_look = clock_monotonic() + LOOK_EVERY_NS;
	if (joining->state.status == STATUS_SUBMITTED)
		return pool_ensure(joining->store);
	return check_worker(joining);
}

/* Until the process changes, it is time to look around, or the deadline. */
static int sleep_once(struct joining *joining)
{
	int64_t now = clock_monotonic();
	int64_t until = joining->deadline < joining->next_look ? joining->deadline : joining->next_look;
	int64_t left = (until - now + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
	int r = pks_wait(joining->process, joining->version, left < 0 ? 0 : (int)left, NULL);

	if (r < 0)
		return r;
	now = clock_monotonic();
	return now >= joining->next_look ? check(joining) : 0;
}

static int wait_for_end(struct joining *joining)
{
	int r = PKS_TIMED_OUT;

	while (r == PKS_TIMED_OUT && clock_monotonic() < joining->deadline) {
		r = sleep_once(joining);
		if (r == 0)
			r = look(joining);
	}
	return r;
}

/* A handler that waits gives up its place in the pool, or it might wait for what can never start. */
static int join(struct joining *joining)
{
	bool paused;
	int r = look(joining);

	/* Who does not want to wait does not start the pool either, which may take seconds. */
	if (r != PKS_TIMED_OUT || clock_monotonic() >= joining->deadline)
		return r;
	if (joining->state.status == STATUS_SUBMITTED) {
		int up = check(joining);

		if (up < 0)
			return up;
	}
	joining->next_look = clock_monotonic() + LOOK_EVERY_NS;
	paused = worker_pause(joining->store);
	r = wait_for_end(joining);
	if (paused)
		worker_resume(joining->store);
	return r;
}

int pks_process_join(struct pks_object *process, int timeout_ms)
{
	struct joining joining = {.process = process, .deadline = clock_deadline(timeout_ms)};
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	joining.store = pks_object_store(process);
	if (layer_in_transaction(joining.store))
		return error_set(PKS_ERR_USAGE,
				 "waiting inside a transaction or snapshot, in which nothing would change");
	if (worker_runs(process))
		return error_set(PKS_ERR_USAGE, "a process that waits for itself");
	return join(&joining);
}
