/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "history.h"
#include "open.h"
#include "outline.h"
#include "process_json.h"
#include "report.h"
#include "table.h"
#include "tree.h"
#include "units.h"

#include <pkstore/process.h>
#include <pkstore/transaction.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A result or an error is cut here, in bytes of its text: one process is one line. --json has it all. */
#define PS_END_MAX 60

#define PS_NS_PER_S UINT64_C(1000000000)

#define PS_DEPTH_MAX 20

struct ps {
	struct pks_store *store;
	const char *in; /* a process, or a namespace of them; NULL: all */
	int statuses;
	bool json, as_tree;
	uint64_t now_ns;
	struct table table;
	size_t count;
	struct tree tree;
	unsigned depth; /* of the row in the tree */
};

static const struct option ps_options[] = {
	{"status", required_argument, NULL, 's'},
	{"json", no_argument, NULL, 'j'},
	{"tree", no_argument, NULL, 'r'},
	ARGS_HELP,
};

static const struct table_column ps_columns[] = {
	{"NAME", false},    {"STATUS", false}, {"EXIT", true},    {"PID", true},           {"ATTEMPT", true},
	{"STARTED", false}, {"TIME", true},    {"TARGET", false}, {"RESULT/ERROR", false},
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

static void ps_cell_number(struct table *table, bool known, long long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", number);
	table_cell(table, known ? text : NULL);
}

/* Cuts between characters, not inside one. */
static void ps_cell_end(struct table *table, const char *text)
{
	size_t size = strnlen(text, PS_END_MAX + 1);
	char cut[PS_END_MAX + sizeof("...")];

	if (size > PS_END_MAX) {
		size = PS_END_MAX;
		while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
			size--;
		snprintf(cut, sizeof(cut), "%.*s...", (int)size, text);
		text = cut;
	}
	table_cell(table, text);
}

static struct pks_object *ps_open(struct ps *ps, const struct pks_process_info *info)
{
	struct pks_object *process = pks_object_from_id(ps->store, info->id);

	if (!process)
		fail_handle(info->name);
	return process;
}

static char *ps_error(struct ps *ps, const struct pks_process_info *info)
{
	struct pks_object *process;
	char *text = NULL;

	if (!(info->status & (PKS_FAILED | PKS_CRASHED)))
		return NULL;
	process = ps_open(ps, info);
	if (pks_process_error(process, &text) != 0)
		text = NULL;
	pks_object_close(process);
	return text;
}

static void ps_cell_result(struct ps *ps, const struct pks_process_info *info, const struct pks_value *result)
{
	char *text = NULL;

	if (result->data)
		fail_if(pks_value_to_json(result, ps->store, PKS_JSON_LINE, &text), info->name);
	else
		text = ps_error(ps, info);
	ps_cell_end(&ps->table, text ? text : "");
	free(text);
}

/* The whole of TARGET would push all else out of sight: the module's folder is left out. */
static const char *ps_target(const char *target)
{
	const char *slash = strrchr(target, '/');

	return slash && strchr(slash, ':') && !strchr(target, ' ') ? slash + 1 : target;
}

/* Two blanks for each generation; deeper ones than PS_DEPTH_MAX stand below each other. */
static void ps_cell_name(struct ps *ps, const char *name)
{
	unsigned depth = ps->depth < PS_DEPTH_MAX ? ps->depth : PS_DEPTH_MAX;
	char text[2 * PS_DEPTH_MAX + PKS_PATH_MAX + 1];

	snprintf(text, sizeof(text), "%*s%s", (int)(2 * depth), "", name);
	table_cell(&ps->table, text);
}

static void ps_row(struct ps *ps, const struct pks_process_info *info, const struct pks_value *result)
{
	uint64_t end_ns = info->ended_ns ? info->ended_ns : ps->now_ns;
	char text[UNITS_SIZE];

	ps_cell_name(ps, info->name);
	table_cell(&ps->table, pks_status_name((int)info->status));
	ps_cell_number(&ps->table, info->has_exitcode, info->exitcode);
	ps_cell_number(&ps->table, info->pid != 0, info->pid);
	table_cell_uint(&ps->table, info->attempt);
	units_time(info->started_ns, text);
	table_cell(&ps->table, text);
	units_duration(end_ns > info->started_ns ? end_ns - info->started_ns : 0, text);
	table_cell(&ps->table, info->started_ns ? text : NULL);
	table_cell(&ps->table, ps_target(info->target));
	ps_cell_result(ps, info, result);
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
		ps_row(ps, info, result);
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
	ps->depth = depth;
	ps_row(ps, &info, &result);
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

static uint64_t ps_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * PS_NS_PER_S + (uint64_t)now.tv_nsec;
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
	struct ps ps = {.statuses = PKS_ANY_STATUS, .now_ns = ps_now()};
	char **rest;

	for (int found; (found = args_next(argc, argv, "s:", ps_options)) != -1;) {
		if (found == 's')
			ps.statuses = args_statuses(optarg);
		else if (found == 'r')
			ps.as_tree = true;
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
	table_init(&ps.table, ps_columns, sizeof(ps_columns) / sizeof(*ps_columns));
	ps_all(&ps);
	if (ps.json || (ps.in && ps.count == 0))
		table_release(&ps.table);
	else
		table_finish(&ps.table);
	if (ps.in && ps.count == 1 && !ps.json)
		ps_tell(&ps);
	if (ps.in && ps.count == 0)
		return fail_warn(FAIL_NO, "%s: no such process", ps.in);
	return FAIL_OK;
}

const struct command cmd_ps = {
	.name = "ps",
	.usage = "ps [--status STATUS[,STATUS...]] [--json | --tree] [PATH]",
	.brief = "lists processes",
	.help = "Lists the processes in the order of their creation; with PATH that one, or those of that\n"
		"namespace. TIME is how long the process ran, or has been running. A long result or error is\n"
		"cut; --json has it whole. Of one process it also tells its arguments, those of its options that\n"
		"are not as they are by default, and who created it; how far it has come; if its worker died\n"
		"under it, the report on that: the signal, what it used, the stack and the last lines of its\n"
		"output; and the same of its earlier attempts.\n"
		"\n"
		"  -s, --status STATUS  only those: created, submitted, running, finished, failed, crashed\n"
		"      --json           one JSON object per line\n"
		"      --tree           those that a process has created stand below it; with PATH those of that one\n"
		"                       or of that namespace, whatever their own paths are\n",
	.run = ps_run,
};
