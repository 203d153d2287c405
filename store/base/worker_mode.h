/* SPDX-License-Identifier: MIT */
/*
 * A program that a pool executed in a worker's place finds its order in the environment, and takes it out when it
 * enters pks_worker_main(). As long as it is there, the program is not to do its own work: it may not open a store.
 */
#ifndef BASE_WORKER_MODE_H
#define BASE_WORKER_MODE_H

#include <stdbool.h>
#include <stdlib.h>

#define WORKER_MODE_ENV "PKSTORE_WORKER"

static inline bool worker_mode_pending(void)
{
	return getenv(WORKER_MODE_ENV) != NULL;
}

#endif
