/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "base/error.h"
#include "base/utf8.h"
#include "layer.h"
#include "output.h"
#include "record.h"

#include <pkstore/builder.h>
#include <pkstore/output.h>
#include <pkstore/report.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Kilobytes, as Linux counts ru_maxrss. */
#define MAXRSS_UNIT 1024

struct building {
	struct pks_builder *builder;
	unsigned count; /* what there is to tell */
};

static void key(struct building *building, const char *name)
{
	building->count++;
	pks_build_string(building->builder, name);
}

/* ---- how it died ---- */

static void build_signal(struct building *building, const struct death *death)
{
	int number = WTERMSIG(death->wait_status);
	const char *name = sigabbrev_np(number);
	char text[32];

	if (name)
		snprintf(text, sizeof(text), "SIG%s", name);
	else
		snprintf(text, sizeof(text), "signal %d", number);
	key(building, "signal");
	pks_build_int(building->builder, number);
	key(building, "signal_name");
	pks_build_string(building->builder, text);
	if (WCOREDUMP(death->wait_status)) {
		key(building, "core");
		pks_build_bool(building->builder, true);
	}
	if (number != SIGKILL)
		return;
	key(building, "oom");
	if (death->oom == OOM_UNKNOWN)
		pks_build_null(building->builder);
	else
		pks_build_bool(building->builder, death->oom == OOM_YES);
}

static double seconds(const struct timeval *all, uint64_t before_us)
{
	return (double)all->tv_sec + ((double)all->tv_usec - (double)before_us) / 1e6;
}

/* Without the notes nobody knows what the worker had used for others before. */
static void build_usage(struct building *building, const struct death *death, const struct witness_notes *notes)
{
	double user = seconds(&death->usage.ru_utime, death->is_command ? 0 : notes->user_us);
	double system = seconds(&death->usage.ru_stime, death->is_command ? 0 : notes->system_us);

	key(building, "utime");
	pks_build_double(building->builder, user > 0 ? user : 0);
	key(building, "stime");
	pks_build_double(building->builder, system > 0 ? system : 0);
	key(building, "maxrss");
	pks_build_uint(building->builder, (uint64_t)death->usage.ru_maxrss * MAXRSS_UNIT);
}

/* ---- what it noted ---- */

static void build_progress(struct building *building, const struct witness_progress *progress)
{
	struct pks_value value = {0};

	if (!progress || pks_value_pack(&value, "{s:t, s:s}", "time", (int64_t)progress->time_ns, "text",
					progress->text) != 0)
		return;
	key(building, PROGRESS_ATTR);
	pks_build_value(building->builder, &value);
	pks_value_clear(&value);
}

static const struct witness_module *find_module(const struct witness_notes *notes, uint64_t address)
{
	uint32_t count = notes->module_count < WITNESS_MODULES ? notes->module_count : WITNESS_MODULES;

	for (uint32_t i = 0; i < count; i++)
		if (address >= notes->modules[i].begin && address < notes->modules[i].end &&
		    memchr(notes->modules[i].path, '\0', WITNESS_PATH_SIZE))
			return &notes->modules[i];
	return NULL;
}

/* What is on the stack is where a call returns to: one less is inside the call itself, where a line number is right. */
static void build_frame(struct building *building, const struct witness_notes *notes, uint32_t i)
{
	uint64_t address = notes->frames[i] - (i > 0);
	const struct witness_module *module = find_module(notes, address);
	char text[WITNESS_PATH_SIZE + 32];

	if (module && utf8_valid(module->path, strlen(module->path)))
		snprintf(text, sizeof(text), "%s+0x%" PRIx64, module->path, address - module->base);
	else
		snprintf(text, sizeof(text), "0x%" PRIx64, address);
	pks_build_string(building->builder, text);
}

static void build_stack(struct building *building, const struct witness_notes *notes)
{
	uint32_t count = notes->frame_count < WITNESS_FRAMES ? notes->frame_count : WITNESS_FRAMES;

	if (notes->has_address) {
		key(building, "address");
		pks_build_uint(building->builder, notes->address);
	}
	key(building, "backtrace");
	pks_build_list(building->builder);
	for (uint32_t i = 0; i < count; i++)
		build_frame(building, notes, i);
	pks_build_end(building->builder);
}

/* ---- its last words ---- */

static void build_line(struct building *building, struct pks_object *output, int64_t position)
{
	struct pks_value entry = {0}, text;

	if (pks_log_get(output, position, &entry) == 0 && pks_value_find(&entry, "text", &text) == 0)
		pks_build_value(building->builder, &text);
	pks_value_clear(&entry);
}

/* Its own ones: what earlier attempts have written stands before them. */
static int64_t count_lines(struct pks_object *output, uint32_t attempt)
{
	uint64_t count = 0, own = output ? output_lines_of(output, attempt) : 0;

	if (own == 0 || pks_log_count(output, &count) != 0)
		return 0;
	if (count > own)
		count = own;
	return count < REPORT_LINES ? (int64_t)count : REPORT_LINES;
}

static void build_output(struct building *building, struct pks_object *process, uint32_t attempt)
{
	struct pks_object *output = pks_process_output(process);
	int64_t lines = count_lines(output, attempt);

	if (lines > 0) {
		key(building, "output");
		pks_build_list(building->builder);
		for (int64_t i = -lines; i < 0; i++)
			build_line(building, output, i);
		pks_build_end(building->builder);
	}
	pks_object_close(output);
}

static void build(struct building *building, struct pks_object *process, const struct witness_notes *notes,
		  const struct witness_run *run, const struct death *death)
{
	bool own = notes->process == run->process && notes->attempt == run->attempt;
	bool signalled = death && WIFSIGNALED(death->wait_status);
	bool its_worker = !death || !death->is_command;

	pks_build_map(building->builder);
	if (signalled)
		build_signal(building, death);
	if (death && death->has_usage && (own || death->is_command))
		build_usage(building, death, notes);
	build_progress(building, witness_last_progress(notes, run));
	/* A death that nobody could wait for may still have been noted by who died. */
	if (own && its_worker && notes->signal &&
	    (!death || (signalled && WTERMSIG(death->wait_status) == (int)notes->signal)))
		build_stack(building, notes);
	build_output(building, process, run->attempt);
	pks_build_end(building->builder);
}

int report_build(struct pks_object *process, const struct proc *worker, uint32_t attempt, const struct death *death,
		 struct pks_value *value_out)
{
	struct witness_notes *notes = calloc(1, sizeof(*notes));
	struct building building = {.builder = pks_builder_new()};
	struct witness_run run = {pks_object_id(process), attempt};
	int r = notes && building.builder ? 0 : error_set(PKS_ERR_MEMORY, "out of memory");

	if (r == 0) {
		if (witness_read(pks_object_store(process), worker, notes) != 0)
			memset(notes, 0, sizeof(*notes));
		build(&building, process, notes, &run, death);
		r = pks_builder_finish(building.builder, value_out);
	}
	if (r == 0 && building.count == 0) {
		pks_value_clear(value_out);
		r = PKS_NOT_FOUND;
	}
	pks_builder_free(building.builder);
	free(notes);
	return r;
}

/* ---- for everybody ---- */

int pks_process_report(struct pks_object *process, struct pks_value *map_out)
{
	int r = layer_check(process, RECORD_TYPE);

	return r == 0 ? pks_attr_get(process, REPORT_ATTR, map_out) : r;
}

int pks_process_progress(struct pks_object *process, char **text_out, uint64_t *time_ns_out)
{
	int64_t time;
	char *text;
	int r = layer_check(process, RECORD_TYPE);

	if (r == 0)
		r = pks_attr_getf(process, PROGRESS_ATTR, "{s:t, s:s}", "time", &time, "text", &text);
	if (r != 0)
		return r;
	*text_out = text;
	if (time_ns_out)
		*time_ns_out = (uint64_t)time;
	return 0;
}
