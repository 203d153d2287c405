/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "base/error.h"
#include "layer.h"
#include "process_key.h"
#include "sweep.h"

#include <pkstore/transaction.h>

int pks_pool_start(struct pks_store *store)
{
	unsigned size;
	/* Also asks whether the handle may be used here at all. */
	int r = pks_pool_size(store, &size);

	if (r < 0)
		return r;
	if (!layer_in_transaction(store))
		return pool_ensure(store);
	r = layer_after_commit(store, pool_ensure);
	return r == PKS_ERR_USAGE ? error_set(r, "the pool cannot be started inside a snapshot") : r;
}

/* ---- status ---- */

struct counting {
	int64_t supervisor;
	const char *mark;
	unsigned workers;
};

/* A worker is a child of the supervisor and the leader of its own group, with a worker's mark. */
static int count_worker(pid_t pid, void *arg)
{
	struct counting *counting = arg;
	struct proc_stat stat;

	if (proc_stat_read(pid, &stat) == 0 && stat.parent == counting->supervisor && stat.group == pid &&
	    stat.state != 'Z' && sweep_is_marked(pid, counting->mark))
		counting->workers++;
	return 0;
}

static unsigned count_workers(const struct pool *pool, int64_t supervisor)
{
	char mark[POOL_MARK_SIZE];
	struct counting counting = {.supervisor = supervisor, .mark = mark};

	pool_mark(pool->uuid, mark);
	sweep_each(count_worker, &counting);
	return counting.workers;
}

static int count_entry(const struct layer_index_entry *entry, void *arg)
{
	++*(uint64_t *)arg;
	return 0;
}

static int count_processes(struct pks_store *store, struct pks_pool_status *status)
{
	struct process_key running = process_key_status(STATUS_RUNNING), submitted = process_key_pool(POOL_NAME);
	int r = pks_snapshot_begin(store);

	if (r < 0)
		return r;
	r = pks_pool_size(store, &status->size);
	if (r == 0)
		r = layer_index_each(store, running.bytes, running.size, count_entry, &status->running);
	if (r == 0)
		r = layer_index_each(store, submitted.bytes, submitted.size, count_entry, &status->submitted);
	pks_snapshot_end(store);
	return r;
}

int pks_pool_status(struct pks_store *store, struct pks_pool_status *status_out)
{
	struct pks_pool_status status = {0};
	struct proc supervisor;
	int r = count_processes(store, &status);

	if (r < 0)
		return r;
	status.up = pool_is_up(store);
	if (status.up && pool_supervisor(store, &supervisor) == 0 && proc_alive(&supervisor)) {
		status.supervisor_pid = supervisor.pid;
		status.workers = count_workers(pool_of(store), supervisor.pid);
	}
	*status_out = status;
	return 0;
}
