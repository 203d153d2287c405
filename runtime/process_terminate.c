/* SPDX-License-Identifier: MIT */
#include "record.h"

#include "base/error.h"
#include "layer.h"

#include <pkstore/transaction.h>

#include <signal.h>

/* What never ran has ended as if the signal had reached it. */
static int cancel(struct pks_object *process, struct process_state *state)
{
	return record_end(process, state,
			  &(struct record_end){.event = EVENT_CANCEL,
					       .has_exitcode = true,
					       .exitcode = -SIGTERM,
					       .error = "terminated before it ran"});
}

/*
 * The signal is sent inside the write transaction. The worker ends this process and claims the next one in one write
 * transaction of its own: as long as we hold the write lock it cannot, so what the signal meets is this process's
 * handler, or a worker about to record its end, and never the next one. The identity keeps strangers out of it. A
 * worker that is gone already is settled by others; there is nothing left to be signalled.
 */
static int signal_worker(const struct process_state *state)
{
	int r = proc_signal(&state->worker, SIGTERM);

	return r == PKS_NOT_FOUND ? 0 : r;
}

static int terminate(struct pks_store *store, void *arg)
{
	struct pks_object *process = arg;
	struct process_state state;
	int r = record_read(process, &state);

	if (r < 0 || process_state_is_terminal(state.status))
		return r;
	return state.status == STATUS_RUNNING ? signal_worker(&state) : cancel(process, &state);
}

int pks_process_terminate(struct pks_object *process)
{
	int r = layer_check(process, RECORD_TYPE);

	return r == 0 ? pks_atomically(pks_object_store(process), terminate, process) : r;
}
