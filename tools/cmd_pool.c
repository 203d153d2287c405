/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "pool_status.h"
#include "print.h"

static const struct option pool_options[] = {
	{"json", no_argument, NULL, 'j'},
	{"pool", required_argument, NULL, 'p'},
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

struct pool {
	const char *name; /* NULL: the default one, or all */
	bool json;
	int timeout_ms;
	char **arguments; /* behind the verb */
};

static const char *pool_called(const struct pool *pool)
{
	return pool->name ? pool->name : "the pool";
}

/* What answers that there is no such pool. */
static int pool_answer(const struct pool *pool, int r)
{
	if (r == PKS_NOT_FOUND)
		return fail_warn(FAIL_NO, "%s: there is no such pool", pool_called(pool));
	fail_if(r, pool_called(pool));
	return FAIL_OK;
}

static int pool_start(const struct pool *pool)
{
	return pool_answer(pool, pks_pool_start(open_to_create(), pool->name));
}

static int pool_stop(const struct pool *pool)
{
	if (pool->name)
		fail(FAIL_MISUSE, "pool: stop is for all of them; in one, pause starts nothing more, drain also waits "
		                  "until nothing runs");
	return pool_answer(pool, pks_killall(open_to_change()));
}

static int pool_status(const struct pool *pool)
{
	return pool_status_print(open_to_read(), pool->name, pool->json);
}

static int pool_size(const struct pool *pool)
{
	const char *text = pool->arguments[0];
	unsigned size;
	int r;

	if (text) {
		size = (unsigned)args_integer(text, "a size from 1 to 1024", 1, PKS_POOL_SIZE_MAX);
		return pool_answer(pool, pks_pool_set_size(open_to_create(), pool->name, size));
	}
	r = pks_pool_size(open_to_read(), pool->name, &size);
	if (r == 0)
		print_format("%u\n", size);
	return pool_answer(pool, r);
}

static int pool_pause(const struct pool *pool)
{
	return pool_answer(pool, pks_pool_pause(open_to_create(), pool->name));
}

static int pool_resume(const struct pool *pool)
{
	return pool_answer(pool, pks_pool_resume(open_to_change(), pool->name));
}

static int pool_drain(const struct pool *pool)
{
	int r = pks_pool_drain(open_to_change(), pool->name, pool->timeout_ms);

	if (r == PKS_TIMED_OUT)
		return fail_warn(FAIL_NO, "%s: something still runs in it", pool_called(pool));
	return pool_answer(pool, r);
}

static int pool_remove(const struct pool *pool)
{
	if (!pool->name)
		fail(FAIL_MISUSE, "pool: remove which? --pool says");
	return pool_answer(pool, pks_pool_remove(open_to_change(), pool->name));
}

/* null is the default, as it is for what is in an environment: not to be there. */
static int pool_set(const struct pool *pool)
{
	const char *setting = pool->arguments[0], *text = setting ? pool->arguments[1] : NULL;
	struct pks_value value = {0};
	struct pks_store *store;
	int r;

	if (!text)
		fail(FAIL_MISUSE, "pool: set which setting to what?");
	args_json_check(text);
	store = open_to_create();
	args_json(text, store, &value);
	r = pks_pool_set(store, pool->name, setting, pks_value_kind(&value) == PKS_KIND_NULL ? NULL : &value);
	pks_value_clear(&value);
	if (r == PKS_NOT_FOUND)
		return fail_warn_data(FAIL_MISUSE, "%s: not max_processes, max_bytes, cwd, env, nice or cpus", setting);
	fail_if(r, setting);
	return FAIL_OK;
}

static const char *const pool_verbs[] = {"start",  "stop",  "status", "size",   "pause",
                                         "resume", "drain", "set",    "remove", NULL};

static const struct {
	int most; /* arguments */
	int (*run)(const struct pool *pool);
} pool_calls[] = {
	{0, pool_start},  {0, pool_stop},  {0, pool_status}, {1, pool_size},   {0, pool_pause},
	{0, pool_resume}, {0, pool_drain}, {2, pool_set},    {0, pool_remove},
};

static int pool_run(int argc, char **argv)
{
	struct pool pool = {.timeout_ms = -1};
	size_t verb;
	char **rest;

	for (int found; (found = args_next(argc, argv, "p:t:", pool_options)) != -1;) {
		if (found == 'j')
			pool.json = true;
		else if (found == 'p')
			pool.name = optarg;
		else
			pool.timeout_ms = args_seconds(optarg);
	}
	rest = args_rest(argc, argv, 1, 3);
	pool.arguments = rest + 1;
	verb = args_verb("pool", rest[0], pool_verbs);
	for (int n = 0; rest[1 + n]; n++)
		if (n == pool_calls[verb].most)
			fail(FAIL_MISUSE, "pool: too many arguments: %s", rest[1 + n]);
	return pool_calls[verb].run(&pool);
}

const struct command cmd_pool = {
	.name = "pool",
	.usage = "pool [--pool NAME] start|stop|status [--json]|size [N]|pause|resume|drain [--timeout SECONDS]|\n"
		 "                    set SETTING JSON|remove",
	.brief = "starts, stops, measures and resizes the pools",
	.help = "The pools of workers that run processes. They start by themselves with the first process. Without\n"
		"--pool it is about the pool `default`; stop, and status without it, are about all pools.\n"
		"\n"
		"  start     makes the pool, and starts all unless they are up; creates the store if need be\n"
		"  stop      kills every worker and all that the handlers started: what was running is crashed,\n"
		"            what was submitted waits for the next start\n"
		"  status    tells whether it is up, its settings, and each worker: its pid, how much memory it\n"
		"            takes, and what it runs for how long; one that a dead supervisor left has a *. With\n"
		"            `default` also what belongs to none: processes in workers of their own, and the\n"
		"            forkservers; see `run --method`\n"
		"  size [N]  prints how many workers it has, or sets it, from 1 to 1024; a smaller pool\n"
		"            interrupts nothing\n"
		"  pause     starts nothing more: what runs goes on, what is submitted waits\n"
		"  resume    goes on after pause and drain\n"
		"  drain     pauses it and waits until nothing runs\n"
		"  set SETTING JSON\n"
		"            how its workers are, from the next one on; null is the default again:\n"
		"            max_processes N, max_bytes N   when one is replaced: it has run so many processes, or\n"
		"                                           has so many bytes resident after one\n"
		"            cwd \"/FOLDER\"                  the working folder\n"
		"            env {\"NAME\": \"TEXT\"}           changes of the environment; null removes a name\n"
		"            nice N                         -20 to 19\n"
		"            cpus [N, ...]                  the CPUs they may use\n"
		"  remove    forgets a pool in which nothing is submitted or running\n"
		"\n"
		"  -p, --pool NAME        which pool; one that is not there is made by start, size N, pause and set\n"
		"  -t, --timeout SECONDS  of drain: gives up after that, and exits with 1; the pool stays paused\n"
		"      --json             of status: one JSON object for each pool\n",
	.run = pool_run,
};
