/* SPDX-License-Identifier: MIT */
/* Looking at a watch's conditions, and waiting for them: in a call, or by a descriptor. */
#include "watch.h"

#include "base/clock.h"
#include "base/error.h"
#include "layer.h"
#include "worker_pause.h"

#include <errno.h>
#include <unistd.h>

/* How often a waiter looks after the processes that it waits for, as await.c does. */
#define CARE_EVERY_NS (200 * CLOCK_NS_PER_MS)

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
	int r = watch_enter(watch);

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
	int r = watch_enter(watch);

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
	int r = watch_enter(watch);

	if (r < 0)
		return r;
	if (watch->fd < 0)
		r = open_locked(watch);
	if (r == 0)
		*fd_out = watch->fd;
	watcher_leave(watch->watcher);
	return r;
}
