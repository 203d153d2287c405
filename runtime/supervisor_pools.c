/* SPDX-License-Identifier: MIT */
/* The store's pools, and how many workers each is to have. */
#include "supervisor.h"

#include "pool_settings.h"
#include "running.h"

#include <pkstore/transaction.h>

#include <stdlib.h>
#include <string.h>

static struct supervisor_pool *find(struct supervisor *supervisor, const char *name)
{
	struct supervisor_pool *pool = supervisor->pools;

	while (pool && strcmp(pool->name, name) != 0)
		pool = pool->next;
	return pool;
}

static struct supervisor_pool *add(struct supervisor *supervisor, const char *name)
{
	struct supervisor_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	strcpy(pool->name, name);
	pool->next = supervisor->pools;
	supervisor->pools = pool;
	return pool;
}

struct counting {
	struct supervisor *supervisor;
	const struct running_list *running;
};

/* As many as the pool's size, and one more for each of its processes that waits for another. */
static int count(const char *name, void *arg)
{
	struct counting *counting = arg;
	struct supervisor *supervisor = counting->supervisor;
	struct supervisor_pool *pool = find(supervisor, name);
	unsigned size;

	if (!pool)
		pool = add(supervisor, name);
	/* Without memory, or with a damaged setting, it stays as it was. */
	if (pool && pool_size(supervisor->store, name, pool_default_size(), &size) == 0)
		pool->wanted = size + running_waiting(counting->running, name);
	return 0;
}

void supervisor_pools_look(struct supervisor *supervisor)
{
	struct running_list list;
	struct counting counting = {supervisor, &list};

	if (running_read(supervisor->store, &list) < 0)
		return;
	/* One that was removed keeps its struct, and its workers go by themselves. */
	for (struct supervisor_pool *pool = supervisor->pools; pool; pool = pool->next)
		pool->wanted = 0;
	pool_each(supervisor->store, count, &counting);
	running_release(&list);
}
