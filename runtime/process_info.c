/* SPDX-License-Identifier: MIT */
#include "process_info.h"

#include "base/error.h"
#include "children.h"
#include "command.h"
#include "layer.h"
#include "record.h"

#include <pkstore/process_control.h>
#include <pkstore/transaction.h>

#include <string.h>

static void copy_state(const struct process_state *state, struct pks_process_info *info)
{
	info->status = process_state_public(state->status);
	info->has_exitcode = state->has_exitcode;
	info->exitcode = state->exitcode;
	info->pid = state->worker.pid;
	info->attempt = state->attempt;
	info->parent = state->parent > 0 ? (uint64_t)state->parent : 0;
	info->submitted_ns = state->submitted_ns;
	info->started_ns = state->started_ns;
	info->ended_ns = state->ended_ns;
}

static int copy_object(struct pks_object *process, struct pks_process_info *info)
{
	struct pks_object_info object;
	int r = pks_object_info(process, &object);

	if (r < 0)
		return r;
	strcpy(info->name, object.path);
	strcpy(info->uuid, object.uuid);
	info->id = object.id;
	info->created_ns = object.created_ns;
	return 0;
}

static int copy_target(struct pks_object *process, struct pks_process_info *info)
{
	struct pks_value value = {0};
	const char *text = "";
	size_t size = 0;
	int r = pks_attr_get(process, "target", &value);

	if (r == 0)
		r = pks_value_text(&value, &text, &size);
	if (r == 0 && size < sizeof(info->target))
		memcpy(info->target, text, size);
	else
		size = 0;
	info->target[size] = '\0';
	if (r == PKS_ERR_TYPE)
		command_describe(&value, info->target, sizeof(info->target));
	pks_value_clear(&value);
	/* One that is damaged is to be seen, too: what runs it tells what is wrong with it. */
	return r == PKS_NOT_FOUND || r == PKS_ERR_TYPE ? 0 : r;
}

int process_info_read(struct pks_object *process, struct pks_process_info *info_out)
{
	struct process_state state;
	int r = record_read(process, &state);

	if (r == 0)
		r = copy_object(process, info_out);
	if (r == 0)
		r = copy_target(process, info_out);
	if (r == 0)
		copy_state(&state, info_out);
	return r;
}

int pks_process_info(struct pks_object *process, struct pks_process_info *info_out)
{
	struct pks_process_info info;
	struct pks_store *store;
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	store = pks_object_store(process);
	children_look(store);
	r = pks_snapshot_begin(store);
	if (r < 0)
		return r;
	r = process_info_read(process, &info);
	pks_snapshot_end(store);
	if (r == 0)
		*info_out = info;
	return r;
}

/* What a child of this program has died of is recorded first. */
static int read_settled(struct pks_object *process, struct process_state *state_out)
{
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	children_look(pks_object_store(process));
	return record_read(process, state_out);
}

int pks_process_status(struct pks_object *process, enum pks_status *status_out)
{
	struct process_state state;
	int r = read_settled(process, &state);

	if (r == 0)
		*status_out = process_state_public(state.status);
	return r;
}

int pks_process_exitcode(struct pks_object *process, int *exitcode_out)
{
	struct process_state state;
	int r = read_settled(process, &state);

	if (r < 0)
		return r;
	if (!state.has_exitcode)
		return error_tell(PKS_NOT_FOUND, layer_path(process), "has no exitcode");
	*exitcode_out = state.exitcode;
	return 0;
}

int pks_process_pid(struct pks_object *process, int64_t *pid_out)
{
	struct process_state state;
	int r = read_settled(process, &state);

	if (r < 0)
		return r;
	if (state.status != STATUS_RUNNING)
		return error_tell(PKS_NOT_FOUND, layer_path(process), "does not run");
	*pid_out = state.worker.pid;
	return 0;
}

int pks_process_is_alive(struct pks_object *process)
{
	struct process_state state;
	int r = read_settled(process, &state);

	if (r < 0)
		return r;
	if (state.status == STATUS_SUBMITTED || state.status == STATUS_RUNNING)
		return 0;
	return error_tell(PKS_NOT_FOUND, layer_path(process), "is not alive");
}
