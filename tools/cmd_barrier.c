/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"

#include <pkstore/barrier.h>

#include <inttypes.h>

static const struct option barrier_options[] = {
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

static int barrier_wait(struct pks_object *barrier, const char *path, int timeout_ms)
{
	uint64_t index;
	int r = pks_barrier_wait(barrier, timeout_ms, &index);

	if (r == PKS_TIMED_OUT)
		return fail_warn(FAIL_NO, "%s: timed out, and is broken now", path);
	if (r == PKS_BROKEN)
		return fail_warn(FAIL_NO, "%s: is broken", path);
	fail_if(r, path);
	print_format("%" PRIu64 "\n", index);
	return FAIL_OK;
}

static int barrier_run(int argc, char **argv)
{
	enum { BARRIER_WAIT, BARRIER_ABORT, BARRIER_RESET };
	static const char *const verbs[] = {"wait", "abort", "reset", NULL};
	struct pks_object *barrier;
	int timeout_ms = -1;
	char **rest;
	size_t verb;

	while (args_next(argc, argv, "t:", barrier_options) != -1)
		timeout_ms = args_seconds(optarg);
	rest = args_rest(argc, argv, 2, 2);
	verb = args_verb("barrier", rest[0], verbs);
	barrier = open_object(open_to_change(), rest[1]);
	if (verb == BARRIER_WAIT)
		return barrier_wait(barrier, rest[1], timeout_ms);
	fail_if(verb == BARRIER_ABORT ? pks_barrier_abort(barrier) : pks_barrier_reset(barrier), rest[1]);
	return FAIL_OK;
}

const struct command cmd_barrier = {
	.name = "barrier",
	.usage = "barrier [-t SECONDS] wait|abort|reset PATH",
	.brief = "waits until all have come to a Barrier",
	.help = "  wait   waits until as many have come as the Barrier was made for, see `pkstore create`; prints\n"
		"         how many had come before this one, another number for each\n"
		"  abort  breaks it: those who wait, and who come, exit with 1\n"
		"  reset  makes it as new; those who wait exit with 1\n"
		"\n"
		"A wait whose timeout passes, or that is killed, breaks it, too.\n"
		"\n"
		"  -t, --timeout SECONDS  wait no longer than that\n",
	.run = barrier_run,
};
