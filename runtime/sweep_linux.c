/* SPDX-License-Identifier: MIT */
#include "sweep.h"

#include "base/clock.h"
#include "base/proc.h"

#include <pkstore/error.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * More than any environment the kernel lets a program have by default holds before what we set; it is read piece by
 * piece.
 */
#define PIECE_SIZE 65536

/* How long to wait for what was killed before looking again: dying takes less, and who is not dead is found again. */
#define DYING_MS 20

/*
 * A parent may fork and end while the list of processes is read, its child behind the place where the reading has been.
 * So one look that finds nobody is not believed.
 */
#define CLEAN_LOOKS 2

struct matcher {
	const char *mark;
	size_t size;
	size_t at;   /* how much of the mark the present variable has matched */
	bool failed; /* it cannot match any more */
};

/* True when the variable that ends or goes on with `byte` is the mark, or begins with it and a slash. */
static bool match_byte(struct matcher *matcher, char byte)
{
	if (!matcher->failed && matcher->at == matcher->size && (byte == '\0' || byte == '/'))
		return true;
	if (byte == '\0') {
		matcher->at = 0;
		matcher->failed = false;
	} else if (!matcher->failed && matcher->at < matcher->size && matcher->mark[matcher->at] == byte) {
		matcher->at++;
	} else {
		matcher->failed = true;
	}
	return false;
}

static bool match_piece(struct matcher *matcher, const char *piece, ssize_t size)
{
	for (ssize_t i = 0; i < size; i++)
		if (match_byte(matcher, piece[i]))
			return true;
	return false;
}

bool sweep_is_marked(pid_t pid, const char *mark)
{
	struct matcher matcher = {.mark = mark, .size = strlen(mark)};
	char path[32], piece[PIECE_SIZE];
	bool found = false;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (!found && (got = read(fd, piece, sizeof(piece))) > 0)
		found = match_piece(&matcher, piece, got);
	close(fd);
	return found;
}

/*
 * Calls each() for every variable of the process until it returns another value than 0, which is forwarded. getdelim()
 * takes the environment apart, which is NUL-separated like `env -0`.
 */
static int each_variable(pid_t pid, int (*each)(const char *variable, void *arg), void *arg)
{
	char path[32], *variable = NULL;
	size_t room = 0;
	int r = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (r == 0 && getdelim(&variable, &room, '\0', file) > 0)
		r = each(variable, arg);
	free(variable);
	fclose(file);
	return r;
}

struct reading {
	const char *name; /* or the beginning of a mark */
	char *text_out;
	size_t size;
};

/* Found; there is no error of this number. */
#define FOUND PKS_FULL

static int take_mark(const char *variable, void *arg)
{
	const struct reading *reading = arg;
	size_t size = strlen(reading->name);

	if (strncmp(variable, reading->name, size) != 0 || variable[size] != '/' || !variable[size + 1] ||
	    strlen(variable) >= reading->size)
		return 0;
	strcpy(reading->text_out, variable);
	return FOUND;
}

int sweep_read_mark(pid_t pid, const char *mark, char *mark_out, size_t size)
{
	return each_variable(pid, take_mark, &(struct reading){mark, mark_out, size}) == FOUND ? 0 : PKS_NOT_FOUND;
}

static int take_text(const char *variable, void *arg)
{
	const struct reading *reading = arg;
	size_t size = strlen(reading->name);

	if (strncmp(variable, reading->name, size) != 0 || variable[size] != '=' ||
	    strlen(variable + size + 1) >= reading->size)
		return 0;
	strcpy(reading->text_out, variable + size + 1);
	return FOUND;
}

int sweep_read_variable(pid_t pid, const char *name, char *text_out, size_t size)
{
	return each_variable(pid, take_text, &(struct reading){name, text_out, size}) == FOUND ? 0 : PKS_NOT_FOUND;
}

int sweep_each(int (*each)(pid_t pid, void *arg), void *arg)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return PKS_ERR_IO;
	while (r == 0 && (entry = readdir(dir)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			r = each((pid_t)atol(entry->d_name), arg);
	closedir(dir);
	return r;
}

struct sweep {
	bool (*wanted)(pid_t pid, const struct sweep *sweep);
	const char *mark;
	bool (*spare)(pid_t pid, void *arg);
	void *arg;
	pid_t self, spared;
	unsigned killed; /* in this look */
	int last;        /* a descriptor of the last one killed; -1: none */
};

static bool is_dead(pid_t pid)
{
	struct proc_stat stat;

	return proc_stat_read(pid, &stat) != 0 || stat.state == 'Z' || stat.state == 'X';
}

/*
 * The descriptor first: what is asked about the pid after that is about the process that it stands for, or it is dead.
 */
static int kill_wanted(pid_t pid, void *arg)
{
	struct sweep *sweep = arg;
	int fd;

	if (pid == sweep->self || pid == sweep->spared || !sweep->wanted(pid, sweep))
		return 0;
	fd = pidfd_open(pid, 0);
	if (fd < 0)
		return 0;
	if (is_dead(pid) || !sweep->wanted(pid, sweep) || pidfd_send_signal(fd, SIGKILL, NULL, 0) != 0) {
		close(fd);
		return 0;
	}
	if (sweep->last >= 0)
		close(sweep->last);
	sweep->last = fd;
	sweep->killed++;
	return 0;
}

static void wait_for_last(struct sweep *sweep)
{
	if (sweep->last < 0)
		return;
	proc_wait(sweep->last, DYING_MS);
	close(sweep->last);
	sweep->last = -1;
}

/* ---- those who are neither alive nor dead ---- */

struct dying {
	int64_t deadline;
	bool reaper; /* the calling process is, of those who lose their parents */
};

static bool is_own(pid_t pid)
{
	char path[32];
	struct stat folder;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return geteuid() == 0 || (stat(path, &folder) == 0 && folder.st_uid == geteuid());
}

/* One of ours whose parent still ends is about to be our child. */
static bool may_be_ours(pid_t pid, const struct proc_stat *stat, const struct dying *dying)
{
	struct proc_stat parent;

	if (!dying->reaper)
		return is_own(pid);
	return stat->parent == getpid() || proc_stat_read((pid_t)stat->parent, &parent) != 0 || parent.ending;
}

static bool is_dying(pid_t pid, const struct dying *dying)
{
	struct proc_stat stat;

	return proc_stat_read(pid, &stat) == 0 && stat.ending && stat.state != 'Z' && stat.state != 'X' &&
	       may_be_ours(pid, &stat, dying);
}

/* As in kill_wanted(), so that nobody else is waited for. */
static int await_one(pid_t pid, void *arg)
{
	const struct dying *dying = arg;
	int64_t left;
	int fd;

	if (pid == getpid() || !is_dying(pid, dying))
		return 0;
	fd = pidfd_open(pid, 0);
	if (fd < 0)
		return 0;
	left = (dying->deadline - clock_monotonic()) / CLOCK_NS_PER_MS;
	if (is_dying(pid, dying))
		proc_wait(fd, left > 0 ? (int)left : 0);
	close(fd);
	return 0;
}

/*
 * Who was killed loses its memory first, and with it the environment that tells whose it is, and may take its time to
 * end after that. So whoever is found like that is waited for, if it can be one of ours: one look is enough, as none of
 * them starts another. A sub-reaper knows its own, which have become its children; others wait for all of the user's.
 */
static void await_dying(int64_t deadline)
{
	struct dying dying = {.deadline = deadline};
	int reaper = 0;

	dying.reaper = prctl(PR_GET_CHILD_SUBREAPER, &reaper) == 0 && reaper;
	sweep_each(await_one, &dying);
}

/* ---- all of them ---- */

static int run(struct sweep *sweep, int timeout_ms)
{
	int64_t deadline = clock_deadline(timeout_ms);
	int clean = 0;

	sweep->self = getpid();
	sweep->last = -1;
	while (clean < CLEAN_LOOKS) {
		if (clock_monotonic() > deadline)
			return PKS_TIMED_OUT;
		sweep->killed = 0;
		sweep_each(kill_wanted, sweep);
		wait_for_last(sweep);
		clean = sweep->killed ? 0 : clean + 1;
	}
	await_dying(deadline);
	return 0;
}

static bool is_marked(pid_t pid, const struct sweep *sweep)
{
	return sweep_is_marked(pid, sweep->mark);
}

int sweep_kill_marked(const char *mark, pid_t spared, int timeout_ms)
{
	struct sweep sweep = {.wanted = is_marked, .mark = mark, .spared = spared};

	return run(&sweep, timeout_ms);
}

static bool is_child(pid_t pid, const struct sweep *sweep)
{
	struct proc_stat stat;

	return proc_stat_read(pid, &stat) == 0 && stat.parent == sweep->self && !sweep->spare(pid, sweep->arg);
}

int sweep_kill_children(bool (*spare)(pid_t pid, void *arg), void *arg, int timeout_ms)
{
	struct sweep sweep = {.wanted = is_child, .spare = spare, .arg = arg};

	return run(&sweep, timeout_ms);
}
