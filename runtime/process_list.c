/* SPDX-License-Identifier: MIT */
#include "process_list.h"

#include "base/buffer.h"
#include "base/error.h"
#include "layer.h"
#include "process_key.h"
#include "record.h"

#include <stdlib.h>

struct gathering {
	struct pks_store *store;
	struct buffer ids;
	size_t max;
	int64_t parent; /* 0: any */
};

/* One that is damaged has no parent that could be told. */
static bool is_child(const struct gathering *gathering, uint64_t id)
{
	struct pks_object *process = pks_object_from_id(gathering->store, id);
	struct process_state state;
	int r = record_read(process, &state);

	pks_object_close(process);
	return r == 0 && state.parent == gathering->parent;
}

/* A full list ends the iteration, like any answer but 0; there is no error of this number. */
#define GATHERED PKS_FULL

static int gather_one(const struct layer_index_entry *entry, void *arg)
{
	struct gathering *gathering = arg;

	if (gathering->ids.size / sizeof(entry->id) == gathering->max)
		return GATHERED;
	if (!gathering->parent || is_child(gathering, entry->id))
		buffer_append(&gathering->ids, &entry->id, sizeof(entry->id));
	return 0;
}

static int gather(struct pks_store *store, int statuses, struct gathering *gathering)
{
	int r = 0;

	for (int status = STATUS_CREATED; status <= STATUS_MAX && r == 0; status++) {
		struct process_key prefix = process_key_status((enum process_status)status);

		if (statuses & (int)process_state_public((enum process_status)status))
			r = layer_index_each(store, prefix.bytes, prefix.size, gather_one, gathering);
	}
	if (r >= 0 && gathering->ids.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	return r < 0 ? r : 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static int read_list(struct gathering *gathering, int statuses, struct process_list *list_out)
{
	int r = gather(gathering->store, statuses, gathering);

	if (r < 0) {
		buffer_release(&gathering->ids);
		return r;
	}
	list_out->ids = (uint64_t *)(void *)gathering->ids.data;
	list_out->count = gathering->ids.size / sizeof(*list_out->ids);
	if (list_out->count)
		qsort(list_out->ids, list_out->count, sizeof(*list_out->ids), compare);
	return 0;
}

int process_list_read(struct pks_store *store, int statuses, size_t max, struct process_list *list_out)
{
	return read_list(&(struct gathering){.store = store, .max = max}, statuses, list_out);
}

int process_list_children(struct pks_store *store, int statuses, int64_t parent, struct process_list *list_out)
{
	return read_list(&(struct gathering){.store = store, .max = SIZE_MAX, .parent = parent}, statuses, list_out);
}

void process_list_release(struct process_list *list)
{
	free(list->ids);
	*list = (struct process_list){0};
}
