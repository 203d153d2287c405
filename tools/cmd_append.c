/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <pkstore/json.h>
#include <pkstore/log.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How much of stdin is read at once, and so about how much one transaction appends: large enough to make the commit's
 * cost small, small enough not to hold other writers up. */
#define APPEND_CHUNK ((size_t)256 * 1024)

/* Lines of stdin on their way into a Log. */
struct append {
	/* Both NULL until something is to be appended: input that is wrong from its beginning creates neither. */
	struct pks_store *store;
	struct pks_object *log;
	const char *path;
	char *text; /* what was read and not yet parsed */
	size_t size, capacity;
	struct pks_value *values; /* of the transaction to come */
	size_t count, values_capacity;
	unsigned long long line;
};

static void append_open(struct append *append)
{
	if (append->log)
		return;
	if (!append->store)
		append->store = open_to_create();
	append->log = pks_log_open(append->store, append->path, PKS_OPEN_OR_CREATE);
	if (!append->log)
		fail_handle(append->path);
}

/* What is there already is opened at once, so that a path that is no Log's is told before anything is read. */
static void append_look(struct append *append)
{
	fail_if(pks_path_check(append->path), append->path);
	append->store = open_if_there();
	if (!append->store)
		return;
	append->log = pks_log_open(append->store, append->path, PKS_MUST_EXIST);
	if (!append->log && pks_error_code() != PKS_NOT_FOUND)
		fail_handle(append->path);
}

static void append_commit(struct append *append)
{
	if (append->count == 0)
		return;
	append_open(append);
	fail_if(pks_log_extend(append->log, append->values, append->count), append->path);
	for (size_t i = 0; i < append->count; i++)
		pks_value_clear(&append->values[i]);
	append->count = 0;
}

/* The lines before a wrong one are appended: they were right, and earlier transactions have committed anyway. */
static _Noreturn void append_wrong(struct append *append, int code)
{
	char *reason = fail_no_memory(strdup(pks_error_message()));

	append_commit(append);
	fail_data(fail_exit_of(code), "standard input: line %llu: %s", append->line,
	          *reason ? reason : pks_strerror(code));
}

/* Without a store there is no object to refer to. */
static int append_parse(struct append *append, const char *line, size_t size, struct pks_value *value_out)
{
	int r = pks_value_from_json(line, size, append->store, value_out);

	return r == PKS_ERR_USAGE && !append->store ? PKS_NOT_FOUND : r;
}

static void append_line(struct append *append, const char *line, size_t size)
{
	struct pks_value value = {0};
	int r;

	append->line++;
	if (strspn(line, " \t\r\n") >= size)
		return;
	r = append_parse(append, line, size, &value);
	if (r == PKS_NOT_FOUND && append->count) {
		/* It may refer to this very Log, which the lines before it create. */
		append_commit(append);
		r = append_parse(append, line, size, &value);
	}
	if (r != 0)
		append_wrong(append, r);
	if (append->count == append->values_capacity) {
		append->values_capacity = append->values_capacity ? append->values_capacity * 2 : 64;
		append->values =
			fail_no_memory(realloc(append->values, append->values_capacity * sizeof(*append->values)));
	}
	append->values[append->count++] = value;
}

/* Takes the whole lines out of the text; at the end of the input the last one may lack its newline. */
static void append_lines(struct append *append, bool at_end)
{
	char *line = append->text, *end;

	while ((end = memchr(line, '\n', append->size)) != NULL || (at_end && append->size)) {
		size_t size = end ? (size_t)(end - line) : append->size;

		line[size] = '\0';
		append_line(append, line, size);
		line += size + (end != NULL);
		append->size -= size + (end != NULL);
	}
	memmove(append->text, line, append->size);
	append_commit(append);
}

/* A chunk is what there is to be read: an input that comes slowly is appended as it comes. Returns false at its end. */
static bool append_read(struct append *append)
{
	ssize_t got;

	if (append->capacity - append->size < APPEND_CHUNK + 1) {
		append->capacity += append->capacity + APPEND_CHUNK + 1;
		append->text = fail_no_memory(realloc(append->text, append->capacity));
	}
	do
		got = read(STDIN_FILENO, append->text + append->size, APPEND_CHUNK);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		fail(FAIL_STORE, "standard input: %s", strerror(errno));
	append->size += (size_t)got;
	return got > 0;
}

static void append_stdin(const char *path)
{
	struct append append = {.path = path};

	append_look(&append);
	while (append_read(&append))
		append_lines(&append, false);
	append_lines(&append, true);
	append_open(&append);
	free(append.values);
	free(append.text);
}

static void append_arguments(const char *path, char **texts, size_t count)
{
	struct pks_value *values = fail_no_memory(calloc(count, sizeof(*values)));
	struct pks_object *log;
	struct pks_store *store;

	for (size_t i = 0; i < count; i++)
		args_json_check(texts[i]);
	store = open_to_create();
	for (size_t i = 0; i < count; i++)
		args_json(texts[i], store, &values[i]);
	log = pks_log_open(store, path, PKS_OPEN_OR_CREATE);
	if (!log)
		fail_handle(path);
	fail_if(pks_log_extend(log, values, count), path);
	for (size_t i = 0; i < count; i++)
		pks_value_clear(&values[i]);
	free(values);
}

static int append_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 2, -1);
	bool from_stdin = !strcmp(rest[1], "-") && !rest[2];
	size_t count = (size_t)(argc - optind) - 1;

	if (from_stdin)
		append_stdin(rest[0]);
	else
		append_arguments(rest[0], rest + 1, count);
	return FAIL_OK;
}

const struct command cmd_append = {
	.name = "append",
	.usage = "append PATH JSON...",
	.brief = "appends entries to a Log",
	.help = "Appends the JSON values to the Log at PATH, all in one transaction. Creates the Log, and the\n"
		"store, if need be. A single - reads one JSON value per line from standard input, as they come,\n"
		"and appends them in transactions of a bounded size; blank lines are skipped. After a line that\n"
		"is wrong it stops; what stood before it is appended.\n"
		"\n"
		"Options stand before PATH; what follows it is never taken for one.\n",
	.run = append_run,
};
