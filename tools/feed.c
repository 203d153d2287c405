/* SPDX-License-Identifier: MIT */
#include "feed.h"

#include "args.h"
#include "fail.h"
#include "open.h"

#include <pkstore/json.h>
#include <pkstore/transaction.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How much of stdin is read at once, and so about how much one transaction puts in: large enough to make the commit's
 * cost small, small enough not to hold other writers up. */
#define FEED_CHUNK ((size_t)256 * 1024)

/* Lines of stdin on their way into an object. */
struct lines {
	const struct feed *feed;
	/* Both NULL until something is to be put in: input that is wrong from its beginning creates neither. */
	struct pks_store *store;
	struct pks_object *object;
	char *text; /* what was read and not yet parsed */
	size_t size, capacity;
	struct pks_value *values; /* of the transaction to come */
	size_t count, values_capacity;
	unsigned long long line;
};

static void feed_open(struct lines *lines)
{
	if (lines->object)
		return;
	if (!lines->store)
		lines->store = open_to_create();
	lines->object = lines->feed->open(lines->feed, lines->store, PKS_OPEN_OR_CREATE);
	if (!lines->object)
		fail_handle(lines->feed->path);
}

/* What is there already is opened at once, so that a path of another type is told before anything is read. */
static void feed_look(struct lines *lines)
{
	fail_if(pks_path_check(lines->feed->path), lines->feed->path);
	lines->store = open_if_there();
	if (!lines->store)
		return;
	lines->object = lines->feed->open(lines->feed, lines->store, PKS_MUST_EXIST);
	if (!lines->object && pks_error_code() != PKS_NOT_FOUND)
		fail_handle(lines->feed->path);
}

/* What is put into an object that may not be there yet. */
struct first {
	const struct feed *feed;
	const struct pks_value *values;
	size_t count;
	struct pks_object *object;
	bool done;
};

static int feed_create(struct pks_store *store, void *arg)
{
	struct first *first = arg;

	pks_object_close(first->object);
	first->object = first->feed->open(first->feed, store, PKS_MUST_EXIST);
	first->done = !first->object && pks_error_code() == PKS_NOT_FOUND;
	if (first->done)
		first->object = first->feed->open(first->feed, store, PKS_OPEN_OR_CREATE);
	if (!first->object)
		return pks_error_code();
	return first->done ? first->feed->put(first->feed, first->object, first->values, first->count) : 0;
}

/* Opens the object, and puts the values in. What is there already is not opened in a transaction: a put may wait. */
static int feed_first(struct pks_store *store, struct first *first)
{
	const struct feed *feed = first->feed;
	int r = 0;

	first->object = feed->open(feed, store, feed->whole ? PKS_MUST_EXIST : PKS_OPEN_OR_CREATE);
	if (!first->object && feed->whole && pks_error_code() == PKS_NOT_FOUND)
		r = pks_atomically(store, feed_create, first);
	else if (!first->object)
		fail_handle(feed->path);
	return r == 0 && !first->done ? feed->put(feed, first->object, first->values, first->count) : r;
}

static int feed_put(struct lines *lines)
{
	struct first first = {.feed = lines->feed, .values = lines->values, .count = lines->count};
	int r;

	if (lines->object)
		return lines->feed->put(lines->feed, lines->object, lines->values, lines->count);
	if (!lines->store)
		lines->store = open_to_create();
	r = feed_first(lines->store, &first);
	lines->object = first.object;
	return r;
}

static void feed_commit(struct lines *lines)
{
	if (lines->count == 0)
		return;
	fail_if(feed_put(lines), lines->feed->path);
	for (size_t i = 0; i < lines->count; i++)
		pks_value_clear(&lines->values[i]);
	lines->count = 0;
}

/* The lines before a wrong one are put in: they were right, and earlier transactions have committed anyway. */
static _Noreturn void feed_wrong(struct lines *lines, int code)
{
	char *reason = fail_no_memory(strdup(pks_error_message()));

	feed_commit(lines);
	fail_data(fail_exit_of(code), "standard input: line %llu: %s", lines->line,
	          *reason ? reason : pks_strerror(code));
}

/* Without a store there is no object to refer to. */
static int feed_parse(struct lines *lines, const char *line, size_t size, struct pks_value *value_out)
{
	int r = 0;

	if (lines->feed->raw)
		args_raw(line, size, value_out);
	else
		r = pks_value_from_json(line, size, lines->store, value_out);
	return r == PKS_ERR_USAGE && !lines->store ? PKS_NOT_FOUND : r;
}

static void feed_line(struct lines *lines, const char *line, size_t size)
{
	struct pks_value value = {0};
	int r;

	lines->line++;
	if (!lines->feed->raw && strspn(line, " \t\r\n") >= size)
		return;
	r = feed_parse(lines, line, size, &value);
	if (r == PKS_NOT_FOUND && lines->count) {
		/* It may refer to this very object, which the lines before it create. */
		feed_commit(lines);
		r = feed_parse(lines, line, size, &value);
	}
	if (r != 0)
		feed_wrong(lines, r);
	if (lines->count == lines->values_capacity) {
		lines->values_capacity = lines->values_capacity ? lines->values_capacity * 2 : 64;
		lines->values = fail_no_memory(realloc(lines->values, lines->values_capacity * sizeof(*lines->values)));
	}
	lines->values[lines->count++] = value;
}

/* Takes the whole lines out of the text; at the end of the input the last one may lack its newline. */
static void feed_lines(struct lines *lines, bool at_end)
{
	char *line = lines->text, *end;

	while ((end = memchr(line, '\n', lines->size)) != NULL || (at_end && lines->size)) {
		size_t size = end ? (size_t)(end - line) : lines->size;

		line[size] = '\0';
		feed_line(lines, line, size);
		line += size + (end != NULL);
		lines->size -= size + (end != NULL);
	}
	memmove(lines->text, line, lines->size);
	feed_commit(lines);
}

/* A chunk is what there is to be read: an input that comes slowly is put in as it comes. Returns false at its end. */
static bool feed_read(struct lines *lines)
{
	ssize_t got;

	if (lines->capacity - lines->size < FEED_CHUNK + 1) {
		lines->capacity += lines->capacity + FEED_CHUNK + 1;
		lines->text = fail_no_memory(realloc(lines->text, lines->capacity));
	}
	do
		got = read(STDIN_FILENO, lines->text + lines->size, FEED_CHUNK);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		fail(FAIL_STORE, "standard input: %s", strerror(errno));
	lines->size += (size_t)got;
	return got > 0;
}

static void feed_stdin(const struct feed *feed)
{
	struct lines lines = {.feed = feed};

	feed_look(&lines);
	while (feed_read(&lines))
		feed_lines(&lines, false);
	feed_lines(&lines, true);
	feed_open(&lines);
	free(lines.values);
	free(lines.text);
}

static void feed_arguments(const struct feed *feed, char **texts, size_t count)
{
	struct pks_value *values = fail_no_memory(calloc(count, sizeof(*values)));
	struct first first = {.feed = feed, .values = values, .count = count};
	struct pks_store *store;

	for (size_t i = 0; i < count && !feed->raw; i++)
		args_json_check(texts[i]);
	store = open_to_create_at(feed->path);
	for (size_t i = 0; i < count; i++)
		if (feed->raw)
			args_raw(texts[i], strlen(texts[i]), &values[i]);
		else
			args_json(texts[i], store, &values[i]);
	fail_if(feed_first(store, &first), feed->path);
	for (size_t i = 0; i < count; i++)
		pks_value_clear(&values[i]);
	free(values);
	pks_object_close(first.object);
}

void feed_run(const struct feed *feed, char **texts, size_t count)
{
	if (count == 1 && !strcmp(texts[0], "-"))
		feed_stdin(feed);
	else
		feed_arguments(feed, texts, count);
}
