/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "kind.h"
#include "open.h"

#include <pkstore/cell.h>
#include <pkstore/dict.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of stdin is read at once. */
#define SET_CHUNK ((size_t)64 * 1024)

/* An argument is limited to some 128 KiB by the system: longer values come this way. To be freed. */
static char *set_read_stdin(void)
{
	char *text = NULL;
	size_t size = 0, capacity = 0, got;

	do {
		if (capacity - size < SET_CHUNK + 1) {
			capacity = capacity * 2 + SET_CHUNK + 1;
			text = fail_no_memory(realloc(text, capacity));
		}
		got = fread(text + size, 1, SET_CHUNK, stdin);
		size += got;
	} while (got > 0);
	if (ferror(stdin))
		fail(FAIL_STORE, "standard input: %s", strerror(errno));
	text[size] = '\0';
	return text;
}

/* What is there already, or a new Dict; without a key, a new Value. */
static struct pks_object *set_open(struct pks_store *store, const char *path, const char *key)
{
	struct pks_object *object = pks_object_open(store, path);

	if (!object && pks_error_code() == PKS_NOT_FOUND)
		object = key ? pks_dict_open(store, path, PKS_OPEN_OR_CREATE)
		             : pks_cell_open(store, path, PKS_OPEN_OR_CREATE);
	if (!object)
		fail_handle(path);
	return object;
}

static int set(struct pks_object *object, const char *key, const struct pks_value *value)
{
	const struct kind *kind = kind_find(pks_object_type(object));

	if (key)
		return (kind->set_one ? kind : &kind_dict)->set_one(object, key, value);
	return (kind->set_all ? kind : &kind_value)->set_all(object, value);
}

static int set_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 2, 3);
	const char *key = rest[2] ? rest[1] : NULL, *json = key ? rest[2] : rest[1];
	char *typed = strcmp(json, "-") ? NULL : set_read_stdin();
	struct pks_value value = {0};
	struct pks_store *store;

	json = typed ? typed : json;
	args_json_check(json);
	store = open_to_create();
	args_json(json, store, &value);
	fail_if(set(set_open(store, rest[0], key), key, &value), rest[0]);
	pks_value_clear(&value);
	free(typed);
	return FAIL_OK;
}

const struct command cmd_set = {
	.name = "set",
	.usage = "set PATH [KEY|INDEX] JSON",
	.brief = "stores an item in a Dict or an Array, or sets a Value",
	.help = "Stores the JSON value under KEY in the Dict or Process at PATH, in place of what was there;\n"
		"as the number at INDEX in an Array, or a list of numbers from there on; as an attribute of a\n"
		"plain Object; without either as the Value at PATH. Creates the Dict or Value, and the store, if\n"
		"need be (`pkstore create` makes all else). Text is written with its quotes: '\"text\"'.\n"
		"With - instead of JSON the value is read from standard input.\n"
		"What JSON has no form for is a map of one key: {\"$bytes\": \"base64\"},\n"
		"{\"$time\": \"2026-11-23T05:30:00Z\"}, {\"$ref\": \"path\"}, {\"$int\": \"9007199254740993\"}.\n"
		"\n"
		"Options stand before PATH, so that KEY and JSON may begin with a dash. The first -- is passed\n"
		"over, before PATH or behind it.\n",
	.run = set_run,
};

static int del_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 2, 2);
	struct pks_object *object = open_object(open_to_change(), rest[0]);
	const struct kind *kind = kind_find(pks_object_type(object));
	int r = (kind->del_one ? kind : &kind_dict)->del_one(object, rest[1]);

	if (r > 0)
		return fail_warn(FAIL_NO, "%s: %s: not found", rest[0], rest[1]);
	fail_if(r, rest[0]);
	return FAIL_OK;
}

static int clear_run(int argc, char **argv)
{
	const char *path = *args_plain(argc, argv, 1, 1);
	struct pks_object *object = open_object(open_to_change(), path);
	const struct kind *kind = kind_find(pks_object_type(object));

	fail_if((kind->clear ? kind : &kind_dict)->clear(object), path);
	return FAIL_OK;
}

const struct command cmd_clear = {
	.name = "clear",
	.usage = "clear PATH",
	.brief = "empties a Dict, a Log, a queue or a Value",
	.help = "Removes all items of the Dict or Process at PATH, all entries of the Log, what the Value holds, or\n"
		"what can be had from the queue and what is buried in it, in one transaction. The object stays,\n"
		"with its attributes and metadata, and so does what somebody has reserved in a queue.\n",
	.run = clear_run,
};

const struct command cmd_del = {
	.name = "del",
	.usage = "del PATH KEY",
	.brief = "removes an item from a Dict",
	.help = "Removes KEY from the Dict or Process at PATH, or the attribute KEY of a plain Object. Exits\n"
		"with 1 when it is not there.\n",
	.run = del_run,
};
