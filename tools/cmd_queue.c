/* SPDX-License-Identifier: MIT */
/* put and take: queues at the command line. */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "feed.h"
#include "get.h"
#include "open.h"
#include "print.h"

#include <pkstore/queue.h>

#include <stdlib.h>
#include <string.h>

/* ---- put ---- */

struct put {
	const char *type; /* of a queue that is created */
	uint64_t maxsize;
	int timeout_ms;
	bool has_priority;
	int64_t priority;
};

static const struct option put_options[] = {
	{"maxsize", required_argument, NULL, 'm'},
	{"priority", required_argument, NULL, 'p'},
	{"raw", no_argument, NULL, 'r'},
	{"timeout", required_argument, NULL, 't'},
	{"type", required_argument, NULL, 'y'},
	ARGS_HELP,
};

static const struct put_type {
	const char *type;
	struct pks_object *(*open)(struct pks_store *store, const char *path, uint64_t maxsize, enum pks_mode mode);
} put_types[] = {
	{"queue", pks_queue_open},
	{"lifoqueue", pks_lifoqueue_open},
	{"priorityqueue", pks_priorityqueue_open},
};

static const struct put_type *put_find(const char *type)
{
	for (size_t i = 0; i < sizeof(put_types) / sizeof(*put_types); i++)
		if (!strcmp(put_types[i].type, type))
			return &put_types[i];
	return NULL;
}

/* What is there already is a queue of any type, unless one was asked for. */
static struct pks_object *put_open(const struct feed *feed, struct pks_store *store, enum pks_mode mode)
{
	const struct put *put = feed->arg;
	struct pks_object *queue = put->type ? NULL : pks_object_open(store, feed->path);
	const char *wanted = put->type ? put->type : put->has_priority ? "priorityqueue" : "queue";

	if (queue && put_find(pks_object_type(queue)))
		return queue;
	pks_object_close(queue);
	return put_find(wanted)->open(store, feed->path, put->maxsize, mode);
}

static int put_values(const struct feed *feed, struct pks_object *queue, const struct pks_value *values, size_t count)
{
	const struct put *put = feed->arg;
	int r;

	if (put->has_priority)
		r = pks_queue_put_many_priority(queue, put->priority, values, count, put->timeout_ms);
	else
		r = pks_queue_put_many(queue, values, count, put->timeout_ms);
	if (r == PKS_FULL)
		fail(FAIL_NO, "%s: the queue is full", feed->path);
	return r;
}

static int put_run(int argc, char **argv)
{
	struct put put = {.timeout_ms = 0};
	struct feed feed = {.open = put_open, .put = put_values, .whole = true, .arg = &put};
	char **rest;

	for (int found; (found = args_next(argc, argv, "+m:p:rt:", put_options)) != -1;) {
		if (found == 'm')
			put.maxsize = (uint64_t)args_integer(optarg, "a maxsize", 0, INT64_MAX);
		else if (found == 't')
			put.timeout_ms = args_seconds(optarg);
		else if (found == 'y')
			put.type = optarg;
		else if (found == 'r')
			feed.raw = true;
		else
			put.priority = args_integer(optarg, "a priority", INT64_MIN, INT64_MAX);
		put.has_priority |= found == 'p';
	}
	if (put.type && !put_find(put.type))
		fail(FAIL_MISUSE, "%s: queue, lifoqueue and priorityqueue are the types of queues", put.type);
	rest = args_rest(argc, argv, 2, -1);
	feed.path = rest[0];
	feed_run(&feed, rest + 1, (size_t)(argc - optind) - 1);
	return FAIL_OK;
}

const struct command cmd_put = {
	.name = "put",
	.usage = "put [-r] [-m MAXSIZE] [-p PRIORITY] [-t SECONDS] [--type TYPE] PATH JSON...",
	.brief = "puts items into a queue",
	.help = "Puts the JSON values into the queue at PATH, all in one transaction. Creates the queue, and the\n"
		"store, if need be. A single - reads one JSON value per line from standard input, as append does.\n"
		"Exits with 1 when the queue is full.\n"
		"\n"
		"  -m, --maxsize N       of a queue that is created: how many items it has room for\n"
		"  -p, --priority N      into a priorityqueue; the lowest number is had first\n"
		"  -r, --raw             not JSON: each is a text as it is, and so is each line; see append\n"
		"  -t, --timeout SECONDS  how long to wait for room\n"
		"      --type TYPE       queue, lifoqueue or priorityqueue; what is created without it is a queue,\n"
		"                        with -p a priorityqueue\n"
		"\n"
		"Options stand before PATH; what follows it is never taken for one.\n",
	.run = put_run,
};

/* ---- take ---- */

struct take {
	struct get get;
	uint64_t count;
	int timeout_ms;
};

static const struct option take_options[] = {
	{"indent", no_argument, NULL, 'i'}, {"count", required_argument, NULL, 'n'},
	{"raw", no_argument, NULL, 'r'},    {"timeout", required_argument, NULL, 't'},
	{"wait", no_argument, NULL, 'w'},   ARGS_HELP,
};

/* Printed before it is gone: when nobody can read it, the item returns as this process ends. */
static int take_one(const struct take *take, struct pks_object *queue, const char *path)
{
	struct pks_reservation item = {0};
	int r = pks_queue_reserve(queue, take->timeout_ms, &item);

	if (r == PKS_EMPTY)
		return r;
	fail_if(r, path);
	get_print(&take->get, &item.value);
	print_flush();
	fail_if(pks_queue_ack(queue, &item), path);
	pks_reservation_clear(&item);
	return 0;
}

static int take_all(const struct take *take, struct pks_object *queue, const char *path)
{
	for (uint64_t taken = 0; taken < take->count; taken++)
		if (take_one(take, queue, path) != 0)
			return fail_warn(FAIL_NO, "%s: empty", path);
	return FAIL_OK;
}

static int take_run(int argc, char **argv)
{
	struct take take = {.count = 1};
	const char *path;

	for (int found; (found = args_next(argc, argv, "in:rt:w", take_options)) != -1;) {
		if (found == 'i')
			take.get.style = PKS_JSON_INDENT;
		else if (found == 'r')
			take.get.raw = true;
		else if (found == 'n')
			take.count = (uint64_t)args_integer(optarg, "a number of items", 1, INT64_MAX);
		else
			take.timeout_ms = found == 'w' ? -1 : args_seconds(optarg);
	}
	path = *args_rest(argc, argv, 1, 1);
	take.get.store = open_to_change();
	return take_all(&take, open_object(take.get.store, path), path);
}

const struct command cmd_take = {
	.name = "take",
	.usage = "take [-irw] [-n N] [-t SECONDS] PATH",
	.brief = "takes items out of a queue",
	.help = "Takes the next item out of the queue at PATH, and prints it. Exits with 1 when there is none.\n"
		"An item that cannot be printed is not taken.\n"
		"\n"
		"  -n, --count N          N items; with 1 when there are less, and what there was is printed\n"
		"  -t, --timeout SECONDS  how long to wait for each\n"
		"  -w, --wait             for ever\n"
		"  -i, --indent           over several lines, for people\n"
		"  -r, --raw              text without quotes and bytes as they are, without a newline\n",
	.run = take_run,
};
