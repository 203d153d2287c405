/* SPDX-License-Identifier: MIT */
/* Running a command. */
#include "command.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where a command is looked for when the environment does not say: as a shell does. */
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* ---- which file ---- */

static void refuse(struct command_end *end, int exitcode, const char *format, ...) PKS_PRINTF(3, 4);

static void refuse(struct command_end *end, int exitcode, const char *format, ...)
{
	va_list args;

	end->exitcode = exitcode;
	va_start(args, format);
	vsnprintf(end->reason, sizeof(end->reason), format, args);
	va_end(args);
}

static bool is_executable(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, X_OK) == 0;
}

/* The first one that can be executed; else the first one that is there, which tells why not. */
static bool search(const char *name, const char *folders, char path_out[PKS_STORE_PATH_SIZE])
{
	char path[PKS_STORE_PATH_SIZE];
	bool found = false;

	for (const char *at = folders;; at++) {
		size_t size = strcspn(at, ":");
		int length = snprintf(path, sizeof(path), "%.*s%s%s", (int)size, at, size ? "/" : "", name);

		if (length > 0 && length < PKS_STORE_PATH_SIZE && access(path, F_OK) == 0) {
			if (is_executable(path) || !found)
				strcpy(path_out, path);
			found = true;
			if (is_executable(path))
				return true;
		}
		at += size;
		if (!*at)
			return found;
	}
}

static bool find(const char *name, char path_out[PKS_STORE_PATH_SIZE], struct command_end *end)
{
	const char *folders = getenv("PATH");

	if (strlen(name) >= PKS_STORE_PATH_SIZE) {
		refuse(end, COMMAND_EXIT_NOT_FOUND, "%.64s...: a path longer than %d bytes", name,
		       PKS_STORE_PATH_SIZE - 1);
		return false;
	}
	if (strchr(name, '/')) {
		strcpy(path_out, name);
		return true;
	}
	if (search(name, folders ? folders : DEFAULT_PATH, path_out))
		return true;
	refuse(end, COMMAND_EXIT_NOT_FOUND, "%s: there is no such command in %s", name,
	       folders ? folders : DEFAULT_PATH);
	return false;
}

/* ---- its stdin ---- */

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0 && errno != EINTR)
			return error_errno(errno, "its stdin cannot be made");
		if (written > 0) {
			bytes += written;
			size -= (size_t)written;
		}
	}
	return 0;
}

/* A file in memory: it holds any amount without anybody who writes it while it is read. */
static int open_input(const struct pks_value *input, int *fd_out)
{
	const void *bytes = NULL;
	const char *text;
	size_t size = 0;
	int fd, r;

	if (pks_value_text(input, &text, &size) == 0)
		bytes = text;
	else if (pks_value_bytes(input, &bytes, &size) != 0)
		size = 0;
	fd = input->size ? memfd_create("stdin", MFD_CLOEXEC) : open(_PATH_DEVNULL, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(errno, "its stdin cannot be made");
	r = write_all(fd, bytes, size);
	if (r < 0) {
		close(fd);
		return r;
	}
	lseek(fd, 0, SEEK_SET);
	*fd_out = fd;
	return 0;
}

/* ---- the child ---- */

/* Signals as a login leaves them; in our own group. */
static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	return r == 0 ? posix_spawnattr_setsigdefault(attributes, &all) : r;
}

static int spawn(const char *path, char *const argv[], int input, pid_t *pid_out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int r;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	r = set_attributes(&attributes);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	if (r == 0)
		r = posix_spawn(pid_out, path, &files, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return r;
}

/* A text file without a first line that names who runs it is a script of the shell. */
static int spawn_script(const char *path, char *const argv[], int input, pid_t *pid_out)
{
	size_t count = 0;
	char **of_shell;
	int r;

	while (argv[count])
		count++;
	of_shell = calloc(count + 2, sizeof(*of_shell));
	if (!of_shell)
		return ENOMEM;
	of_shell[0] = (char *)(uintptr_t)_PATH_BSHELL;
	of_shell[1] = (char *)(uintptr_t)path;
	for (size_t i = 1; i < count; i++)
		of_shell[i + 1] = argv[i];
	r = spawn(_PATH_BSHELL, of_shell, input, pid_out);
	free(of_shell);
	return r;
}

static int wait_for(pid_t pid, struct command_end *end)
{
	pid_t r;

	do
		r = wait4(pid, &end->wait_status, 0, &end->usage);
	while (r < 0 && errno == EINTR);
	return r == pid ? 0 : error_errno(errno, "its command cannot be waited for");
}

static void hand_on_sigterm(pid_t pid)
{
	sigset_t pending;

	if (sigpending(&pending) == 0 && sigismember(&pending, SIGTERM))
		kill(pid, SIGTERM);
}

static int run_file(const char *path, char *const argv[], int input, struct command_end *end)
{
	pid_t pid;
	int errnum = spawn(path, argv, input, &pid);

	if (errnum == ENOEXEC && is_executable(path))
		errnum = spawn_script(path, argv, input, &pid);
	if (errnum) {
		bool missing = errnum == ENOENT || errnum == ENOTDIR;

		refuse(end, missing ? COMMAND_EXIT_NOT_FOUND : COMMAND_EXIT_NOT_EXECUTABLE, "%s: %s", path,
		       strerrordesc_np(errnum));
		return 0;
	}
	end->started = true;
	hand_on_sigterm(pid);
	return wait_for(pid, end);
}

/*
 * SIGTERM is for the command, which gets it as a part of the worker's tree. One that was sent before the command was
 * there has only reached the worker: it is held there, and handed on (hand_on_sigterm()). What comes later finds it.
 * It stays held off until the end is recorded (worker_take_signals()).
 */
static void hold_sigterm(void)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
}

int command_run(char *const argv[], const struct pks_value *input, struct command_end *end_out)
{
	char path[PKS_STORE_PATH_SIZE];
	int fd = -1, r;

	*end_out = (struct command_end){0};
	if (!find(argv[0], path, end_out))
		return 0;
	r = open_input(input, &fd);
	if (r < 0)
		return r;
	hold_sigterm();
	r = run_file(path, argv, fd, end_out);
	close(fd);
	return r;
}
