/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit code of a child that could not even start the tool. */
#define TOOL_NOT_STARTED 125

/* More than any of the tests passes. */
#define TOOL_ARGUMENTS_MAX 64

static char tool_folder[PATH_MAX];

/* ---- the folder ---- */

void tool_begin(void)
{
	strcpy(tool_folder, "/dev/shm/pks-cli-XXXXXX");
	cr_assert(mkdtemp(tool_folder) != NULL, "%s: %s", tool_folder, strerror(errno));
	setenv("PKSTORE_PATH", tool_path("store"), 1);
}

static int tool_remove(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	return remove(path);
}

void tool_end(void)
{
	struct tool_result result;

	if (access(tool_path("store"), F_OK) == 0) {
		result = tool("pool", "stop");
		cr_expect(result.exit_code == 0, "pool stop: %s", result.err);
		tool_release(&result);
	}
	nftw(tool_folder, tool_remove, 16, FTW_DEPTH | FTW_PHYS);
}

const char *tool_path(const char *name)
{
	static char paths[5][PATH_MAX + 64];
	static unsigned turn;

	turn = (turn + 1) % 5;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", tool_folder, name);
	return paths[turn];
}

/* ---- starting it ---- */

/* In the child: the three descriptors become its stdin, stdout and stderr; -1 is a closed one. */
static _Noreturn void tool_exec(const int *descriptors, const char *const *arguments)
{
	const char *tool = getenv("PKSTORE_TOOL");
	char *argv[TOOL_ARGUMENTS_MAX] = {strdup("pkstore")};

	for (int i = 0; i < TOOL_ARGUMENTS_MAX - 2 && arguments[i]; i++)
		argv[i + 1] = strdup(arguments[i]);
	for (int i = 0; i < 3; i++) {
		if (descriptors[i] < 0)
			close(i);
		else if (dup2(descriptors[i], i) < 0)
			_exit(TOOL_NOT_STARTED);
	}
	execv(tool ? tool : "pkstore", argv);
	_exit(TOOL_NOT_STARTED);
}

static pid_t tool_fork(const int *descriptors, const char *const *arguments)
{
	pid_t pid = fork();

	cr_assert(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0)
		tool_exec(descriptors, arguments);
	return pid;
}

static int tool_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		cr_assert(errno == EINTR, "waitpid: %s", strerror(errno));
	cr_assert(!WIFEXITED(status) || WEXITSTATUS(status) != TOOL_NOT_STARTED, "$PKSTORE_TOOL could not be started");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- to its end ---- */

/* Memory instead of pipes: nobody has to read while it runs. */
static int tool_memory(const char *text, size_t size)
{
	int fd = memfd_create("tool", MFD_CLOEXEC);

	cr_assert(fd >= 0 && write(fd, text, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0, "memfd: %s",
	          strerror(errno));
	return fd;
}

static char *tool_read_all(int fd, size_t *size_out)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = size < 0 ? NULL : malloc((size_t)size + 1);
	size_t got = 0;

	cr_assert(text != NULL);
	while (got < (size_t)size) {
		ssize_t n = pread(fd, text + got, (size_t)size - got, (off_t)got);

		cr_assert(n > 0, "pread: %s", strerror(errno));
		got += (size_t)n;
	}
	text[got] = '\0';
	*size_out = got;
	return text;
}

static int tool_stdout(const struct tool_setting *setting)
{
	int fd;

	if (!setting->out_path)
		return tool_memory("", 0);
	if (!*setting->out_path)
		return -1;
	fd = open(setting->out_path, O_WRONLY | O_CLOEXEC);
	cr_assert(fd >= 0, "%s: %s", setting->out_path, strerror(errno));
	return fd;
}

struct tool_result tool_run(const struct tool_setting *setting, const char *const *arguments)
{
	struct tool_setting usual = {0};
	struct tool_result result = {0};
	int fds[3];

	setting = setting ? setting : &usual;
	fds[0] = tool_memory(setting->in ? setting->in : "", setting->in_size ? setting->in_size
	                                                     : setting->in    ? strlen(setting->in)
	                                                                      : 0);
	fds[1] = tool_stdout(setting);
	fds[2] = tool_memory("", 0);
	result.exit_code = tool_wait(tool_fork(fds, arguments));
	result.out = setting->out_path ? strdup("") : tool_read_all(fds[1], &result.out_size);
	result.err = tool_read_all(fds[2], &result.err_size);
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return result;
}

void tool_release(struct tool_result *result)
{
	free(result->out);
	free(result->err);
	*result = (struct tool_result){0};
}

/* ---- going on ---- */

struct tool_child tool_start(const char *const *arguments)
{
	struct tool_child child = {0};
	int in[2], out[2];

	cr_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
	child.pid = tool_fork((const int[]){in[0], out[1], STDERR_FILENO}, arguments);
	close(in[0]);
	close(out[1]);
	child.in = fdopen(in[1], "w");
	child.out = fdopen(out[0], "r");
	cr_assert(child.in && child.out);
	return child;
}

const char *tool_next_line(struct tool_child *child)
{
	static char *line;
	static size_t capacity;

	if (getline(&line, &capacity, child->out) < 0)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

int tool_finish(struct tool_child *child, int signal_number)
{
	if (child->in)
		fclose(child->in);
	if (signal_number)
		kill(child->pid, signal_number);
	if (child->out)
		fclose(child->out);
	child->in = child->out = NULL;
	return tool_wait(child->pid);
}
