/* SPDX-License-Identifier: MIT */
/* Handlers that fork, and what they leave behind. */
#include "go.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void linger(void)
{
	for (;;)
		pause();
}

/* A daemon in the classical way, in a session and a group of its own; its pid goes to the item "daemon". */
static int64_t start_daemon(void)
{
	int64_t pid = 0;
	int ends[2];

	if (pipe(ends) != 0)
		return 0;
	if (fork() == 0) {
		setsid();
		pid = fork();
		if (pid == 0)
			linger();
		if (write(ends[1], &pid, sizeof(pid)) < 0)
			_exit(1);
		_exit(0);
	}
	if (read(ends[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = 0;
	close(ends[0]);
	close(ends[1]);
	wait(NULL);
	return pid;
}

PKS_PROCESS(daemonize)
{
	int r = pks_dict_setf(self, "daemon", "I", start_daemon());

	if (r == 0)
		r = pks_dict_setf(self, "here", "I", (int64_t)getpid());
	return r == 0 ? wait_for_go(self) : r;
}

PKS_PROCESS(daemonize_and_die)
{
	pks_dict_setf(self, "daemon", "I", start_daemon());
	return kill(getpid(), SIGKILL);
}

/* Leaves a grandchild that ends at once: whoever inherits it must wait for it. */
PKS_PROCESS(fork_twice)
{
	pid_t child = fork();

	if (child == 0) {
		if (fork() == 0)
			_exit(0);
		_exit(0);
	}
	return waitpid(child, NULL, 0) == child ? 0 : 1;
}

/* Both the worker and its child come back. */
PKS_PROCESS(fork_and_return)
{
	return fork() < 0;
}
