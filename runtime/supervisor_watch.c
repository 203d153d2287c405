/* SPDX-License-Identifier: MIT */
/*
 * Workers of a supervisor that died go on with what they run. They are not our children, so that nobody can learn how
 * they end, but their pidfds tell when.
 */
#include "supervisor.h"

#include "death.h"
#include "running.h"
#include "settle.h"
#include "sweep.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_watched(const struct supervisor *supervisor, const struct running *running)
{
	for (size_t i = 0; i < supervisor->watch_count; i++)
		if (supervisor->watches[i].id == running->id &&
		    proc_equal(&supervisor->watches[i].worker, &running->state.worker))
			return true;
	return false;
}

static void settle_unknown(struct supervisor *supervisor, uint64_t id, const struct proc *worker)
{
	struct record_end end;

	death_unknown(&end);
	settle_one(supervisor->store, id, worker, &end);
}

/* While the worker lives; by its mark what it leaves behind is found when it does not. */
static void read_mark(const struct supervisor *supervisor, const struct proc *worker, char mark_out[POOL_MARK_SIZE])
{
	char prefix[POOL_MARK_SIZE], mark[POOL_MARK_SIZE];

	pool_mark(supervisor->uuid, prefix);
	if (sweep_read_mark((pid_t)worker->pid, prefix, mark, sizeof(mark)) == 0 && proc_alive(worker))
		strcpy(mark_out, mark);
}

/* Without memory for it the next tick tries again. */
static void watch(struct supervisor *supervisor, const struct running *running, int pidfd)
{
	struct watch *watches = realloc(supervisor->watches, (supervisor->watch_count + 1) * sizeof(*watches));

	if (!watches) {
		close(pidfd);
		return;
	}
	watches[supervisor->watch_count] = (struct watch){pidfd, running->id, running->state.worker, ""};
	read_mark(supervisor, &running->state.worker, watches[supervisor->watch_count++].mark);
	supervisor->watches = watches;
}

static void look_at(struct supervisor *supervisor, const struct running *running)
{
	int pidfd;

	if (supervisor_places_hold(supervisor, &running->state.worker) || is_watched(supervisor, running))
		return;
	pidfd = proc_open(&running->state.worker);
	if (pidfd < 0)
		settle_unknown(supervisor, running->id, &running->state.worker);
	else
		watch(supervisor, running, pidfd);
}

void supervisor_watch_all(struct supervisor *supervisor)
{
	struct running_list list;

	if (running_read(supervisor->store, &list) < 0)
		return;
	for (size_t i = 0; i < list.count; i++)
		look_at(supervisor, &list.items[i]);
	running_release(&list);
}

/*
 * If the process was ended before its worker was, there is nothing to settle; if it cannot be settled now, the next
 * tick finds it.
 */
void supervisor_watch_ended(struct supervisor *supervisor, size_t at)
{
	struct watch ended = supervisor->watches[at];

	supervisor->watches[at] = supervisor->watches[--supervisor->watch_count];
	close(ended.pidfd);
	if (ended.mark[0])
		sweep_kill_marked(ended.mark, 0, SUPERVISOR_TREE_MS);
	settle_unknown(supervisor, ended.id, &ended.worker);
}
