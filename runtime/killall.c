/* SPDX-License-Identifier: MIT */
/*
 * Stopping the pool, whatever state it is in:
 *
 * 1. The supervisor is asked to: it kills its workers and all that came from them, settles what they ran, and ends.
 * 2. One that does not, because it is stopped or waits for a stopped writer, is killed.
 * 3. Whatever still has the pool's mark is killed: all of it when there was no supervisor, such as workers that outlived
 *    theirs, and supervisors that such workers, or a start that came in between, have just started.
 * 4. What was running with workers that are now dead is settled.
 */
#include "pool.h"

#include "base/error.h"
#include "death.h"
#include "layer.h"
#include "settle.h"
#include "sweep.h"

#include <pkstore/transaction.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than the supervisor takes at most when it is well. */
#define SUPERVISOR_TIMEOUT_MS 2000

/* What has not died of SIGKILL by then hangs in the kernel. */
#define SWEEP_TIMEOUT_MS 5000

/* Whether this program was started by the pool that it wants to kill, at whatever remove. */
static bool is_of_pool(const struct pool *pool)
{
	const char *mark = getenv(POOL_MARK_ENV);

	return mark && strncmp(mark, pool->uuid, strlen(pool->uuid)) == 0;
}

static int check(struct pks_store *store)
{
	const struct pool *pool;
	unsigned size;
	int r = pks_pool_size(store, &size);

	if (r < 0)
		return r;
	if (layer_in_transaction(store))
		return error_set(PKS_ERR_USAGE, "the pool cannot be stopped inside a transaction");
	pool = pool_of(store);
	if (!pool)
		return pks_error_code();
	if (is_of_pool(pool))
		return error_set(PKS_ERR_USAGE, "the pool cannot be stopped from inside a handler");
	return 0;
}

static void end_supervisor(struct pks_store *store)
{
	struct proc supervisor;
	int pidfd = pool_supervisor(store, &supervisor) == 0 ? proc_open(&supervisor) : -1;

	if (pidfd < 0)
		return;
	proc_signal(&supervisor, SIGTERM);
	if (!proc_wait(pidfd, SUPERVISOR_TIMEOUT_MS)) {
		proc_signal(&supervisor, SIGKILL);
		proc_wait(pidfd, SUPERVISOR_TIMEOUT_MS);
	}
	close(pidfd);
}

static int sweep(struct pks_store *store)
{
	char mark[POOL_MARK_SIZE];

	pool_mark(pool_of(store)->uuid, -1, mark);
	if (sweep_kill_marked(mark, SWEEP_TIMEOUT_MS) == PKS_TIMED_OUT)
		return error_set(PKS_ERR_POOL, "%s: something of the pool is left and cannot be killed",
		                 pks_store_path(store));
	return 0;
}

int pks_killall(struct pks_store *store)
{
	struct record_end end;
	int r = check(store);

	if (r < 0)
		return r;
	end_supervisor(store);
	r = sweep(store);
	if (r < 0)
		return r;
	death_killed(&end);
	return settle_all_dead(store, &end);
}
