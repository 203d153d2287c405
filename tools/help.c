/* SPDX-License-Identifier: MIT */
#include "help.h"

#include "args.h"
#include "fail.h"
#include "print.h"

#include <pkstore/version.h>

#include <string.h>

static void help_print_all(void)
{
	print_string("usage: pkstore [-s STORE] COMMAND [ARGUMENT...]\n"
	             "\n"
	             "Looks at, changes and runs what is in a store of objects. STORE is its directory;\n"
	             "without -s it is $PKSTORE_PATH, else /dev/shm/pkstore-UID.\n"
	             "\n"
	             "      --busy-timeout SECONDS  how long to wait for another writer; 30 without it\n"
	             "      --allow-network         also on a network filesystem, which is right as long as a\n"
	             "                              single machine uses the store\n"
	             "\n");
	for (const struct command *const *c = commands; *c; c++)
		print_format("  %-11s %s\n", (*c)->name, (*c)->brief);
	print_string("\n"
	             "`pkstore help COMMAND` tells all about one. Options stand before the arguments;\n"
	             "what begins with a dash and is none goes behind --.\n"
	             "Exit codes: 0 done, or nobody reads the output any more; 1 no (not there, timed out, in use\n"
	             "or in another state that does not allow it, a limit is reached); 2 called wrongly, or with a\n"
	             "path, JSON or type that cannot be right; 3 the store failed.\n");
}

void help_print(const struct command *command)
{
	if (command)
		print_format("usage: pkstore %s\n\n%s", command->usage, command->help);
	else
		help_print_all();
}

static int help_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 0, 1);
	const struct command *command = NULL;

	if (*rest) {
		command = command_find(*rest);
		if (!command)
			fail(FAIL_MISUSE, "%s: there is no such command", *rest);
	}
	help_print(command);
	return FAIL_OK;
}

const struct command cmd_help = {
	.name = "help",
	.usage = "help [COMMAND]",
	.brief = "tells about the commands",
	.help = "Lists the commands, or tells all about one.\n",
	.run = help_run,
};

static int version_run(int argc, char **argv)
{
	args_plain(argc, argv, 0, 0);
	print_format("pkstore %s\n", PKS_VERSION);
	if (strcmp(PKS_VERSION, pks_version()))
		print_format("libpkstore %s\n", pks_version());
	return FAIL_OK;
}

const struct command cmd_version = {
	.name = "version",
	.usage = "version",
	.brief = "prints the version",
	.help = "Prints the version of the tool, and that of the library if it is another one.\n",
	.run = version_run,
};
