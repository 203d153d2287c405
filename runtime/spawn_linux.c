/* SPDX-License-Identifier: MIT */
#include "spawn.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether both begin with the same NAME. */
static bool same_name(const char *variable, const char *set)
{
	size_t size = strcspn(set, "=");

	return strncmp(variable, set, size) == 0 && (variable[size] == '=' || variable[size] == '\0');
}

static bool is_set(const char *variable, const char *const *set)
{
	for (; *set; set++)
		if (same_name(variable, *set))
			return true;
	return false;
}

static size_t count(const char *const *strings)
{
	size_t n = 0;

	while (strings && strings[n])
		n++;
	return n;
}

char **spawn_environment(const char *const *set)
{
	char **result = calloc(count((const char *const *)environ) + count(set) + 1, sizeof(*result)), **at = result;

	if (!result)
		return NULL;
	for (char **variable = environ; variable && *variable; variable++)
		if (!is_set(*variable, set))
			*at++ = *variable;
	for (; *set; set++)
		if (strchr(*set, '='))
			*at++ = (char *)(uintptr_t)*set; /* execve(2) takes, and does not change, char * */
	return result;
}

/* All signals unblocked and at their defaults: what the caller ignores or blocks is its own business. */
static int set_attributes(posix_spawnattr_t *attributes, const struct spawn *spawn)
{
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (spawn->own_group ? POSIX_SPAWN_SETPGROUP : 0);
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	r = posix_spawnattr_setflags(attributes, flags);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	return r == 0 ? posix_spawnattr_setpgroup(attributes, 0) : r;
}

/* The output first: in a program that has closed its own 0, 1 or 2 it may be one of these. */
static int set_files(posix_spawn_file_actions_t *files, const struct spawn *spawn)
{
	int r = 0;

	if (spawn->output >= 0)
		r = posix_spawn_file_actions_adddup2(files, spawn->output, spawn->output_as);
	for (int fd = 0; fd <= 2 && r == 0; fd++)
		if (spawn->output < 0 || fd != spawn->output_as)
			r = posix_spawn_file_actions_addopen(files, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
	return r;
}

static int run(const struct spawn *spawn, char **environment, pid_t *pid_out)
{
	char *const argv[] = {(char *)(uintptr_t)spawn->program, (char *)(uintptr_t)spawn->argument, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int r;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	r = set_attributes(&attributes, spawn);
	if (r == 0)
		r = set_files(&files, spawn);
	if (r == 0)
		r = posix_spawn(pid_out, spawn->program, &files, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return r;
}

int spawn_start(const struct spawn *spawn, pid_t *pid_out)
{
	char **environment = spawn_environment(spawn->set);
	int r;

	if (!environment)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	r = run(spawn, environment, pid_out);
	free(environment);
	return r == 0 ? 0 : error_set(PKS_ERR_POOL, "%s: %s", spawn->program, strerrordesc_np(r));
}

static bool readable(int fd, int64_t deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int64_t left = deadline - clock_monotonic();
	int r;

	do
		r = poll(&poll_fd, 1, left < 0 ? 0 : (int)(left / CLOCK_NS_PER_MS) + 1);
	while (r < 0 && errno == EINTR);
	return r > 0;
}

bool spawn_read_all(int fd, int timeout_ms, char *text, size_t size, size_t *size_out)
{
	int64_t deadline = clock_deadline(timeout_ms);
	size_t used = 0;
	ssize_t got = 1;
	char rest[256];

	while (got != 0 && readable(fd, deadline)) {
		got = used + 1 < size ? read(fd, text + used, size - 1 - used) : read(fd, rest, sizeof(rest));
		if (got < 0 && errno != EINTR)
			break;
		if (got > 0 && used + 1 < size)
			used += (size_t)got;
	}
	text[used] = '\0';
	*size_out = used;
	return got == 0;
}
