/* SPDX-License-Identifier: MIT */
#include "command.h"

#include "base/error.h"
#include "base/utf8.h"
#include "layer.h"
#include "process_options.h"
#include "pool.h"
#include "record.h"

#include <pkstore/builder.h>
#include <pkstore/transaction.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TARGET_ATTR "target"

/* An argument, or a variable, need not be UTF-8. */
static void build_bytes(struct pks_builder *builder, const char *text, size_t size)
{
	if (utf8_valid(text, size))
		pks_build_text(builder, text, size);
	else
		pks_build_bytes(builder, text, size);
}

static int finish(struct pks_builder *builder, struct pks_value *value_out)
{
	int r = builder ? pks_builder_finish(builder, value_out) : error_set(PKS_ERR_MEMORY, "out of memory");

	pks_builder_free(builder);
	return r;
}

static int build_target(const char *const argv[], struct pks_value *value_out)
{
	struct pks_builder *builder = pks_builder_new();

	if (builder) {
		pks_build_list(builder);
		for (; *argv; argv++)
			build_bytes(builder, *argv, strlen(*argv));
		pks_build_end(builder);
	}
	return finish(builder, value_out);
}

/* The first of two variables of one name counts, as for getenv(3). */
static bool is_first(char **environment, char **variable)
{
	size_t size = strcspn(*variable, "=") + 1;

	for (char **at = environment; at < variable; at++)
		if (strncmp(*at, *variable, size) == 0)
			return false;
	return true;
}

/* What says which pool, and which process, this program itself belongs to is not for others. */
static bool is_to_be_recorded(char **environment, char **variable)
{
	const char *end = strchr(*variable, '=');

	return end && end > *variable && strncmp(*variable, POOL_MARK_ENV "=", sizeof(POOL_MARK_ENV)) != 0 &&
	       strncmp(*variable, WITHIN_ENV "=", sizeof(WITHIN_ENV)) != 0 && is_first(environment, variable);
}

static int build_environment(char **environment, struct pks_value *value_out)
{
	struct pks_builder *builder = pks_builder_new();

	if (builder) {
		pks_build_map(builder);
		for (char **at = environment; at && *at; at++) {
			const char *end = strchr(*at, '=');

			if (!is_to_be_recorded(environment, at))
				continue;
			build_bytes(builder, *at, (size_t)(end - *at));
			build_bytes(builder, end + 1, strlen(end + 1));
		}
		pks_build_end(builder);
	}
	return finish(builder, value_out);
}

/* ---- creating ---- */

struct creation {
	const char *path;
	struct pks_value target, environment;
	char *folder;
	struct pks_object *process;
};

/* May be run again, so what an earlier run created is forgotten first. */
static int create(struct pks_store *store, void *arg)
{
	struct creation *creation = arg;
	int r;

	pks_object_close(creation->process);
	creation->process = layer_create(store, creation->path, RECORD_TYPE);
	if (!creation->process)
		return pks_error_code();
	r = pks_attr_set(creation->process, TARGET_ATTR, &creation->target);
	if (r == 0)
		r = record_create(creation->process);
	if (r == 0)
		r = pks_process_set_env(creation->process, &creation->environment);
	return r == 0 ? pks_process_set_folder(creation->process, creation->folder) : r;
}

struct pks_object *pks_process_new_command(struct pks_store *store, const char *path, const char *const argv[])
{
	struct creation creation = {.path = path};
	int r;

	if (!argv || !argv[0] || !argv[0][0]) {
		error_set(PKS_ERR_USAGE, "a command without a name");
		return NULL;
	}
	r = build_target(argv, &creation.target);
	if (r == 0)
		r = build_environment(environ, &creation.environment);
	creation.folder = getcwd(NULL, 0);
	if (r == 0 && !creation.folder)
		r = error_errno(errno, "the working folder cannot be recorded");
	if (r == 0)
		r = pks_atomically(store, create, &creation);
	if (r != 0) {
		pks_object_close(creation.process);
		creation.process = NULL;
	}
	free(creation.folder);
	pks_value_clear(&creation.target);
	pks_value_clear(&creation.environment);
	return creation.process;
}

/* ---- reading ---- */

static int take_argument(const struct pks_value *value, char **argument_out)
{
	const void *bytes = NULL;
	const char *text;
	size_t size;
	int r = pks_value_text(value, &text, &size);

	if (r == 0)
		bytes = text;
	else
		r = pks_value_bytes(value, &bytes, &size);
	if (r == 0 && memchr(bytes, '\0', size))
		r = PKS_ERR_RANGE;
	if (r < 0)
		return error_set(PKS_ERR_CORRUPT, "its command is not a list of texts");
	*argument_out = strndup(bytes, size);
	return *argument_out ? 0 : error_set(PKS_ERR_MEMORY, "out of memory");
}

static int take_arguments(const struct pks_value *list, char ***argv_out)
{
	struct pks_value_iter iter;
	struct pks_value element;
	size_t count, at = 0;
	char **argv;
	int r = pks_value_count(list, &count);

	if (r < 0 || count == 0 || pks_value_kind(list) != PKS_KIND_LIST)
		return error_set(PKS_ERR_CORRUPT, "its command is not a list of texts");
	argv = calloc(count + 1, sizeof(*argv));
	if (!argv)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	r = pks_value_iter_init(&iter, list);
	while (r == 0 && (r = pks_value_next(&iter, NULL, &element)) == 0)
		r = take_argument(&element, &argv[at++]);
	if (r == PKS_END) {
		*argv_out = argv;
		return 0;
	}
	command_free(argv);
	return r;
}

int command_read(struct pks_object *process, char ***argv_out)
{
	struct pks_value target = {0};
	int r = pks_attr_get(process, TARGET_ATTR, &target);

	if (r == 0)
		r = take_arguments(&target, argv_out);
	pks_value_clear(&target);
	return r;
}

void command_free(char **argv)
{
	for (char **at = argv; at && *at; at++)
		free(*at);
	free(argv);
}

bool command_is(struct pks_object *process)
{
	struct pks_value target = {0};
	bool is = pks_attr_get(process, TARGET_ATTR, &target) == 0 && pks_value_kind(&target) == PKS_KIND_LIST;

	pks_value_clear(&target);
	return is;
}

void command_describe(const struct pks_value *target, char *text, size_t size)
{
	char **argv;
	size_t used = 0;

	text[0] = '\0';
	if (take_arguments(target, &argv) != 0)
		return;
	for (char **at = argv; *at && used < size; at++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", at == argv ? "" : " ",
					 utf8_valid(*at, strlen(*at)) ? *at : "?");
	command_free(argv);
}
