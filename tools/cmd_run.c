/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "input.h"
#include "open.h"
#include "output.h"
#include "print.h"

#include <pkstore/builder.h>
#include <pkstore/process.h>
#include <pkstore/process_options.h>
#include <pkstore/transaction.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bounds of pks_process_set_priority(). */
#define RUN_PRIORITY_MAX 100

/* How a shell tells that a signal ended a program. */
#define RUN_SIGNAL_BASE 128

struct run {
	const char *path; /* NULL: anonymous */
	const char *target;        /* MODULE:HANDLER, or the command's name */
	const char *const *command; /* with its arguments; NULL: a handler */
	const char *input;          /* what it reads; NULL: nothing */
	const char *kwargs_text;
	const char *pool; /* NULL: the default one */
	enum pks_method method;
	int priority;
	bool no_wait;
	struct pks_value args, kwargs, stdin_value;
	struct pks_object *process;
};

static const struct option run_options[] = {
	{"name", required_argument, NULL, 'n'},
	{"no-wait", no_argument, NULL, 'w'},
	{"detach", no_argument, NULL, 'd'},
	{"input", required_argument, NULL, 'i'},
	{"priority", required_argument, NULL, 'p'},
	{"kwargs", required_argument, NULL, 'k'},
	{"pool", required_argument, NULL, 'P'},
	{"method", required_argument, NULL, 'm'},
	ARGS_HELP,
};

static enum pks_method run_method(const char *name)
{
	enum pks_method method;

	if (pks_method_from_name(name, &method) != 0 || method == PKS_METHOD_FORK)
		fail(FAIL_MISUSE, "%s: not a start method: pool, dedicated, spawn, forkserver", name);
	return method;
}

static void run_read_options(struct run *run, int argc, char **argv)
{
	for (int found; (found = args_next(argc, argv, "+n:wdp:k:i:m:", run_options)) != -1;) {
		if (found == 'n')
			run->path = optarg;
		else if (found == 'i')
			run->input = optarg;
		else if (found == 'w' || found == 'd')
			run->no_wait = true;
		else if (found == 'k')
			run->kwargs_text = optarg;
		else if (found == 'P')
			run->pool = optarg;
		else if (found == 'm')
			run->method = run_method(optarg);
		else
			run->priority = (int)args_integer(optarg, "a priority from -100 to 100", -RUN_PRIORITY_MAX,
			                                  RUN_PRIORITY_MAX);
	}
}

/* Before a store is created: what is wrong with the command line alone. */
static void run_check(const struct run *run, char **args)
{
	const char *colon = strrchr(run->target, ':');

	if (run->path)
		fail_if(pks_path_check(run->path), run->path);
	if (run->command && run->kwargs_text)
		fail(FAIL_MISUSE, "run: a command has no named arguments");
	if (!run->command && run->input)
		fail(FAIL_MISUSE, "run: a handler does not read from stdin");
	if (run->command)
		return;
	if (!colon || colon == run->target || !colon[1])
		fail(FAIL_MISUSE, "%s: not MODULE:HANDLER; a command stands behind --", run->target);
	for (; *args; args++)
		args_json_check(*args);
	if (run->kwargs_text)
		args_json_check(run->kwargs_text);
}

static void run_read_args(struct run *run, struct pks_store *store, char **texts)
{
	struct pks_builder *b = pks_builder_new();
	struct pks_value value = {0};

	pks_build_list(b);
	for (; *texts; texts++) {
		args_json(*texts, store, &value);
		pks_build_value(b, &value);
		pks_value_clear(&value);
	}
	pks_build_end(b);
	fail_if(pks_builder_finish(b, &run->args), "the arguments");
	pks_builder_free(b);
	args_json(run->kwargs_text ? run->kwargs_text : "{}", store, &run->kwargs);
	if (pks_value_kind(&run->kwargs) != PKS_KIND_MAP)
		fail(FAIL_MISUSE, "%s: not a JSON object", run->kwargs_text);
}

/* The text, or for `-` all that there is on our own stdin; bytes if it is no text. */
static void run_read_input(struct run *run)
{
	size_t size = 0;
	char *text = NULL;

	if (!run->input)
		return;
	if (strcmp(run->input, "-") == 0)
		text = input_read_all(&size);
	else
		size = strlen(run->input);
	if (pks_value_pack(&run->stdin_value, "S", text ? text : run->input, size) != 0)
		fail_if(pks_value_pack(&run->stdin_value, "y", text ? text : run->input, size), "the input");
	free(text);
}

static int run_set_args(struct run *run)
{
	int r;

	if (run->command)
		return run->input ? pks_process_set_stdin(run->process, &run->stdin_value) : 0;
	r = pks_process_set_args(run->process, &run->args);
	return r == 0 ? pks_process_set_kwargs(run->process, &run->kwargs) : r;
}

/* In one transaction: nobody sees the process without its arguments. */
static int run_create(struct pks_store *store, void *arg)
{
	struct run *run = arg;
	int r;

	pks_object_close(run->process);
	run->process = run->command ? pks_process_new_command(store, run->path, run->command)
				    : pks_process_new(store, run->path, run->target);
	if (!run->process)
		return pks_error_code();
	r = run_set_args(run);
	if (r == 0)
		r = pks_process_set_priority(run->process, run->priority);
	if (r == 0)
		r = pks_process_set_pool(run->process, run->pool);
	if (r == 0)
		r = pks_process_set_method(run->process, run->method);
	return r;
}

/* A process that was never submitted is of no use to anybody. */
static void run_start(struct run *run)
{
	int r = pks_process_start(run->process);

	if (r == 0)
		return;
	fail_warn_code(r, run->target);
	pks_object_drop(run->process);
	exit(FAIL_STORE);
}

static void run_print_result(struct pks_store *store, struct pks_object *process)
{
	struct pks_value result = {0};

	if (pks_process_result(process, &result) != 0)
		return;
	print_value(&result, store, PKS_JSON_LINE, 0);
	print_string("\n");
	pks_value_clear(&result);
}

/* Prints how it ended, and returns the exit code that tells the same. */
static int run_report(struct pks_store *store, struct pks_object *process)
{
	struct pks_process_info info;
	char *error = NULL;

	fail_if(pks_process_info(process, &info), "the process");
	if (info.status == PKS_FINISHED) {
		run_print_result(store, process);
		return FAIL_OK;
	}
	if (pks_process_error(process, &error) != 0)
		error = NULL;
	fail_warn(FAIL_NO, "%s: %s%s%s", info.name, pks_status_name((int)info.status), error ? ": " : "",
	          error ? error : "");
	free(error);
	if (!info.has_exitcode)
		return FAIL_STORE;
	return info.exitcode < 0 ? RUN_SIGNAL_BASE - info.exitcode : info.exitcode;
}

static void run_print_name(struct pks_object *process)
{
	struct pks_object_info info;

	fail_if(pks_object_info(process, &info), "the process");
	print_text(info.path);
	print_string("\n");
}

static int run_run(int argc, char **argv)
{
	struct run run = {0};
	struct pks_store *store;
	char **rest;
	int r;

	run_read_options(&run, argc, argv);
	rest = args_rest(argc, argv, 1, -1);
	run.target = rest[0];
	if (rest > argv && strcmp(rest[-1], "--") == 0)
		run.command = (const char *const *)rest;
	run_check(&run, rest + 1);
	store = open_to_create();
	if (run.command)
		run_read_input(&run);
	else
		run_read_args(&run, store, rest + 1);
	r = pks_atomically(store, run_create, &run);
	if (r == PKS_EXISTS)
		return fail_warn(FAIL_NO, "%s: there already is one", run.path);
	fail_if(r, run.target);
	pks_value_clear(&run.args);
	pks_value_clear(&run.kwargs);
	pks_value_clear(&run.stdin_value);
	run_start(&run);
	if (run.no_wait) {
		run_print_name(run.process);
		return FAIL_OK;
	}
	if (run.command)
		output_follow(run.process, run.target);
	else
		fail_if(pks_process_join(run.process, -1), run.target);
	return run_report(store, run.process);
}

const struct command cmd_run = {
	.name = "run",
	.usage = "run [OPTION...] [--kwargs JSON] MODULE:HANDLER [JSON...]\n"
		 "       pkstore run [OPTION...] [--input TEXT] -- COMMAND [ARGUMENT...]",
	.brief = "runs a handler, or a command, in the pool",
	.help = "Starts a process that runs the HANDLER of MODULE, a shared object or an executable that links\n"
		"libpkstore, with the JSON values as its arguments; waits until it has ended and prints its\n"
		"result as JSON. Creates the store, and starts the pool, if need be. The process runs on when\n"
		"`pkstore run` is interrupted, and stays in the process table: see ps and clean.\n"
		"\n"
		"Behind -- stands a COMMAND: a program, which is looked for in $PATH, and its arguments. It runs\n"
		"in the caller's working folder and environment, with nothing on its stdin; what it writes to\n"
		"stdout and stderr is printed there, and kept: see log. So pkstore is a queue of jobs, too:\n"
		"`pkstore run -d -- make`, `pkstore join PATH`, `pkstore log -f PATH`.\n"
		"\n"
		"  -n, --name PATH   the process's path; without it process-UUID\n"
		"  -w, --no-wait     do not wait: print the process's path; also -d, --detach\n"
		"  -p, --priority N  -100 to 100; of those that wait, the highest runs first; 0 without it\n"
		"  -k, --kwargs JSON named arguments, a JSON object\n"
		"  -i, --input TEXT  what the command reads from its stdin; -: what there is on that of pkstore\n"
		"      --pool NAME   the pool in which it runs; `default` without it, see pool\n"
		"  -m, --method NAME where it runs: pool, in a worker of the pool as soon as one is free; dedicated,\n"
		"                    in one of its own at once; forkserver, as dedicated, but a copy of a process\n"
		"                    that has loaded the module already; spawn, as dedicated, but a child of\n"
		"                    pkstore, which needs no pool\n"
		"\n"
		"The caller looks for the module first: with a slash from its working folder, without one in the\n"
		"folders of its $PKSTORE_MODULE_PATH, and stores the file's absolute path. One that it does not\n"
		"find is kept as it was given, for the worker to look for.\n"
		"\n"
		"A handler runs in the working folder / and in the environment of whoever started the pool. What\n"
		"it writes to stdout and stderr is kept with the process: see `pkstore log`.\n"
		"\n"
		"Options stand before MODULE; what follows it is never taken for one. Exits with the process's own\n"
		"exit code, or 128+N when signal N ended it, 127 when a command is not found and 126 when it cannot\n"
		"be executed; why it failed is on stderr.\n",
	.run = run_run,
};
