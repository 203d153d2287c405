/* SPDX-License-Identifier: MIT */
/* A worker as its pool's settings want it, and when it is not that any more. */
#include "worker.h"

#include "base/error.h"
#include "pool_outfit.h"
#include "pool_settings.h"

#include <pkstore/syslog.h>

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void complain(const struct worker *worker, const char *what, int errnum)
{
	pks_syslog(worker->store, PKS_LEVEL_ERROR, "pool %s: its workers' %s cannot be set: %s", worker->order.pool,
		   what, strerrordesc_np(errnum));
}

/* A handler must not run where it was not meant to; with another priority, or on other CPUs, it may. */
static int apply(const struct worker *worker, const struct pool_outfit *outfit)
{
	if (outfit->has_nice && setpriority(PRIO_PROCESS, 0, outfit->nice) != 0)
		complain(worker, "priority", errno);
	if (outfit->has_cpus && sched_setaffinity(0, sizeof(outfit->cpus), &outfit->cpus) != 0)
		complain(worker, "CPUs", errno);
	if (outfit->cwd && chdir(outfit->cwd) != 0) {
		complain(worker, "folder", errno);
		return PKS_ERR_IO;
	}
	return 0;
}

/*
 * A program that was executed by this worker inherits what was applied. When the settings changed between the
 * supervisor's look at them and ours, our mark tells us to leave before anything is claimed.
 */
int worker_outfit_take(struct worker *worker)
{
	struct pool_outfit outfit;
	int r = pool_outfit_read(worker->store, worker->order.pool, &outfit);

	if (r == 0 && outfit.mark == worker->order.outfit) {
		worker->max_processes = outfit.max_processes;
		worker->max_bytes = outfit.max_bytes;
		if (!worker->order.claimed)
			r = apply(worker, &outfit);
	}
	pool_outfit_release(&outfit);
	return r;
}

bool worker_outfit_is_over(const struct worker *worker)
{
	uint64_t mark;

	if (worker->max_bytes && worker->order.runs && proc_resident((pid_t)worker->self.pid) > worker->max_bytes)
		return true;
	/* The pool was removed, and made anew. */
	if (pool_channel(worker->store, worker->order.pool) != worker->channel)
		return true;
	return pool_outfit_mark(worker->store, worker->order.pool, &mark) == 0 && mark != worker->order.outfit;
}
