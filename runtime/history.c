/* SPDX-License-Identifier: MIT */
#include "history.h"

#include "layer.h"
#include "record.h"

#include <pkstore/builder.h>
#include <pkstore/process_control.h>

#include <string.h>

/* What an attempt leaves, and the next one is not to be taken for; where there is one it goes into the entry. */
static const char *const left_behind[] = {HISTORY_RESULT_ATTR, HISTORY_ERROR_ATTR, "report", "progress", NULL};

/* ---- one entry ---- */

static void build_number(struct pks_builder *builder, const char *key, int64_t number)
{
	pks_build_string(builder, key);
	pks_build_int(builder, number);
}

static void build_time(struct pks_builder *builder, const char *key, uint64_t ns)
{
	if (!ns)
		return;
	pks_build_string(builder, key);
	pks_build_time(builder, (int64_t)ns);
}

/* Cuts between characters, not inside one. */
static void build_error(struct pks_builder *builder, const struct pks_value *error)
{
	const char *text;
	size_t size;

	if (pks_value_text(error, &text, &size) != 0)
		return;
	if (size > HISTORY_ERROR_MAX) {
		size = HISTORY_ERROR_MAX;
		while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
			size--;
	}
	pks_build_string(builder, "error");
	pks_build_text(builder, text, size);
}

static void build_entry(struct pks_builder *builder, const struct process_state *state, const struct pks_value *error,
			const struct pks_value *report)
{
	pks_build_map(builder);
	build_number(builder, "attempt", state->attempt);
	pks_build_string(builder, "status");
	pks_build_string(builder, pks_status_name(process_state_public(state->status)));
	if (state->has_exitcode)
		build_number(builder, "exitcode", state->exitcode);
	build_time(builder, "submitted", state->submitted_ns);
	build_time(builder, "started", state->started_ns);
	build_time(builder, "ended", state->ended_ns);
	build_error(builder, error);
	if (report->data) {
		pks_build_string(builder, "report");
		pks_build_value(builder, report);
	}
	pks_build_end(builder);
}

/* ---- the list ---- */

static int build_kept(struct pks_builder *builder, const struct pks_value *list)
{
	struct pks_value entry;
	size_t count;
	int r = pks_value_count(list, &count);

	for (size_t i = count < HISTORY_MAX ? 0 : count - (HISTORY_MAX - 1); r == 0 && i < count; i++) {
		r = pks_value_at(list, (int64_t)i, &entry);
		if (r == 0)
			r = pks_build_value(builder, &entry);
	}
	return r;
}

static int build(const struct process_state *state, const struct pks_value *list, const struct pks_value *error,
		 const struct pks_value *report, struct pks_value *value_out)
{
	struct pks_builder *builder = pks_builder_new();
	int r = builder ? 0 : PKS_ERR_MEMORY;

	if (r == 0) {
		pks_build_list(builder);
		/* One that is damaged tells nothing, and must not keep the process from running. */
		if (pks_value_kind(list) == PKS_KIND_LIST)
			r = build_kept(builder, list);
		build_entry(builder, state, error, report);
		pks_build_end(builder);
	}
	if (r == 0)
		r = pks_builder_finish(builder, value_out);
	pks_builder_free(builder);
	return r;
}

static int get_if_any(struct pks_object *process, const char *name, struct pks_value *value_out)
{
	int r = pks_attr_get(process, name, value_out);

	return r == PKS_NOT_FOUND ? 0 : r;
}

int history_forget(struct pks_object *process)
{
	static const char *const loaded[] = {HISTORY_RESULT_ATTR, HISTORY_ERROR_ATTR, NULL};

	return layer_attr_forget(process, loaded);
}

int history_add(struct pks_object *process, const struct process_state *state)
{
	struct pks_value list = {0}, error = {0}, report = {0}, value = {0};
	int r = get_if_any(process, HISTORY_ATTR, &list);

	if (r == 0)
		r = get_if_any(process, "error", &error);
	if (r == 0)
		r = get_if_any(process, "report", &report);
	if (r == 0)
		r = build(state, &list, &error, &report, &value);
	if (r == 0)
		r = layer_attr_set(process, HISTORY_ATTR, &value);
	if (r == 0)
		r = layer_attr_forget(process, left_behind);
	pks_value_clear(&value);
	pks_value_clear(&report);
	pks_value_clear(&error);
	pks_value_clear(&list);
	return r;
}

int pks_process_history(struct pks_object *process, struct pks_value *list_out)
{
	int r = layer_check(process, RECORD_TYPE);

	if (r == 0)
		r = pks_attr_get(process, HISTORY_ATTR, list_out);
	return r == PKS_NOT_FOUND ? pks_value_pack(list_out, "[]") : r;
}
