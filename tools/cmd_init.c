/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <string.h>

static const struct option init_options[] = {
	{"durability", required_argument, NULL, 'd'},
	{"map-size", required_argument, NULL, 'm'},
	ARGS_HELP,
};

static enum pks_durability init_durability(const char *name)
{
	if (!strcmp(name, "full"))
		return PKS_DURABILITY_FULL;
	if (!strcmp(name, "relaxed"))
		return PKS_DURABILITY_RELAXED;
	if (!strcmp(name, "none"))
		return PKS_DURABILITY_NONE;
	fail(FAIL_MISUSE, "%s: not a durability: full, relaxed or none", name);
}

static int init_run(int argc, char **argv)
{
	struct pks_store_options options = {.mode = PKS_MUST_CREATE};

	for (int found; (found = args_next(argc, argv, "d:m:", init_options)) != -1;) {
		if (found == 'd')
			options.durability = init_durability(optarg);
		else
			options.map_size = (uint64_t)args_integer(optarg, "a number of bytes", 1, INT64_MAX);
	}
	args_rest(argc, argv, 0, 0);
	open_new(&options);
	return FAIL_OK;
}

const struct command cmd_init = {
	.name = "init",
	.usage = "init [-d DURABILITY] [-m BYTES]",
	.brief = "creates a store that is not as by default",
	.help = "Creates the store, see -s; exits with 1 when there already is one. What puts something in creates a\n"
		"store, too: this is for one that is to be otherwise from its beginning.\n"
		"\n"
		"  -d, --durability NAME  full, as without it: every commit is on the disk. relaxed: a power loss may\n"
		"                         undo the last ones. none: it may lose the store; the death of programs\n"
		"                         loses nothing all the same\n"
		"  -m, --map-size BYTES   how much address space it reserves, 1 TiB without it; it grows by itself\n",
	.run = init_run,
};
