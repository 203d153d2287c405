/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "child.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <pkstore/condition.h>
#include <pkstore/semaphore.h>

#include <string.h>

static const struct option lock_options[] = {
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

static int lock_release_permit(struct pks_object *semaphore)
{
	return pks_semaphore_release(semaphore, 1);
}

/* A permit of one that is for signals is nobody's: it would be used up, and then made anew. */
static int lock_acquire_permit(struct pks_object *semaphore, int timeout_ms)
{
	struct pks_semaphore_info info;
	struct pks_object_info object;
	int r = pks_semaphore_info(semaphore, &info);

	if (r == 0)
		r = pks_object_info(semaphore, &object);
	if (r == 0 && !info.initial)
		fail(FAIL_MISUSE, "%s: has signals, not permits: see `pkstore semaphore`", object.path);
	return r == 0 ? pks_semaphore_acquire(semaphore, timeout_ms) : r;
}

static const struct lock_type {
	const char *type;
	int (*acquire)(struct pks_object *object, int timeout_ms);
	int (*release)(struct pks_object *object);
} lock_types[] = {
	{"semaphore", lock_acquire_permit, lock_release_permit},
	{"boundedsemaphore", lock_acquire_permit, lock_release_permit},
	{"condition", pks_condition_acquire, pks_condition_release},
	/* and of any other type, which then says that it is none */
	{NULL, pks_lock_acquire, pks_lock_release},
};

static const struct lock_type *lock_type(struct pks_object *object)
{
	const struct lock_type *type = lock_types;

	while (type->type && strcmp(type->type, pks_object_type(object)))
		type++;
	return type;
}

/* What is there, or a new Lock: as flock(1) makes the file. */
static struct pks_object *lock_open_path(struct pks_store *store, const char *path)
{
	struct pks_object *lock = pks_object_open(store, path);

	if (!lock && pks_error_code() == PKS_NOT_FOUND)
		lock = pks_lock_open(store, path, PKS_OPEN_OR_CREATE);
	if (!lock)
		fail_handle(path);
	return lock;
}

static int lock_run(int argc, char **argv)
{
	struct pks_object *lock;
	int timeout_ms = -1, r, exit_code;
	char **rest;

	while (args_next(argc, argv, "+t:", lock_options) != -1)
		timeout_ms = args_seconds(optarg);
	rest = args_rest(argc, argv, 2, -1);
	exit_code = child_check(rest + 1);
	if (exit_code != 0)
		return exit_code;
	lock = lock_open_path(open_to_create_at(rest[0]), rest[0]);
	r = lock_type(lock)->acquire(lock, timeout_ms);
	if (r == PKS_TIMED_OUT)
		return fail_warn(FAIL_NO, "%s", pks_error_message());
	if (r == PKS_OWNER_DIED)
		fail_warn(FAIL_OK, "%s", pks_error_message());
	else
		fail_if(r, rest[0]);
	exit_code = child_run(rest + 1);
	fail_if(lock_type(lock)->release(lock), rest[0]);
	return exit_code;
}

const struct command cmd_lock = {
	.name = "lock",
	.usage = "lock [-t SECONDS] PATH [--] COMMAND [ARGUMENT...]",
	.brief = "runs a command while it holds a Lock, or a permit",
	.help = "Acquires the Lock or RLock, which is made if it is not there, the lock of a Condition, or a permit\n"
		"of a Semaphore or BoundedSemaphore; runs the command, and releases it. Exits as the command\n"
		"does; with 128 and the number of the signal that killed it; with 127 when it is not found; with\n"
		"1 when the timeout passed first. Says so when the last owner died with the lock, and goes on.\n"
		"Should this program be killed, the lock or the permit goes to the next, whatever the command\n"
		"does.\n"
		"\n"
		"  -t, --timeout SECONDS  wait no longer than that for the lock; 0: not at all\n",
	.run = lock_run,
};
