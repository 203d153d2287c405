/* SPDX-License-Identifier: MIT */
/* Waiting for processes, as their user does it: for one, all or any of them to end, or for one to run. */
#include "await.h"

#include "base/clock.h"
#include "base/error.h"
#include "record.h"
#include "worker_pause.h"

#include <pkstore/process_control.h>
#include <pkstore/transaction.h>

#include <limits.h>
#include <stdlib.h>

int pks_process_join(struct pks_object *process, int timeout_ms)
{
	int r = await_check(process);

	return r == 0 ? await_any(&(struct await){.process = process}, 1, timeout_ms, NULL) : r;
}

/* ---- several ---- */

static int check_all(struct pks_object *const *processes, size_t count)
{
	int r = 0;

	if (!processes && count > 0)
		return error_set(PKS_ERR_USAGE, "a NULL argument");
	for (size_t i = 0; r == 0 && i < count; i++)
		r = await_check(processes[i]);
	return r;
}

static int left_ms(int64_t deadline)
{
	int64_t left = deadline == INT64_MAX ? INT64_MAX : deadline - clock_monotonic();

	if (left == INT64_MAX)
		return -1;
	return left <= 0 ? 0 : (int)((left + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS);
}

/* Whether all have ended; also whether there is one among them that nobody can wait for. */
static int look_at_each(struct pks_object *const *processes, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		int one = pks_process_join(processes[i], 0);

		if (one < 0)
			return one;
		if (one != 0)
			r = one;
	}
	return r;
}

/* One after the other: when the last one has ended all have, whichever was waited for first. */
static int join_each(struct pks_object *const *processes, size_t count, int64_t deadline)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = pks_process_join(processes[i], left_ms(deadline));
	return r;
}

/* The place in the pool is given up once for all of them: each time costs two commits. */
int pks_process_join_all(struct pks_object *const *processes, size_t count, int timeout_ms)
{
	int64_t deadline = clock_deadline(timeout_ms);
	struct pks_store *store;
	bool paused;
	int r = check_all(processes, count);

	if (r < 0 || count == 0)
		return r;
	r = look_at_each(processes, count);
	if (r != PKS_TIMED_OUT || timeout_ms == 0)
		return r;
	store = pks_object_store(processes[0]);
	paused = worker_pause(store);
	r = join_each(processes, count, deadline);
	if (paused)
		worker_resume(store);
	return r;
}

int pks_process_join_any(struct pks_object *const *processes, size_t count, int timeout_ms, size_t *index_out)
{
	struct await *awaits;
	int r = check_all(processes, count);

	if (r < 0)
		return r;
	if (count == 0)
		return error_set(PKS_ERR_USAGE, "there is no process to wait for");
	awaits = calloc(count, sizeof(*awaits));
	if (!awaits)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < count; i++)
		awaits[i].process = processes[i];
	r = await_any(awaits, count, timeout_ms, index_out);
	free(awaits);
	return r;
}

/* ---- until it runs ---- */

static int announce(struct pks_store *store, void *arg)
{
	struct pks_object *process = arg;
	struct process_state state;
	int r = record_read(process, &state);

	if (r < 0 || state.status != STATUS_CREATED)
		return r;
	state.announce = true;
	return record_write(process, &state);
}

int pks_process_start_wait(struct pks_object *process, int timeout_ms, int64_t *pid_out)
{
	struct await await = {.process = process, .what = AWAIT_RUN};
	int r = await_check(process);

	if (r == 0)
		r = pks_atomically(pks_object_store(process), announce, process);
	if (r == 0)
		r = pks_process_start(process);
	if (r == 0)
		r = await_any(&await, 1, timeout_ms, NULL);
	if (r == 0 && pid_out)
		*pid_out = await.state.worker.pid;
	return r;
}
