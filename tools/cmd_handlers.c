/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "print.h"

#include <pkstore/handler.h>

static int handlers_print(const char *name, void *arg)
{
	print_text(name);
	print_string("\n");
	return 0;
}

static int handlers_run(int argc, char **argv)
{
	const char *module = *args_plain(argc, argv, 1, 1);

	fail_if(pks_module_handlers(module, handlers_print, NULL), module);
	return FAIL_OK;
}

const struct command cmd_handlers = {
	.name = "handlers",
	.usage = "handlers MODULE",
	.brief = "lists what a module can run",
	.help = "Lists the handlers of a module, a shared object or an executable that links libpkstore, in the\n"
		"order of their names. A MODULE with a slash is a file; a bare name is looked for in the folders\n"
		"of $PKSTORE_MODULE_PATH, as it is and with \".so\" added.\n",
	.run = handlers_run,
};
