/* SPDX-License-Identifier: MIT */
/* What `pkstore ps PATH` tells about a process's earlier attempts. */
#ifndef TOOLS_HISTORY_H
#define TOOLS_HISTORY_H

#include <pkstore/process.h>

/* Nothing when there were none. */
void history_print(struct pks_store *store, struct pks_object *process);

#endif
