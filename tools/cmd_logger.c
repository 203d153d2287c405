/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <pkstore/syslog.h>

static const struct option logger_options[] = {
	{"level", required_argument, NULL, 'l'},
	ARGS_HELP,
};

/* Whatever level is asked for is meant to be written. */
static void logger_write(struct pks_store *store, int level, const char *text)
{
	fail_if(pks_syslog_set_level(store, level), PKS_SYSLOG_PATH);
	fail_if(pks_syslog(store, level, "%s", text), PKS_SYSLOG_PATH);
}

static int logger_run(int argc, char **argv)
{
	int level = PKS_LEVEL_INFO;
	struct pks_store *store;
	char **rest;

	while (args_next(argc, argv, "+l:", logger_options) != -1)
		level = args_level(optarg);
	rest = args_rest(argc, argv, 1, -1);
	store = open_to_create();
	for (; *rest; rest++)
		logger_write(store, level, *rest);
	return FAIL_OK;
}

const struct command cmd_logger = {
	.name = "logger",
	.usage = "logger [-l LEVEL] TEXT...",
	.brief = "writes to the system log",
	.help = "Writes each TEXT as a line to the system log, which `pkstore log` shows; creates the store if need\n"
		"be.\n"
		"\n"
		"  -l, --level LEVEL  debug, info, warning, error, critical, or a number; info without it\n"
		"\n"
		"Options stand before TEXT; what follows it is never taken for one.\n",
	.run = logger_run,
};
