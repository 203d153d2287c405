/* SPDX-License-Identifier: MIT */
/* The Unix processes that are a store's workers, found by their marks. */
#ifndef RUNTIME_POOL_WORKERS_H
#define RUNTIME_POOL_WORKERS_H

#include "pool.h"
#include "pool_name.h"

struct pool_worker {
	struct proc proc;
	int64_t parent; /* its supervisor, unless that is dead */
	unsigned slot;
	char pool[POOL_NAME_SIZE];
};

/* Calls each() for every worker of the store, in no order, until it returns another value than 0. */
int pool_workers_each(struct pks_store *store, int (*each)(const struct pool_worker *worker, void *arg), void *arg);

#endif
