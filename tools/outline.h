/* SPDX-License-Identifier: MIT */
/* How a process is to be run, and for whom: arguments, options, priority, parent. */
#ifndef TOOLS_OUTLINE_H
#define TOOLS_OUTLINE_H

#include <pkstore/process.h>

/* A line for each that is not as it is by default, after an empty one; nothing when all are. */
void outline_print(struct pks_store *store, struct pks_object *process);

#endif
