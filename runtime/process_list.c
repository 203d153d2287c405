/* SPDX-License-Identifier: MIT */
#include "process_list.h"

#include "base/buffer.h"
#include "base/error.h"
#include "layer.h"
#include "process_key.h"

#include <stdlib.h>

struct gathering {
	struct buffer ids;
	size_t max;
};

/* A full list ends the iteration, like any answer but 0; there is no error of this number. */
#define GATHERED PKS_FULL

static int gather_one(const struct layer_index_entry *entry, void *arg)
{
	struct gathering *gathering = arg;

	if (gathering->ids.size / sizeof(entry->id) == gathering->max)
		return GATHERED;
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

int process_list_read(struct pks_store *store, int statuses, size_t max, struct process_list *list_out)
{
	struct gathering gathering = {.max = max};
	int r = gather(store, statuses, &gathering);

	if (r < 0) {
		buffer_release(&gathering.ids);
		return r;
	}
	list_out->ids = (uint64_t *)(void *)gathering.ids.data;
	list_out->count = gathering.ids.size / sizeof(*list_out->ids);
	if (list_out->count)
		qsort(list_out->ids, list_out->count, sizeof(*list_out->ids), compare);
	return 0;
}

void process_list_release(struct process_list *list)
{
	free(list->ids);
	*list = (struct process_list){0};
}
