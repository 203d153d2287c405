/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "history.h"
#include "open.h"
#include "outline.h"
#include "process_json.h"
#include "ps_rows.h"
#include "report.h"
#include "tree.h"

#include <pkstore/process.h>
#include <pkstore/transaction.h>

#include <string.h>

struct ps {
	struct pks_store *store;
	const char *in; /* a process, or a namespace of them; NULL: all */
	int statuses;
	bool json, as_tree, wide;
	struct ps_rows rows;
	size_t count;
	struct tree tree;
};

static const struct option ps_options[] = {
	{"status", required_argument, NULL, 's'},
	{"json", no_argument, NULL, 'j'},
	{"tree", no_argument, NULL, 'r'},
	{"wide", no_argument, NULL, 'w'},
	ARGS_HELP,
};

/* In a tree also what those that are wanted have created: they come before it. */
static bool ps_wanted(const struct ps *ps, const struct pks_process_info *info)
{
	size_t size = ps->in ? strlen(ps->in) : 0;
	char next;

	if (!ps->in || (ps->as_tree && tree_has(&ps->tree, info->parent)))
		return true;
	next = strncmp(info->name, ps->in, size) ? 'x' : info->name[size];
	return next == '\0' || next == '/';
}

static struct pks_object *ps_open(struct ps *ps, const struct pks_process_info *info)
{
	struct pks_object *process = pks_object_from_id(ps->store, info->id);

	if (!process)
		fail_handle(info->name);
	return process;
}

static void ps_print_json(struct ps *ps, const struct pks_process_info *info)
{
	struct pks_object *process = ps_open(ps, info);
	struct writer w;

	writer_init(&w, ps->store, PKS_JSON_LINE);
	writer_map(&w);
	writer_pair_string(&w, "path", info->name);
	writer_pair_string(&w, "uuid", info->uuid);
	writer_pair_uint(&w, "id", info->id);
	writer_pair_time(&w, "created", info->created_ns);
	process_json_state(&w, info);
	process_json_work(&w, process, info);
	writer_end(&w);
	pks_object_close(process);
}

static void ps_one(struct ps *ps, const struct pks_process_info *info, const struct pks_value *result)
{
	ps->count++;
	if (ps->as_tree)
		tree_add(&ps->tree, info->id, info->parent);
	else if (ps->json)
		ps_print_json(ps, info);
	else
		ps_row(&ps->rows, info, result);
}

static void ps_tree_row(uint64_t id, unsigned depth, void *arg)
{
	struct ps *ps = arg;
	struct pks_object *process = pks_object_from_id(ps->store, id);
	struct pks_process_info info;
	struct pks_value result = {0};

	if (!process)
		fail_handle("a process");
	fail_if(pks_process_info(process, &info), "a process");
	if (pks_process_result(process, &result) != 0)
		result = (struct pks_value){0};
	ps->rows.depth = depth;
	ps_row(&ps->rows, &info, &result);
	pks_value_clear(&result);
	pks_object_close(process);
}

static void ps_all(struct ps *ps)
{
	struct pks_process_table *table;
	struct pks_process_info info;
	struct pks_value result = {0};
	int r;

	fail_if(pks_snapshot_begin(ps->store), "a snapshot");
	table = pks_process_table_open(ps->store, ps->statuses);
	if (!table)
		fail_handle("the process table");
	while ((r = pks_process_table_next(table, &info, &result)) == 0)
		if (ps_wanted(ps, &info))
			ps_one(ps, &info, &result);
	pks_process_table_close(table);
	tree_walk(&ps->tree, ps_tree_row, ps);
	pks_snapshot_end(ps->store);
	if (r != PKS_END)
		fail_code(r, "the process table");
}

/* The whole story, where PATH is one process; not when it is a namespace that holds just one. */
static void ps_tell(struct ps *ps)
{
	struct pks_object *process = pks_process_open(ps->store, ps->in);

	if (process) {
		outline_print(ps->store, process);
		report_print(ps->store, process);
		history_print(ps->store, process);
	}
	pks_object_close(process);
}

static int ps_run(int argc, char **argv)
{
	struct ps ps = {.statuses = PKS_ANY_STATUS};
	char **rest;

	for (int found; (found = args_next(argc, argv, "s:w", ps_options)) != -1;) {
		if (found == 's')
			ps.statuses = args_statuses(optarg);
		else if (found == 'r')
			ps.as_tree = true;
		else if (found == 'w')
			ps.wide = true;
		else
			ps.json = true;
	}
	if (ps.json && ps.as_tree)
		fail(FAIL_MISUSE, "ps: --tree is for people: with --json each process tells its parent");
	rest = args_rest(argc, argv, 0, 1);
	if (*rest)
		args_namespace(*rest);
	ps.in = *rest;
	ps.store = open_to_read();
	ps_rows_init(&ps.rows, ps.store);
	ps.rows.wide = ps.wide;
	ps_all(&ps);
	if (ps.json || (ps.in && ps.count == 0))
		table_release(&ps.rows.table);
	else
		table_finish(&ps.rows.table);
	if (ps.in && ps.count == 1 && !ps.json)
		ps_tell(&ps);
	if (ps.in && ps.count == 0)
		return fail_warn(FAIL_NO, "%s: there is no such process", ps.in);
	return FAIL_OK;
}

const struct command cmd_ps = {
	.name = "ps",
	.usage = "ps [-w] [--status STATUS[,STATUS...]] [--json | --tree] [PATH]",
	.brief = "lists processes",
	.help = "Lists the processes in the order of their creation; with PATH that one, or those of that\n"
		"namespace. TIME is how long the process ran, or has been running. TARGET is without its\n"
		"folder, and cut behind 40 bytes, RESULT/ERROR behind 60; -w has them whole. Of one process it also\n"
		"tells its whole target, its arguments, those of its options that are not as they are by default,\n"
		"and who created it; how far it has come; if its worker died under it, the report on that: the\n"
		"signal, what it used, the stack and the last lines of its output; and the same of its earlier\n"
		"attempts.\n"
		"\n"
		"  -s, --status STATUS  only those: created, submitted, running, finished, failed, crashed\n"
		"  -w, --wide           nothing is cut\n"
		"      --json           one JSON object per line\n"
		"      --tree           those that a process has created stand below it; with PATH those of that one\n"
		"                       or of that namespace, whatever their own paths are\n",
	.run = ps_run,
};
