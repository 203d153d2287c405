/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"

#include <pkstore/watch.h>

#include <limits.h>

static const struct option watch_options[] = {
	{"key", required_argument, NULL, 'k'},
	{"number", required_argument, NULL, 'n'},
	{"since", required_argument, NULL, 's'},
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

struct watching {
	struct pks_watch *watch;
	char **paths;
	size_t left; /* of the objects that are not dropped yet */
	const char *key; /* of a Dict: only this item; NULL: all that there is */
	int64_t since;   /* the version that was seen; negative: the one at the beginning */
	int timeout_ms;
};

/* Between the version that was seen and now others may have changed it: that is told at once. */
static bool watch_has_changed(const struct watching *watching, struct pks_object *object, const char *path)
{
	uint64_t version;

	if (watching->since < 0)
		return false;
	fail_if(pks_object_version(object, &version), path);
	return version != (uint64_t)watching->since;
}

static void watch_print(const char *path)
{
	print_text(path);
	print_string("\n");
	print_flush();
}

static void watch_add(struct watching *watching, struct pks_object *object, const char *path)
{
	if (watching->key)
		fail_if(pks_watch_key(watching->watch, object, watching->key, NULL), path);
	else
		fail_if(pks_watch_change(watching->watch, object, NULL), path);
	watching->left++;
}

/* Whether one has changed already. */
static bool watch_open(struct watching *watching)
{
	struct pks_store *store = open_to_read();
	bool changed = false;

	watching->watch = pks_watch_new(store);
	if (!watching->watch)
		fail_handle("a watch");
	for (char **path = watching->paths; *path; path++) {
		struct pks_object *object = open_object(store, *path);

		watch_add(watching, object, *path);
		changed |= watch_has_changed(watching, object, *path);
	}
	return changed;
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
	watch_print(watching->paths[which]);
	return FAIL_OK;
}

static int watch_run(int argc, char **argv)
{
	struct watching watching = {.timeout_ms = -1, .since = -1};
	int64_t lines = INT64_MAX;
	int exit_code = FAIL_OK;

	for (int found; (found = args_next(argc, argv, "k:n:s:t:", watch_options)) != -1;) {
		if (found == 'n')
			lines = args_integer(optarg, "a number of lines", 1, INT64_MAX);
		else if (found == 'k')
			watching.key = optarg;
		else if (found == 's')
			watching.since = args_integer(optarg, "a version", 0, INT64_MAX);
		else
			watching.timeout_ms = args_seconds(optarg);
	}
	watching.paths = args_rest(argc, argv, 1, watching.since >= 0 ? 1 : -1);
	if (watching.key && watching.since >= 0)
		fail(FAIL_MISUSE, "watch: an item has no version: --key and --since cannot both be");
	if (watch_open(&watching)) {
		watch_print(watching.paths[0]);
		lines--;
	}
	while (exit_code == FAIL_OK && lines-- > 0)
		exit_code = watch_next(&watching);
	pks_watch_free(watching.watch);
	return exit_code;
}

const struct command cmd_watch = {
	.name = "watch",
	.usage = "watch [-n N] [-t SECONDS] [-k KEY | -s VERSION] PATH...",
	.brief = "prints the path of each object that changes",
	.help = "Waits for the objects at the paths, and prints the path of one each time that it has changed,\n"
		"whoever changed it: its items, attributes, metadata or path. Changes that follow each other\n"
		"faster than they are printed are one line. Ends when all of them are dropped, and exits with 1\n"
		"then. To see what comes into a Log there is `pkstore log -f`, for processes `pkstore join`.\n"
		"\n"
		"  -k, --key KEY          of Dicts and Processes only the item KEY: another value, or that it comes\n"
		"                         or goes\n"
		"  -n, --number N         ends after N lines\n"
		"  -s, --since VERSION    of one PATH: the version that was seen, as `pkstore stat` tells it; when\n"
		"                         the object has changed since then, that is the first line\n"
		"  -t, --timeout SECONDS  exits with 1 when nothing has changed for so long\n",
	.run = watch_run,
};
