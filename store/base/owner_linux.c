/* SPDX-License-Identifier: MIT */
#include "owner.h"

#include "base/error.h"
#include "base/fork.h"
#include "base/thread_local.h"

#include <unistd.h>

/* What the thread has found out about itself; a forked child is somebody else. */
HOT_THREAD_LOCAL struct owner self;
HOT_THREAD_LOCAL uint64_t self_mark; /* fork_current() at the time; 0: not yet */

static int find_self(void)
{
	pid_t pid = getpid(), tid = gettid();
	struct owner found = {.tid = tid};

	if (proc_of(pid, &found.proc) != 0 || proc_thread_start(pid, tid, &found.tid_start) != 0)
		return error_set(PKS_ERR_IO, "/proc/self cannot be read, which tells who owns what");
	self = found;
	self_mark = fork_current();
	return 0;
}

int owner_self(struct owner *owner_out)
{
	int r = self_mark == fork_current() ? 0 : find_self();

	if (r == 0)
		*owner_out = self;
	return r;
}

bool owner_equal(const struct owner *a, const struct owner *b)
{
	return proc_equal(&a->proc, &b->proc) && a->tid == b->tid && a->tid_start == b->tid_start;
}

/*
 * The thread's own line alone tells: a process whose first thread has ended looks like one that is gone, while its
 * other threads run on.
 */
enum owner_state owner_look(const struct owner *owner)
{
	pid_t pid = (pid_t)owner->proc.pid;
	uint64_t start = owner->tid ? owner->tid_start : owner->proc.start;
	struct proc_stat stat;
	int r;

	if (pid <= 0 || !proc_this_boot(&owner->proc))
		return OWNER_DEAD;
	r = owner->tid ? proc_thread_read(pid, (pid_t)owner->tid, &stat) : proc_stat_read(pid, &stat);
	if (r != 0 || stat.start != start || stat.state == 'Z' || stat.state == 'X')
		return OWNER_DEAD;
	return stat.state == 'T' || stat.state == 't' ? OWNER_STOPPED : OWNER_RUNS;
}

bool owner_alive(const struct owner *owner)
{
	return owner_look(owner) != OWNER_DEAD;
}
