/* SPDX-License-Identifier: MIT */
#include "pool_workers.h"

#include "sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct walk {
	char mark[POOL_MARK_SIZE]; /* of all the store's pools */
	int (*each)(const struct pool_worker *worker, void *arg);
	void *arg;
};

/* "...=UUID/SUPERVISOR.START/SLOT.POOL" */
static bool parse_mark(const char *mark, struct pool_worker *worker)
{
	const char *slot = strrchr(mark, '/') + 1;
	char *behind;

	worker->slot = (unsigned)strtoul(slot, &behind, 10);
	if (behind == slot || *behind != '.' || !pool_name_valid(behind + 1, strlen(behind + 1)))
		return false;
	strcpy(worker->pool, behind + 1);
	return true;
}

/*
 * What leads its own group, and no session, and has a worker's mark. What a handler started has the mark, too, but is
 * in the worker's group, or leads a session.
 */
static int visit(pid_t pid, void *arg)
{
	const struct walk *walk = arg;
	struct pool_worker worker;
	char mark[POOL_MARK_SIZE];
	struct proc_stat stat;

	if (proc_stat_read(pid, &stat) != 0 || stat.group != pid || getsid(pid) == pid ||
	    stat.state == 'Z' || proc_of(pid, &worker.proc) != 0)
		return 0;
	worker.parent = stat.parent;
	if (sweep_read_mark(pid, walk->mark, mark, sizeof(mark)) != 0 || !parse_mark(mark, &worker))
		return 0;
	return walk->each(&worker, walk->arg);
}

int pool_workers_each(struct pks_store *store, int (*each)(const struct pool_worker *worker, void *arg), void *arg)
{
	struct walk walk = {.each = each, .arg = arg};
	const struct pool *pool = pool_of(store);

	if (!pool)
		return 0;
	pool_mark(pool->uuid, walk.mark);
	return sweep_each(visit, &walk);
}
