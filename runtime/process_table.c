/* SPDX-License-Identifier: MIT */
/*
 * The process table is read whole when it is opened: it must be one moment's, and yet the loop over it may clean up
 * behind itself, which a snapshot held open in the same thread would forbid. A row lies packed in one buffer: its info
 * up to the target, then as much of the target as there is, then the result.
 */
#include "process_table.h"

#include "process_info.h"

#include "base/buffer.h"
#include "base/error.h"
#include "process_list.h"

#include <pkstore/transaction.h>

#include <stdlib.h>
#include <string.h>

/* Of a row's info, the part that is always there. */
#define FIXED_SIZE offsetof(struct pks_process_info, target)

_Static_assert(FIXED_SIZE + PKS_STORE_PATH_SIZE <= sizeof(struct pks_process_info), "the target is the last member");

struct row {
	size_t at, target_size, result_size; /* sizes in bytes; the target's with its final NUL */
};

struct pks_process_table {
	struct buffer rows, data;
	size_t next;
};

static int add_row(struct pks_process_table *table, const struct pks_process_info *info, const struct pks_value *result)
{
	struct row row = {.at = table->data.size, .target_size = strlen(info->target) + 1, .result_size = result->size};

	buffer_append(&table->data, info, FIXED_SIZE);
	buffer_append(&table->data, info->target, row.target_size);
	if (result->size)
		buffer_append(&table->data, result->data, result->size);
	buffer_append(&table->rows, &row, sizeof(row));
	if (table->data.failed || table->rows.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	return 0;
}

static int read_row(struct pks_process_table *table, struct pks_store *store, uint64_t id)
{
	struct pks_object *process = pks_object_from_id(store, id);
	struct pks_process_info info;
	struct pks_value result = {0};
	int r = process_info_read(process, &info);

	if (r == 0)
		r = pks_attr_get(process, "result", &result);
	if (r == 0 || r == PKS_NOT_FOUND)
		r = add_row(table, &info, &result);
	pks_value_clear(&result);
	pks_object_close(process);
	return r;
}

static int read_rows(struct pks_process_table *table, struct pks_store *store, int statuses, int64_t parent)
{
	struct process_list list = {0};
	int r = pks_snapshot_begin(store);

	if (r < 0)
		return r;
	r = parent ? process_list_children(store, statuses, parent, &list)
		   : process_list_read(store, statuses, SIZE_MAX, &list);
	for (size_t i = 0; i < list.count && r == 0; i++)
		r = read_row(table, store, list.ids[i]);
	process_list_release(&list);
	pks_snapshot_end(store);
	return r;
}

struct pks_process_table *process_table_open(struct pks_store *store, int statuses, int64_t parent)
{
	struct pks_process_table *table = calloc(1, sizeof(*table));

	if (!table) {
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	if (read_rows(table, store, statuses, parent) < 0) {
		pks_process_table_close(table);
		return NULL;
	}
	return table;
}

struct pks_process_table *pks_process_table_open(struct pks_store *store, int statuses)
{
	return process_table_open(store, statuses, 0);
}

int pks_process_table_next(struct pks_process_table *table, struct pks_process_info *info_out,
			   struct pks_value *result_out)
{
	const uint8_t *data;
	struct row row;

	if (!table)
		return error_again();
	if (table->next == table->rows.size / sizeof(row))
		return PKS_END;
	memcpy(&row, table->rows.data + table->next++ * sizeof(row), sizeof(row));
	data = table->data.data + row.at;
	if (info_out) {
		memcpy(info_out, data, FIXED_SIZE);
		memcpy(info_out->target, data + FIXED_SIZE, row.target_size);
	}
	if (result_out)
		*result_out = row.result_size
				  ? (struct pks_value){data + FIXED_SIZE + row.target_size, row.result_size, NULL}
				  : (struct pks_value){0};
	return 0;
}

void pks_process_table_close(struct pks_process_table *table)
{
	if (!table)
		return;
	buffer_release(&table->rows);
	buffer_release(&table->data);
	free(table);
}
