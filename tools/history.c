/* SPDX-License-Identifier: MIT */
#include "history.h"

#include "fail.h"
#include "print.h"
#include "report.h"
#include "table.h"
#include "units.h"

#include <pkstore/process_control.h>

#include <stdio.h>
#include <stdlib.h>

static const struct table_column history_columns[] = {
	{"ATTEMPT", true}, {"STATUS", false}, {"EXIT", true}, {"STARTED", false}, {"TIME", true}, {"ERROR", false},
};

static void history_cell_number(struct table *table, const struct pks_value *entry, const char *key)
{
	struct pks_value value;
	int64_t number;
	char text[32];
	bool known = pks_value_find(entry, key, &value) == 0 && pks_value_int(&value, &number) == 0;

	if (known)
		snprintf(text, sizeof(text), "%lld", (long long)number);
	table_cell(table, known ? text : NULL);
}

static void history_cell_text(struct table *table, const struct pks_value *entry, const char *key)
{
	struct pks_value value;
	char *text = NULL;

	if (pks_value_find(entry, key, &value) == 0)
		pks_value_string(&value, &text);
	table_cell(table, text);
	free(text);
}

static int64_t history_time(const struct pks_value *entry, const char *key)
{
	struct pks_value value;
	int64_t ns = 0;

	if (pks_value_find(entry, key, &value) == 0)
		pks_value_time(&value, &ns);
	return ns;
}

static void history_row(struct table *table, const struct pks_value *entry)
{
	int64_t started = history_time(entry, "started"), ended = history_time(entry, "ended");
	char text[UNITS_SIZE];

	history_cell_number(table, entry, "attempt");
	history_cell_text(table, entry, "status");
	history_cell_number(table, entry, "exitcode");
	units_time((uint64_t)started, text);
	table_cell(table, started ? text : NULL);
	units_duration(ended > started ? (uint64_t)(ended - started) : 0, text);
	table_cell(table, started && ended ? text : NULL);
	history_cell_text(table, entry, "error");
}

static void history_table(const struct pks_value *list)
{
	struct pks_value_iter iter;
	struct pks_value entry;
	struct table table;

	if (pks_value_iter_init(&iter, list) != 0)
		return;
	print_string("\nearlier attempts\n");
	table_init(&table, history_columns, sizeof(history_columns) / sizeof(*history_columns));
	while (pks_value_next(&iter, NULL, &entry) == 0)
		history_row(&table, &entry);
	table_finish(&table);
}

/* What was found out about those that died. */
static void history_reports(struct pks_store *store, const struct pks_value *list)
{
	struct pks_value_iter iter;
	struct pks_value entry, report;
	int64_t attempt;

	if (pks_value_iter_init(&iter, list) != 0)
		return;
	while (pks_value_next(&iter, NULL, &entry) == 0) {
		if (pks_value_unpack(&entry, "{s:I, s:v}", "attempt", &attempt, "report", &report) != 0)
			continue;
		print_format("\nattempt       %lld\n", (long long)attempt);
		report_print_earlier(store, &report);
	}
}

void history_print(struct pks_store *store, struct pks_object *process)
{
	struct pks_value list = {0};
	size_t count = 0;

	fail_if(pks_process_history(process, &list), "the history");
	if (pks_value_count(&list, &count) == 0 && count > 0) {
		history_table(&list);
		history_reports(store, &list);
	}
	pks_value_clear(&list);
}
