/* SPDX-License-Identifier: MIT */
/* `pkstore pool status`: all that there is to tell about a pool, or about each. */
#ifndef TOOLS_POOL_STATUS_H
#define TOOLS_POOL_STATUS_H

#include <pkstore/pool.h>

/* `pool` NULL: of every pool. Returns the exit code. */
int pool_status_print(struct pks_store *store, const char *pool, bool json);

#endif
