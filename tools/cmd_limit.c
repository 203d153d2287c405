/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"
#include "stat.h"
#include "table.h"

#include <pkstore/namespace.h>
#include <pkstore/transaction.h>

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

static int limit_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 0, 3);
	struct pks_store *store;

	if (!rest[0])
		return limit_list(open_to_read());
	if (rest[1])
		return limit_set(rest);
	store = open_to_read();
	args_namespace(rest[0]);
	stat_namespace(store, strcmp(rest[0], "/") ? rest[0] : "", false);
	return FAIL_OK;
}

const struct command cmd_limit = {
	.name = "limit",
	.usage = "limit [PATH [COUNT [BYTES]]]",
	.brief = "shows or sets how large a namespace or an object may become",
	.help = "Without PATH: the namespaces that have limits, and what they use. With PATH alone: what that\n"
		"namespace uses.\n"
		"\n"
		"Else sets the limits of the object at PATH (how many items or entries, and bytes stored under it),\n"
		"or, if there is none or PATH ends with a slash, of that namespace (how many objects, and bytes\n"
		"stored under all of them: contents, attributes and metadata). `/` is the whole store. 0, - and a BYTES that is left out are no limit. What would pass a\n"
		"limit is refused; what is above one can only shrink.\n",
	.run = limit_run,
};
