/* SPDX-License-Identifier: MIT */
/* The ids of processes by status. */
#ifndef RUNTIME_PROCESS_LIST_H
#define RUNTIME_PROCESS_LIST_H

#include <pkstore/process.h>

#include <stddef.h>

struct process_list {
	uint64_t *ids;
	size_t count;
};

/*
 * At most `max` of those that have one of the `statuses`, in the order of their creation within what was found; in the
 * thread's snapshot or transaction. 0, or as a read; release it.
 */
int process_list_read(struct pks_store *store, int statuses, size_t max, struct process_list *list_out);
/* The same of all of them that this parent created (parent.h). */
int process_list_children(struct pks_store *store, int statuses, int64_t parent, struct process_list *list_out);
void process_list_release(struct process_list *list);

#endif
