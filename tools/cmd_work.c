/* SPDX-License-Identifier: MIT */
/* `pkstore work`: a queue's items, each given to a command. */
#include "args.h"
#include "child.h"
#include "command.h"
#include "fail.h"
#include "get.h"
#include "open.h"

#include <pkstore/queue.h>

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct work {
	struct pks_object *queue;
	const char *path;
	char **command;
	uint64_t count;
	int timeout_ms;
	bool release;
};

static const struct option work_options[] = {
	{"count", required_argument, NULL, 'n'},
	{"release", no_argument, NULL, 'r'},
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

/* A file that nobody else sees, not a pipe: the command may end without having read it. */
static FILE *work_input(const struct work *work, const struct pks_value *value)
{
	FILE *in = tmpfile();
	char *json;

	if (!in)
		fail(FAIL_STORE, "a temporary file: %s", strerror(errno));
	fail_if(pks_value_to_json(value, pks_object_store(work->queue), PKS_JSON_LINE, &json), work->path);
	if (fprintf(in, "%s\n", json) < 0 || fflush(in) != 0 || fseeko(in, 0, SEEK_SET) != 0)
		fail(FAIL_STORE, "a temporary file: %s", strerror(errno));
	free(json);
	return in;
}

static pid_t work_spawn(const struct work *work, FILE *in)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;
	int r = posix_spawn_file_actions_init(&actions);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, fileno(in), STDIN_FILENO);
	if (r == 0)
		r = posix_spawnp(&pid, work->command[0], &actions, NULL, work->command, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0)
		fail(FAIL_STORE, "%s: %s", work->command[0], strerror(r));
	return pid;
}

/* Whether the command exited with 0. */
static bool work_run_command(const struct work *work, const struct pks_value *value)
{
	FILE *in = work_input(work, value);
	pid_t pid = work_spawn(work, in);
	int status = -1;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail(FAIL_STORE, "%s: %s", work->command[0], strerror(errno));
	fclose(in);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Where this process ends in between, the item returns to its place by itself. */
static bool work_on(const struct work *work, const struct pks_reservation *item)
{
	bool good = work_run_command(work, &item->value);

	if (good)
		fail_if(pks_queue_ack(work->queue, item), work->path);
	else if (work->release)
		fail_if(pks_queue_release(work->queue, item), work->path);
	else
		fail_if(pks_queue_bury(work->queue, item), work->path);
	return good;
}

/* Goes on behind a command that failed, unless its item would be next again. */
static int work_all(const struct work *work)
{
	struct pks_reservation item = {0};
	int exit_code = FAIL_OK, r = 0;

	for (uint64_t done = 0; done < work->count && !(work->release && exit_code != FAIL_OK); done++) {
		r = pks_queue_reserve(work->queue, work->timeout_ms, &item);
		if (r != 0)
			break;
		if (!work_on(work, &item))
			exit_code = FAIL_NO;
		pks_reservation_clear(&item);
	}
	if (r != 0 && r != PKS_EMPTY)
		fail_code(r, work->path);
	return exit_code;
}

static int work_run(int argc, char **argv)
{
	struct work work = {.count = UINT64_MAX, .timeout_ms = -1};
	char **rest;
	int exit_code;

	for (int found; (found = args_next(argc, argv, "+n:rt:", work_options)) != -1;) {
		if (found == 'n')
			work.count = (uint64_t)args_integer(optarg, "a number of items", 0, INT64_MAX);
		else if (found == 'r')
			work.release = true;
		else
			work.timeout_ms = args_seconds(optarg);
	}
	rest = args_rest(argc, argv, 2, -1);
	work.path = rest[0];
	work.command = rest + 1;
	exit_code = child_check(work.command);
	if (exit_code != 0)
		return exit_code;
	work.queue = open_object(open_to_change(), work.path);
	return work_all(&work);
}

const struct command cmd_work = {
	.name = "work",
	.usage = "work [-r] [-n N] [-t SECONDS] PATH COMMAND [ARGUMENT...]",
	.brief = "runs a command for each item of a queue",
	.help = "Takes the items of the queue at PATH one after the other, waits for more, and runs COMMAND for\n"
		"each, with the item as one line of JSON on its standard input. The item is reserved meanwhile: it\n"
		"is gone when COMMAND has exited with 0, and buried when it has not (see `pkstore kick`). When\n"
		"`pkstore work` itself is killed, the item returns to its place, though COMMAND may go on.\n"
		"Exits with 1 when a COMMAND has failed, and at once with 127 when it is not there.\n"
		"\n"
		"  -n, --count N          no more than N items\n"
		"  -r, --release          puts the item of a COMMAND that failed back to its place, and ends\n"
		"  -t, --timeout SECONDS  ends when there was nothing for so long; 0: when the queue is empty\n"
		"\n"
		"Options stand before PATH; what follows it is never taken for one.\n",
	.run = work_run,
};
