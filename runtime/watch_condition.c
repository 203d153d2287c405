/* SPDX-License-Identifier: MIT */
/* What a watch waits for: whether it holds, and what counts as told. */
#include "watch.h"

#include "layer.h"
#include "record.h"

#include <pkstore/event.h>
#include <pkstore/log.h>
#include <pkstore/transaction.h>

#include <stdlib.h>

/* ---- an object's version ---- */

static int look_at_change(struct condition *condition, uint64_t version, bool tell)
{
	if (version == condition->version)
		return PKS_TIMED_OUT;
	if (tell)
		condition->version = version;
	return 0;
}

/* ---- a Dict's key ---- */

static bool same_value(const struct pks_value *a, const struct pks_value *b)
{
	if (!a->size || !b->size)
		return a->size == b->size;
	return pks_value_equal(a, b) == 0;
}

static int tell_value(struct condition *condition, const struct pks_value *value)
{
	struct pks_value copy = {0};
	int r = value->size ? pks_value_copy(value, &copy) : 0;

	if (r < 0)
		return r;
	pks_value_clear(&condition->value);
	condition->value = copy;
	return 0;
}

/* As long as the Dict has the version of the last look the key need not be looked up. */
static int look_at_key(struct condition *condition, uint64_t version, bool versioned, bool tell)
{
	struct pks_value value = {0};
	int r;

	if (versioned && version == condition->version)
		return PKS_TIMED_OUT;
	r = pks_dict_get(condition->object, condition->key, &value);
	if (r < 0)
		return r;
	if (same_value(&value, &condition->value)) {
		condition->version = version;
		return PKS_TIMED_OUT;
	}
	r = tell ? tell_value(condition, &value) : 0;
	if (r == 0 && tell)
		condition->version = version;
	return r;
}

/* ---- Logs, Queues, Events, processes ---- */

static int look_at_log(struct condition *condition, bool tell)
{
	uint64_t next;
	int r = pks_log_positions(condition->object, NULL, &next);

	if (r < 0)
		return r;
	if (next <= condition->position)
		return PKS_TIMED_OUT;
	if (tell)
		condition->position = next;
	return 0;
}

static int look_at_event(struct condition *condition)
{
	bool set;
	int r = pks_event_is_set(condition->object, &set);

	if (r < 0)
		return r;
	return set ? 0 : PKS_TIMED_OUT;
}

static int look_at_process(struct condition *condition, bool tell)
{
	struct process_state state;
	int r = record_read(condition->object, &state);

	if (r < 0)
		return r;
	if (!process_state_is_terminal(state.status))
		return PKS_TIMED_OUT;
	if (tell)
		condition->spent = true;
	return 0;
}

static int look_in_snapshot(struct condition *condition, bool tell)
{
	struct pks_object_info info;
	int r;

	if (condition->kind == WATCH_PROCESS)
		return look_at_process(condition, tell);
	if (condition->kind == WATCH_EVENT)
		return look_at_event(condition);
	if (condition->kind == WATCH_LOG)
		return look_at_log(condition, tell);
	r = pks_object_info(condition->object, &info);
	if (r < 0)
		return r;
	if (condition->kind == WATCH_QUEUE)
		return info.count > 0 ? 0 : PKS_TIMED_OUT;
	if (condition->kind == WATCH_KEY)
		return look_at_key(condition, info.version, info.versioned, tell);
	return look_at_change(condition, info.version, tell);
}

int condition_look(struct condition *condition, bool tell)
{
	struct pks_store *store;
	int r;

	if (condition->spent)
		return PKS_TIMED_OUT;
	store = pks_object_store(condition->object);
	r = pks_snapshot_begin(store);
	if (r < 0)
		return r;
	r = look_in_snapshot(condition, tell);
	pks_snapshot_end(store);
	if (r == PKS_ERR_GONE && tell)
		condition->spent = true;
	return r;
}

/* A Log's position is the caller's to say; a Queue, an Event and a process have no past that was told. */
int condition_begin(struct condition *condition)
{
	struct pks_store *store = pks_object_store(condition->object);
	struct pks_value value = {0};
	int r = pks_snapshot_begin(store);

	if (r < 0)
		return r;
	r = pks_object_version(condition->object, &condition->version);
	if (r == 0 && condition->kind == WATCH_KEY)
		r = pks_dict_get(condition->object, condition->key, &value);
	if (r >= 0 && condition->kind == WATCH_KEY)
		r = tell_value(condition, &value);
	pks_snapshot_end(store);
	return r;
}

void condition_release(struct condition *condition)
{
	pks_object_close(condition->object);
	pks_value_clear(&condition->value);
	free(condition->key);
	condition->object = NULL;
	condition->key = NULL;
	condition->fn = NULL;
	condition->exit_fn = NULL;
	condition->spent = true;
}

bool condition_needs_care(const struct condition *condition)
{
	return (condition->kind == WATCH_PROCESS || condition->kind == WATCH_QUEUE) && !condition->spent;
}
