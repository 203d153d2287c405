/* SPDX-License-Identifier: MIT */
#include "killpoint.h"

#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS (PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD)

/* How a stop at a system call is told from a trap, with PTRACE_O_TRACESYSGOOD. */
#define CALL_STOP (SIGTRAP | 0x80)

static void die(const char *what)
{
	perror(what);
	abort();
}

static int await(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			die("waitpid");
	return status;
}

struct start {
	int (*fn)(void *arg);
	void *arg;
};

static int be_traced(void *arg)
{
	const struct start *start = arg;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		return 127;
	return start->fn(start->arg);
}

void killpoint_here(void)
{
	raise(SIGSTOP);
}

pid_t killpoint_start(int (*fn)(void *arg), void *arg)
{
	struct start start = {fn, arg};
	pid_t pid = child_start(be_traced, &start);
	int status;

	/* Signals of its own stop it as well, on the way there. */
	while (WIFSTOPPED(status = await(pid)) && WSTOPSIG(status) != SIGSTOP)
		if (ptrace(PTRACE_CONT, pid, NULL, WSTOPSIG(status)) != 0)
			die("PTRACE_CONT");
	if (!WIFSTOPPED(status)) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
			return 0;
		fprintf(stderr, "a child has ended before it was to be killed: status %x\n", (unsigned)status);
		abort();
	}
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS) != 0)
		die("PTRACE_SETOPTIONS");
	return pid;
}

bool killpoint_seize(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, OPTIONS) != 0)
		return false;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0)
		return false;
	return WIFSTOPPED(await(pid));
}

/* To the next point; false when it has ended. Signals are passed on, and are no point. */
static bool step_once(pid_t pid, enum killpoint_unit unit, int *status_out)
{
	int point = unit == KILLPOINT_CALLS ? CALL_STOP : SIGTRAP, signal_number = 0;
	int request = unit == KILLPOINT_CALLS ? PTRACE_SYSCALL : PTRACE_SINGLESTEP;

	for (;;) {
		if (ptrace(request, pid, NULL, signal_number) != 0) {
			if (errno != ESRCH)
				die("ptrace");
			*status_out = await(pid); /* somebody else has killed it */
			return false;
		}
		*status_out = await(pid);
		if (!WIFSTOPPED(*status_out))
			return false;
		if (WSTOPSIG(*status_out) == point)
			return true;
		/* A stop of ptrace's own, behind a SEIZE, has its event in the third byte. */
		signal_number = *status_out >> 16 ? 0 : WSTOPSIG(*status_out);
	}
}

long killpoint_step(pid_t pid, enum killpoint_unit unit, long points, int *status_out)
{
	for (long i = 0; i < points; i++)
		if (!step_once(pid, unit, status_out))
			return i;
	return points;
}

void killpoint_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	while (WIFSTOPPED(await(pid)))
		;
}

void killpoint_leave(pid_t pid)
{
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0 && errno != ESRCH)
		die("PTRACE_DETACH");
}
