/* SPDX-License-Identifier: MIT */
#include "surroundings.h"

#include "base/error.h"
#include "pool.h"

#include <pkstore/syslog.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the environment ---- */

/* What need not be UTF-8 is bytes, if it is not. */
static int take_bytes(const struct pks_value *value, const char **bytes_out, size_t *size_out)
{
	const void *bytes;
	int r = pks_value_text(value, bytes_out, size_out);

	if (r != 0)
		r = pks_value_bytes(value, &bytes, size_out);
	else
		return 0;
	if (r == 0)
		*bytes_out = bytes;
	return r;
}

static char *variable(const struct pks_value *name, const struct pks_value *value)
{
	const char *texts[2];
	size_t sizes[2];
	char *made = NULL;

	if (take_bytes(name, &texts[0], &sizes[0]) != 0 || take_bytes(value, &texts[1], &sizes[1]) != 0)
		error_set(PKS_ERR_CORRUPT, "its environment is not a map of texts");
	else if (asprintf(&made, "%.*s=%.*s", (int)sizes[0], texts[0], (int)sizes[1], texts[1]) < 0)
		made = NULL;
	return made;
}

/* What tells whom a program belongs to: whoever has recorded it belonged to somebody else. */
static bool is_mark(const char *text)
{
	return strncmp(text, POOL_MARK_ENV "=", sizeof(POOL_MARK_ENV)) == 0 ||
	       strncmp(text, WITHIN_ENV "=", sizeof(WITHIN_ENV)) == 0;
}

/* Fills the array, whose end is NULL whatever happens. */
static int fill(char **environment, const struct pks_value *env)
{
	const char *mark = getenv(POOL_MARK_ENV);
	struct pks_value_iter iter;
	struct pks_value name, value;
	int r = pks_value_iter_init(&iter, env);

	while (r == 0 && (r = pks_value_next(&iter, &name, &value)) == 0) {
		*environment = variable(&name, &value);
		if (!*environment)
			return PKS_ERR_CORRUPT;
		if (is_mark(*environment))
			free(*environment);
		else
			environment++;
		*environment = NULL;
	}
	if (r != PKS_END)
		return r;
	if (mark && asprintf(environment, POOL_MARK_ENV "=%s", mark) < 0) {
		*environment = NULL;
		return error_set(PKS_ERR_MEMORY, "out of memory");
	}
	return 0;
}

char **surroundings_environment(const struct pks_value *env)
{
	char **environment;
	size_t count;

	if (pks_value_count(env, &count) < 0) {
		error_set(PKS_ERR_CORRUPT, "its environment is not a map of texts");
		return NULL;
	}
	environment = calloc(count + 2, sizeof(*environment)); /* with the mark, and NULL */
	if (!environment)
		error_set(PKS_ERR_MEMORY, "out of memory");
	else if (fill(environment, env) != 0) {
		surroundings_free_environment(environment);
		environment = NULL;
	}
	return environment;
}

void surroundings_free_environment(char **environment)
{
	for (char **at = environment; at && *at; at++)
		free(*at);
	free(environment);
}

/* ---- in and out ---- */

static int enter_folder(struct surroundings *surroundings, const char *folder)
{
	int own = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), r;

	if (own < 0)
		return error_errno(errno, "the worker's folder cannot be kept");
	if (chdir(folder) != 0) {
		r = error_errno(errno, "its folder %s cannot be entered", folder);
		close(own);
		return r;
	}
	surroundings->own_folder = own;
	return 0;
}

/*
 * The worker's strings in an array of ours: that of an earlier handler's setenv(3) is still the C library's, which the
 * next setenv() fills or moves, whatever `environ` is by then.
 */
static char **put_aside(char **environment)
{
	size_t count = 0;
	char **own;

	while (environment && environment[count])
		count++;
	own = calloc(count + 1, sizeof(*own));
	if (own && count)
		memcpy(own, environment, count * sizeof(*own));
	return own;
}

static int enter_environment(struct surroundings *surroundings, const struct pks_value *env)
{
	char **made = surroundings_environment(env);

	if (!made)
		return pks_error_code();
	surroundings->own_environment = put_aside(environ);
	if (!surroundings->own_environment) {
		surroundings_free_environment(made);
		return error_set(PKS_ERR_MEMORY, "out of memory");
	}
	surroundings->environment = made;
	environ = made;
	return 0;
}

/* The strings are not copied: those that were there at the beginning, and those of setenv(3), stay for good. */
static void leave_environment(struct surroundings *surroundings)
{
	clearenv();
	for (char **at = surroundings->own_environment; *at; at++)
		if (putenv(*at) != 0)
			exit(EXIT_FAILURE); /* the next one would miss it; a fresh worker does not */
	free(surroundings->own_environment);
	surroundings_free_environment(surroundings->environment);
}

int surroundings_enter(struct surroundings *surroundings, struct pks_store *store,
		       const struct process_options *options)
{
	int r = 0;

	*surroundings = (struct surroundings){.own_folder = -1};
	if (options->env.size)
		r = enter_environment(surroundings, &options->env);
	if (r == 0 && options->cwd)
		r = enter_folder(surroundings, options->cwd);
	if (r < 0) {
		surroundings_leave(surroundings, store, NULL);
		return r;
	}
	if (options->level) {
		surroundings->own_level = pks_syslog_level(store);
		pks_syslog_set_level(store, options->level);
	}
	surroundings->silent = options->output_cap == 0;
	if (surroundings->silent)
		output_silence();
	return 0;
}

/* What the handler has set in its environment goes with it. */
void surroundings_leave(struct surroundings *surroundings, struct pks_store *store, const struct output *output)
{
	if (surroundings->environment)
		leave_environment(surroundings);
	if (surroundings->own_folder >= 0) {
		if (fchdir(surroundings->own_folder) != 0)
			exit(EXIT_FAILURE); /* the next one would run in the wrong place; a fresh worker does not */
		close(surroundings->own_folder);
	}
	if (surroundings->own_level)
		pks_syslog_set_level(store, surroundings->own_level);
	if (surroundings->silent) {
		fflush(stdout);
		output_restore(output);
	}
	*surroundings = (struct surroundings){.own_folder = -1};
}
