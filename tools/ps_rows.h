/* SPDX-License-Identifier: MIT */
/* The table of processes that `pkstore ps` prints for people. */
#ifndef TOOLS_PS_ROWS_H
#define TOOLS_PS_ROWS_H

#include "table.h"

#include <pkstore/process.h>

struct ps_rows {
	struct pks_store *store;
	struct table table; /* for its user to finish, or to release */
	uint64_t now_ns;
	unsigned depth; /* of the next row in a tree */
	bool wide;      /* nothing is cut */
};

void ps_rows_init(struct ps_rows *rows, struct pks_store *store);
/* `result` may be {0}. */
void ps_row(struct ps_rows *rows, const struct pks_process_info *info, const struct pks_value *result);

#endif
