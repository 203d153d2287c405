/* SPDX-License-Identifier: MIT */
/* start, restart, terminate, kill: the life of processes that there are. Each takes any number of them. */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"

#include <pkstore/process_control.h>

struct control {
	bool wait;
	int timeout_ms;
	enum pks_restart policy;
};

static const struct option control_options[] = {
	{"wait", no_argument, NULL, 'w'},
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

static const struct option control_restart_options[] = {
	{"terminate", no_argument, NULL, 'k'},
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

/* A timeout is for a wait, so it asks for one. Returns the paths. */
static char **control_read(struct control *control, int argc, char **argv, const char *letters,
			   const struct option *options)
{
	for (int found; (found = args_next(argc, argv, letters, options)) != -1;) {
		if (found == 'k')
			control->policy = PKS_RESTART_TERMINATE;
		else
			control->wait = true;
		if (found == 't')
			control->timeout_ms = args_seconds(optarg);
	}
	return args_rest(argc, argv, 1, -1);
}

/*
 * Does it to each, and goes on where one has no time left, or is not there, so that the others are not left out. The
 * exit code is the first trouble's.
 */
static int control_each(char **paths, int (*act)(struct pks_object *process, const struct control *control),
			const struct control *control)
{
	struct pks_store *store = open_to_change();
	int exit_code = FAIL_OK;

	for (; *paths; paths++) {
		struct pks_object *process = pks_process_open(store, *paths);
		int r = process ? act(process, control) : pks_error_code(), one = FAIL_OK;

		if (r == PKS_TIMED_OUT)
			one = fail_warn(FAIL_NO, "%s: timed out", *paths);
		else if (r != 0)
			one = fail_warn_code(r, *paths);
		if (exit_code == FAIL_OK)
			exit_code = one;
		pks_object_close(process);
	}
	return exit_code;
}

/* ---- start ---- */

static int start_one(struct pks_object *process, const struct control *control)
{
	int64_t pid;
	int r;

	if (!control->wait)
		return pks_process_start(process);
	r = pks_process_start_wait(process, control->timeout_ms, &pid);
	if (r == 0)
		print_format("%lld\n", (long long)pid);
	return r;
}

static int start_run(int argc, char **argv)
{
	struct control control = {.timeout_ms = -1};

	return control_each(control_read(&control, argc, argv, "wt:", control_options), start_one, &control);
}

const struct command cmd_start = {
	.name = "start",
	.usage = "start [--wait] [--timeout SECONDS] PATH...",
	.brief = "starts processes that were created",
	.help = "Starts processes that were created and not started yet: see run for new ones, and restart for\n"
		"those that have ended. With --wait it returns when they are about to run, and prints a pid for\n"
		"each: 0 for one that has ended by then.\n"
		"\n"
		"  -w, --wait             wait until each runs\n"
		"  -t, --timeout SECONDS  how long to wait for each, with decimals; without it for ever\n",
	.run = start_run,
};

/* ---- restart ---- */

static int restart_one(struct pks_object *process, const struct control *control)
{
	return pks_process_restart(process, control->policy, control->timeout_ms);
}

static int restart_run(int argc, char **argv)
{
	struct control control = {.timeout_ms = -1, .policy = PKS_RESTART_WAIT};

	return control_each(control_read(&control, argc, argv, "kt:", control_restart_options), restart_one, &control);
}

const struct command cmd_restart = {
	.name = "restart",
	.usage = "restart [--terminate] [--timeout SECONDS] PATH...",
	.brief = "runs processes once more",
	.help = "Runs processes once more, with the same target and arguments, when they have ended: a new attempt.\n"
		"What is to be told of the earlier ones is kept, see ps. One that runs still is waited for, or\n"
		"terminated first. Does not wait for the new attempt, see join.\n"
		"\n"
		"  -k, --terminate        terminate what runs still\n"
		"  -t, --timeout SECONDS  how long to wait for the end of each, with decimals; without it for ever\n",
	.run = restart_run,
};

/* ---- terminate, kill ---- */

static int terminate_one(struct pks_object *process, const struct control *control)
{
	return pks_process_terminate(process, control->wait ? control->timeout_ms : 0);
}

static int terminate_run(int argc, char **argv)
{
	struct control control = {.timeout_ms = -1};

	return control_each(control_read(&control, argc, argv, "wt:", control_options), terminate_one, &control);
}

const struct command cmd_terminate = {
	.name = "terminate",
	.usage = "terminate [--wait] [--timeout SECONDS] PATH...",
	.brief = "ends processes",
	.help = "Ends processes: one that runs gets SIGTERM, with all that it has started, and SIGKILL when its\n"
		"time of grace is over; one that waits will never run. One that has ended stays as it is. Does not\n"
		"wait until they have ended, but with --wait.\n"
		"\n"
		"  -w, --wait             wait until each has ended\n"
		"  -t, --timeout SECONDS  how long to wait for each, with decimals; without it for ever\n",
	.run = terminate_run,
};

static int kill_one(struct pks_object *process, const struct control *control)
{
	return pks_process_kill(process, control->wait ? control->timeout_ms : 0);
}

static int kill_run(int argc, char **argv)
{
	struct control control = {.timeout_ms = -1};

	return control_each(control_read(&control, argc, argv, "wt:", control_options), kill_one, &control);
}

const struct command cmd_kill = {
	.name = "kill",
	.usage = "kill [--wait] [--timeout SECONDS] PATH...",
	.brief = "ends processes at once, with all that they have started",
	.help = "The same as terminate with SIGKILL at once, which nothing can refuse.\n"
		"\n"
		"  -w, --wait             wait until each has ended\n"
		"  -t, --timeout SECONDS  how long to wait for each, with decimals; without it for ever\n",
	.run = kill_run,
};
