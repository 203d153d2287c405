/* SPDX-License-Identifier: MIT */
/* Pipe. Its ends do not come back when it is loaded, nor do messages: who was to read them is not there. */
#include "fail.h"
#include "print.h"
#include "sync_json.h"

#include <pkstore/pipe.h>

#include <inttypes.h>
#include <stdio.h>

static struct pks_pipe_info read_info(struct pks_object *pipe, const char *path)
{
	struct pks_pipe_info info;

	fail_if(pks_pipe_info(pipe, &info), path);
	return info;
}

static const char *end_word(const struct pks_pipe_info *info, int end)
{
	return info->is_open[end] ? "open" : info->was_open[end] ? "closed" : "not opened yet";
}

static void stat_print(struct pks_object *pipe, const char *path)
{
	struct pks_pipe_info info = read_info(pipe, path);

	print_format("direction   %s\n", info.duplex ? "both" : "from 1 to 0");
	for (int end = 0; end < 2; end++)
		print_format("end %d       %s, %" PRIu64 " to be read\n", end, end_word(&info, end), info.unread[end]);
	sync_print(pipe, path);
}

static void end_json(struct writer *w, const struct pks_pipe_info *info, int end)
{
	writer_map(w);
	sync_pair_bool(w, "open", info->is_open[end]);
	sync_pair_bool(w, "was_open", info->was_open[end]);
	writer_pair_uint(w, "unread", info->unread[end]);
	writer_end(w);
}

static void stat_json(struct writer *w, struct pks_object *pipe, const char *path)
{
	struct pks_pipe_info info = read_info(pipe, path);

	sync_pair_bool(w, "duplex", info.duplex);
	writer_key(w, "ends");
	writer_list(w);
	end_json(w, &info, 0);
	end_json(w, &info, 1);
	writer_end(w);
	sync_json(w, pipe, path);
}

static void state(struct pks_object *pipe, const char *path, char text_out[KIND_STATE_SIZE])
{
	struct pks_pipe_info info = read_info(pipe, path);

	snprintf(text_out, KIND_STATE_SIZE, "0 %s, 1 %s", end_word(&info, 0), end_word(&info, 1));
}

static void dump_head(struct writer *w, struct pks_object *pipe, const char *path)
{
	sync_pair_bool(w, "duplex", read_info(pipe, path).duplex);
}

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	return pks_pipe_open(store, path, true, PKS_MUST_CREATE);
}

const struct kind kind_pipe = {
	.type = "pipe",
	.get_all = sync_get,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.dump_head = dump_head,
	.create = create,
};
