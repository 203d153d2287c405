/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"

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

static int set_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 3, 3);
	char *typed = strcmp(rest[2], "-") ? NULL : set_read_stdin();
	const char *json = typed ? typed : rest[2];
	struct pks_value value = {0};
	struct pks_object *dict;
	struct pks_store *store;

	args_json_check(json);
	store = open_to_create();
	args_json(json, store, &value);
	dict = pks_dict_open(store, rest[0], PKS_OPEN_OR_CREATE);
	if (!dict)
		fail_handle(rest[0]);
	fail_if(pks_dict_set(dict, rest[1], &value), rest[0]);
	pks_value_clear(&value);
	free(typed);
	return FAIL_OK;
}

const struct command cmd_set = {
	.name = "set",
	.usage = "set PATH KEY JSON",
	.brief = "stores an item in a Dict",
	.help = "Stores the JSON value under KEY in the Dict or Process at PATH, in place of what was there.\n"
		"Creates the Dict, and the store, if need be. Text is written with its quotes: '\"text\"'.\n"
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
	int r = pks_dict_del(open_object(open_to_change(), rest[0]), rest[1]);

	if (r > 0)
		return fail_warn(FAIL_NO, "%s: %s: not found", rest[0], rest[1]);
	fail_if(r, rest[0]);
	return FAIL_OK;
}

const struct command cmd_del = {
	.name = "del",
	.usage = "del PATH KEY",
	.brief = "removes an item from a Dict",
	.help = "Removes KEY from the Dict or Process at PATH. Exits with 1 when it is not there.\n",
	.run = del_run,
};
