/* SPDX-License-Identifier: MIT */
/* Pipe. Its messages come back when it is loaded, its ends do not: nobody is there. */
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

/* Each with the end that is to read it: [1, "hello"]. */
static void end_items(struct writer *w, struct pks_object *pipe, const char *path, int end)
{
	struct pks_value message = {0};
	uint64_t skip = 0;
	int r;

	while ((r = pks_pipe_peek(pipe, end, skip++, &message)) == 0) {
		writer_list(w);
		writer_pack(w, "i", end);
		writer_value(w, &message);
		writer_end(w);
		pks_value_clear(&message);
	}
	if (r != PKS_NOT_FOUND)
		fail_code(r, path);
}

static void dump_items(struct writer *w, struct pks_object *pipe, const char *path)
{
	writer_key(w, "items");
	writer_list(w);
	end_items(w, pipe, path, 0);
	end_items(w, pipe, path, 1);
	writer_end(w);
	/* Behind the items: of one that was made one-way, some may wait at the end that only sends now. */
	sync_pair_bool(w, "duplex", read_info(pipe, path).duplex);
}

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	return pks_pipe_open(store, path, true, PKS_MUST_CREATE);
}

static bool is_bool(const struct pks_value *value)
{
	return pks_value_kind(value) == PKS_KIND_BOOL;
}

static int load_duplex(struct pks_object *pipe, const struct pks_value *value)
{
	bool duplex = true;
	int r = pks_value_bool(value, &duplex);

	return r < 0 ? r : pks_pipe_set_duplex(pipe, duplex);
}

static int read_item(const struct pks_value *item, int64_t *end_out, struct pks_value *message_out)
{
	struct pks_value end;
	size_t count;
	int r = pks_value_count(item, &count);

	if (r == 0 && count != 2)
		r = PKS_ERR_USAGE;
	if (r == 0)
		r = pks_value_at(item, 0, &end);
	if (r == 0)
		r = pks_value_int(&end, end_out);
	if (r == 0 && *end_out != 0 && *end_out != 1)
		r = PKS_ERR_USAGE;
	return r == 0 ? pks_value_at(item, 1, message_out) : r;
}

static const char *item_wrong(const struct pks_value *item)
{
	struct pks_value message;
	int64_t end;

	return pks_value_kind(item) == PKS_KIND_LIST && read_item(item, &end, &message) == 0
	               ? NULL
	               : "it is not an end, 0 or 1, and a message";
}

static int load_item(struct pks_object *pipe, const char *key, const struct pks_value *item)
{
	struct pks_value message;
	int64_t end;
	int r = read_item(item, &end, &message);

	return r != 0 ? r : pks_pipe_put(pipe, (int)end, &message);
}

static const struct kind_member members[] = {
	{"duplex", "true or false", is_bool, load_duplex},
	{0},
};

const struct kind kind_pipe = {
	.type = "pipe",
	.get_all = sync_get,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.dump_items = dump_items,
	.create = create,
	.members = members,
	.items = '[',
	.item_wrong = item_wrong,
	.load_item = load_item,
};
