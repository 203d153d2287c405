/* SPDX-License-Identifier: MIT */
/* Processes that run beside the pools, in a worker of their own: dedicated, copied, spawned and forked ones. */
#ifndef TOOLS_POOL_ALONE_H
#define TOOLS_POOL_ALONE_H

#include "writer.h"

/* A table of them; nothing when there are none. */
void pool_alone_print(struct pks_store *store);
/* The list "alone". */
void pool_alone_json(struct writer *writer, struct pks_store *store);

#endif
