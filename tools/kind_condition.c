/* SPDX-License-Identifier: MIT */
/* Condition. One that shares another object's lock is dumped with a reference to it, and loaded with that lock. */
#include "fail.h"
#include "print.h"
#include "sync_json.h"

#include <pkstore/condition.h>

#include <inttypes.h>
#include <stdio.h>

/* False: its lock was dropped, and it is of no use until it has another one. */
static bool read_info(struct pks_object *condition, const char *path, struct pks_lock_info *info_out)
{
	uint64_t version;
	int r = pks_lock_info(condition, info_out);

	if (r == PKS_ERR_GONE && pks_object_version(condition, &version) == 0)
		return false;
	fail_if(r, path);
	return true;
}

/*
 * NULL: one of its own, or one that was dropped: a Condition that is loaded without it has its own then, and can be
 * used again.
 */
static struct pks_object *read_lock(struct pks_object *condition, const char *path)
{
	struct pks_object *lock = pks_condition_lock(condition);

	if (!lock && pks_error_code() != PKS_NOT_FOUND && pks_error_code() != PKS_ERR_GONE)
		fail_handle(path);
	return lock;
}

static void stat_print_lock(struct pks_object *condition, const char *path)
{
	struct pks_object *lock = read_lock(condition, path);
	struct pks_object_info info;

	if (!lock)
		return;
	fail_if(pks_object_info(lock, &info), path);
	print_string("lock        ");
	print_text(info.path);
	print_string("\n");
	pks_object_close(lock);
}

static void stat_print(struct pks_object *condition, const char *path)
{
	struct pks_lock_info info;

	if (!read_info(condition, path, &info)) {
		print_string("lock        was dropped\n");
		return;
	}
	stat_print_lock(condition, path);
	if (info.depth > 1)
		print_format("depth       %" PRIu64 "\n", info.depth);
	sync_print(condition, path);
}

static void dump_head(struct writer *w, struct pks_object *condition, const char *path)
{
	struct pks_object *lock = read_lock(condition, path);

	if (!lock)
		return;
	writer_key(w, "lock");
	writer_pack(w, "o", lock);
	pks_object_close(lock);
}

static void stat_json(struct writer *w, struct pks_object *condition, const char *path)
{
	struct pks_lock_info info;

	if (!read_info(condition, path, &info)) {
		writer_key(w, "lock");
		writer_pack(w, "n");
		return;
	}
	dump_head(w, condition, path);
	writer_pair_uint(w, "depth", info.depth);
	sync_pair_bool(w, "owner_died", info.owner_died);
	sync_json(w, condition, path);
}

static void state(struct pks_object *condition, const char *path, char text_out[KIND_STATE_SIZE])
{
	struct pks_lock_info info;

	if (read_info(condition, path, &info))
		sync_state(condition, path, text_out);
	else
		snprintf(text_out, KIND_STATE_SIZE, "its lock was dropped");
}

/* null: a lock of its own. */
static bool is_reference(const struct pks_value *value)
{
	return pks_value_kind(value) == PKS_KIND_REF || pks_value_kind(value) == PKS_KIND_NULL;
}

static int load_lock(struct pks_object *condition, const struct pks_value *value)
{
	struct pks_object *lock;
	int r;

	if (pks_value_kind(value) == PKS_KIND_NULL)
		return pks_condition_set_lock(condition, NULL);
	lock = pks_value_object(pks_object_store(condition), value);
	r = lock ? pks_condition_set_lock(condition, lock) : pks_error_code();
	pks_object_close(lock);
	return r;
}

static const struct kind_member members[] = {
	{"lock", "a reference to a lock", is_reference, load_lock},
	{0},
};

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
	.dump_head = dump_head,
	.members = members,
	.create = create,
};
