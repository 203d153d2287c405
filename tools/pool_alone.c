/* SPDX-License-Identifier: MIT */
#include "pool_alone.h"

#include "fail.h"
#include "table.h"
#include "units.h"

#include <pkstore/process_options.h>

#include <stdlib.h>

struct alone {
	struct pks_process_table *running;
	struct pks_process_info info; /* of the one that was found last */
	const char *method;
};

/* The name of a method that is not the pool's, or NULL: gone meanwhile, too. */
static const char *alone_method(struct pks_store *store, uint64_t id)
{
	struct pks_object *process = pks_object_from_id(store, id);
	enum pks_method method = PKS_METHOD_POOL;
	struct pks_value options = {0};
	char *name;

	if (process && pks_attr_get(process, "options", &options) == 0 &&
	    pks_value_unpack(&options, "{s:s}", "method", &name) == 0) {
		pks_method_from_name(name, &method);
		free(name);
	}
	pks_value_clear(&options);
	pks_object_close(process);
	return method == PKS_METHOD_POOL ? NULL : pks_method_name(method);
}

static void alone_begin(struct alone *alone, struct pks_store *store)
{
	alone->running = pks_process_table_open(store, PKS_RUNNING);
	if (!alone->running)
		fail_handle("processes");
}

static bool alone_next(struct alone *alone, struct pks_store *store)
{
	while (pks_process_table_next(alone->running, &alone->info, NULL) == 0)
		if ((alone->method = alone_method(store, alone->info.id)))
			return true;
	pks_process_table_close(alone->running);
	return false;
}

/* ---- for people ---- */

static const struct table_column alone_columns[] = {
	{"METHOD", false}, {"PID", true}, {"FOR", true}, {"RUNS", false},
};

static void alone_row(struct table *table, const struct alone *alone)
{
	char text[UNITS_SIZE];

	table_cell(table, alone->method);
	table_cell_uint(table, (unsigned long long)alone->info.pid);
	units_duration(units_age(alone->info.started_ns), text);
	table_cell(table, text);
	table_cell(table, alone->info.name);
}

void pool_alone_print(struct pks_store *store)
{
	struct alone alone;
	struct table table;
	bool any = false;

	alone_begin(&alone, store);
	while (alone_next(&alone, store)) {
		if (!any)
			table_init(&table, alone_columns, sizeof(alone_columns) / sizeof(*alone_columns));
		any = true;
		alone_row(&table, &alone);
	}
	if (any)
		table_finish(&table);
}

/* ---- for programs ---- */

void pool_alone_json(struct writer *w, struct pks_store *store)
{
	struct alone alone;

	writer_key(w, "alone");
	writer_list(w);
	alone_begin(&alone, store);
	while (alone_next(&alone, store)) {
		writer_map(w);
		writer_pair_string(w, "method", alone.method);
		writer_pair_uint(w, "pid", (uint64_t)alone.info.pid);
		writer_pair_string(w, "process", alone.info.name);
		writer_pair_time(w, "since", alone.info.started_ns);
		writer_end(w);
	}
	writer_end(w);
}
