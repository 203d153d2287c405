/* SPDX-License-Identifier: MIT */
/* What every object has beside its contents: attributes, and metadata. */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "get.h"
#include "open.h"
#include "writer.h"

#include <pkstore/object.h>

static const struct option attr_options[] = {
	{"delete", no_argument, NULL, 'd'},
	ARGS_HELP,
};

static int attr_all(const char *path)
{
	struct pks_store *store = open_to_read();
	struct writer w;

	writer_init(&w, store, PKS_JSON_LINE);
	writer_items(&w, pks_attr_iter(open_object(store, path)), path);
	return FAIL_OK;
}

static int attr_get(const char *path, const char *name)
{
	struct get get = {.store = open_to_read()};
	struct pks_value value = {0};
	int r = pks_attr_get(open_object(get.store, path), name, &value);

	fail_if(r, path);
	get_print(&get, &value);
	pks_value_clear(&value);
	return FAIL_OK;
}

static int attr_set(const char *path, const char *name, const char *json)
{
	struct pks_value value = {0};
	struct pks_object *object;
	struct pks_store *store;

	args_json_check(json);
	store = open_to_change();
	object = open_object(store, path);
	args_json(json, store, &value);
	fail_if(pks_attr_set(object, name, &value), path);
	pks_value_clear(&value);
	return FAIL_OK;
}

static int attr_delete(const char *path, const char *name)
{
	int r = pks_attr_del(open_object(open_to_change(), path), name);

	fail_if(r, path);
	return FAIL_OK;
}

static int attr_run(int argc, char **argv)
{
	bool delete = false;
	char **rest;

	while (args_next(argc, argv, "+d", attr_options) != -1)
		delete = true;
	rest = args_rest(argc, argv, delete ? 2 : 1, delete ? 2 : 3);
	if (delete)
		return attr_delete(rest[0], rest[1]);
	if (!rest[1])
		return attr_all(rest[0]);
	return rest[2] ? attr_set(rest[0], rest[1], rest[2]) : attr_get(rest[0], rest[1]);
}

const struct command cmd_attr = {
	.name = "attr",
	.usage = "attr [-d] PATH [NAME [JSON]]",
	.brief = "shows or sets attributes of an object",
	.help = "Prints the attributes of the object at PATH, which belong to it rather than to its contents, as\n"
		"one JSON object, or the one called NAME; with JSON it sets that. Exits with 1 when it is not\n"
		"there. What the runtime notes about a Process cannot be set.\n"
		"\n"
		"  -d, --delete  removes the attribute\n"
		"\n"
		"Options stand before PATH, so that NAME and JSON may begin with a dash.\n",
	.run = attr_run,
};

static int meta_set(const char *path, const char *json)
{
	struct pks_value map = {0};
	struct pks_object *object;
	struct pks_store *store;

	args_json_check(json);
	store = open_to_change();
	object = open_object(store, path);
	args_json(json, store, &map);
	fail_if(pks_object_set_metadata(object, &map), path);
	pks_value_clear(&map);
	return FAIL_OK;
}

static int meta_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 1, 2);
	struct get get = {0};
	struct pks_value map = {0};

	if (rest[1])
		return meta_set(rest[0], rest[1]);
	get.store = open_to_read();
	fail_if(pks_object_metadata(open_object(get.store, rest[0]), &map), rest[0]);
	get_print(&get, &map);
	pks_value_clear(&map);
	return FAIL_OK;
}

const struct command cmd_meta = {
	.name = "meta",
	.usage = "meta PATH [JSON]",
	.brief = "shows or sets the metadata of an object",
	.help = "Prints the metadata of the object at PATH: one JSON object of the user's own that says what it is,\n"
		"such as its owner, unit or purpose; {} at first. With JSON it replaces that.\n",
	.run = meta_run,
};
