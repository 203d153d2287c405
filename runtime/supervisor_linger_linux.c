/* SPDX-License-Identifier: MIT */
/*
 * The time of grace is the whole tree's (stop.h). A worker that dies of the SIGTERM that its process was sent leaves
 * what was sent it, too, and may still be ending in its own way. So its place stays dead, and what it ran stays
 * running, until nothing is left of it or the time is over. Whoever of the tree is known has a pidfd, which tells its
 * end; who came since is found when all of these have ended.
 *
 * When the supervisor dies meanwhile the next one settles the process as one of a stranger, and the rest of the tree
 * goes on without being killed: it has the mark of the pool, and ends with pks_killall() at the latest.
 */
#include "supervisor.h"

#include "base/clock.h"
#include "stop.h"
#include "sweep.h"
#include "tree.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct linger {
	struct tree tree;
	int64_t until; /* CLOCK_MONOTONIC */
};

void supervisor_lingers_begin(struct supervisor *supervisor)
{
	/* Without it an end is found at the next tick. */
	supervisor->lingers_fd = epoll_create1(EPOLL_CLOEXEC);
}

/* Of each end it is told once; the descriptors leave the set as they are closed. */
static void watch(struct supervisor *supervisor, const struct tree *tree)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT};
	const struct tree_member *member = (const struct tree_member *)(const void *)tree->members.data;

	for (size_t i = 0; i < tree->members.size / sizeof(*member); i++)
		epoll_ctl(supervisor->lingers_fd, EPOLL_CTL_ADD, member[i].pidfd, &event);
}

static bool collect(struct supervisor *supervisor, const struct place *place, struct tree *tree_out)
{
	char mark[POOL_MARK_SIZE];

	supervisor_places_mark(supervisor, place, mark);
	tree_collect(&place->worker, mark, tree_out);
	watch(supervisor, tree_out);
	return tree_lives(tree_out);
}

bool supervisor_linger(struct supervisor *supervisor, struct place *place)
{
	int64_t until = stop_grace(supervisor->store, &place->worker);
	struct linger *linger = until ? malloc(sizeof(*linger)) : NULL;

	if (!linger)
		return false;
	linger->until = until;
	if (!collect(supervisor, place, &linger->tree)) {
		tree_release(&linger->tree);
		free(linger);
		return false;
	}
	place->linger = linger;
	return true;
}

/* Those that came since: with the worker waited for, by the mark alone. */
static bool has_more(struct supervisor *supervisor, struct place *place)
{
	struct linger *linger = place->linger;

	tree_release(&linger->tree);
	return collect(supervisor, place, &linger->tree);
}

/* By the pidfds, what has lost its mark; by the mark, what was not seen. */
static void end(struct supervisor *supervisor, struct place *place)
{
	char mark[POOL_MARK_SIZE];

	tree_signal(&place->linger->tree, SIGKILL);
	supervisor_places_mark(supervisor, place, mark);
	sweep_kill_marked(mark, 0, SUPERVISOR_TREE_MS);
	tree_wait(&place->linger->tree, SUPERVISOR_TREE_MS);
	tree_release(&place->linger->tree);
	free(place->linger);
	place->linger = NULL;
}

static void forget_events(const struct supervisor *supervisor)
{
	struct epoll_event events[64];

	while (epoll_wait(supervisor->lingers_fd, events, 64, 0) > 0)
		;
}

bool supervisor_linger_is_over(struct supervisor *supervisor, struct place *place)
{
	if (!place->linger)
		return true;
	forget_events(supervisor);
	if (clock_monotonic() < place->linger->until &&
	    (tree_lives(&place->linger->tree) || has_more(supervisor, place)))
		return false;
	end(supervisor, place);
	return true;
}

void supervisor_linger_hurry(struct supervisor *supervisor, const struct process_state *state)
{
	struct place *place = supervisor_places_dead(supervisor, &state->worker);

	if (place && place->linger && state->stop.deadline < place->linger->until) {
		place->linger->until = state->stop.deadline;
		supervisor_places_settle(supervisor);
	}
}
