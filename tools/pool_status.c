/* SPDX-License-Identifier: MIT */
#include "pool_status.h"

#include "fail.h"
#include "pool_alone.h"
#include "print.h"
#include "table.h"
#include "units.h"
#include "writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pool_report {
	struct pks_store *store;
	bool json, first;
};

/* What is of no pool is told about with the one that there always is. */
static bool pool_is_default(const char *name)
{
	return strcmp(name, "default") == 0;
}

/* ---- for people ---- */

static const struct table_column pool_columns[] = {
	{"WORKER", true}, {"PID", true}, {"STARTED", false}, {"MEMORY", true}, {"FOR", true}, {"RUNS", false},
};

static void pool_row(struct table *table, const struct pks_pool_worker *worker)
{
	char text[PKS_PATH_MAX + 32];

	snprintf(text, sizeof(text), "%u%s", worker->slot, worker->left_over ? "*" : "");
	table_cell(table, text);
	table_cell_uint(table, (unsigned long long)worker->pid);
	units_time(worker->started_ns, text);
	table_cell(table, text);
	units_bytes(worker->resident, text);
	table_cell(table, text);
	units_duration(units_age(worker->since_ns), text);
	table_cell(table, worker->process ? text : NULL);
	snprintf(text, sizeof(text), "%s%s", worker->name, worker->waiting ? " (waits for another)" : "");
	table_cell(table, text);
}

static void pool_print_workers(struct pks_store *store, const char *name)
{
	struct pks_pool_workers *workers = pks_pool_workers_open(store, name);
	struct pks_pool_worker worker;
	struct table table;
	bool any = false;

	if (!workers)
		fail_handle(name);
	while (pks_pool_workers_next(workers, &worker) == 0) {
		if (!any)
			table_init(&table, pool_columns, sizeof(pool_columns) / sizeof(*pool_columns));
		any = true;
		pool_row(&table, &worker);
	}
	if (any)
		table_finish(&table);
	pks_pool_workers_close(workers);
}

static const struct table_column pool_forkserver_columns[] = {
	{"FORKSERVER", true}, {"STARTED", false}, {"MEMORY", true}, {"MODULE", false},
};

struct pool_forkservers {
	struct table table;
	bool any;
};

static int pool_forkserver_row(const struct pks_pool_forkserver *forkserver, void *arg)
{
	struct pool_forkservers *forkservers = arg;
	char text[64];

	if (!forkservers->any)
		table_init(&forkservers->table, pool_forkserver_columns,
		           sizeof(pool_forkserver_columns) / sizeof(*pool_forkserver_columns));
	forkservers->any = true;
	table_cell_uint(&forkservers->table, (unsigned long long)forkserver->pid);
	units_time(forkserver->started_ns, text);
	table_cell(&forkservers->table, text);
	units_bytes(forkserver->resident, text);
	table_cell(&forkservers->table, text);
	table_cell(&forkservers->table, forkserver->module);
	return 0;
}

static void pool_print_forkservers(struct pks_store *store)
{
	struct pool_forkservers forkservers = {.any = false};

	fail_if(pks_pool_forkservers(store, pool_forkserver_row, &forkservers), "forkservers");
	if (forkservers.any)
		table_finish(&forkservers.table);
}

static void pool_print_settings(struct pks_store *store, const char *name)
{
	struct pks_value settings = {0}, key, value;
	struct pks_value_iter iter;

	fail_if(pks_pool_settings(store, name, &settings), name);
	fail_if(pks_value_iter_init(&iter, &settings), name);
	while (pks_value_next(&iter, &key, &value) == 0) {
		char *text;

		fail_if(pks_value_string(&key, &text), name);
		print_text(text);
		for (size_t width = strlen(text); width < 14; width++)
			print_string(" ");
		free(text);
		print_value(&value, store, PKS_JSON_LINE, 0);
		print_string("\n");
	}
	pks_value_clear(&settings);
}

static void pool_print(struct pks_store *store, const char *name, const struct pks_pool_status *status)
{
	print_string("pool          ");
	print_text(name);
	print_format("\nstate         %s%s\n", status->up ? "up" : "down", status->paused ? ", paused" : "");
	if (status->up)
		print_format("supervisor    pid %lld\n", (long long)status->supervisor_pid);
	print_format("workers       %u of %u\n", status->workers, status->size);
	print_format("running       %llu", (unsigned long long)status->running);
	if (status->waiting)
		print_format(", %llu of them waiting for others", (unsigned long long)status->waiting);
	print_format("\nsubmitted     %llu\n", (unsigned long long)status->submitted);
	pool_print_settings(store, name);
	pool_print_workers(store, name);
	if (pool_is_default(name)) {
		pool_alone_print(store);
		pool_print_forkservers(store);
	}
}

/* ---- for programs ---- */

static void pool_json_worker(struct writer *w, const struct pks_pool_worker *worker)
{
	writer_map(w);
	writer_pair_uint(w, "slot", worker->slot);
	writer_pair_uint(w, "pid", (uint64_t)worker->pid);
	writer_key(w, "left_over");
	writer_pack(w, "b", worker->left_over);
	writer_pair_time(w, "started", worker->started_ns);
	writer_pair_uint(w, "resident", worker->resident);
	writer_key(w, "process");
	writer_pack(w, worker->process ? "s" : "n", worker->name);
	writer_pair_time(w, "since", worker->since_ns);
	writer_key(w, "waiting");
	writer_pack(w, "b", worker->waiting);
	writer_end(w);
}

static void pool_json_workers(struct writer *w, struct pks_store *store, const char *name)
{
	struct pks_pool_workers *workers = pks_pool_workers_open(store, name);
	struct pks_pool_worker worker;

	if (!workers)
		fail_handle(name);
	writer_list(w);
	while (pks_pool_workers_next(workers, &worker) == 0)
		pool_json_worker(w, &worker);
	writer_end(w);
	pks_pool_workers_close(workers);
}

static int pool_json_forkserver(const struct pks_pool_forkserver *forkserver, void *arg)
{
	struct writer *w = arg;

	writer_map(w);
	writer_pair_uint(w, "pid", (uint64_t)forkserver->pid);
	writer_pair_string(w, "module", forkserver->module);
	writer_pair_time(w, "started", forkserver->started_ns);
	writer_pair_uint(w, "resident", forkserver->resident);
	writer_end(w);
	return 0;
}

static void pool_json_forkservers(struct writer *w, struct pks_store *store)
{
	writer_key(w, "forkservers");
	writer_list(w);
	fail_if(pks_pool_forkservers(store, pool_json_forkserver, w), "forkservers");
	writer_end(w);
}

static void pool_print_json(struct pks_store *store, const char *name, const struct pks_pool_status *status)
{
	struct pks_value settings = {0};
	struct writer w;

	fail_if(pks_pool_settings(store, name, &settings), name);
	writer_init(&w, store, PKS_JSON_LINE);
	writer_map(&w);
	writer_pair_string(&w, "pool", name);
	writer_key(&w, "up");
	writer_pack(&w, "b", status->up);
	writer_key(&w, "paused");
	writer_pack(&w, "b", status->paused);
	writer_key(&w, "supervisor_pid");
	writer_pack(&w, status->up ? "I" : "n", status->supervisor_pid);
	writer_pair_uint(&w, "size", status->size);
	writer_pair_uint(&w, "workers", status->workers);
	writer_pair_uint(&w, "running", status->running);
	writer_pair_uint(&w, "waiting", status->waiting);
	writer_pair_uint(&w, "submitted", status->submitted);
	writer_key(&w, "settings");
	writer_value(&w, &settings);
	writer_key(&w, "table");
	pool_json_workers(&w, store, name);
	if (pool_is_default(name)) {
		pool_alone_json(&w, store);
		pool_json_forkservers(&w, store);
	}
	writer_end(&w);
	pks_value_clear(&settings);
}

/* ---- both ---- */

static int pool_report(const char *name, void *arg)
{
	struct pool_report *report = arg;
	struct pks_pool_status status;
	int r = pks_pool_status(report->store, name, &status);

	if (r != 0)
		return r;
	if (!report->json && !report->first)
		print_string("\n");
	report->first = false;
	if (report->json)
		pool_print_json(report->store, name, &status);
	else
		pool_print(report->store, name, &status);
	return 0;
}

int pool_status_print(struct pks_store *store, const char *pool, bool json)
{
	struct pool_report report = {.store = store, .json = json, .first = true};
	int r = pool ? pool_report(pool, &report) : pks_pool_each(store, pool_report, &report);

	if (r == PKS_NOT_FOUND)
		return fail_warn(FAIL_NO, "%s: there is no such pool", pool ? pool : "default");
	fail_if(r, pool ? pool : "the pools");
	return FAIL_OK;
}
