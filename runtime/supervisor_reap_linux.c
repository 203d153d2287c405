/* SPDX-License-Identifier: MIT */
/*
 * Children are looked at before they are waited for: as long as a dead worker is not, its pid, and the process group of
 * that number, cannot be anybody else's.
 */
#include "supervisor.h"

#include "sweep.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * First its group, in one stroke: what a handler usually starts. Then what has left the group, by its mark. What is
 * orphaned by this comes to us, the sub-reaper, and is reaped like any child.
 */
static void kill_tree(struct supervisor *supervisor, const struct place *place)
{
	char mark[POOL_MARK_SIZE];

	kill(-place->pid, SIGKILL);
	supervisor_places_mark(supervisor, place, mark);
	sweep_kill_marked(mark, 0, SUPERVISOR_TREE_MS);
}

static void take(struct supervisor *supervisor, pid_t pid)
{
	struct place *place = supervisor_places_find(supervisor, pid);
	struct death death = {.has_usage = true};

	/* A forkserver's copy has said who it is before it could die. */
	if (!place) {
		supervisor_forkservers_hear(supervisor);
		place = supervisor_places_find(supervisor, pid);
	}
	if (place && !supervisor_linger(supervisor, place))
		kill_tree(supervisor, place);
	else if (!place)
		supervisor_forkservers_died(supervisor, pid);
	if (wait4(pid, &death.wait_status, 0, &death.usage) != pid || !place)
		return;
	if (WIFSIGNALED(death.wait_status) && WTERMSIG(death.wait_status) == SIGKILL)
		death.oom = oom_ask(&supervisor->oom);
	supervisor_places_died(supervisor, place, &death);
}

void supervisor_reap(struct supervisor *supervisor)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
			return;
		take(supervisor, info.si_pid);
	}
}
