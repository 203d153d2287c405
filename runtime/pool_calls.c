/* SPDX-License-Identifier: MIT */
#include "pool_settings.h"

#include "base/error.h"
#include "layer.h"
#include "pool_workers.h"
#include "process_key.h"
#include "running.h"

#include <pkstore/transaction.h>

#include <string.h>

static int register_pool(struct pks_store *store, void *name)
{
	return pool_register(store, name);
}

static int register_and_ensure(struct pks_store *store, void *name)
{
	int r = pool_register(store, name);

	return r == 0 ? layer_after_commit(store, pool_ensure) : r;
}

int pks_pool_start(struct pks_store *store, const char *pool)
{
	void *name = (void *)(uintptr_t)pool_name(pool);
	unsigned size;
	/* Also asks whether the handle may be used here at all. */
	int r = pks_pool_size(store, pool, &size);

	if (r < 0)
		return r;
	if (layer_in_transaction(store)) {
		r = pks_atomically(store, register_and_ensure, name);
		return r == PKS_ERR_USAGE ? error_set(r, "the pool cannot be started inside a snapshot") : r;
	}
	if (r == PKS_NOT_FOUND)
		r = pks_atomically(store, register_pool, name);
	return r == 0 ? pool_ensure(store) : r;
}

/* ---- status ---- */

struct counting {
	const char *pool;
	int64_t supervisor;
	unsigned workers;
};

/* A daemon that a handler made may lead a group as a worker does, but is nobody's of the supervisor. */
static int count_worker(const struct pool_worker *worker, void *arg)
{
	struct counting *counting = arg;

	counting->workers += worker->parent == counting->supervisor && strcmp(worker->pool, counting->pool) == 0;
	return 0;
}

static unsigned count_workers(struct pks_store *store, const char *name, int64_t supervisor)
{
	struct counting counting = {.pool = name, .supervisor = supervisor};

	pool_workers_each(store, count_worker, &counting);
	return counting.workers;
}

static int count_entry(const struct layer_index_entry *entry, void *arg)
{
	++*(uint64_t *)arg;
	return 0;
}

/* A worker runs one at a time: the others of a lot (lot.h) wait still, or are about to be recorded as ended. */
static int count_running(struct pks_store *store, const char *name, struct pks_pool_status *status)
{
	struct running_list list;
	int r = running_read(store, &list);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.items[i].pool, name) == 0)
			++*(running_find(&list, &list.items[i].state.worker) == &list.items[i] ? &status->running
											       : &status->submitted);
	status->waiting = running_waiting(&list, name);
	running_release(&list);
	return 0;
}

static int count_processes(struct pks_store *store, const char *name, struct pks_pool_status *status)
{
	struct process_key submitted = process_key_pool(name);
	int r = pks_snapshot_begin(store);

	if (r < 0)
		return r;
	r = pks_pool_size(store, name, &status->size);
	status->paused = pool_is_paused(store, name);
	if (r == 0)
		r = count_running(store, name, status);
	if (r == 0)
		r = layer_index_each(store, submitted.bytes, submitted.size, count_entry, &status->submitted);
	pks_snapshot_end(store);
	return r;
}

int pks_pool_status(struct pks_store *store, const char *pool, struct pks_pool_status *status_out)
{
	const char *name = pool_name(pool);
	struct pks_pool_status status = {0};
	struct proc supervisor;
	int r = name ? count_processes(store, name, &status) : PKS_ERR_PATH;

	if (r != 0)
		return r;
	status.up = pool_is_up(store);
	if (status.up && pool_supervisor(store, &supervisor) == 0 && proc_alive(&supervisor)) {
		status.supervisor_pid = supervisor.pid;
		status.workers = count_workers(store, name, supervisor.pid);
	}
	*status_out = status;
	return 0;
}
