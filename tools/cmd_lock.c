/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"

#include <pkstore/lock.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* As shells have it: what a command that was not found, or killed, exits with. */
#define LOCK_NOT_FOUND 127
#define LOCK_NOT_RUN 126
#define LOCK_KILLED 128

static const struct option lock_options[] = {
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

/* A Lock or an RLock that is there, or a new Lock. */
static struct pks_object *lock_open_path(struct pks_store *store, const char *path)
{
	struct pks_object *lock = pks_object_open(store, path);

	if (!lock && pks_error_code() == PKS_NOT_FOUND)
		lock = pks_lock_open(store, path, PKS_OPEN_OR_CREATE);
	if (!lock)
		fail_handle(path);
	return lock;
}

static pid_t lock_start(char **command)
{
	pid_t pid;

	print_flush();
	pid = fork();
	if (pid < 0)
		fail(FAIL_STORE, "%s: %s", command[0], strerror(errno));
	/* As system(3) does: what a terminal sends is for the command, and the lock is released after it. */
	if (pid > 0) {
		signal(SIGINT, SIG_IGN);
		signal(SIGQUIT, SIG_IGN);
		return pid;
	}
	execvp(command[0], command);
	fprintf(stderr, "pkstore: %s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? LOCK_NOT_FOUND : LOCK_NOT_RUN);
}

static int lock_await(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail(FAIL_STORE, "waitpid: %s", strerror(errno));
	return WIFSIGNALED(status) ? LOCK_KILLED + WTERMSIG(status) : WEXITSTATUS(status);
}

static int lock_run(int argc, char **argv)
{
	struct pks_object *lock;
	int timeout_ms = -1, r, exit_code;
	char **rest;

	while (args_next(argc, argv, "+t:", lock_options) != -1)
		timeout_ms = args_seconds(optarg);
	rest = args_rest(argc, argv, 2, -1);
	lock = lock_open_path(open_to_create(), rest[0]);
	r = pks_lock_acquire(lock, timeout_ms);
	if (r == PKS_TIMED_OUT)
		return fail_warn(FAIL_NO, "%s", pks_error_message());
	if (r == PKS_OWNER_DIED)
		fail_warn(FAIL_OK, "%s", pks_error_message());
	else
		fail_if(r, rest[0]);
	exit_code = lock_await(lock_start(rest + 1));
	fail_if(pks_lock_release(lock), rest[0]);
	return exit_code;
}

const struct command cmd_lock = {
	.name = "lock",
	.usage = "lock [-t SECONDS] PATH [--] COMMAND [ARGUMENT...]",
	.brief = "runs a command while it holds a Lock",
	.help = "Acquires the Lock or RLock, which is made if it is not there, runs the command, and releases it.\n"
		"Exits as the command does; with 128 and the number of the signal that killed it; with 127 when\n"
		"it is not found; with 1 when the timeout passed first. Says so when the last owner died with the\n"
		"lock, and goes on. Should this program be killed, the lock goes to the next, whatever the command\n"
		"does.\n"
		"\n"
		"  -t, --timeout SECONDS  wait no longer than that for the lock; 0: not at all\n",
	.run = lock_run,
};
