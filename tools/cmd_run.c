/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "output.h"
#include "print.h"
#include "run_options.h"

#include <pkstore/builder.h>
#include <pkstore/transaction.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a shell tells that a signal ended a program. */
#define RUN_SIGNAL_BASE 128

struct run {
	struct run_options options;
	const char *target;         /* MODULE:HANDLER, or the command's name */
	const char *const *command; /* with its arguments; NULL: a handler */
	struct pks_value args, kwargs, stdin_value;
	struct pks_object *process;
};

/* Before a store is created: what is wrong with the command line alone. */
static void run_check(const struct run *run, char **args)
{
	const char *colon = strrchr(run->target, ':');

	run_options_check(&run->options, run->command != NULL);
	if (run->command)
		return;
	if (!colon || colon == run->target || !colon[1])
		fail(FAIL_MISUSE, "%s: not MODULE:HANDLER; a command stands behind --", run->target);
	for (; *args; args++)
		args_json_check(*args);
	if (run->options.kwargs)
		args_json_check(run->options.kwargs);
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
	args_json(run->options.kwargs ? run->options.kwargs : "{}", store, &run->kwargs);
	if (pks_value_kind(&run->kwargs) != PKS_KIND_MAP)
		fail(FAIL_MISUSE, "%s: not a JSON object", run->options.kwargs);
}

static int run_set_args(struct run *run)
{
	int r;

	if (run->command)
		return run->options.input ? pks_process_set_stdin(run->process, &run->stdin_value) : 0;
	r = pks_process_set_args(run->process, &run->args);
	return r == 0 ? pks_process_set_kwargs(run->process, &run->kwargs) : r;
}

/* In one transaction: nobody sees the process without its arguments. */
static int run_create(struct pks_store *store, void *arg)
{
	struct run *run = arg;
	int r;

	pks_object_close(run->process);
	run->process = run->command ? pks_process_new_command(store, run->options.path, run->command)
	                            : pks_process_new(store, run->options.path, run->target);
	if (!run->process)
		return pks_error_code();
	r = run_set_args(run);
	return r == 0 ? run_options_apply(&run->options, run->process) : r;
}

/* A process that was never submitted is of no use to anybody. */
static void run_start(struct run *run)
{
	int r = pks_process_start(run->process);

	if (r == 0)
		return;
	r = fail_warn_code(r, run->target);
	pks_object_drop(run->process);
	exit(r);
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

static void run_release(struct run *run)
{
	pks_value_clear(&run->args);
	pks_value_clear(&run->kwargs);
	pks_value_clear(&run->stdin_value);
	run_options_release(&run->options);
}

static int run_wait(struct run *run)
{
	if (run->command)
		output_follow(run->process, run->target);
	else
		fail_if(pks_process_join(run->process, -1), run->target);
	return run_report(pks_object_store(run->process), run->process);
}

static int run_run(int argc, char **argv)
{
	struct run run = {0};
	struct pks_store *store;
	char **rest;
	int r;

	run_options_read(&run.options, argc, argv);
	rest = args_rest(argc, argv, 1, -1);
	run.target = rest[0];
	if (rest > argv && strcmp(rest[-1], "--") == 0)
		run.command = (const char *const *)rest;
	run_check(&run, rest + 1);
	store = open_to_create();
	if (run.command)
		run_options_input(&run.options, &run.stdin_value);
	else
		run_read_args(&run, store, rest + 1);
	r = pks_atomically(store, run_create, &run);
	if (r == PKS_EXISTS)
		return fail_warn(FAIL_NO, "%s: there already is one", run.options.path);
	fail_if(r, run.target);
	run_release(&run);
	if (!run.options.no_start)
		run_start(&run);
	if (!run.options.no_start && !run.options.no_wait)
		return run_wait(&run);
	run_print_name(run.process);
	return FAIL_OK;
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
		"stdout and stderr is printed there, and kept: see log. That folder and all of that environment,\n"
		"with what is secret in it, are recorded with the process, for whoever reads the store or a dump.\n"
		"What it writes comes in the order in which it was kept: that of each stream, but between the two\n"
		"not always that in which it was written. So pkstore is a queue of jobs, too:\n"
		"`pkstore run -d -- make`, `pkstore join PATH`, `pkstore log -f PATH`. A job may run others:\n"
		"they are its children, and have its place in the pool while it waits for them.\n"
		"\n"
		"  -n, --name PATH   the process's path; without it process-UUID\n"
		"  -w, --no-wait     do not wait: print the process's path; also -d, --detach\n"
		"  -p, --priority N  -100 to 100; of those that wait, the highest runs first; 0 without it\n"
		"  -k, --kwargs JSON named arguments, a JSON object\n"
		"  -i, --input TEXT  what the command reads from its stdin; -: what there is on that of pkstore\n"
		"      --no-start    only create it, and print its path: items can be set in it before it is started\n"
		"                    by `pkstore start PATH`\n"
		"  -C, --folder DIR  its working folder\n"
		"  -e, --env NAME=TEXT\n"
		"                    in the environment, which is the caller's; a handler, too, has that then, and\n"
		"                    it is recorded. Any number of times\n"
		"  -g, --grace N     how many seconds `pkstore terminate` gives it, or infinity; 5 without it\n"
		"  -D, --daemon      ends with this `pkstore run`, however that ends\n"
		"      --level NAME  the lowest level that a handler writes to the system log: debug, info, warning,\n"
		"                    error, critical, or a number\n"
		"      --output-cap N\n"
		"                    how many lines of its output are kept, the newest; 0: none, and none are\n"
		"                    printed; 10000 without it\n"
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
