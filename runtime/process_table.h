/* SPDX-License-Identifier: MIT */
/* The process table of one parent's children. */
#ifndef RUNTIME_PROCESS_TABLE_H
#define RUNTIME_PROCESS_TABLE_H

#include <pkstore/process.h>

/* As pks_process_table_open(); `parent` is a number as in parent.h, 0: any. */
struct pks_process_table *process_table_open(struct pks_store *store, int statuses, int64_t parent);

#endif
