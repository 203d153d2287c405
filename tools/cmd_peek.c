/* SPDX-License-Identifier: MIT */
/* peek, kick and done: what is in a queue, was put aside there, or was taken out. */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "get.h"
#include "open.h"
#include "print.h"

#include <pkstore/queue.h>

static const struct option peek_options[] = {
	{"buried", no_argument, NULL, 'b'}, {"count", required_argument, NULL, 'n'}, {"indent", no_argument, NULL, 'i'},
	{"raw", no_argument, NULL, 'r'},    {"reserved", no_argument, NULL, 'R'},    ARGS_HELP,
};

/* Returns how many there were, up to `max`. */
static uint64_t peek(const struct get *get, struct pks_object *queue, const char *path, int places, uint64_t max)
{
	struct pks_queue_iter *iter = pks_queue_iter(queue, places, false);
	struct pks_queue_item item;
	uint64_t count = 0;
	int r = 0;

	if (!iter)
		fail_handle(path);
	while (count < max && (r = pks_queue_next(iter, &item)) == 0) {
		get_print(get, &item.value);
		count++;
	}
	pks_queue_iter_close(iter);
	if (r != PKS_END)
		fail_if(r, path);
	return count;
}

static int peek_run(int argc, char **argv)
{
	struct get get = {0};
	int places = PKS_QUEUE_READY;
	uint64_t max = 1;
	const char *path;

	for (int found; (found = args_next(argc, argv, "bin:r", peek_options)) != -1;) {
		if (found == 'b')
			places = PKS_QUEUE_BURIED;
		else if (found == 'R')
			places = PKS_QUEUE_RESERVED;
		else if (found == 'i')
			get.style = PKS_JSON_INDENT;
		else if (found == 'n')
			max = (uint64_t)args_integer(optarg, "a number of items", 1, INT64_MAX);
		else
			get.raw = true;
	}
	path = *args_rest(argc, argv, 1, 1);
	get.store = open_to_read();
	if (peek(&get, open_object(get.store, path), path, places, max) == 0)
		return fail_warn(FAIL_NO, "%s: empty", path);
	return FAIL_OK;
}

const struct command cmd_peek = {
	.name = "peek",
	.usage = "peek [-ir] [-b | --reserved] [-n N] PATH",
	.brief = "prints the next item of a queue",
	.help = "Prints the item that `pkstore take` would take, and leaves it there. Exits with 1 when\n"
		"there is none. `pkstore get` prints all that can be taken.\n"
		"\n"
		"  -b, --buried    what was buried instead: what `pkstore kick` would put back first\n"
		"      --reserved  what is held by processes instead; `pkstore stat` tells by which\n"
		"  -n, --count N   the next N items, or as many as there are\n"
		"  -i, --indent    over several lines, for people\n"
		"  -r, --raw       text without quotes and bytes as they are, without a newline\n",
	.run = peek_run,
};

static int kick_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 1, 2);
	uint64_t max = rest[1] ? (uint64_t)args_integer(rest[1], "a number of items", 0, INT64_MAX) : UINT64_MAX, count;

	fail_if(pks_queue_kick(open_object(open_to_change(), rest[0]), max, &count), rest[0]);
	print_format("%llu\n", (unsigned long long)count);
	return FAIL_OK;
}

const struct command cmd_kick = {
	.name = "kick",
	.usage = "kick PATH [N]",
	.brief = "puts buried items back into a queue",
	.help = "Puts the items that were buried, or the first N of them, back to their places, and prints how\n"
		"many there were.\n",
	.run = kick_run,
};

static int done_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 1, 2);
	uint64_t count = rest[1] ? (uint64_t)args_integer(rest[1], "a number of items", 1, INT64_MAX) : 1;
	int r = pks_queue_task_done(open_object(open_to_change(), rest[0]), count);

	if (r == PKS_ERR_STATE)
		return fail_warn_data(FAIL_NO, "%s", pks_error_message());
	fail_if(r, rest[0]);
	return FAIL_OK;
}

const struct command cmd_done = {
	.name = "done",
	.usage = "done PATH [N]",
	.brief = "says that items which programs got are done",
	.help = "Says that an item, or N of them, that programs got out of the queue are done, as task_done() does:\n"
		"`pkstore join` waits for that. What `pkstore take` and `work` have had is done already: this is for\n"
		"items whose program got and lost them. Exits with 1 when not so many are unfinished, which\n"
		"`pkstore stat` tells.\n",
	.run = done_run,
};
