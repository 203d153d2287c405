/* SPDX-License-Identifier: MIT */
/* Starting the supervisor from any program. */
#ifndef RUNTIME_SUPERVISOR_START_H
#define RUNTIME_SUPERVISOR_START_H

#include "pool.h"

/*
 * Executes the supervisor's program and waits until its daemon keeps the pool, or until it finds that another one does.
 * The program itself is a child of the caller for that long only and leaves no zombie. Returns 0, PKS_ERR_POOL with the
 * reason, PKS_ERR_CONFLICT without a message when it was killed: try again.
 */
int supervisor_start(struct pks_store *store, const struct pool *pool);

#endif
