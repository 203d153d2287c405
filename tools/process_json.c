/* SPDX-License-Identifier: MIT */
#include "process_json.h"

#include <stdlib.h>

void process_json_state(struct writer *writer, const struct pks_process_info *info)
{
	writer_pair_string(writer, "status", pks_status_name((int)info->status));
	writer_key(writer, "exitcode");
	writer_pack(writer, info->has_exitcode ? "i" : "n", info->exitcode);
	writer_key(writer, "pid");
	writer_pack(writer, info->pid ? "I" : "n", info->pid);
	writer_pair_uint(writer, "attempt", info->attempt);
	if (info->parent)
		writer_pair_uint(writer, "parent", info->parent);
	writer_pair_time(writer, "submitted", info->submitted_ns);
	writer_pair_time(writer, "started", info->started_ns);
	writer_pair_time(writer, "ended", info->ended_ns);
}

/* What an attribute of the runtime's says, if it is there. */
static void process_json_attribute(struct writer *writer, struct pks_object *process, const char *name)
{
	struct pks_value value = {0};

	if (pks_attr_get(process, name, &value) == 0) {
		writer_key(writer, name);
		writer_value(writer, &value);
	}
	pks_value_clear(&value);
}

void process_json_work(struct writer *writer, struct pks_object *process, const struct pks_process_info *info)
{
	struct pks_value result = {0};
	char *error = NULL;

	writer_pair_string(writer, "target", info->target);
	if (pks_process_result(process, &result) == 0) {
		writer_key(writer, "result");
		writer_value(writer, &result);
		pks_value_clear(&result);
	}
	if (pks_process_error(process, &error) == 0) {
		writer_pair_string(writer, "error", error);
		free(error);
	}
	process_json_attribute(writer, process, "args");
	process_json_attribute(writer, process, "kwargs");
	process_json_attribute(writer, process, "options");
	process_json_attribute(writer, process, "progress");
	process_json_attribute(writer, process, "report");
	process_json_attribute(writer, process, "history");
}
