/* SPDX-License-Identifier: MIT */
/* The watcher of a store: its thread, and the descriptors that it raises. */
#include "watch.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fork.h"
#include "layer.h"

#include <pkstore/transaction.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How often to look after the processes that are waited for, as await.c does. */
#define CARE_EVERY_NS (200 * CLOCK_NS_PER_MS)

/* ---- the store's watcher ---- */

static void destroy(struct watcher *watcher)
{
	pthread_cond_destroy(&watcher->idle);
	pthread_cond_destroy(&watcher->called);
	pthread_mutex_destroy(&watcher->lock);
	free(watcher);
}

void watcher_drop(struct watcher *watcher)
{
	bool last = --watcher->refs == 0;

	pthread_mutex_unlock(&watcher->lock);
	if (last)
		destroy(watcher);
}

static void free_calls(struct watcher *watcher)
{
	while (watcher->calls) {
		struct exit_call *next = watcher->calls->next;

		condition_release(&watcher->calls->condition);
		free(watcher->calls);
		watcher->calls = next;
	}
}

/* Watches outlive their store, as iterators do: only their owners free them. */
static void end_watch(struct pks_watch *watch)
{
	for (size_t i = 0; i < watch->count; i++)
		condition_release(watch->conditions[i]);
	watch->link = NULL;
}

static void stop_thread(struct watcher *watcher)
{
	pthread_mutex_lock(&watcher->lock);
	watcher->stopping = true;
	watcher_kick(watcher);
	pthread_mutex_unlock(&watcher->lock);
	if (watcher->started)
		pthread_join(watcher->thread, NULL);
}

/*
 * At the store's close. In a forked child there is no thread, and nothing here is ours to lock or free: the watches
 * that are left may be freed by their owners.
 */
static void release(void *data)
{
	struct watcher *watcher = data;

	if (watcher->fork_mark != fork_current())
		return;
	stop_thread(watcher);
	pthread_mutex_lock(&watcher->lock);
	free_calls(watcher);
	for (struct pks_watch *watch = watcher->watches, *next; watch; watch = next) {
		next = watch->next;
		end_watch(watch);
	}
	watcher->watches = NULL;
	watcher->store = NULL;
	watcher_drop(watcher);
}

/* That it is open here, which a forked child's is not. */
static int check_store(struct pks_store *store)
{
	int r = pks_snapshot_begin(store);

	return r < 0 ? r : pks_snapshot_end(store);
}

struct watcher *watcher_of(struct pks_store *store)
{
	struct watcher *watcher, *set;

	if (check_store(store) < 0)
		return NULL;
	watcher = layer_data(store, LAYER_WATCH);
	if (watcher)
		return watcher;
	watcher = calloc(1, sizeof(*watcher));
	if (!watcher) {
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&watcher->lock, NULL);
	pthread_cond_init(&watcher->idle, NULL);
	pthread_cond_init(&watcher->called, NULL);
	watcher->store = store;
	watcher->fork_mark = fork_current();
	watcher->refs = 1;
	set = layer_set_data(store, LAYER_WATCH, watcher, release);
	if (set != watcher)
		destroy(watcher);
	return set;
}

int watcher_enter(struct watcher *watcher)
{
	if (watcher->fork_mark != fork_current())
		return error_set(PKS_ERR_FORKED, "a watch that was made before fork()");
	pthread_mutex_lock(&watcher->lock);
	if (watcher->store && !layer_in_transaction(watcher->store))
		return 0;
	pthread_mutex_unlock(&watcher->lock);
	if (!watcher->store)
		return error_set(PKS_ERR_USAGE, "the watch's store is closed");
	return error_set(PKS_ERR_USAGE, "%s: watching inside a transaction or snapshot would never see a change",
	                 pks_store_path(watcher->store));
}

void watcher_leave(struct watcher *watcher)
{
	pthread_mutex_unlock(&watcher->lock);
}

/* ---- descriptors ---- */

int watcher_open_fd(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/* Neither can fail: the counter is never more than 1, and reading one that is 0 leaves it so. */
void watcher_raise(struct pks_watch *watch, bool raised)
{
	uint64_t count = 1;
	ssize_t done = 0;

	if (watch->fd < 0 || watch->raised == raised)
		return;
	watch->raised = raised;
	if (raised)
		done = write(watch->fd, &count, sizeof(count));
	else
		done = read(watch->fd, &count, sizeof(count));
	(void)done;
}

/* ---- the thread ---- */

static void look_at_watches(struct watcher *watcher)
{
	for (struct pks_watch *watch = watcher->watches; watch; watch = watch->next) {
		size_t which;

		if (watch->fd < 0)
			continue;
		watcher->bits |= watch_bits(watch);
		if (!watch->raised && watch_look(watch, false, &which) != PKS_TIMED_OUT)
			watcher_raise(watch, true);
	}
}

/* The first call whose process has ended, taken from the list; NULL: none. */
static struct exit_call *take_call(struct watcher *watcher)
{
	for (struct exit_call **at = &watcher->calls; *at; at = &(*at)->next) {
		struct exit_call *call = *at;
		int r = condition_look(&call->condition, true);

		if (r == 0 || r == PKS_ERR_GONE) {
			*at = call->next;
			return call;
		}
		watcher->bits |= layer_change_bit(pks_object_id(call->condition.object));
	}
	return NULL;
}

/* Without the lock. */
static void make_call(struct exit_call *call)
{
	struct pks_object *process = call->condition.object;
	struct pks_process_info info;

	call->fn(process, pks_process_info(process, &info) == 0 ? &info : NULL, call->arg);
	condition_release(&call->condition);
	free(call);
}

/*
 * Looks at everything, and calls what is to be called; false when something was called, so that all may have changed.
 */
static bool look_around(struct watcher *watcher)
{
	struct exit_call *call;

	watcher->bits = 0;
	look_at_watches(watcher);
	call = take_call(watcher);
	if (!call)
		return true;
	watcher->calling = true;
	pthread_mutex_unlock(&watcher->lock);
	make_call(call);
	pthread_mutex_lock(&watcher->lock);
	watcher->calling = false;
	pthread_cond_broadcast(&watcher->called);
	return false;
}

static bool has_work(const struct watcher *watcher)
{
	for (const struct pks_watch *watch = watcher->watches; watch; watch = watch->next)
		if (watch->fd >= 0 && watch_bits(watch) != 0)
			return true;
	return watcher->calls != NULL;
}

static void *run(void *arg)
{
	struct watcher *watcher = arg;
	struct patients patients = {0};
	int64_t next_care = 0;

	layer_library_thread();
	pthread_mutex_lock(&watcher->lock);
	while (!watcher->stopping) {
		uint32_t word, bits;

		if (!has_work(watcher)) {
			pthread_cond_wait(&watcher->idle, &watcher->lock);
			continue;
		}
		word = layer_changes(watcher->store);
		if (!look_around(watcher))
			continue;
		if (clock_monotonic() >= next_care) {
			watcher_care_for_all(watcher, &patients);
			next_care = clock_monotonic() + CARE_EVERY_NS;
			continue; /* what was added meanwhile was not looked at */
		}
		bits = watcher->bits;
		pthread_mutex_unlock(&watcher->lock);
		layer_changes_wait(watcher->store, word, bits, next_care);
		pthread_mutex_lock(&watcher->lock);
	}
	pthread_mutex_unlock(&watcher->lock);
	free(patients.items);
	return NULL;
}

/* Whoever handles signals in the program must not get them here. */
int watcher_start(struct watcher *watcher)
{
	sigset_t all, before;
	int code;

	if (watcher->started)
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&watcher->thread, NULL, run, watcher);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code != 0)
		return error_set(PKS_ERR_IO, "no thread to watch with: %s", strerror(code));
	watcher->started = true;
	return 0;
}

/* It sleeps on the one or on the other: it has read the word before it gave up the lock. */
void watcher_kick(struct watcher *watcher)
{
	if (!watcher->started)
		return;
	pthread_cond_signal(&watcher->idle);
	layer_changes_post(watcher->store, watcher->bits);
}

/* ---- a handler has returned ---- */

void watcher_forget(struct pks_store *store)
{
	struct watcher *watcher = layer_data(store, LAYER_WATCH);

	if (!watcher)
		return;
	pthread_mutex_lock(&watcher->lock);
	free_calls(watcher);
	while (watcher->calling)
		pthread_cond_wait(&watcher->called, &watcher->lock);
	free_calls(watcher); /* that were asked for by the last one */
	while (watcher->watches) {
		struct pks_watch *watch = watcher->watches;

		watcher->watches = watch->next;
		if (watch->next)
			watch->next->link = &watcher->watches;
		watch_destroy(watch);
		watcher->refs--;
	}
	pthread_mutex_unlock(&watcher->lock);
}
