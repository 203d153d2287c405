/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "stat.h"

#include <pkstore/transaction.h>

static const struct option stat_options[] = {
	{"json", no_argument, NULL, 'j'},
	ARGS_HELP,
};

static int stat_run(int argc, char **argv)
{
	struct pks_store *store;
	bool json = false, slash;
	char **rest;

	while (args_next(argc, argv, "", stat_options) != -1)
		json = true;
	rest = args_rest(argc, argv, 0, 1);
	store = open_to_read();
	if (!*rest) {
		stat_store(store, json);
		return FAIL_OK;
	}
	fail_if(pks_snapshot_begin(store), "a snapshot");
	slash = args_namespace(*rest);
	if (slash || (pks_object_exists(store, *rest) == PKS_NOT_FOUND && open_is_namespace(store, *rest)))
		stat_namespace(store, *rest, json);
	else
		stat_object(open_object(store, *rest), *rest, json);
	return FAIL_OK;
}

const struct command cmd_stat = {
	.name = "stat",
	.usage = "stat [--json] [PATH]",
	.brief = "tells about the store, or about an object",
	.help = "Without PATH: the store's uuid, durability and sizes, who writes now, and which readers keep\n"
		"pages from being used again. With PATH: what the object tells about itself, its metadata and\n"
		"its attributes; of a namespace, how much there is in it, and its limits.\n"
		"\n"
		"      --json  one JSON object, sizes in bytes\n",
	.run = stat_run,
};
