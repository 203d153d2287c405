/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "feed.h"

#include <pkstore/log.h>

static const struct option append_options[] = {
	{"raw", no_argument, NULL, 'r'},
	ARGS_HELP,
};

static struct pks_object *append_open(const struct feed *feed, struct pks_store *store, enum pks_mode mode)
{
	return pks_log_open(store, feed->path, mode);
}

static int append_put(const struct feed *feed, struct pks_object *log, const struct pks_value *values, size_t count)
{
	return pks_log_extend(log, values, count);
}

static int append_run(int argc, char **argv)
{
	struct feed feed = {.open = append_open, .put = append_put, .whole = true};
	char **rest;

	while (args_next(argc, argv, "+r", append_options) != -1)
		feed.raw = true;
	rest = args_rest(argc, argv, 2, -1);
	feed.path = rest[0];
	feed_run(&feed, rest + 1, (size_t)(argc - optind) - 1);
	return FAIL_OK;
}

const struct command cmd_append = {
	.name = "append",
	.usage = "append [-r] PATH JSON...",
	.brief = "appends entries to a Log",
	.help = "Appends the JSON values to the Log at PATH, all in one transaction. Creates the Log, and the\n"
		"store, if need be. A single - reads one JSON value per line from standard input, as they come,\n"
		"and appends them in transactions of a bounded size; blank lines are skipped. After a line that\n"
		"is wrong it stops; what stood before it is appended.\n"
		"\n"
		"  -r, --raw  not JSON: each is a text as it is, without quotes, and so is each line, also an empty\n"
		"             one; what is not UTF-8 becomes bytes\n"
		"\n"
		"Options stand before PATH; what follows it is never taken for one.\n",
	.run = append_run,
};
