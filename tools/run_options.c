/* SPDX-License-Identifier: MIT */
#include "run_options.h"

#include "args.h"
#include "fail.h"
#include "input.h"
#include "run_env.h"

#include <pkstore/process_control.h>
#include <pkstore/process_family.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The bounds of pks_process_set_priority(). */
#define RUN_PRIORITY_MAX 100

static const struct option run_options[] = {
	{"name", required_argument, NULL, 'n'},   {"no-wait", no_argument, NULL, 'w'},
	{"detach", no_argument, NULL, 'd'},       {"no-start", no_argument, NULL, 'S'},
	{"input", required_argument, NULL, 'i'},  {"priority", required_argument, NULL, 'p'},
	{"kwargs", required_argument, NULL, 'k'}, {"pool", required_argument, NULL, 'P'},
	{"method", required_argument, NULL, 'm'}, {"folder", required_argument, NULL, 'C'},
	{"env", required_argument, NULL, 'e'},    {"grace", required_argument, NULL, 'g'},
	{"level", required_argument, NULL, 'l'},  {"output-cap", required_argument, NULL, 'o'},
	{"daemon", no_argument, NULL, 'D'},       ARGS_HELP,
};

static enum pks_method read_method(const char *name)
{
	enum pks_method method;

	if (pks_method_from_name(name, &method) != 0 || method == PKS_METHOD_FORK)
		fail(FAIL_MISUSE, "%s: not a start method: pool, dedicated, spawn, forkserver", name);
	return method;
}

/* The worker is elsewhere. */
static char *read_folder(const char *text)
{
	char *folder = *text == '/' ? strdup(text) : realpath(text, NULL);

	if (!folder)
		fail_data(FAIL_MISUSE, "%s: %s", text, strerror(errno));
	return folder;
}

static int read_grace(const char *text)
{
	return strcmp(text, "infinity") ? args_seconds(text) : -1;
}

static void add_env(struct run_options *options, char *text)
{
	const char *sign = strchr(text, '=');

	if (!sign || sign == text)
		fail(FAIL_MISUSE, "%s: not NAME=TEXT", text);
	options->env = fail_no_memory(realloc(options->env, (options->env_count + 1) * sizeof(*options->env)));
	options->env[options->env_count++] = text;
}

/* Those that are set on the process. */
static void read_of_process(struct run_options *options, int letter)
{
	switch (letter) {
	case 'P':
		options->pool = optarg;
		break;
	case 'm':
		options->method = read_method(optarg);
		break;
	case 'C':
		free(options->folder);
		options->folder = read_folder(optarg);
		break;
	case 'e':
		add_env(options, optarg);
		break;
	case 'g':
		options->grace_ms = read_grace(optarg);
		options->has_grace = true;
		break;
	case 'l':
		options->level = args_level(optarg);
		break;
	case 'o':
		options->output_cap = (uint64_t)args_integer(optarg, "a number of lines", 0, INT64_MAX);
		options->has_output_cap = true;
		break;
	case 'D':
		options->daemon = true;
		break;
	default:
		options->priority =
			(int)args_integer(optarg, "a priority from -100 to 100", -RUN_PRIORITY_MAX, RUN_PRIORITY_MAX);
	}
}

void run_options_read(struct run_options *options, int argc, char **argv)
{
	for (int found; (found = args_next(argc, argv, "+n:wdp:k:i:m:C:e:g:D", run_options)) != -1;) {
		if (found == 'n')
			options->path = optarg;
		else if (found == 'i')
			options->input = optarg;
		else if (found == 'k')
			options->kwargs = optarg;
		else if (found == 'w' || found == 'd')
			options->no_wait = true;
		else if (found == 'S')
			options->no_start = true;
		else
			read_of_process(options, found);
	}
}

void run_options_check(const struct run_options *options, bool of_command)
{
	if (options->path)
		fail_if(pks_path_check(options->path), options->path);
	if (options->daemon && (options->no_wait || options->no_start))
		fail(FAIL_MISUSE, "run: a daemon ends with this program, which is to wait for it");
	if (of_command && options->kwargs)
		fail(FAIL_MISUSE, "run: a command has no named arguments");
	if (of_command && options->level)
		fail(FAIL_MISUSE, "run: --level: a command does not write to the system log");
	if (!of_command && options->input)
		fail(FAIL_MISUSE, "run: a handler does not read from stdin");
}

void run_options_input(const struct run_options *options, struct pks_value *value_out)
{
	const char *input = options->input;
	size_t size = input ? strlen(input) : 0;
	char *typed = NULL;

	if (!input)
		return;
	if (!strcmp(input, "-"))
		input = typed = input_read_all(&size);
	if (pks_value_pack(value_out, "S", input, size) != 0)
		fail_if(pks_value_pack(value_out, "y", input, size), "the input");
	free(typed);
}

int run_options_apply(const struct run_options *options, struct pks_object *process)
{
	int r = pks_process_set_priority(process, options->priority);

	if (r == 0)
		r = pks_process_set_pool(process, options->pool);
	if (r == 0)
		r = pks_process_set_method(process, options->method);
	if (r == 0 && options->folder)
		r = pks_process_set_folder(process, options->folder);
	if (r == 0 && options->env)
		r = run_env_set(process, options->env, options->env_count);
	if (r == 0 && options->has_grace)
		r = pks_process_set_grace(process, options->grace_ms);
	if (r == 0 && options->level)
		r = pks_process_set_level(process, options->level);
	if (r == 0 && options->has_output_cap)
		r = pks_process_set_output_cap(process, options->output_cap);
	if (r == 0 && options->daemon)
		r = pks_process_set_daemon(process, true);
	return r;
}

void run_options_release(struct run_options *options)
{
	free(options->folder);
	free(options->env);
}
