/* SPDX-License-Identifier: MIT */
/* Condition. A loaded one has a lock of its own: which other lock it had is not for this program to say. */
#include "fail.h"
#include "print.h"
#include "sync_json.h"

#include <pkstore/condition.h>

#include <inttypes.h>

static struct pks_lock_info read_info(struct pks_object *condition, const char *path)
{
	struct pks_lock_info info;

	fail_if(pks_lock_info(condition, &info), path);
	return info;
}

static void stat_print(struct pks_object *condition, const char *path)
{
	struct pks_lock_info info = read_info(condition, path);

	if (info.depth > 1)
		print_format("depth       %" PRIu64 "\n", info.depth);
	sync_print(condition, path);
}

static void stat_json(struct writer *w, struct pks_object *condition, const char *path)
{
	struct pks_lock_info info = read_info(condition, path);

	writer_pair_uint(w, "depth", info.depth);
	sync_pair_bool(w, "owner_died", info.owner_died);
	sync_json(w, condition, path);
}

static void state(struct pks_object *condition, const char *path, char text_out[KIND_STATE_SIZE])
{
	sync_state(condition, path, text_out);
}

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	return pks_condition_open(store, path, NULL, PKS_MUST_CREATE);
}

const struct kind kind_condition = {
	.type = "condition",
	.get_all = sync_get,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.create = create,
};
