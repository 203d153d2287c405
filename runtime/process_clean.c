/* SPDX-License-Identifier: MIT */
#include "process_list.h"

#include "base/error.h"

#include <pkstore/transaction.h>

/*
 * So many in one transaction: enough that its commit costs little for each, few enough that other writers hardly wait.
 */
#define BATCH 1000

struct cleaning {
	int statuses;
	size_t dropped; /* in this batch */
};

static int drop(struct pks_store *store, uint64_t id)
{
	struct pks_object *process = pks_object_from_id(store, id);
	int r = pks_object_drop(process);

	pks_object_close(process);
	return r;
}

/* What is dropped was listed in the same transaction, so that it still has its status. */
static int clean_batch(struct pks_store *store, void *arg)
{
	struct cleaning *cleaning = arg;
	struct process_list list = {0};
	int r = process_list_read(store, cleaning->statuses, BATCH, &list);

	for (size_t i = 0; i < list.count && r == 0; i++)
		r = drop(store, list.ids[i]);
	cleaning->dropped = list.count;
	process_list_release(&list);
	return r;
}

int pks_process_clean(struct pks_store *store, int statuses, uint64_t *count_out)
{
	struct cleaning cleaning = {.statuses = statuses ? statuses : PKS_TERMINAL};
	uint64_t count = 0;
	int r;

	if (cleaning.statuses & (PKS_SUBMITTED | PKS_RUNNING))
		return error_set(PKS_ERR_USAGE, "a submitted or running process cannot be dropped: terminate it first");
	do {
		r = pks_atomically(store, clean_batch, &cleaning);
		if (r == 0)
			count += cleaning.dropped;
	} while (r == 0 && cleaning.dropped == BATCH);
	if (r == 0 && count_out)
		*count_out = count;
	return r;
}
