/* SPDX-License-Identifier: MIT */
#include "running.h"

#include "base/buffer.h"
#include "base/error.h"
#include "layer.h"
#include "process_key.h"
#include "process_options.h"
#include "record.h"

#include <pkstore/transaction.h>

#include <stdlib.h>
#include <string.h>

struct reading {
	struct pks_store *store;
	struct buffer items;
};

static int read_one(const struct layer_index_entry *entry, void *arg)
{
	struct reading *reading = arg;
	struct running running = {.id = entry->id};
	struct pks_object *process = pks_object_from_id(reading->store, entry->id);
	int r = record_read(process, &running.state);

	/* Damaged options leave the default: it is to be settled all the same. */
	if (r == 0)
		process_options_pool(process, running.pool, NULL);
	pks_object_close(process);
	if (r == 0)
		buffer_append(&reading->items, &running, sizeof(running));
	/* One damaged process, or entry, must not keep the others from being settled. */
	return record_is_bad(r) ? 0 : r;
}

static int read_all(struct pks_store *store, struct reading *reading)
{
	struct process_key prefix = process_key_status(STATUS_RUNNING);
	int r = pks_snapshot_begin(store);

	if (r < 0)
		return r;
	r = layer_index_each(store, prefix.bytes, prefix.size, read_one, reading);
	pks_snapshot_end(store);
	if (r == 0 && reading->items.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	return r;
}

int running_read(struct pks_store *store, struct running_list *list_out)
{
	struct reading reading = {.store = store};
	int r = read_all(store, &reading);

	if (r < 0) {
		buffer_release(&reading.items);
		return r;
	}
	list_out->items = (struct running *)(void *)reading.items.data;
	list_out->count = reading.items.size / sizeof(struct running);
	return 0;
}

void running_release(struct running_list *list)
{
	free(list->items);
	*list = (struct running_list){0};
}

const struct running *running_find(const struct running_list *list, const struct proc *worker)
{
	for (size_t i = 0; i < list->count; i++)
		if (proc_equal(&list->items[i].state.worker, worker))
			return &list->items[i];
	return NULL;
}

unsigned running_waiting(const struct running_list *list, const char *pool)
{
	unsigned waiting = 0;

	for (size_t i = 0; i < list->count; i++)
		waiting += list->items[i].state.waiting && strcmp(list->items[i].pool, pool) == 0;
	return waiting;
}
