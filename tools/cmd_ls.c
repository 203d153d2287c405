/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "kind.h"
#include "open.h"
#include "print.h"
#include "stat.h"
#include "table.h"
#include "units.h"

#include <pkstore/transaction.h>

#include <stdio.h>
#include <string.h>

enum ls_form {
	LS_PATHS,
	LS_LONG,
	LS_JSON,
};

struct ls {
	struct pks_store *store;
	enum ls_form form;
	struct pks_list_options what;
	struct table table;
	size_t printed;
};

static const struct option ls_options[] = {
	{"long", no_argument, NULL, 'l'},
	{"recursive", no_argument, NULL, 'r'},
	{"type", required_argument, NULL, 't'},
	{"json", no_argument, NULL, 'j'},
	ARGS_HELP,
};

static const struct table_column ls_columns[] = {
	{"TYPE", false},    {"COUNT", true},  {"BYTES", true}, {"VERSION", true},
	{"CREATED", false}, {"STATE", false}, {"PATH", false},
};

/* Of all that ls tells only this is not in the header: it is read for those who asked. */
static void ls_metadata(struct writer *w, const struct pks_object_info *info)
{
	struct pks_object *object = pks_object_from_id(w->store, info->id);
	struct pks_value metadata = {0};

	if (!object)
		fail_handle(info->path);
	fail_if(pks_object_metadata(object, &metadata), info->path);
	writer_key(w, "metadata");
	writer_value(w, &metadata);
	pks_value_clear(&metadata);
	pks_object_close(object);
}

static void ls_print_json(struct ls *ls, const struct pks_list_entry *entry)
{
	const struct pks_object_info *info = &entry->info;
	struct writer w;

	writer_init(&w, ls->store, PKS_JSON_LINE);
	writer_map(&w);
	writer_pair_string(&w, "path", info->path);
	writer_pair_string(&w, "type", entry->is_namespace ? "namespace" : info->type);
	if (!entry->is_namespace) {
		writer_pair_string(&w, "uuid", info->uuid);
		writer_pair_uint(&w, "id", info->id);
		writer_pair_time(&w, "created", info->created_ns);
		writer_pair_uint(&w, "version", info->version);
		stat_sizes_json(&w, info);
		writer_pair_uint(&w, "count", info->count);
		ls_metadata(&w, info);
	}
	writer_end(&w);
}

static void ls_state(struct ls *ls, const struct pks_object_info *info, char text_out[KIND_STATE_SIZE])
{
	const struct kind *kind = kind_find(info->type);
	struct pks_object *object;

	if (!kind->state)
		return;
	object = pks_object_from_id(ls->store, info->id);
	if (!object)
		fail_handle(info->path);
	kind->state(object, info->path, text_out);
	pks_object_close(object);
}

static void ls_print_long(struct ls *ls, const struct pks_list_entry *entry, const char *path)
{
	char created[UNITS_SIZE] = "-", state[KIND_STATE_SIZE] = "", type[2 * PKS_TYPE_MAX + 3];
	const char *class = entry->info.class_name;

	snprintf(type, sizeof(type), "%s%s%s%s", entry->info.type, class[0] ? "(" : "", class, class[0] ? ")" : "");
	table_cell(&ls->table, entry->is_namespace ? "namespace" : type);
	if (entry->is_namespace) {
		table_cell(&ls->table, NULL);
		table_cell(&ls->table, NULL);
		table_cell(&ls->table, NULL);
	} else {
		table_cell_uint(&ls->table, entry->info.count);
		table_cell_uint(&ls->table, entry->info.bytes);
		if (entry->info.versioned)
			table_cell_uint(&ls->table, entry->info.version);
		else
			table_cell(&ls->table, NULL);
		units_time(entry->info.created_ns, created);
		ls_state(ls, &entry->info, state);
	}
	table_cell(&ls->table, created);
	table_cell(&ls->table, state);
	table_cell(&ls->table, path);
}

static void ls_print(struct ls *ls, const struct pks_list_entry *entry)
{
	char path[sizeof(entry->info.path) + 1];

	ls->printed++;
	snprintf(path, sizeof(path), "%s%s", entry->info.path, entry->is_namespace ? "/" : "");
	if (ls->form == LS_JSON) {
		ls_print_json(ls, entry);
	} else if (ls->form == LS_LONG) {
		ls_print_long(ls, entry, path);
	} else {
		print_text(path);
		print_string("\n");
	}
}

/* Returns how many there were. */
static size_t ls_namespace(struct ls *ls, const char *in)
{
	struct pks_list_options what = ls->what;
	struct pks_list_entry entry;
	struct pks_list *list;
	size_t count = 0;
	int r;

	what.in = in;
	list = pks_list_open(ls->store, &what);
	if (!list)
		fail_handle(in);
	for (; (r = pks_list_next(list, &entry)) == 0; count++)
		ls_print(ls, &entry);
	pks_list_close(list);
	if (r != PKS_END)
		fail_code(r, in);
	return count;
}

/* A path may name an object, a namespace, or both: then its content is listed, as its parent lists the object. */
static int ls_path(struct ls *ls, char *path)
{
	struct pks_list_entry entry = {0};
	struct pks_object *object;

	args_namespace(path);
	/* One in which nothing is of the type that was asked for is a namespace all the same. */
	if (ls_namespace(ls, path) > 0 || (ls->what.type && open_is_namespace(ls->store, path)))
		return FAIL_OK;
	object = pks_object_open(ls->store, path);
	if (!object && pks_error_code() == PKS_NOT_FOUND)
		return fail_warn(FAIL_NO, "%s: there is no such object or namespace", path);
	if (!object)
		fail_handle(path);
	fail_if(pks_object_info(object, &entry.info), path);
	pks_object_close(object);
	if (!ls->what.type || !strcmp(ls->what.type, entry.info.type))
		ls_print(ls, &entry);
	return FAIL_OK;
}

static int ls_all(struct ls *ls, char **paths)
{
	int exit_code = FAIL_OK;

	ls->store = open_to_read();
	fail_if(pks_snapshot_begin(ls->store), "a snapshot");
	if (!*paths)
		ls_namespace(ls, "");
	for (; *paths; paths++)
		if (ls_path(ls, *paths) != FAIL_OK)
			exit_code = FAIL_NO;
	pks_snapshot_end(ls->store);
	return ls->what.type && ls->printed == 0 ? FAIL_NO : exit_code;
}

static int ls_run(int argc, char **argv)
{
	struct ls ls = {0};
	int exit_code;

	for (int found; (found = args_next(argc, argv, "lrt:", ls_options)) != -1;) {
		if (found == 'l' && ls.form != LS_JSON)
			ls.form = LS_LONG;
		else if (found == 'r')
			ls.what.recursive = true;
		else if (found == 't')
			ls.what.type = optarg;
		else if (found == 'j')
			ls.form = LS_JSON;
	}
	table_init(&ls.table, ls_columns, sizeof(ls_columns) / sizeof(*ls_columns));
	exit_code = ls_all(&ls, args_rest(argc, argv, 0, -1));
	if (ls.form == LS_LONG && (exit_code == FAIL_OK || ls.printed > 0))
		table_finish(&ls.table);
	else
		table_release(&ls.table);
	return exit_code;
}

const struct command cmd_ls = {
	.name = "ls",
	.usage = "ls [-lr] [--type TYPE] [--json] [PATH...]",
	.brief = "lists objects and namespaces",
	.help = "Lists the paths in the top namespace, or in those named, in the order of their bytes.\n"
		"Namespaces end with a slash, which a PATH may have, too. A PATH that is an object is listed\n"
		"itself. Exits with 1 when a PATH is not there, and when nothing is of the TYPE asked for.\n"
		"\n"
		"  -l, --long       type and class, count of items and their bytes, version, time of creation and\n"
		"                   state, too\n"
		"  -r, --recursive  what is in the namespaces, too, instead of their names\n"
		"  -t, --type TYPE  only objects of that type, such as dict, log, process\n"
		"      --json       one JSON object per line\n",
	.run = ls_run,
};
