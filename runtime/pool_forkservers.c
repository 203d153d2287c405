/* SPDX-License-Identifier: MIT */
/* Finding a store's forkservers, as any program sees them: by their marks, with the order that they were given. */
#include "base/error.h"
#include "base/worker_mode.h"
#include "order.h"
#include "pool.h"
#include "sweep.h"

#include <stdio.h>
#include <string.h>

struct walk {
	char mark[POOL_MARK_SIZE]; /* of all the store's pools */
	int (*each)(const struct pks_pool_forkserver *forkserver, void *arg);
	void *arg;
};

static bool is_marked(pid_t pid, const char *prefix)
{
	char mark[POOL_MARK_SIZE];

	return sweep_read_mark(pid, prefix, mark, sizeof(mark)) == 0 &&
	       strncmp(strrchr(mark, '/') + 1, POOL_MARK_FORKSERVER, strlen(POOL_MARK_FORKSERVER)) == 0;
}

static int read_module(pid_t pid, char module_out[PKS_STORE_PATH_SIZE])
{
	char text[ORDER_SIZE];
	size_t at;
	int r = sweep_read_variable(pid, WORKER_MODE_ENV, text, sizeof(text));

	if (r == 0)
		r = order_module(text, &at);
	if (r == 0)
		snprintf(module_out, PKS_STORE_PATH_SIZE, "%s", text + at);
	return r;
}

/* It leads its own group, as its copies do; but these have other marks by then. */
static int visit(pid_t pid, void *arg)
{
	const struct walk *walk = arg;
	struct pks_pool_forkserver forkserver = {.pid = pid};
	struct proc_stat stat;
	struct proc proc;

	if (proc_stat_read(pid, &stat) != 0 || stat.group != pid || stat.state == 'Z' || !is_marked(pid, walk->mark) ||
	    read_module(pid, forkserver.module) != 0 || proc_of(pid, &proc) != 0)
		return 0;
	forkserver.started_ns = proc_started(&proc);
	forkserver.resident = proc_resident(pid);
	return walk->each(&forkserver, walk->arg);
}

int pks_pool_forkservers(struct pks_store *store, int (*each)(const struct pks_pool_forkserver *forkserver, void *arg),
			 void *arg)
{
	struct walk walk = {.each = each, .arg = arg};
	const struct pool *pool = store ? pool_of(store) : NULL;

	if (!pool)
		return store ? pks_error_code() : error_again();
	pool_mark(pool->uuid, walk.mark);
	return sweep_each(visit, &walk);
}
