/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"

#include <pkstore/watch.h>

#include <limits.h>

static const struct option watch_options[] = {
	{"number", required_argument, NULL, 'n'},
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

struct watching {
	struct pks_watch *watch;
	char **paths;
	size_t left; /* of the objects that are not dropped yet */
	int timeout_ms;
};

static void watch_open(struct watching *watching)
{
	struct pks_store *store = open_to_read();

	watching->watch = pks_watch_new(store);
	if (!watching->watch)
		fail_handle("a watch");
	for (char **path = watching->paths; *path; path++, watching->left++)
		fail_if(pks_watch_change(watching->watch, open_object(store, *path), NULL), *path);
}

/* The next line; another exit code than FAIL_OK ends it. */
static int watch_next(struct watching *watching)
{
	size_t which = 0;
	int r = pks_watch_wait(watching->watch, watching->timeout_ms, &which);

	if (r == PKS_TIMED_OUT)
		return FAIL_NO;
	if (r == PKS_ERR_GONE) {
		fail_warn(FAIL_NO, "%s: was dropped", watching->paths[which]);
		return --watching->left > 0 ? FAIL_OK : FAIL_NO;
	}
	fail_if(r, "a watch");
	print_text(watching->paths[which]);
	print_string("\n");
	print_flush();
	return FAIL_OK;
}

static int watch_run(int argc, char **argv)
{
	struct watching watching = {.timeout_ms = -1};
	int64_t lines = INT64_MAX;
	int exit_code = FAIL_OK;

	for (int found; (found = args_next(argc, argv, "n:t:", watch_options)) != -1;) {
		if (found == 'n')
			lines = args_integer(optarg, "a number of lines", 1, INT64_MAX);
		else if (found == 't')
			watching.timeout_ms = args_seconds(optarg);
	}
	watching.paths = args_rest(argc, argv, 1, -1);
	watch_open(&watching);
	while (exit_code == FAIL_OK && lines-- > 0)
		exit_code = watch_next(&watching);
	pks_watch_free(watching.watch);
	return exit_code;
}

const struct command cmd_watch = {
	.name = "watch",
	.usage = "watch [-n N] [-t SECONDS] PATH...",
	.brief = "prints the path of each object that changes",
	.help = "Waits for the objects at the paths, and prints the path of one each time that it has changed,\n"
		"whoever changed it: its items, attributes, metadata or path. Changes that follow each other\n"
		"faster than they are printed are one line. Ends when all of them are dropped, and exits with 1\n"
		"then. To see what comes into a Log there is `pkstore log -f`, for processes `pkstore join`.\n"
		"\n"
		"  -n, --number N         ends after N lines\n"
		"  -t, --timeout SECONDS  exits with 1 when nothing has changed for so long\n",
	.run = watch_run,
};
