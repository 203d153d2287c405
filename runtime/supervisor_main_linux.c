/* SPDX-License-Identifier: MIT */
/*
 * pkstore-supervisor STORE: becomes the store's supervisor, unless there is one. The program forks its daemon before it
 * has opened anything but the lock, and ends when that keeps the pool: see supervisor_start_linux.c.
 */
#include "supervisor.h"

#include "base/error.h"
#include "lock.h"
#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	if (chdir("/") != 0 || null < 0)
		return;
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

static int take_signals(int *fd_out)
{
	sigset_t taken;
	int fd;

	sigemptyset(&taken);
	sigaddset(&taken, SIGCHLD);
	sigaddset(&taken, SIGHUP);
	sigaddset(&taken, SIGTERM);
	sigprocmask(SIG_SETMASK, &taken, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* Orphans of the workers become our children. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return error_errno(errno, "cannot take signals");
	*fd_out = fd;
	return 0;
}

static int open_store(struct supervisor *supervisor)
{
	struct pks_store_options options = {.mode = PKS_MUST_EXIST, .busy_timeout_ms = SUPERVISOR_BUSY_MS};
	struct pks_store_stat stat_buf;
	int r;

	supervisor->store = pks_store_open(supervisor->path, &options);
	if (!supervisor->store)
		return pks_error_code();
	r = pks_store_stat(supervisor->store, &stat_buf);
	if (r < 0)
		return r;
	strcpy(supervisor->uuid, stat_buf.uuid);
	if (stat(supervisor->path, &supervisor->directory) != 0)
		return error_errno(errno, "%s", supervisor->path);
	if (proc_of(getpid(), &supervisor->self) != 0)
		return error_set(PKS_ERR_POOL, "/proc cannot be read");
	return pool_set_supervisor(supervisor->store, &supervisor->self);
}

static int prepare(struct supervisor *supervisor)
{
	int r = take_signals(&supervisor->signal_fd);

	if (r == 0)
		r = programs_find(PROGRAM_WORKER, supervisor->program);
	return r == 0 ? open_store(supervisor) : r;
}

/* The daemon's word: a NUL when it is ready, or the reason why it cannot be. */
static void daemon_main(struct supervisor *supervisor, int word)
{
	int r;

	detach();
	r = prepare(supervisor);
	if (r != 0) {
		const char *reason = pks_error_message();

		if (write(word, reason, strlen(reason)) < 0)
			_exit(EXIT_FAILURE);
		_exit(EXIT_FAILURE);
	}
	if (write(word, "", 1) < 0)
		_exit(EXIT_FAILURE);
	close(word);
	supervisor_run(supervisor);
}

static int hear(int word)
{
	char text[1024];
	ssize_t size;

	do
		size = read(word, text, sizeof(text) - 1);
	while (size < 0 && errno == EINTR);
	if (size <= 0)
		return SUPERVISOR_EXIT_AGAIN;
	if (text[0] == '\0')
		return EXIT_SUCCESS;
	text[size] = '\0';
	fprintf(stderr, "%s\n", text);
	return EXIT_FAILURE;
}

/* The daemon inherits the lock with the open file. */
static int start(struct supervisor *supervisor)
{
	int word[2];
	pid_t pid;

	if (pipe2(word, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		fprintf(stderr, "cannot start the supervisor: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	if (pid == 0) {
		close(word[0]);
		daemon_main(supervisor, word[1]);
	}
	close(word[1]);
	return hear(word[0]);
}

int main(int argc, char *argv[])
{
	struct supervisor supervisor = {0};
	int r;

	if (argc != 2 || argv[1][0] != '/') {
		fprintf(stderr, "usage: pkstore-supervisor STORE\n");
		return EXIT_FAILURE;
	}
	/* Who starts us may belong to a command; what we start does not. */
	unsetenv(WITHIN_ENV);
	/* What the program that started us had open is not ours to keep open. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	supervisor.path = argv[1];
	r = lock_open(argv[1], &supervisor.lock_fd);
	if (r == 0)
		r = lock_take(supervisor.lock_fd);
	if (r == PKS_EXISTS)
		return EXIT_SUCCESS;
	if (r < 0) {
		fprintf(stderr, "%s\n", pks_error_message());
		return EXIT_FAILURE;
	}
	return start(&supervisor);
}
