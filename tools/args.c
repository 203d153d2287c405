/* SPDX-License-Identifier: MIT */
#include "args.h"

#include "fail.h"
#include "help.h"
#include "print.h"

#include <pkstore/json.h>
#include <pkstore/process.h>
#include <pkstore/syslog.h>

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ARGS_MS_PER_S 1000

/* Room for a command's letters, and ':' before and 'h' behind them. */
#define ARGS_LETTERS_SIZE 32

const struct option args_help_only[] = {ARGS_HELP};

/* getopt(3) itself prints nothing: its messages have another form than ours. */
static _Noreturn void args_wrong(char **argv, int found)
{
	const char *option = argv[optind - 1];

	if (found == ':')
		fail(FAIL_MISUSE, "%s: option '%s' needs a value", argv[0], option);
	if (optopt && strncmp(option, "--", 2))
		fail(FAIL_MISUSE, "%s: there is no option '-%c'", argv[0], optopt);
	if (optopt)
		fail(FAIL_MISUSE, "%s: option '%s' takes no value", argv[0], option);
	fail(FAIL_MISUSE, "%s: there is no option '%s'", argv[0], option);
}

/*
 * getopt(3), told to keep the order, looks no further than the first argument. A `--` behind it is what people write
 * before a key or a value that begins with a dash: the first one is dropped, by moving what stands before it.
 */
static void args_drop_dashes(int argc, char **argv)
{
	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		memmove(&argv[optind + 1], &argv[optind], (size_t)(i - optind) * sizeof(*argv));
		optind++;
		return;
	}
}

int args_next(int argc, char **argv, const char *letters, const struct option *options)
{
	char all[ARGS_LETTERS_SIZE];
	bool in_order = *letters == '+';
	int found, before = optind ? optind : 1;

	snprintf(all, sizeof(all), "%s:%sh", in_order ? "+" : "", letters + in_order);
	opterr = 0;
	optopt = 0;
	found = getopt_long(argc, argv, all, options, NULL);
	if (found == '?' || found == ':')
		args_wrong(argv, found);
	if (found == 'h') {
		help_print(command_find(argv[0]));
		print_flush();
		exit(FAIL_OK);
	}
	/* It goes on at the end only past a `--`: then that was the one. */
	if (found == -1 && in_order && optind == before)
		args_drop_dashes(argc, argv);
	return found;
}

char **args_rest(int argc, char **argv, int least, int most)
{
	int count = argc - optind;

	if (count < least)
		fail(FAIL_MISUSE, "%s: too few arguments", argv[0]);
	if (most >= 0 && count > most)
		fail(FAIL_MISUSE, "%s: too many arguments: %s%s", argv[0], argv[optind + most],
		     argv[optind + most][0] == '-' ? "; options stand before the first one" : "");
	return argv + optind;
}

char **args_plain(int argc, char **argv, int least, int most)
{
	while (args_next(argc, argv, "+", args_help_only) != -1)
		continue;
	return args_rest(argc, argv, least, most);
}

bool args_namespace(char *path)
{
	size_t size = strlen(path);

	if (size < 2 || path[size - 1] != '/')
		return false;
	path[size - 1] = '\0';
	return true;
}

/* "set, clear or wait" */
static void args_join_names(const char *const *names, char *text, size_t size)
{
	for (size_t used = 0; *names && used < size; names++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", *names,
		                         !names[1] ? "" : !names[2] ? " or " : ", ");
}

size_t args_verb(const char *command, const char *verb, const char *const *verbs)
{
	char names[120] = "";

	for (size_t i = 0; verbs[i]; i++)
		if (!strcmp(verb, verbs[i]))
			return i;
	args_join_names(verbs, names, sizeof(names));
	fail(FAIL_MISUSE, "%s: %s: not %s", command, verb, names);
}

int64_t args_integer(const char *text, const char *what, int64_t least, int64_t most)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (end == text || *end || errno || number < least || number > most)
		fail(FAIL_MISUSE, "%s: not %s", text, what);
	return number;
}

bool args_slice(const char *text, const char *what, int64_t *start_out, int64_t *stop_out)
{
	const char *colon = strchr(text, ':');
	char *start;

	if (!colon)
		return false;
	start = fail_no_memory(strndup(text, (size_t)(colon - text)));
	*start_out = *start ? args_integer(start, what, INT64_MIN, INT64_MAX) : 0;
	*stop_out = colon[1] ? args_integer(colon + 1, what, INT64_MIN, INT64_MAX) : INT64_MAX;
	free(start);
	return true;
}

int args_seconds(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !isfinite(seconds) || seconds < 0)
		fail(FAIL_MISUSE, "%s: not a number of seconds", text);
	/* The library counts milliseconds in an int: 24 days, which is as good as what was asked for. */
	if (seconds > INT_MAX / ARGS_MS_PER_S)
		return INT_MAX;
	return (int)(seconds * ARGS_MS_PER_S + 0.5);
}

int args_statuses(const char *text)
{
	char *copy = fail_no_memory(strdup(text)), *rest = copy;
	int statuses = 0;

	for (char *name; (name = strsep(&rest, ",")) != NULL;) {
		enum pks_status status;

		if (pks_status_from_name(name, &status) != 0)
			fail(FAIL_MISUSE, "%s: not a status: created, submitted, running, finished, failed or crashed",
			     name);
		statuses |= (int)status;
	}
	free(copy);
	return statuses;
}

int args_level(const char *text)
{
	for (int level = PKS_LEVEL_DEBUG; level <= PKS_LEVEL_CRITICAL; level += PKS_LEVEL_DEBUG)
		if (!strcasecmp(text, pks_level_name(level)))
			return level;
	return (int)args_integer(text, "a level: debug, info, warning, error, critical, or a number", 1, INT_MAX);
}

/* How much of a wrong argument is shown, in bytes: the position tells the rest. */
#define ARGS_SHOWN_MAX 200

/* Text without its quotes is the usual mistake, as the shell takes them away. */
static void args_json_hint(const char *text, char *hint, size_t size)
{
	struct pks_value value = {0};
	char *json;

	*hint = '\0';
	if (strpbrk(text, "'\"{}[]") || pks_value_pack(&value, "s", text) != 0)
		return;
	if (pks_value_to_json(&value, NULL, PKS_JSON_LINE, &json) == 0) {
		snprintf(hint, size, "; did you mean '%s'?", json);
		free(json);
	}
	pks_value_clear(&value);
}

static _Noreturn void args_json_wrong(const char *text)
{
	char hint[80];
	char *reason = fail_no_memory(strdup(pks_error_message()));

	args_json_hint(text, hint, sizeof(hint));
	fail_data(FAIL_MISUSE, "%.*s: %s%s", ARGS_SHOWN_MAX, text, reason, hint);
}

void args_json(const char *text, struct pks_store *store, struct pks_value *value_out)
{
	int r = pks_value_from_json(text, strlen(text), store, value_out);
	char shown[ARGS_SHOWN_MAX + 1];

	if (r == PKS_ERR_SYNTAX)
		args_json_wrong(text);
	snprintf(shown, sizeof(shown), "%s", r == 0 ? "" : text);
	fail_if(r, shown);
}

void args_json_check(const char *text)
{
	struct pks_value value = {0};

	/* What else can be wrong, references and limits, shows when it is read with the store. */
	if (pks_value_from_json(text, strlen(text), NULL, &value) == PKS_ERR_SYNTAX)
		args_json_wrong(text);
	pks_value_clear(&value);
}

void args_raw(const char *bytes, size_t size, struct pks_value *value_out)
{
	int r = pks_value_pack(value_out, "S", bytes, size);

	if (r == PKS_ERR_SYNTAX)
		r = pks_value_pack(value_out, "y", bytes, size);
	fail_if(r, "a value");
}
