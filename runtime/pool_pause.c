/* SPDX-License-Identifier: MIT */
/*
 * Pausing, draining and removing pools.
 *
 * A claim asks in its own write transaction whether the pool is paused, so that none follows the commit of a pause.
 * What was claimed before, and has not begun, is given back by the pause (recall.h), and does not begin either.
 */
#include "pool_settings.h"

#include "base/clock.h"
#include "base/error.h"
#include "layer.h"
#include "process_key.h"
#include "recall.h"
#include "running.h"
#include "worker_pause.h"

#include <pkstore/process.h>
#include <pkstore/transaction.h>

#include <string.h>

/* Lots have members of which the store does not say that they have begun. */
static int recall_pool(struct pks_store *store, const char *pool)
{
	struct running_list list;
	int r = running_read(store, &list);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.count && r == 0; i++)
		if (!list.items[i].state.entered && strcmp(list.items[i].pool, pool) == 0)
			r = recall_worker(store, &list.items[i].state.worker);
	running_release(&list);
	return r;
}

static int pause_pool(struct pks_store *store, void *arg)
{
	const char *pool = arg;
	struct pks_value yes = {0};
	int r = pool_register(store, pool);

	if (r == 0 && pool_is_paused(store, pool))
		return 0;
	if (r == 0)
		r = pks_value_pack(&yes, "b", 1);
	if (r == 0)
		r = pool_setting_set(store, pool, POOL_SETTING_PAUSED, &yes);
	if (r == 0)
		r = recall_pool(store, pool);
	pks_value_clear(&yes);
	return r;
}

static int resume_pool(struct pks_store *store, void *arg)
{
	const char *pool = arg;
	int r = pool_register(store, pool);

	if (r == 0)
		r = pool_setting_del(store, pool, POOL_SETTING_PAUSED);
	if (r == PKS_NOT_FOUND)
		return 0;
	return r == 0 ? pool_tell(store, pool) : r;
}

static int change(struct pks_store *store, const char *pool, int (*fn)(struct pks_store *store, void *arg))
{
	const char *name = pool_name(pool);

	return name ? pks_atomically(store, fn, (void *)(uintptr_t)name) : PKS_ERR_PATH;
}

int pks_pool_pause(struct pks_store *store, const char *pool)
{
	return change(store, pool, pause_pool);
}

int pks_pool_resume(struct pks_store *store, const char *pool)
{
	return change(store, pool, resume_pool);
}

/* ---- drain ---- */

/* One of those that run in the pool: PKS_NOT_FOUND when none does. PKS_ERR_USAGE when this handler itself does. */
static int find_running(struct pks_store *store, const char *pool, struct pks_object **process_out)
{
	struct running_list list;
	struct pks_object *found = NULL;
	int r = running_read(store, &list);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.count && r == 0; i++) {
		if (strcmp(list.items[i].pool, pool) != 0)
			continue;
		pks_object_close(found);
		found = pks_object_from_id(store, list.items[i].id);
		if (found && worker_runs(found))
			r = error_set(PKS_ERR_USAGE, "a handler that waits for its own pool to be drained");
	}
	running_release(&list);
	if (r == 0 && found)
		*process_out = found;
	else
		pks_object_close(found);
	return r < 0 ? r : found ? 0 : PKS_NOT_FOUND;
}

static int left_ms(int64_t deadline)
{
	int64_t left = deadline == INT64_MAX ? 0 : (deadline - clock_monotonic()) / CLOCK_NS_PER_MS;

	if (deadline == INT64_MAX)
		return -1;
	return left < 0 ? 0 : (int)left;
}

/* What ends and is dropped before it is waited for has ended. */
static int join_one(struct pks_object *process, int64_t deadline)
{
	int r = pks_process_join(process, left_ms(deadline));

	pks_object_close(process);
	return r == PKS_ERR_GONE ? 0 : r;
}

static int check_drain(struct pks_store *store, const char *pool)
{
	struct pks_object *process = NULL;
	int r;

	if (layer_in_transaction(store))
		return error_set(PKS_ERR_USAGE,
				 "waiting inside a transaction or snapshot, in which nothing would change");
	r = pool_check(store, pool);
	if (r != 0)
		return r;
	r = find_running(store, pool, &process);
	pks_object_close(process);
	return r < 0 ? r : 0;
}

int pks_pool_drain(struct pks_store *store, const char *pool, int timeout_ms)
{
	const char *name = pool_name(pool);
	int64_t deadline = clock_deadline(timeout_ms);
	struct pks_object *process;
	int r;

	if (!name)
		return PKS_ERR_PATH;
	if (!store)
		return error_again();
	r = check_drain(store, name);
	if (r == 0)
		r = change(store, name, pause_pool);
	while (r == 0) {
		r = find_running(store, name, &process);
		if (r == 0)
			r = join_one(process, deadline);
	}
	return r == PKS_NOT_FOUND && pool_check(store, name) == 0 ? 0 : r;
}

/* ---- remove ---- */

static int check_idle(struct pks_store *store, const char *pool)
{
	struct process_key submitted = process_key_pool(pool);
	struct layer_index_entry entry;
	struct pks_object *process = NULL;
	int r = layer_index_first(store, submitted.bytes, submitted.size, &entry);

	if (r == PKS_NOT_FOUND)
		r = find_running(store, pool, &process);
	pks_object_close(process);
	if (r == 0 || r == PKS_ERR_USAGE)
		return error_set(PKS_ERR_STATE, "pool %s: there is something to be run, or running, in it", pool);
	return r == PKS_NOT_FOUND ? 0 : r;
}

static int remove_pool(struct pks_store *store, void *arg)
{
	static const char *const settings[] = {POOL_SETTING_SIZE, POOL_SETTING_PAUSED, POOL_SETTING_OUTFIT,
					       POOL_SETTING_CHANNEL};
	const char *pool = arg;
	int r = pool_check(store, pool);

	if (r == 0)
		r = check_idle(store, pool);
	/* While it still has its channel. */
	if (r == 0)
		r = pool_tell(store, pool);
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings) && r == 0; i++) {
		r = pool_setting_del(store, pool, settings[i]);
		r = r == PKS_NOT_FOUND ? 0 : r;
	}
	return r;
}

int pks_pool_remove(struct pks_store *store, const char *pool)
{
	if (pool_name(pool) && strcmp(pool_name(pool), POOL_DEFAULT) == 0)
		return error_set(PKS_ERR_USAGE, "the pool " POOL_DEFAULT " is always there");
	return change(store, pool, remove_pool);
}

int pks_pool_each(struct pks_store *store, int (*each)(const char *name, void *arg), void *arg)
{
	int r = pks_snapshot_begin(store);

	if (r < 0)
		return r;
	r = pool_each(store, each, arg);
	pks_snapshot_end(store);
	return r;
}
