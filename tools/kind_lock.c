/* SPDX-License-Identifier: MIT */
/* Lock and RLock. A loaded one is free: who held it does not come back. */
#include "fail.h"
#include "print.h"
#include "sync_json.h"

#include <pkstore/lock.h>

static void stat_print(struct pks_object *lock, const char *path)
{
	struct pks_lock_info info;

	fail_if(pks_lock_info(lock, &info), path);
	if (info.depth > 1)
		print_format("depth       %llu\n", (unsigned long long)info.depth);
	sync_print(lock, path);
}

static void stat_json(struct writer *w, struct pks_object *lock, const char *path)
{
	struct pks_lock_info info;

	fail_if(pks_lock_info(lock, &info), path);
	writer_pair_uint(w, "depth", info.depth);
	sync_pair_bool(w, "owner_died", info.owner_died);
	sync_json(w, lock, path);
}

static void state(struct pks_object *lock, const char *path, char text_out[KIND_STATE_SIZE])
{
	sync_state(lock, path, text_out);
}

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	return pks_lock_open(store, path, PKS_MUST_CREATE);
}

static struct pks_object *create_rlock(struct pks_store *store, const char *path, const char *target)
{
	return pks_rlock_open(store, path, PKS_MUST_CREATE);
}

const struct kind kind_lock = {
	.type = "lock",
	.get_all = sync_get,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.create = create,
};

const struct kind kind_rlock = {
	.type = "rlock",
	.get_all = sync_get,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.create = create_rlock,
};
