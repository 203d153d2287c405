/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"

#include <pkstore/process_control.h>

static struct pks_object *join_open(const char *path)
{
	struct pks_object *process = pks_process_open(open_to_change(), path);

	if (!process)
		fail_handle(path);
	return process;
}

static const struct option join_options[] = {
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

static int join_run(int argc, char **argv)
{
	int timeout_ms = -1, r;
	enum pks_status status;
	struct pks_object *process;
	const char *path;

	while (args_next(argc, argv, "t:", join_options) != -1)
		timeout_ms = args_seconds(optarg);
	path = *args_rest(argc, argv, 1, 1);
	process = join_open(path);
	r = pks_process_join(process, timeout_ms);
	if (r == PKS_TIMED_OUT)
		return fail_warn(FAIL_NO, "%s: timed out", path);
	fail_if(r, path);
	fail_if(pks_process_status(process, &status), path);
	print_format("%s\n", pks_status_name((int)status));
	return FAIL_OK;
}

const struct command cmd_join = {
	.name = "join",
	.usage = "join [--timeout SECONDS] PATH",
	.brief = "waits until a process has ended",
	.help = "Waits until the process has ended, and prints its status: finished, failed or crashed. Exits\n"
		"with 0 whichever it is, and with 1 when the time is over first.\n"
		"\n"
		"  -t, --timeout SECONDS  how long to wait, with decimals; without it for ever\n",
	.run = join_run,
};

static int terminate_run(int argc, char **argv)
{
	const char *path = *args_plain(argc, argv, 1, 1);

	fail_if(pks_process_terminate(join_open(path), 0), path);
	return FAIL_OK;
}

const struct command cmd_terminate = {
	.name = "terminate",
	.usage = "terminate PATH",
	.brief = "ends a process",
	.help = "Ends the process: a running one gets SIGTERM, one that waits will never run. Does not wait until\n"
		"it has ended, see join. One that has ended stays as it is.\n",
	.run = terminate_run,
};

static const struct option clean_options[] = {
	{"status", required_argument, NULL, 's'},
	ARGS_HELP,
};

static int clean_run(int argc, char **argv)
{
	int statuses = PKS_TERMINAL;
	uint64_t count;

	while (args_next(argc, argv, "s:", clean_options) != -1)
		statuses = args_statuses(optarg);
	args_rest(argc, argv, 0, 0);
	if (statuses & (PKS_SUBMITTED | PKS_RUNNING))
		fail(FAIL_MISUSE, "clean: a process that is submitted or running is not removed: terminate it first");
	fail_if(pks_process_clean(open_to_change(), statuses, &count), "the process table");
	print_format("%llu\n", (unsigned long long)count);
	return FAIL_OK;
}

const struct command cmd_clean = {
	.name = "clean",
	.usage = "clean [--status STATUS[,STATUS...]]",
	.brief = "removes processes that have ended",
	.help = "Removes the processes that have ended from the store, and prints how many.\n"
		"\n"
		"  -s, --status STATUS  only those: finished, failed, crashed, created\n",
	.run = clean_run,
};
