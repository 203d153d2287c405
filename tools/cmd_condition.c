/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "child.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <pkstore/condition.h>

#include <time.h>

#define CONDITION_MS_PER_S 1000
#define CONDITION_NS_PER_MS 1000000

struct condition {
	struct pks_object *object;
	const char *path;
	char **command; /* an empty list: none */
	int timeout_ms;
	int64_t began_ms;
	uint64_t count; /* to be notified */
	int exit_code;  /* of the command that ended a wait */
};

static const struct option condition_options[] = {
	{"all", no_argument, NULL, 'a'},
	{"count", required_argument, NULL, 'n'},
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

static int64_t condition_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * CONDITION_MS_PER_S + now.tv_nsec / CONDITION_NS_PER_MS;
}

/* The timeout is for all that is waited for together. */
static int condition_left(const struct condition *condition)
{
	int64_t passed = condition_now() - condition->began_ms;

	if (condition->timeout_ms < 0)
		return -1;
	return passed < condition->timeout_ms ? condition->timeout_ms - (int)passed : 0;
}

static int condition_timed_out(const struct condition *condition)
{
	return fail_warn(FAIL_NO, "%s: timed out", condition->path);
}

/* 0, or PKS_TIMED_OUT. */
static int condition_acquire(const struct condition *condition)
{
	int r = pks_condition_acquire(condition->object, condition_left(condition));

	if (r == PKS_OWNER_DIED)
		fail_warn(FAIL_OK, "%s", pks_error_message());
	else if (r != PKS_TIMED_OUT)
		fail_if(r, condition->path);
	return r == PKS_TIMED_OUT ? r : 0;
}

static void condition_release(const struct condition *condition)
{
	fail_if(pks_condition_release(condition->object), condition->path);
}

/* What did not come to an end of its own has nothing to say about it: that ends the wait, too. */
static int condition_holds(void *arg)
{
	struct condition *condition = arg;

	condition->exit_code = child_run(condition->command);
	return condition->exit_code == 0 || condition->exit_code >= CHILD_NOT_RUN;
}

static int condition_await(struct condition *condition)
{
	if (!*condition->command)
		return pks_condition_wait(condition->object, condition_left(condition));
	return pks_condition_wait_for(condition->object, condition_holds, condition, condition_left(condition));
}

static int condition_wait(struct condition *condition)
{
	int r = condition_acquire(condition);

	if (r == PKS_TIMED_OUT)
		return condition_timed_out(condition);
	while ((r = condition_await(condition)) == PKS_OWNER_DIED)
		fail_warn(FAIL_OK, "%s", pks_error_message());
	if (r != PKS_TIMED_OUT)
		fail_if(r, condition->path);
	condition_release(condition);
	return r == PKS_TIMED_OUT ? condition_timed_out(condition) : condition->exit_code;
}

static int condition_notify(struct condition *condition)
{
	if (condition_acquire(condition) == PKS_TIMED_OUT)
		return condition_timed_out(condition);
	if (*condition->command)
		condition->exit_code = child_run(condition->command);
	if (condition->exit_code == 0)
		fail_if(pks_condition_notify(condition->object, condition->count), condition->path);
	condition_release(condition);
	return condition->exit_code;
}

static int condition_run(int argc, char **argv)
{
	enum { CONDITION_WAIT, CONDITION_NOTIFY };
	static const char *const verbs[] = {"wait", "notify", NULL};
	struct condition condition = {.timeout_ms = -1, .began_ms = condition_now()};
	char **rest;
	size_t verb;

	for (int found; (found = args_next(argc, argv, "+an:t:", condition_options)) != -1;) {
		if (found == 'a')
			condition.count = UINT64_MAX;
		else if (found == 'n')
			condition.count = (uint64_t)args_integer(optarg, "a number of waiters", 1, INT64_MAX);
		else
			condition.timeout_ms = args_seconds(optarg);
	}
	rest = args_rest(argc, argv, 2, -1);
	verb = args_verb("condition", rest[0], verbs);
	if (verb == CONDITION_WAIT && condition.count)
		fail(FAIL_MISUSE, "condition: --count and --all are for notify");
	condition.count += condition.count == 0;
	condition.path = rest[1];
	condition.command = rest + 2;
	if (*condition.command)
		condition.exit_code = child_check(condition.command);
	if (condition.exit_code != 0)
		return condition.exit_code;
	condition.object = open_object(open_to_change(), condition.path);
	return verb == CONDITION_WAIT ? condition_wait(&condition) : condition_notify(&condition);
}

const struct command cmd_condition = {
	.name = "condition",
	.usage = "condition [-t SECONDS] wait PATH [[--] COMMAND [ARGUMENT...]]\n"
		 "       pkstore condition [-a | -n N] [-t SECONDS] notify PATH [[--] COMMAND [ARGUMENT...]]",
	.brief = "waits for what a lock guards to change, or notifies",
	.help = "With the lock of the Condition, which `pkstore create condition` makes:\n"
		"\n"
		"  wait    waits until it is notified; with COMMAND, until that exits with 0: it is run with the lock\n"
		"          held, at once and then whenever there was a notification, so that it can look and take.\n"
		"          Exits with 1 when the timeout passed first, and as COMMAND did when that is not found\n"
		"          (127), cannot be executed (126) or was killed by signal N (128+N)\n"
		"  notify  notifies who has waited longest; with COMMAND, which is to change something, when that\n"
		"          has exited with 0, and else exits as it did\n"
		"\n"
		"    pkstore create condition stock\n"
		"    pkstore condition wait stock -- test -s parts.txt\n"
		"    pkstore condition notify stock -- sh -c 'echo bolt >>parts.txt'\n"
		"\n"
		"  -a, --all              notifies all who wait\n"
		"  -n, --count N          notifies N of them\n"
		"  -t, --timeout SECONDS  wait no longer than that, for the lock and for the notification together\n"
		"\n"
		"Options stand before wait and notify. Who waits is told by `pkstore get PATH`.\n",
	.run = condition_run,
};
