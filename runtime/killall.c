/* SPDX-License-Identifier: MIT */
/*
 * Stopping the pool, whatever state it is in:
 *
 * 1. The supervisor is asked to: it kills its workers and all that came from them, settles what they ran, and ends.
 * 2. One that does not, because it is stopped or waits for a stopped writer, is stopped, its workers are killed, and
 *    then it is. In this order no worker ever sees that it is gone, which would have it start another one.
 * 3. The supervisor's lock is taken, so that there is no other one until all is done. Who just got it instead is
 *    killed.
 * 4. Whatever still has the pool's mark is killed: all of it when there was no supervisor, such as workers that
 *    outlived theirs.
 * 5. What was running with workers that are now dead is settled.
 */
#include "pool.h"

#include "base/error.h"
#include "death.h"
#include "layer.h"
#include "lock.h"
#include "output.h"
#include "running.h"
#include "settle.h"
#include "sweep.h"
#include "tree.h"

#include <pkstore/transaction.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than the supervisor takes at most when it is well. */
#define SUPERVISOR_TIMEOUT_MS 2000

/* What has not died of SIGKILL by then hangs in the kernel. */
#define SWEEP_TIMEOUT_MS 5000

/* So often may others start the pool while it is being stopped. */
#define LOCK_TRIES 100

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
	int r = pks_pool_size(store, NULL, &size);

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

static int sweep(struct pks_store *store, pid_t spared)
{
	char mark[POOL_MARK_SIZE];

	pool_mark(pool_of(store)->uuid, mark);
	if (sweep_kill_marked(mark, spared, SWEEP_TIMEOUT_MS) == PKS_TIMED_OUT)
		return error_set(PKS_ERR_POOL, "%s: something of the pool is left and cannot be killed",
				 pks_store_path(store));
	return 0;
}

static int force_supervisor(struct pks_store *store, const struct proc *supervisor, int pidfd)
{
	int r;

	proc_signal(supervisor, SIGSTOP);
	r = sweep(store, (pid_t)supervisor->pid);
	proc_signal(supervisor, SIGKILL);
	proc_wait(pidfd, SUPERVISOR_TIMEOUT_MS);
	return r;
}

static int end_supervisor(struct pks_store *store)
{
	struct proc supervisor;
	int pidfd = pool_supervisor(store, &supervisor) == 0 ? proc_open(&supervisor) : -1, r = 0;

	if (pidfd < 0)
		return 0;
	proc_signal(&supervisor, SIGTERM);
	if (!proc_wait(pidfd, SUPERVISOR_TIMEOUT_MS))
		r = force_supervisor(store, &supervisor, pidfd);
	close(pidfd);
	return r;
}

/* Each turn kills whoever has the lock: a supervisor that was just started, and has not said yet who it is. */
static int take_lock(struct pks_store *store, int fd)
{
	int r = PKS_EXISTS;

	for (int i = 0; i < LOCK_TRIES && r == PKS_EXISTS; i++) {
		r = lock_take(fd);
		if (r == PKS_EXISTS && sweep(store, 0) < 0)
			return PKS_ERR_POOL;
	}
	return r == PKS_EXISTS
		   ? error_set(PKS_ERR_POOL, "%s: the pool is started again and again", pks_store_path(store))
		   : r;
}

/* What programs run in children of their own bears no mark, if it was forked. */
static void kill_running(struct pks_store *store)
{
	struct running_list list;

	if (running_read(store, &list) < 0)
		return;
	for (size_t i = 0; i < list.count; i++) {
		const struct proc *worker = &list.items[i].state.worker;
		struct tree tree;

		if (!proc_alive(worker))
			continue;
		tree_collect(worker, "", &tree);
		tree_signal(&tree, SIGKILL);
		proc_signal(worker, SIGKILL);
		tree_release(&tree);
	}
	running_release(&list);
}

/* Holds the lock from before the last look until what was running is settled. */
static int clear(struct pks_store *store, int fd)
{
	struct record_end end;
	int r = take_lock(store, fd);

	if (r == 0)
		r = sweep(store, 0);
	if (r < 0)
		return r;
	kill_running(store);
	death_killed(&end);
	r = settle_all_killed(store, &end);
	output_sweep(store);
	return r;
}

int pks_killall(struct pks_store *store)
{
	int fd, r = check(store);

	if (r == 0)
		r = end_supervisor(store);
	if (r == 0)
		r = lock_open(pks_store_path(store), &fd);
	if (r < 0)
		return r;
	r = clear(store, fd);
	lock_drop(fd);
	close(fd);
	return r;
}
