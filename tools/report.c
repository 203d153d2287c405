/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "print.h"
#include "units.h"

#include <pkstore/report.h>

#include <stdlib.h>

#define REPORT_NS_PER_S 1e9

static void report_progress_line(const char *text, uint64_t time_ns)
{
	char when[UNITS_SIZE];

	units_time(time_ns, when);
	print_string("progress      ");
	print_text(text);
	print_format(" (%s)\n", when);
}

static void report_progress(struct pks_object *process)
{
	uint64_t time_ns;
	char *text;

	if (pks_process_progress(process, &text, &time_ns) != 0)
		return;
	print_string("\n");
	report_progress_line(text, time_ns);
	free(text);
}

static void report_last_progress(const struct pks_value *report)
{
	int64_t time_ns;
	char *text;

	if (pks_value_unpack(report, "{s:{s:t, s:s}}", "progress", "time", &time_ns, "text", &text) != 0)
		return;
	report_progress_line(text, (uint64_t)time_ns);
	free(text);
}

static void report_signal(const struct pks_value *report)
{
	char *name;
	uint64_t address;
	int number;
	bool core;

	if (pks_value_unpack(report, "{s:s, s:i}", "signal_name", &name, "signal", &number) != 0)
		return;
	print_string("signal        ");
	print_text(name);
	print_format(" (%d)", number);
	if (pks_value_unpack(report, "{s:U}", "address", &address) == 0)
		print_format(" at address 0x%llx", (unsigned long long)address);
	if (pks_value_unpack(report, "{s:b}", "core", &core) == 0 && core)
		print_string(", core dumped");
	print_string("\n");
	free(name);
}

static void report_oom(const struct pks_value *report)
{
	struct pks_value value;
	bool killed;

	if (pks_value_find(report, "oom", &value) != 0)
		return;
	if (pks_value_bool(&value, &killed) != 0)
		print_string("out of memory unknown\n");
	else
		print_format("out of memory %s\n", killed ? "yes: the kernel killed it for that" : "no");
}

static void report_usage(const struct pks_value *report)
{
	double user, system;
	uint64_t maxrss;
	char text[UNITS_SIZE];

	if (pks_value_unpack(report, "{s:d, s:d, s:U}", "utime", &user, "stime", &system, "maxrss", &maxrss) != 0)
		return;
	units_duration((uint64_t)(user * REPORT_NS_PER_S), text);
	print_format("processor     %s", text);
	units_duration((uint64_t)(system * REPORT_NS_PER_S), text);
	print_format(", and %s in the system\n", text);
	units_bytes(maxrss, text);
	print_format("memory        at most %s\n", text);
}

/* A list of texts, and of bytes where output is no text. */
static void report_list(struct pks_store *store, const struct pks_value *report, const char *name)
{
	struct pks_value list, element;
	struct pks_value_iter iter;
	char *text;

	if (pks_value_find(report, name, &list) != 0 || pks_value_iter_init(&iter, &list) != 0)
		return;
	print_format("%s\n", name);
	while (pks_value_next(&iter, NULL, &element) == 0) {
		print_string("  ");
		if (pks_value_string(&element, &text) == 0) {
			print_text(text);
			free(text);
		} else {
			print_value(&element, store, PKS_JSON_LINE, 0);
		}
		print_string("\n");
	}
}

static void report_death(struct pks_store *store, const struct pks_value *report)
{
	report_signal(report);
	report_oom(report);
	report_usage(report);
	report_list(store, report, "backtrace");
	report_list(store, report, "output");
}

void report_print_earlier(struct pks_store *store, const struct pks_value *report)
{
	report_last_progress(report);
	report_death(store, report);
}

void report_print(struct pks_store *store, struct pks_object *process)
{
	struct pks_value report = {0};

	report_progress(process);
	if (pks_process_report(process, &report) != 0)
		return;
	print_string("\n");
	report_death(store, &report);
	pks_value_clear(&report);
}
