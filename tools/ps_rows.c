/* SPDX-License-Identifier: MIT */
#include "ps_rows.h"

#include "fail.h"
#include "units.h"

#include <pkstore/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * A target, and a result or an error, are cut here, in bytes of their texts: one process is one line. What is printed
 * does not depend on whether a terminal is there, and how wide it is.
 */
#define PS_TARGET_MAX 40
#define PS_END_MAX 60
#define PS_CUT_MAX PS_END_MAX

#define PS_NS_PER_S UINT64_C(1000000000)

#define PS_DEPTH_MAX 20

static const struct table_column ps_columns[] = {
	{"NAME", false},    {"STATUS", false}, {"EXIT", true},    {"PID", true},           {"ATTEMPT", true},
	{"STARTED", false}, {"TIME", true},    {"TARGET", false}, {"RESULT/ERROR", false},
};

static uint64_t ps_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * PS_NS_PER_S + (uint64_t)now.tv_nsec;
}

void ps_rows_init(struct ps_rows *rows, struct pks_store *store)
{
	*rows = (struct ps_rows){.store = store, .now_ns = ps_now()};
	table_init(&rows->table, ps_columns, sizeof(ps_columns) / sizeof(*ps_columns));
}

static void ps_cell_number(struct table *table, bool known, long long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", number);
	table_cell(table, known ? text : NULL);
}

/* Cuts between characters, not inside one. */
static void ps_cell_cut(struct ps_rows *rows, const char *text, size_t max)
{
	size_t size = strnlen(text, max + 1);
	char cut[PS_CUT_MAX + sizeof("...")];

	if (size > max && !rows->wide) {
		size = max;
		while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
			size--;
		snprintf(cut, sizeof(cut), "%.*s...", (int)size, text);
		text = cut;
	}
	table_cell(&rows->table, text);
}

static char *ps_error(struct ps_rows *rows, const struct pks_process_info *info)
{
	struct pks_object *process;
	char *text = NULL;

	if (!(info->status & (PKS_FAILED | PKS_CRASHED)))
		return NULL;
	process = pks_object_from_id(rows->store, info->id);
	if (!process)
		fail_handle(info->name);
	if (pks_process_error(process, &text) != 0)
		text = NULL;
	pks_object_close(process);
	return text;
}

static void ps_cell_result(struct ps_rows *rows, const struct pks_process_info *info, const struct pks_value *result)
{
	char *text = NULL;

	if (result->data)
		fail_if(pks_value_to_json(result, rows->store, PKS_JSON_LINE, &text), info->name);
	else
		text = ps_error(rows, info);
	ps_cell_cut(rows, text ? text : "", PS_END_MAX);
	free(text);
}

/* The whole of TARGET would push all else out of sight: the module's folder is left out. */
static const char *ps_target(const char *target)
{
	const char *slash = strrchr(target, '/');

	return slash && strchr(slash, ':') && !strchr(target, ' ') ? slash + 1 : target;
}

/* Two blanks for each generation; deeper ones than PS_DEPTH_MAX stand below each other. */
static void ps_cell_name(struct ps_rows *rows, const char *name)
{
	unsigned depth = rows->depth < PS_DEPTH_MAX ? rows->depth : PS_DEPTH_MAX;
	char text[2 * PS_DEPTH_MAX + PKS_PATH_MAX + 1];

	snprintf(text, sizeof(text), "%*s%s", (int)(2 * depth), "", name);
	table_cell(&rows->table, text);
}

void ps_row(struct ps_rows *rows, const struct pks_process_info *info, const struct pks_value *result)
{
	uint64_t end_ns = info->ended_ns ? info->ended_ns : rows->now_ns;
	char text[UNITS_SIZE];

	ps_cell_name(rows, info->name);
	table_cell(&rows->table, pks_status_name((int)info->status));
	ps_cell_number(&rows->table, info->has_exitcode, info->exitcode);
	ps_cell_number(&rows->table, info->pid != 0, info->pid);
	table_cell_uint(&rows->table, info->attempt);
	units_time(info->started_ns, text);
	table_cell(&rows->table, text);
	units_duration(end_ns > info->started_ns ? end_ns - info->started_ns : 0, text);
	table_cell(&rows->table, info->started_ns ? text : NULL);
	ps_cell_cut(rows, rows->wide ? info->target : ps_target(info->target), PS_TARGET_MAX);
	ps_cell_result(rows, info, result);
}
