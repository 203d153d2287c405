/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"

#include <pkstore/process_control.h>
#include <pkstore/queue.h>

#include <stdlib.h>
#include <string.h>

static struct pks_object *join_open(const char *path)
{
	struct pks_object *process = pks_process_open(open_to_change(), path);

	if (!process)
		fail_handle(path);
	return process;
}

static const struct option join_options[] = {
	{"timeout", required_argument, NULL, 't'},
	{"any", no_argument, NULL, 'a'},
	ARGS_HELP,
};

struct join {
	struct pks_object **processes;
	char **paths;
	size_t count;
	bool any;
	int timeout_ms;
};

static void join_open_all(struct join *join)
{
	while (join->paths[join->count])
		join->count++;
	join->processes = fail_no_memory(calloc(join->count, sizeof(struct pks_object *)));
	for (size_t i = 0; i < join->count; i++)
		join->processes[i] = join_open(join->paths[i]);
}

/* One that was asked for alone needs no name. */
static void join_print(const struct join *join, size_t at)
{
	enum pks_status status;

	fail_if(pks_process_status(join->processes[at], &status), join->paths[at]);
	print_string(pks_status_name((int)status));
	if (join->count > 1) {
		print_string(" ");
		print_text(join->paths[at]);
	}
	print_string("\n");
}

static int join_wait(const struct join *join)
{
	const char *what = join->count == 1 ? join->paths[0] : "the processes";
	size_t first = 0;
	int r = join->any ? pks_process_join_any(join->processes, join->count, join->timeout_ms, &first)
			  : pks_process_join_all(join->processes, join->count, join->timeout_ms);

	if (r == PKS_TIMED_OUT)
		return fail_warn(FAIL_NO, "%s: timed out", what);
	fail_if(r, what);
	for (size_t i = first; i < (join->any ? first + 1 : join->count); i++)
		join_print(join, i);
	return FAIL_OK;
}

/* NULL: it is none. */
static struct pks_object *join_queue(const struct join *join)
{
	struct pks_object *object = join->paths[1] ? NULL : pks_object_open(open_to_change(), join->paths[0]);

	if (object && strstr(pks_object_type(object), "queue"))
		return object;
	pks_object_close(object);
	return NULL;
}

static int join_wait_for_queue(const struct join *join, struct pks_object *queue)
{
	int r = pks_queue_join(queue, join->timeout_ms);

	if (r == PKS_TIMED_OUT)
		return fail_warn(FAIL_NO, "%s: timed out", join->paths[0]);
	fail_if(r, join->paths[0]);
	return FAIL_OK;
}

static int join_run(int argc, char **argv)
{
	struct join join = {.timeout_ms = -1};
	struct pks_object *queue;
	int exit_code;

	for (int found; (found = args_next(argc, argv, "t:a", join_options)) != -1;) {
		if (found == 'a')
			join.any = true;
		else
			join.timeout_ms = args_seconds(optarg);
	}
	join.paths = args_rest(argc, argv, 1, -1);
	queue = join_queue(&join);
	if (queue)
		return join_wait_for_queue(&join, queue);
	join_open_all(&join);
	exit_code = join_wait(&join);
	free(join.processes);
	return exit_code;
}

const struct command cmd_join = {
	.name = "join",
	.usage = "join [--timeout SECONDS] [--any] PATH...",
	.brief = "waits until processes have ended, or a queue is done",
	.help = "Waits until the processes have ended, and prints for each its status, finished, failed or crashed,\n"
		"and its path if there are several. Exits with 0 whichever they are, and with 1 when the time is\n"
		"over first.\n"
		"\n"
		"Of a single PATH that is a queue it waits until all that was put into it is done: taken, or worked\n"
		"on with success. It prints nothing then.\n"
		"\n"
		"  -a, --any              wait for one of them only, and print that\n"
		"  -t, --timeout SECONDS  how long to wait, with decimals; without it for ever\n",
	.run = join_run,
};

static const struct option clean_options[] = {
	{"status", required_argument, NULL, 's'},
	ARGS_HELP,
};

static int clean_run(int argc, char **argv)
{
	int statuses = PKS_TERMINAL;
	uint64_t count;

	while (args_next(argc, argv, "s:", clean_options) != -1)
		statuses = args_statuses(optarg);
	args_rest(argc, argv, 0, 0);
	if (statuses & (PKS_SUBMITTED | PKS_RUNNING))
		fail(FAIL_MISUSE, "clean: a process that is submitted or running is not removed: terminate it first");
	fail_if(pks_process_clean(open_to_change(), statuses, &count), "the process table");
	print_format("%llu\n", (unsigned long long)count);
	return FAIL_OK;
}

const struct command cmd_clean = {
	.name = "clean",
	.usage = "clean [--status STATUS[,STATUS...]]",
	.brief = "removes processes that have ended",
	.help = "Removes the processes that have ended from the store, and prints how many.\n"
		"\n"
		"  -s, --status STATUS  only those: finished, failed, crashed, created\n",
	.run = clean_run,
};
