/* SPDX-License-Identifier: MIT */
#include "supervisor.h"

#include "death.h"
#include "settle.h"
#include "sweep.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Less than the time for which pks_killall() waits for us, which does the rest itself. */
#define STOP_TIMEOUT_MS 1500

static bool spare_none(pid_t pid, void *arg)
{
	return false;
}

/*
 * Everything that has our mark, and every child: a handler's child that cleared its environment and detached itself is
 * ours by being orphaned. Killing parents orphans others, so it is done once more after that.
 */
static void kill_all(struct supervisor *supervisor)
{
	char mark[POOL_MARK_SIZE];

	pool_mark(supervisor->uuid, mark);
	sweep_kill_marked(mark, 0, STOP_TIMEOUT_MS);
	sweep_kill_children(spare_none, NULL, STOP_TIMEOUT_MS);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

void supervisor_stop(struct supervisor *supervisor, bool settle)
{
	struct record_end end;

	/* Who has died before we came ended in a way of its own. */
	if (settle)
		supervisor_reap(supervisor);
	kill_all(supervisor);
	if (settle) {
		death_killed(&end);
		settle_all_killed(supervisor->store, &end);
	}
	pks_store_close(supervisor->store);
	exit(EXIT_SUCCESS);
}
