/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"
#include "stat.h"
#include "table.h"
#include "units.h"

#include <pkstore/namespace.h>
#include <pkstore/transaction.h>

#include <inttypes.h>
#include <string.h>

static const struct table_column limit_columns[] = {
	{"OBJECTS", true}, {"LIMIT", true}, {"BYTES", true}, {"LIMIT", true}, {"NAMESPACE", false},
};

static void limit_cell(struct table *table, uint64_t limit)
{
	if (limit)
		table_cell_uint(table, limit);
	else
		table_cell(table, NULL);
}

static int limit_list(struct pks_store *store)
{
	struct pks_namespace_info info;
	struct table table;
	int r;

	table_init(&table, limit_columns, sizeof(limit_columns) / sizeof(*limit_columns));
	fail_if(pks_snapshot_begin(store), "a snapshot");
	for (const char *after = NULL; (r = pks_namespace_next_limited(store, after, &info)) == 0; after = info.path) {
		table_cell_uint(&table, info.objects);
		limit_cell(&table, info.limit_objects);
		table_cell_uint(&table, info.bytes);
		limit_cell(&table, info.limit_bytes);
		table_cell(&table, info.path[0] ? info.path : "/");
	}
	pks_snapshot_end(store);
	if (r != PKS_END)
		fail_code(r, "the limits");
	table_finish(&table);
	return FAIL_OK;
}

/* `-` or 0: none. */
static uint64_t limit_number(const char *text, const char *what)
{
	return strcmp(text, "-") ? (uint64_t)args_integer(text, what, 0, INT64_MAX) : 0;
}

static int limit_set(char **rest)
{
	uint64_t count = limit_number(rest[1], "a limit"), bytes = rest[2] ? limit_number(rest[2], "a limit") : 0;
	struct pks_store *store;
	bool slash = args_namespace(rest[0]);
	int exists;

	store = open_to_create();
	exists = *rest[0] && !slash ? pks_object_exists(store, rest[0]) : PKS_NOT_FOUND;
	if (exists == 0)
		fail_if(pks_object_set_limit(open_object(store, rest[0]), count, bytes), rest[0]);
	else
		fail_if(pks_namespace_set_limit(store, strcmp(rest[0], "/") ? rest[0] : "", count, bytes), rest[0]);
	return FAIL_OK;
}

static void limit_show_object(struct pks_object *object, const char *path)
{
	struct pks_object_info info;
	char bytes[UNITS_SIZE];

	fail_if(pks_object_info(object, &info), path);
	print_string("path        ");
	print_text(info.path);
	units_bytes(info.bytes, bytes);
	print_format("\ntype        %s\ncount       %" PRIu64 "\nbytes       %s\n", info.type, info.count, bytes);
	if (info.limit)
		print_format("limit       %" PRIu64 " entries\n", info.limit);
	units_bytes(info.limit_bytes, bytes);
	if (info.limit_bytes)
		print_format("limit       %s\n", bytes);
}

/* As limit_set(): what ends with a slash, or is no object, is a namespace. */
static void limit_show(struct pks_store *store, char *path)
{
	bool slash = args_namespace(path);

	if (*path && !slash && pks_object_exists(store, path) == 0)
		limit_show_object(open_object(store, path), path);
	else
		stat_namespace(store, strcmp(path, "/") ? path : "", false);
}

static int limit_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 0, 3);

	if (!rest[0])
		return limit_list(open_to_read());
	if (rest[1])
		return limit_set(rest);
	limit_show(open_to_read(), rest[0]);
	return FAIL_OK;
}

const struct command cmd_limit = {
	.name = "limit",
	.usage = "limit [PATH [COUNT [BYTES]]]",
	.brief = "shows or sets how large a namespace or an object may become",
	.help = "Without PATH: the namespaces that have limits, and what they use. With PATH alone: what that\n"
		"object or namespace uses, and its limits.\n"
		"\n"
		"Else sets the limits of the object at PATH (how many items or entries, and bytes stored under\n"
		"it), or, if there is none or PATH ends with a slash, of that namespace (how many objects, and\n"
		"bytes stored under all of them: contents, attributes and metadata). `/` is the whole store. 0, -\n"
		"and a BYTES that is left out are no limit. What would pass a limit is refused; what is above one\n"
		"can only shrink.\n",
	.run = limit_run,
};
