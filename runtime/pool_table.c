/* SPDX-License-Identifier: MIT */
/* The table of a pool's workers: read whole when it is opened, as the process table is. */
#include "pool_settings.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "pool_workers.h"
#include "recall.h"
#include "running.h"

#include <pkstore/transaction.h>

#include <stdlib.h>
#include <string.h>

struct pks_pool_workers {
	struct buffer rows; /* struct pks_pool_worker */
	size_t next;
};

struct reading {
	struct pks_store *store;
	struct pks_pool_workers *workers;
	const char *pool;
	int64_t supervisor; /* 0: there is none */
	struct running_list running;
};

/* Of a lot (lot.h) the one that it is at. */
static const struct running *find_begun(const struct reading *reading, const struct proc *worker)
{
	for (size_t i = 0; i < reading->running.count; i++) {
		const struct running *running = &reading->running.items[i];

		if (proc_equal(&running->state.worker, worker) &&
		    recall_is_begun(reading->store, running->id, &running->state))
			return running;
	}
	return running_find(&reading->running, worker);
}

/* A daemon that a handler made may look like a worker but is nobody's; so is one that has died since. */
static int add_worker(const struct pool_worker *worker, void *arg)
{
	struct reading *reading = arg;
	const struct running *running = find_begun(reading, &worker->proc);
	bool ours = reading->supervisor && worker->parent == reading->supervisor;
	struct pks_pool_worker row = {.pid = worker->proc.pid, .slot = worker->slot, .left_over = !ours};

	if (strcmp(worker->pool, reading->pool) != 0 || (!ours && !running))
		return 0;
	row.started_ns = proc_started(&worker->proc);
	row.resident = proc_resident((pid_t)worker->proc.pid);
	if (running) {
		row.process = running->id;
		row.since_ns = running->state.started_ns;
		row.waiting = running->state.waiting;
	}
	buffer_append(&reading->workers->rows, &row, sizeof(row));
	return 0;
}

static size_t count(const struct pks_pool_workers *workers)
{
	return workers->rows.size / sizeof(struct pks_pool_worker);
}

/* What was dropped since was not running any more. */
static void name_processes(struct pks_store *store, struct pks_pool_workers *workers)
{
	struct pks_pool_worker *rows = (struct pks_pool_worker *)(void *)workers->rows.data;
	struct pks_object_info info;

	for (size_t i = 0; i < count(workers); i++) {
		struct pks_object *process = rows[i].process ? pks_object_from_id(store, rows[i].process) : NULL;

		if (process && pks_object_info(process, &info) == 0)
			strcpy(rows[i].name, info.path);
		else
			rows[i].process = rows[i].since_ns = 0;
		pks_object_close(process);
	}
}

static int compare(const void *a, const void *b)
{
	const struct pks_pool_worker *left = a, *right = b;

	if (left->slot != right->slot)
		return left->slot < right->slot ? -1 : 1;
	return left->started_ns < right->started_ns ? -1 : left->started_ns > right->started_ns;
}

static int read_rows(struct pks_store *store, struct reading *reading)
{
	struct proc supervisor;
	int r = running_read(store, &reading->running);

	if (r < 0)
		return r;
	if (pool_is_up(store) && pool_supervisor(store, &supervisor) == 0)
		reading->supervisor = supervisor.pid;
	pool_workers_each(store, add_worker, reading);
	running_release(&reading->running);
	if (reading->workers->rows.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	name_processes(store, reading->workers);
	if (count(reading->workers))
		qsort(reading->workers->rows.data, count(reading->workers), sizeof(struct pks_pool_worker), compare);
	return 0;
}

struct pks_pool_workers *pks_pool_workers_open(struct pks_store *store, const char *pool)
{
	struct reading reading = {.store = store, .pool = pool_name(pool)};
	unsigned size;

	if (!reading.pool || pks_pool_size(store, reading.pool, &size) != 0)
		return NULL;
	reading.workers = calloc(1, sizeof(*reading.workers));
	if (!reading.workers) {
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	if (read_rows(store, &reading) < 0) {
		pks_pool_workers_close(reading.workers);
		return NULL;
	}
	return reading.workers;
}

int pks_pool_workers_next(struct pks_pool_workers *workers, struct pks_pool_worker *worker_out)
{
	if (!workers)
		return error_again();
	if (workers->next == count(workers))
		return PKS_END;
	memcpy(worker_out, workers->rows.data + workers->next++ * sizeof(*worker_out), sizeof(*worker_out));
	return 0;
}

void pks_pool_workers_close(struct pks_pool_workers *workers)
{
	if (!workers)
		return;
	buffer_release(&workers->rows);
	free(workers);
}
