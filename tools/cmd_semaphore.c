/* SPDX-License-Identifier: MIT */
/* Semaphores beyond a permit that is held while a command runs, which is what cmd_lock.c is for. */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <pkstore/semaphore.h>

static const struct option semaphore_options[] = {
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

/* A permit of the others would be back as soon as this program has ended. */
static int semaphore_acquire(struct pks_object *semaphore, const char *path, int timeout_ms)
{
	struct pks_semaphore_info info;
	int r;

	fail_if(pks_semaphore_info(semaphore, &info), path);
	if (info.initial)
		fail(FAIL_MISUSE, "%s: has permits, not signals: `pkstore lock` holds one while a command runs", path);
	r = pks_semaphore_acquire(semaphore, timeout_ms);
	if (r == PKS_TIMED_OUT)
		return FAIL_NO;
	fail_if(r, path);
	return FAIL_OK;
}

static int semaphore_run(int argc, char **argv)
{
	enum { SEMAPHORE_ACQUIRE, SEMAPHORE_RELEASE };
	static const char *const verbs[] = {"acquire", "release", NULL};
	struct pks_object *semaphore;
	int timeout_ms = -1;
	uint64_t permits = 1;
	char **rest;
	size_t verb;

	while (args_next(argc, argv, "t:", semaphore_options) != -1)
		timeout_ms = args_seconds(optarg);
	rest = args_rest(argc, argv, 2, 3);
	verb = args_verb("semaphore", rest[0], verbs);
	args_rest(argc, argv, 2, verb == SEMAPHORE_RELEASE ? 3 : 2);
	if (rest[2])
		permits = (uint64_t)args_integer(rest[2], "a number of permits", 1, INT64_MAX);
	semaphore = open_object(open_to_change(), rest[1]);
	if (verb == SEMAPHORE_ACQUIRE)
		return semaphore_acquire(semaphore, rest[1], timeout_ms);
	fail_if(pks_semaphore_release(semaphore, permits), rest[1]);
	return FAIL_OK;
}

const struct command cmd_semaphore = {
	.name = "semaphore",
	.usage = "semaphore [-t SECONDS] acquire PATH | release PATH [N]",
	.brief = "sends signals with a Semaphore, or waits for one",
	.help = "A semaphore that was made with --permits 0 is for signals: `release` sends one, or N, and\n"
		"`acquire` waits for one and uses it up; exits with 1 when the timeout passed first.\n"
		"\n"
		"Of any other, `release` gives back what is held for longest, whoever holds it, and then makes new\n"
		"permits, which a BoundedSemaphore refuses. `acquire` is refused there, as a permit comes back when\n"
		"who has it has ended: `pkstore lock` holds one while a command runs.\n"
		"\n"
		"  -t, --timeout SECONDS  wait no longer than that; 0: not at all\n",
	.run = semaphore_run,
};
