/* SPDX-License-Identifier: MIT */
/* The processes that run now, as one snapshot has them. There are about as many as workers. */
#ifndef RUNTIME_RUNNING_H
#define RUNTIME_RUNNING_H

#include "pool_name.h"
#include "process_state.h"

#include <stddef.h>

struct running {
	uint64_t id;
	struct process_state state;
	char pool[POOL_NAME_SIZE]; /* whose worker runs it */
};

struct running_list {
	struct running *items;
	size_t count;
};

/* Returns 0, or as a read; free it with running_release(). */
int running_read(struct pks_store *store, struct running_list *list_out);
void running_release(struct running_list *list);

/* The one that this worker runs; NULL: none. */
const struct running *running_find(const struct running_list *list, const struct proc *worker);
/* How many of them wait for others, and so left a place in the pool free. */
unsigned running_waiting(const struct running_list *list, const char *pool);

#endif
