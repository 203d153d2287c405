/* SPDX-License-Identifier: MIT */
#include "child.h"

#include "fail.h"
#include "print.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_NOT_FOUND 127
#define CHILD_KILLED 128

/* glibc's, where there is no $PATH. */
#define CHILD_DEFAULT_PATH "/bin:/usr/bin"

static int child_refused(char **command, int errnum, const char *why)
{
	return fail_warn_data(errnum == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_RUN, "%s: %s", command[0], why);
}

static _Noreturn void child_exec(char **command)
{
	execvp(command[0], command);
	/* Of one that is there, ENOENT may be about the interpreter that its first line names. */
	_exit(child_refused(command, errno, strerror(errno)));
}

/* 0, or errno as execve(2) would have it. */
static int child_look(const char *path)
{
	struct stat file;

	if (stat(path, &file) != 0)
		return errno;
	return S_ISREG(file.st_mode) && access(path, X_OK) == 0 ? 0 : EACCES;
}

/* As execvp(3) does: in the folders of $PATH, an empty one of which is the present one. No name is in none of them. */
static int child_search(const char *name)
{
	const char *folders = getenv("PATH");
	char *copy = fail_no_memory(strdup(folders ? folders : CHILD_DEFAULT_PATH)), *rest = copy;
	int answer = ENOENT;

	for (char *folder; *name && answer != 0 && (folder = strsep(&rest, ":")) != NULL;) {
		char *path;
		int found;

		fail_no_memory(asprintf(&path, "%s%s%s", folder, *folder ? "/" : "", name) < 0 ? NULL : path);
		found = child_look(path);
		if (found == 0 || found == EACCES)
			answer = found;
		free(path);
	}
	free(copy);
	return answer;
}

int child_check(char **command)
{
	int answer = strchr(command[0], '/') ? child_look(command[0]) : child_search(command[0]);

	if (answer == 0)
		return 0;
	return child_refused(command, answer, answer == ENOENT ? "there is no such command" : strerror(answer));
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
