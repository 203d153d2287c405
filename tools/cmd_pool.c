/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"
#include "writer.h"

#include <pkstore/pool.h>

#include <string.h>

static const struct option pool_options[] = {
	{"json", no_argument, NULL, 'j'},
	ARGS_HELP,
};

static void pool_print_json(const struct pks_pool_status *status)
{
	struct writer w;

	writer_init(&w, NULL, PKS_JSON_LINE);
	writer_map(&w);
	writer_key(&w, "up");
	writer_pack(&w, "b", status->up);
	writer_key(&w, "supervisor_pid");
	writer_pack(&w, status->up ? "I" : "n", status->supervisor_pid);
	writer_pair_uint(&w, "size", status->size);
	writer_pair_uint(&w, "workers", status->workers);
	writer_pair_uint(&w, "running", status->running);
	writer_pair_uint(&w, "submitted", status->submitted);
	writer_end(&w);
}

static int pool_status(bool json)
{
	struct pks_pool_status status;

	fail_if(pks_pool_status(open_to_read(), NULL, &status), "the pool");
	if (json) {
		pool_print_json(&status);
		return FAIL_OK;
	}
	print_format("pool        %s\n", status.up ? "up" : "down");
	if (status.up)
		print_format("supervisor  pid %lld\n", (long long)status.supervisor_pid);
	print_format("workers     %u of %u\n", status.workers, status.size);
	print_format("running     %llu\n", (unsigned long long)status.running);
	print_format("submitted   %llu\n", (unsigned long long)status.submitted);
	return FAIL_OK;
}

static int pool_size(const char *text)
{
	unsigned size;

	if (text) {
		size = (unsigned)args_integer(text, "a size from 1 to 1024", 1, PKS_POOL_SIZE_MAX);
		fail_if(pks_pool_set_size(open_to_create(), NULL, size), "the pool");
		return FAIL_OK;
	}
	fail_if(pks_pool_size(open_to_read(), NULL, &size), "the pool");
	print_format("%u\n", size);
	return FAIL_OK;
}

static int pool_run(int argc, char **argv)
{
	bool json = false;
	const char *verb;
	char **rest;

	while (args_next(argc, argv, "", pool_options) != -1)
		json = true;
	rest = args_rest(argc, argv, 1, 2);
	verb = rest[0];
	if (rest[1] && strcmp(verb, "size"))
		fail(FAIL_MISUSE, "pool: too many arguments: %s", rest[1]);
	if (!strcmp(verb, "start"))
		fail_if(pks_pool_start(open_to_create(), NULL), "the pool");
	else if (!strcmp(verb, "stop"))
		fail_if(pks_killall(open_to_change()), "the pool");
	else if (!strcmp(verb, "status"))
		return pool_status(json);
	else if (!strcmp(verb, "size"))
		return pool_size(rest[1]);
	else
		fail(FAIL_MISUSE, "pool: %s: not start, stop, status or size", verb);
	return FAIL_OK;
}

const struct command cmd_pool = {
	.name = "pool",
	.usage = "pool start|stop|status [--json]|size [N]",
	.brief = "starts, stops, measures and resizes the pool",
	.help = "The pool of workers that run processes. It starts by itself with the first process.\n"
		"\n"
		"  start     starts it unless it is up; creates the store if need be\n"
		"  stop      kills every worker and all that the handlers started: what was running is crashed,\n"
		"            what was submitted waits for the next start\n"
		"  status    tells whether it is up, and what it does; with --json as a JSON object\n"
		"  size [N]  prints how many workers it has, or sets it, from 1 to 1024\n",
	.run = pool_run,
};
