/* SPDX-License-Identifier: MIT */
#include "child.h"

#include "fail.h"
#include "print.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_NOT_FOUND 127
#define CHILD_KILLED 128

static _Noreturn void child_exec(char **command)
{
	execvp(command[0], command);
	fprintf(stderr, "pkstore: %s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_RUN);
}

static int child_await(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail(FAIL_STORE, "waitpid: %s", strerror(errno));
	return WIFSIGNALED(status) ? CHILD_KILLED + WTERMSIG(status) : WEXITSTATUS(status);
}

int child_run(char **command)
{
	void (*interrupt)(int), (*quit)(int);
	int exit_code;
	pid_t pid;

	print_flush();
	pid = fork();
	if (pid < 0)
		fail(FAIL_STORE, "%s: %s", command[0], strerror(errno));
	if (pid == 0)
		child_exec(command);
	/* As system(3) does: what this program holds is given back after the command has seen to the signal. */
	interrupt = signal(SIGINT, SIG_IGN);
	quit = signal(SIGQUIT, SIG_IGN);
	exit_code = child_await(pid);
	signal(SIGINT, interrupt);
	signal(SIGQUIT, quit);
	return exit_code;
}
