/* SPDX-License-Identifier: MIT */
#include "children.h"

#include "layer.h"
#include "pool.h"
#include "settle.h"
#include "stop.h"
#include "sweep.h"
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Killing takes milliseconds. */
#define TREE_TIMEOUT_MS 1000

void children_init(struct children *children)
{
	pthread_mutex_init(&children->lock, NULL);
	atomic_init(&children->count, 0);
	children->items = NULL;
}

void children_add(struct pks_store *store, pid_t pid)
{
	struct children *children = &pool_of(store)->children;
	struct child child = {.pidfd = pidfd_open(pid, 0)}, *items;

	if (child.pidfd < 0 || proc_of(pid, &child.proc) != 0)
		return;
	pthread_mutex_lock(&children->lock);
	items = realloc(children->items, (children->count + 1) * sizeof(*items));
	if (items) {
		children->items = items;
		items[children->count++] = child;
	} else {
		close(child.pidfd);
	}
	pthread_mutex_unlock(&children->lock);
}

/*
 * How it has ended, with the child still there to be waited for. False: it has not, or is not ours to wait for. What it
 * has used the system call tells, and waitid(3) does not.
 */
static bool has_ended(const struct child *child, struct death *death_out)
{
	struct death death = {.has_usage = true, .oom = OOM_UNKNOWN};
	siginfo_t info = {0};

	if (syscall(SYS_waitid, P_PIDFD, child->pidfd, &info, WEXITED | WNOHANG | WNOWAIT, &death.usage) != 0 ||
	    info.si_pid == 0)
		return false;
	death.wait_status = info.si_code == CLD_EXITED
				    ? (info.si_status & 0xff) << 8
				    : info.si_status | (info.si_code == CLD_DUMPED ? WCOREFLAG : 0);
	*death_out = death;
	return true;
}

/* Somebody else in this program has waited for it: how it ended is lost, and there is nothing left to be reaped. */
static bool is_gone(const struct child *child)
{
	siginfo_t info = {0};

	return waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

static void kill_tree(const struct pool *pool, const struct child *child)
{
	char mark[POOL_MARK_SIZE];

	kill(-(pid_t)child->proc.pid, SIGKILL);
	pool_mark_worker(pool->uuid, &child->proc, "", 0, mark);
	sweep_kill_marked(mark, 0, TREE_TIMEOUT_MS);
}

static void reap(const struct child *child)
{
	siginfo_t info;

	waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOHANG);
	close(child->pidfd);
}

/* Whether it is done with: what cannot be settled now is tried again at the next look. */
static bool settle(struct pks_store *store, const struct child *child)
{
	struct death death;

	if (has_ended(child, &death)) {
		if (stop_lingers_direct(store, &child->proc))
			return false;
		kill_tree(pool_of(store), child);
		if (settle_worker(store, &child->proc, &death) < 0)
			return false;
	} else if (!is_gone(child)) {
		return false;
	}
	reap(child);
	return true;
}

void children_look(struct pks_store *store)
{
	struct pool *pool = layer_data(store, LAYER_POOL);
	struct children *children;

	if (!pool || atomic_load(&pool->children.count) == 0 || layer_in_transaction(store))
		return;
	children = &pool->children;
	pthread_mutex_lock(&children->lock);
	for (size_t i = children->count; i-- > 0;)
		if (settle(store, &children->items[i]))
			children->items[i] = children->items[--children->count];
	pthread_mutex_unlock(&children->lock);
}

static bool is_known(struct children *children, pid_t pid)
{
	bool known = false;

	pthread_mutex_lock(&children->lock);
	for (size_t i = 0; i < children->count && !known; i++)
		known = children->items[i].proc.pid == pid;
	pthread_mutex_unlock(&children->lock);
	return known;
}

/* One that has ended only now, and has a process to be settled, is left for the next time. */
void children_reap(struct pks_store *store)
{
	struct pool *pool = layer_data(store, LAYER_POOL);
	siginfo_t info = {0};

	children_look(store);
	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 &&
	       !(pool && is_known(&pool->children, info.si_pid))) {
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
		info = (siginfo_t){0};
	}
}

void children_release(struct children *children)
{
	for (size_t i = 0; i < children->count; i++) {
		struct death death;

		if (has_ended(&children->items[i], &death) && WIFEXITED(death.wait_status) &&
		    WEXITSTATUS(death.wait_status) == WORKER_EXIT_LEFT)
			reap(&children->items[i]);
		else
			close(children->items[i].pidfd);
	}
	free(children->items);
	pthread_mutex_destroy(&children->lock);
}
