/* SPDX-License-Identifier: MIT */
/* Watches, as their user sees them: conditions, waiting for them, functions that are called. */
#include "watch.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fork.h"
#include "layer.h"
#include "record.h"
#include "worker_pause.h"

#include <pkstore/event.h>
#include <pkstore/log.h>
#include <pkstore/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often a waiter looks after the processes that it waits for, as await.c does. */
#define CARE_EVERY_NS (200 * CLOCK_NS_PER_MS)

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

static int enter(struct pks_watch *watch)
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
	int r = enter(watch);

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
	int r = enter(watch);

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
	int r = enter(watch);

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

/* ---- looking ---- */

uint32_t watch_bits(const struct pks_watch *watch)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < watch->count; i++)
		if (!watch->conditions[i]->spent)
			bits |= layer_change_bit(pks_object_id(watch->conditions[i]->object));
	return bits;
}

int watch_look(struct pks_watch *watch, bool tell, size_t *which_out)
{
	for (size_t n = 0; n < watch->count; n++) {
		size_t which = (watch->turn + n) % watch->count;
		struct condition *condition = watch->conditions[which];
		int r;

		r = condition_look(condition, tell);
		if (r == PKS_TIMED_OUT)
			continue;
		*which_out = which;
		if (tell)
			watch->turn = which + 1;
		return r;
	}
	return PKS_TIMED_OUT;
}

/* Whatever was told or ended by it, the descriptor says whether there is more. */
static int look_and_settle(struct pks_watch *watch, size_t *which_out)
{
	size_t more;
	int r;

	watcher_raise(watch, false);
	r = watch_look(watch, true, which_out);
	if (watch->fd >= 0)
		watcher_raise(watch, watch_look(watch, false, &more) != PKS_TIMED_OUT);
	return r;
}

/* ---- waiting ---- */

static bool any_process(const struct pks_watch *watch)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->conditions[i]->kind == WATCH_PROCESS && !watch->conditions[i]->spent)
			return true;
	return false;
}

/* A watch has one user at a time: its list does not change meanwhile, so only what the thread reads is locked. */
static void care(struct pks_watch *watch)
{
	for (size_t i = 0; i < watch->count; i++) {
		struct condition *condition = watch->conditions[i];

		if (condition_needs_care(condition))
			watcher_care(watch->watcher->store, pks_object_id(condition->object), &condition->dead_since);
	}
}

static int look_locked(struct pks_watch *watch, size_t *which_out, uint32_t *bits_out)
{
	int r = enter(watch);

	if (r < 0)
		return r;
	r = look_and_settle(watch, which_out);
	*bits_out = watch_bits(watch);
	watcher_leave(watch->watcher);
	return r;
}

static int wait_for_it(struct pks_watch *watch, int64_t deadline, size_t *which_out)
{
	struct pks_store *store = watch->watcher->store;
	int64_t next_care = 0;
	uint32_t bits;
	int r;

	for (;;) {
		uint32_t word = layer_changes(store);
		int64_t now;

		r = look_locked(watch, which_out, &bits);
		now = clock_monotonic();
		if (r != PKS_TIMED_OUT || now >= deadline)
			return r;
		if (now >= next_care) {
			care(watch);
			next_care = now + CARE_EVERY_NS;
		}
		layer_changes_wait(store, word, bits, deadline < next_care ? deadline : next_care);
	}
}

int pks_watch_wait(struct pks_watch *watch, int timeout_ms, size_t *which_out)
{
	int64_t deadline = clock_deadline(timeout_ms);
	struct pks_store *store;
	bool paused = false;
	uint32_t bits;
	int r = enter(watch);

	if (r < 0)
		return r;
	store = watch->watcher->store;
	watcher_leave(watch->watcher);
	r = look_locked(watch, which_out, &bits);
	if (r == PKS_TIMED_OUT && timeout_ms != 0) {
		paused = any_process(watch) && worker_pause(store);
		r = wait_for_it(watch, deadline, which_out);
	}
	if (paused)
		worker_resume(store);
	return r == PKS_TIMED_OUT ? error_set(r, "%s: the timeout passed", pks_store_path(store)) : r;
}

/* ---- functions ---- */

/* What one look found, so that the call needs no lock. */
struct told {
	size_t which;
	pks_watch_fn fn;
	pks_exit_fn exit_fn;
	void *arg;
	struct pks_object *process; /* a handle of its own: the function may remove the condition */
};

static void call(struct pks_watch *watch, struct told *told)
{
	struct pks_process_info info;

	if (told->fn)
		told->fn(watch, told->which, told->arg);
	if (told->exit_fn)
		told->exit_fn(told->process, pks_process_info(told->process, &info) == 0 ? &info : NULL, told->arg);
	pks_object_close(told->process);
}

/* A process that was dropped has ended, too; what else was dropped ends without a call. */
static int take_locked(struct condition *condition, struct told *told_out)
{
	int r = condition->fn || condition->exit_fn ? condition_look(condition, true) : PKS_TIMED_OUT;

	if (r == PKS_ERR_GONE)
		r = condition->exit_fn ? 0 : PKS_TIMED_OUT;
	if (r != 0)
		return r;
	told_out->fn = condition->fn;
	told_out->exit_fn = condition->exit_fn;
	told_out->arg = condition->arg;
	told_out->process = NULL;
	if (condition->exit_fn) {
		told_out->process = condition->object;
		condition->object = NULL;
		condition_release(condition);
	}
	return 0;
}

static int take(struct pks_watch *watch, size_t which, struct told *told_out)
{
	int r = enter(watch);

	if (r < 0)
		return r;
	told_out->which = which;
	r = take_locked(watch->conditions[which], told_out);
	watcher_leave(watch->watcher);
	return r;
}

/* Lowers the descriptor before the looks; after them it says whether there is more. */
static int settle_fd(struct pks_watch *watch, bool before, size_t *count_out)
{
	size_t which;
	int r = enter(watch);

	if (r < 0)
		return r;
	if (before)
		watcher_raise(watch, false);
	else if (watch->fd >= 0 && watch_look(watch, false, &which) != PKS_TIMED_OUT)
		watcher_raise(watch, true);
	*count_out = watch->count;
	watcher_leave(watch->watcher);
	return 0;
}

/* Each of those that are there now is called once at most: a Queue that is not emptied would else be told for ever. */
int pks_watch_dispatch(struct pks_watch *watch)
{
	size_t count, calls = 0;
	struct told told;
	int r = settle_fd(watch, true, &count), failed = r;

	for (size_t which = 0; failed == 0 && which < count; which++) {
		r = take(watch, which, &told);
		if (r == 0) {
			call(watch, &told);
			calls++;
		} else if (r != PKS_TIMED_OUT) {
			failed = r;
		}
	}
	if (failed == 0)
		failed = settle_fd(watch, false, &count);
	if (failed < 0)
		return failed;
	return calls > 0 ? 0 : PKS_EMPTY;
}

/* ---- the descriptor ---- */

static int open_locked(struct pks_watch *watch)
{
	size_t which;
	int r;

	watch->fd = watcher_open_fd();
	if (watch->fd < 0)
		return error_errno(errno, "a descriptor for a watch");
	r = watcher_start(watch->watcher);
	if (r < 0) {
		close(watch->fd);
		watch->fd = -1;
		return r;
	}
	watcher_raise(watch, watch_look(watch, false, &which) != PKS_TIMED_OUT);
	watcher_kick(watch->watcher);
	return 0;
}

int pks_watch_fd(struct pks_watch *watch, int *fd_out)
{
	int r = enter(watch);

	if (r < 0)
		return r;
	if (watch->fd < 0)
		r = open_locked(watch);
	if (r == 0)
		*fd_out = watch->fd;
	watcher_leave(watch->watcher);
	return r;
}
