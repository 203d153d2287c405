/* SPDX-License-Identifier: MIT */
#include "parent.h"
#include "process_table.h"
#include "record.h"
#include "worker_pause.h"

#include "base/error.h"
#include "base/proc.h"
#include "layer.h"

#include <pkstore/process_family.h>
#include <pkstore/transaction.h>

struct pks_object *pks_process_current(void)
{
	struct pks_object *self = worker_self();

	if (!self)
		error_set(PKS_NOT_FOUND, "no handler runs here");
	return self;
}

struct pks_object *pks_process_parent(struct pks_object *process)
{
	struct process_state state;

	if (record_read(process, &state) < 0)
		return NULL;
	if (state.parent <= 0) {
		error_set(PKS_NOT_FOUND, "%s: has no parent", layer_path(process));
		return NULL;
	}
	return pks_object_from_id(pks_object_store(process), (uint64_t)state.parent);
}

struct pks_process_table *pks_process_children(struct pks_object *process, int statuses)
{
	if (layer_check(process, RECORD_TYPE) < 0)
		return NULL;
	return process_table_open(pks_object_store(process), statuses, (int64_t)pks_object_id(process));
}

struct pks_process_table *pks_process_active_children(struct pks_store *store)
{
	struct pks_process_table *table;
	int64_t parent = 0;

	/* Also asks whether the store may be used here at all. */
	if (pks_snapshot_begin(store) < 0)
		return NULL;
	parent = parent_here(store);
	table = parent ? process_table_open(store, PKS_SUBMITTED | PKS_RUNNING, parent) : NULL;
	pks_snapshot_end(store);
	return table;
}

int pks_cpu_count(void)
{
	return proc_cpus();
}
