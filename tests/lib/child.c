/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	abort();
}

pid_t child_start(int (*fn)(void *arg), void *arg)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	/* 0: the parent is there, but in another pid namespace. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || (getppid() != parent && getppid() != 0))
		_exit(127);
	_exit(fn(arg));
}

static int wait_status(pid_t pid, int options)
{
	int status;

	while (waitpid(pid, &status, options) != pid)
		if (errno != EINTR)
			die("waitpid");
	return status;
}

int child_wait(pid_t pid)
{
	int status = wait_status(pid, 0);

	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void child_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	wait_status(pid, 0);
}

void child_stop(pid_t pid)
{
	kill(pid, SIGSTOP);
	if (!WIFSTOPPED(wait_status(pid, WUNTRACED)))
		die("a child ended instead of stopping");
}

void child_continue(pid_t pid)
{
	kill(pid, SIGCONT);
}

void *child_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

struct child_flag child_flag(void)
{
	struct child_flag flag;

	if (pipe2(flag.fds, O_CLOEXEC) != 0)
		die("pipe2");
	return flag;
}

void child_flag_raise(struct child_flag *flag)
{
	if (write(flag->fds[1], "", 1) != 1)
		die("write");
}

int child_flag_wait(struct child_flag *flag)
{
	char byte;
	ssize_t r;

	/* From here on only others can raise it, so their death is seen. */
	if (flag->fds[1] >= 0)
		close(flag->fds[1]);
	flag->fds[1] = -1;
	do
		r = read(flag->fds[0], &byte, 1);
	while (r < 0 && errno == EINTR);
	return r == 1 ? 0 : -1;
}
