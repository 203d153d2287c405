/* SPDX-License-Identifier: MIT */
/*
 * Workers of a supervisor that died go on with what they run. They are not our children, so that nobody can learn how
 * they end, but their pidfds tell when.
 */
#include "supervisor.h"

#include "death.h"
#include "recall.h"
#include "running.h"
#include "settle.h"
#include "stop.h"
#include "sweep.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_watched(const struct supervisor *supervisor, const struct running *running)
{
	for (size_t i = 0; i < supervisor->watch_count; i++)
		if (proc_equal(&supervisor->watches[i].worker, &running->state.worker))
			return true;
	return false;
}

/* A child of a program that lives tells how it has ended until that waits for it. */
static void settle_dead(struct supervisor *supervisor, const struct proc *worker)
{
	struct record_end end;
	int64_t parent;
	int status;

	if (proc_wait_status(worker, &status, &parent) == 0 && settle_stranger(supervisor->store, worker, status) >= 0)
		return;
	death_unknown(&end);
	settle_as(supervisor->store, worker, &end);
}

/*
 * While the worker lives; by its mark what it leaves behind is found when it does not. One that was forked, and not
 * executed, has the environment of its parent, which is another's; what it executes has a mark after its own identity.
 */
static void read_mark(const struct supervisor *supervisor, const struct proc *worker, char mark_out[POOL_MARK_SIZE])
{
	char prefix[POOL_MARK_SIZE], mark[POOL_MARK_SIZE], parents[POOL_MARK_SIZE];
	struct proc_stat stat;
	bool own;

	pool_mark(supervisor->uuid, prefix);
	own = proc_stat_read((pid_t)worker->pid, &stat) == 0 &&
	      sweep_read_mark((pid_t)worker->pid, prefix, mark, sizeof(mark)) == 0 && proc_alive(worker);
	if (own && sweep_read_mark((pid_t)stat.parent, prefix, parents, sizeof(parents)) == 0)
		own = strcmp(mark, parents) != 0;
	if (own)
		strcpy(mark_out, mark);
	else
		pool_mark_worker(supervisor->uuid, worker, "", 0, mark_out);
}

/* Without memory for it the next tick tries again. */
static void watch(struct supervisor *supervisor, const struct running *running, int pidfd)
{
	struct watch *watches = realloc(supervisor->watches, (supervisor->watch_count + 1) * sizeof(*watches));

	if (!watches) {
		close(pidfd);
		return;
	}
	watches[supervisor->watch_count] = (struct watch){pidfd, running->state.worker, "", 0};
	read_mark(supervisor, &running->state.worker, watches[supervisor->watch_count++].mark);
	supervisor->watches = watches;
}

/* A child by fork or spawn, whose mark can be told, or a stranger. One that lingers is looked at by the next tick. */
static void look_at_dead(struct supervisor *supervisor, const struct running *running)
{
	const struct proc *worker = &running->state.worker;

	if (stop_lingers_direct(supervisor->store, worker))
		return;
	if (running->state.stop.signal)
		stop_end_rest_direct(supervisor->store, worker);
	settle_dead(supervisor, worker);
}

static void look_at(struct supervisor *supervisor, const struct running *running)
{
	int pidfd;

	if (supervisor_places_hold(supervisor, &running->state.worker) || is_watched(supervisor, running))
		return;
	pidfd = proc_open(&running->state.worker);
	if (pidfd < 0)
		look_at_dead(supervisor, running);
	else
		watch(supervisor, running, pidfd);
}

void supervisor_watch_all(struct supervisor *supervisor)
{
	struct running_list list;

	if (running_read(supervisor->store, &list) < 0)
		return;
	for (size_t i = supervisor->watch_count; i-- > 0;)
		if (supervisor->watches[i].pidfd < 0)
			supervisor_watch_ended(supervisor, i);
	/* Who runs something by now, and is ours, has said so before. */
	supervisor_forkservers_hear(supervisor);
	for (size_t i = 0; i < list.count; i++)
		look_at(supervisor, &list.items[i]);
	running_release(&list);
	/* Of those nobody tells how far they are with their lots. */
	for (size_t i = 0; i < supervisor->watch_count; i++)
		recall_stuck(supervisor->store, &supervisor->watches[i].worker, &supervisor->watches[i].lots);
}

/*
 * If the process was ended before its worker was, there is nothing to settle; if it cannot be settled now, the next
 * tick finds it. One that lingers stays without its descriptor, and each tick looks at it.
 */
void supervisor_watch_ended(struct supervisor *supervisor, size_t at)
{
	struct watch ended = supervisor->watches[at];

	if (ended.pidfd >= 0)
		close(ended.pidfd);
	supervisor->watches[at].pidfd = -1;
	if (stop_lingers(supervisor->store, &ended.worker, ended.mark))
		return;
	supervisor->watches[at] = supervisor->watches[--supervisor->watch_count];
	if (ended.mark[0])
		sweep_kill_marked(ended.mark, 0, SUPERVISOR_TREE_MS);
	settle_dead(supervisor, &ended.worker);
}
