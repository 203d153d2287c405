/* SPDX-License-Identifier: MIT */
/* A Process is a Dict with a state. */
#include "fail.h"
#include "kind.h"
#include "print.h"
#include "process_json.h"

#include <stdio.h>

static void read_info(struct pks_object *process, const char *path, struct pks_process_info *info_out)
{
	fail_if(pks_process_info(process, info_out), path);
}

static void get_all(const struct get *get, struct pks_object *process, const char *path)
{
	kind_dict.get_all(get, process, path);
}

static void stat_print(struct pks_object *process, const char *path)
{
	struct pks_process_info info;

	read_info(process, path, &info);
	print_format("status      %s\n", pks_status_name((int)info.status));
	if (info.has_exitcode)
		print_format("exitcode    %d\n", info.exitcode);
}

static void stat_json(struct writer *w, struct pks_object *process, const char *path)
{
	struct pks_process_info info;

	read_info(process, path, &info);
	process_json_state(w, &info);
}

static void state(struct pks_object *process, const char *path, char text_out[KIND_STATE_SIZE])
{
	struct pks_process_info info;

	read_info(process, path, &info);
	snprintf(text_out, KIND_STATE_SIZE, "%s", pks_status_name((int)info.status));
}

static void dump_head(struct writer *w, struct pks_object *process, const char *path)
{
	writer_key(w, "process");
	writer_map(w);
	stat_json(w, process, path);
	writer_end(w);
}

static void dump_items(struct writer *w, struct pks_object *process, const char *path)
{
	kind_dict.dump_items(w, process, path);
}

const struct kind kind_process = {
	.type = "process",
	.get_one = pks_dict_get,
	.get_all = get_all,
	.set_one = pks_dict_set,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.dump_head = dump_head,
	.dump_items = dump_items,
	.create = pks_process_new,
	.items = '{',
	.load_item = pks_dict_set,
};
