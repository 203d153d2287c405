/* SPDX-License-Identifier: MIT */
/* Watches, as their user sees them: making them, and the conditions in them. */
#include "watch.h"

#include "base/error.h"
#include "base/fork.h"
#include "layer.h"
#include "record.h"

#include <pkstore/event.h>
#include <pkstore/log.h>
#include <pkstore/queue.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pks_watch *pks_watch_new(struct pks_store *store)
{
	struct watcher *watcher = watcher_of(store);
	struct pks_watch *watch = watcher ? calloc(1, sizeof(*watch)) : NULL;

	if (!watcher)
		return NULL;
	if (!watch) {
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	watch->watcher = watcher;
	watch->fd = -1;
	pthread_mutex_lock(&watcher->lock);
	watcher->refs++;
	watch->next = watcher->watches;
	watch->link = &watcher->watches;
	if (watch->next)
		watch->next->link = &watch->next;
	watcher->watches = watch;
	pthread_mutex_unlock(&watcher->lock);
	return watch;
}

void watch_destroy(struct pks_watch *watch)
{
	for (size_t i = 0; i < watch->count; i++) {
		condition_release(watch->conditions[i]);
		free(watch->conditions[i]);
	}
	free(watch->conditions);
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch);
}

/* In a forked child the lock may be held by a thread that is not there, and the list is the parent's. */
void pks_watch_free(struct pks_watch *watch)
{
	struct watcher *watcher = watch ? watch->watcher : NULL;

	if (!watch)
		return;
	if (watcher->fork_mark != fork_current()) {
		watch_destroy(watch);
		return;
	}
	pthread_mutex_lock(&watcher->lock);
	if (watch->link) {
		*watch->link = watch->next;
		if (watch->next)
			watch->next->link = watch->link;
	}
	watch_destroy(watch);
	watcher_drop(watcher);
}

int watch_enter(struct pks_watch *watch)
{
	return watch ? watcher_enter(watch->watcher) : error_again();
}

/* ---- conditions ---- */

static int make_room(struct pks_watch *watch)
{
	size_t room = watch->room ? 2 * watch->room : 8;
	struct condition **conditions;

	if (watch->count < watch->room)
		return 0;
	conditions = realloc(watch->conditions, room * sizeof(struct condition *));
	if (!conditions)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	watch->conditions = conditions;
	watch->room = room;
	return 0;
}

/* One of its own: the caller's handle may be closed at any time. */
static struct pks_object *keep_object(struct pks_watch *watch, struct pks_object *object)
{
	struct pks_store *store = watch->watcher->store;

	if (pks_object_store(object) != store) {
		error_set(PKS_ERR_USAGE, "%s: the object is of another store", pks_store_path(store));
		return NULL;
	}
	return layer_object_open(store, pks_object_id(object));
}

static int begin_condition(struct pks_watch *watch, struct pks_object *object, const char *key,
                           struct condition *condition)
{
	condition->object = keep_object(watch, object);
	if (!condition->object)
		return pks_error_code();
	if (condition->kind == WATCH_KEY) {
		condition->key = strdup(key);
		if (!condition->key)
			return error_set(PKS_ERR_MEMORY, "out of memory");
	}
	return condition_begin(condition);
}

/* What holds already is seen at once; only what is still to come is the thread's. */
static void announce(struct pks_watch *watch, const struct condition *condition)
{
	struct condition look = *condition;

	if (watch->fd < 0)
		return;
	if (condition_look(&look, false) != PKS_TIMED_OUT)
		watcher_raise(watch, true);
	watcher_kick(watch->watcher);
}

static int add_locked(struct pks_watch *watch, struct pks_object *object, const char *key,
                      const struct condition *model, size_t *which_out)
{
	struct condition *condition = malloc(sizeof(*condition));
	int r = make_room(watch);

	if (r == 0 && !condition)
		r = error_set(PKS_ERR_MEMORY, "out of memory");
	if (r == 0) {
		*condition = *model;
		r = begin_condition(watch, object, key, condition);
		if (r < 0)
			condition_release(condition);
	}
	if (r < 0) {
		free(condition);
		return r;
	}
	watch->conditions[watch->count] = condition;
	if (which_out)
		*which_out = watch->count;
	watch->count++;
	announce(watch, condition);
	return 0;
}

static int add(struct pks_watch *watch, struct pks_object *object, const char *key, const struct condition *model,
               size_t *which_out)
{
	int r = watch_enter(watch);

	if (r < 0)
		return r;
	r = add_locked(watch, object, key, model, which_out);
	watcher_leave(watch->watcher);
	return r;
}

int pks_watch_change(struct pks_watch *watch, struct pks_object *object, size_t *which_out)
{
	uint64_t version;
	int r = pks_object_version(object, &version);

	return r < 0 ? r : add(watch, object, NULL, &(struct condition){.kind = WATCH_CHANGE}, which_out);
}

/* Each is asked for what only its type can tell: so the messages are that type's own. */
int pks_watch_key(struct pks_watch *watch, struct pks_object *dict, const char *key, size_t *which_out)
{
	int r = pks_dict_contains(dict, key);

	return r < 0 ? r : add(watch, dict, key, &(struct condition){.kind = WATCH_KEY}, which_out);
}

int pks_watch_log(struct pks_watch *watch, struct pks_object *log, uint64_t position, size_t *which_out)
{
	struct condition model = {.kind = WATCH_LOG, .position = position};
	int r = pks_log_positions(log, NULL, NULL);

	return r < 0 ? r : add(watch, log, NULL, &model, which_out);
}

int pks_watch_queue(struct pks_watch *watch, struct pks_object *queue, size_t *which_out)
{
	uint64_t count;
	int r = pks_queue_count(queue, &count);

	return r < 0 ? r : add(watch, queue, NULL, &(struct condition){.kind = WATCH_QUEUE}, which_out);
}

int pks_watch_event(struct pks_watch *watch, struct pks_object *event, size_t *which_out)
{
	bool set;
	int r = pks_event_is_set(event, &set);

	return r < 0 ? r : add(watch, event, NULL, &(struct condition){.kind = WATCH_EVENT}, which_out);
}

int pks_watch_process(struct pks_watch *watch, struct pks_object *process, size_t *which_out)
{
	int r = layer_check(process, RECORD_TYPE);

	return r < 0 ? r : add(watch, process, NULL, &(struct condition){.kind = WATCH_PROCESS}, which_out);
}

int pks_watch_on_exit(struct pks_watch *watch, struct pks_object *process, pks_exit_fn fn, void *arg,
                      size_t *which_out)
{
	struct condition model = {.kind = WATCH_PROCESS, .exit_fn = fn, .arg = arg};
	int r = layer_check(process, RECORD_TYPE);

	if (r == 0 && !fn)
		r = error_set(PKS_ERR_USAGE, "the function to be called is missing");
	return r < 0 ? r : add(watch, process, NULL, &model, which_out);
}

static struct condition *find(struct pks_watch *watch, size_t which)
{
	return which < watch->count && watch->conditions[which]->object ? watch->conditions[which] : NULL;
}

int pks_watch_remove(struct pks_watch *watch, size_t which)
{
	struct condition *condition;
	int r = watch_enter(watch);

	if (r < 0)
		return r;
	condition = find(watch, which);
	if (condition)
		condition_release(condition);
	watcher_leave(watch->watcher);
	return condition ? 0 : error_set(PKS_NOT_FOUND, "the watch has no condition %zu", which);
}

int pks_watch_call(struct pks_watch *watch, size_t which, pks_watch_fn fn, void *arg)
{
	struct condition *condition;
	int r = watch_enter(watch);

	if (r < 0)
		return r;
	condition = find(watch, which);
	if (condition) {
		condition->fn = fn;
		condition->exit_fn = NULL;
		condition->arg = arg;
	}
	watcher_leave(watch->watcher);
	return condition ? 0 : error_set(PKS_NOT_FOUND, "the watch has no condition %zu", which);
}
