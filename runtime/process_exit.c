/* SPDX-License-Identifier: MIT */
/* Functions that are called when processes end: asking for them. The watcher's thread calls them. */
#include "watch.h"

#include "base/error.h"
#include "layer.h"
#include "record.h"

#include <stdlib.h>

static struct exit_call *new_call(struct pks_object *process, pks_exit_fn fn, void *arg)
{
	struct exit_call *call = calloc(1, sizeof(*call));

	if (!call) {
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	*call = (struct exit_call){.condition = {.kind = WATCH_PROCESS}, .fn = fn, .arg = arg};
	call->condition.object = layer_object_open(pks_object_store(process), pks_object_id(process));
	if (call->condition.object)
		return call;
	free(call);
	return NULL;
}

static int add_call(struct watcher *watcher, struct pks_object *process, pks_exit_fn fn, void *arg)
{
	struct exit_call *call;
	int r = watcher_start(watcher);

	if (r < 0)
		return r;
	call = new_call(process, fn, arg);
	if (!call)
		return pks_error_code();
	call->next = watcher->calls;
	watcher->calls = call;
	watcher_kick(watcher);
	return 0;
}

int pks_process_on_exit(struct pks_object *process, pks_exit_fn fn, void *arg)
{
	struct watcher *watcher;
	int r = layer_check(process, RECORD_TYPE);

	if (r == 0 && !fn)
		r = error_set(PKS_ERR_USAGE, "the function to be called is missing");
	if (r < 0)
		return r;
	watcher = watcher_of(pks_object_store(process));
	r = watcher ? watcher_enter(watcher) : pks_error_code();
	if (r < 0)
		return r;
	r = add_call(watcher, process, fn, arg);
	watcher_leave(watcher);
	return r;
}

static struct exit_call *take_back(struct watcher *watcher, uint64_t id, pks_exit_fn fn, const void *arg)
{
	for (struct exit_call **at = &watcher->calls; *at; at = &(*at)->next) {
		struct exit_call *call = *at;

		if (call->fn == fn && call->arg == arg && pks_object_id(call->condition.object) == id) {
			*at = call->next;
			return call;
		}
	}
	return NULL;
}

int pks_process_cancel_exit(struct pks_object *process, pks_exit_fn fn, void *arg)
{
	struct exit_call *call;
	struct watcher *watcher;
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	watcher = watcher_of(pks_object_store(process));
	r = watcher ? watcher_enter(watcher) : pks_error_code();
	if (r < 0)
		return r;
	call = take_back(watcher, pks_object_id(process), fn, arg);
	if (call) {
		condition_release(&call->condition);
		free(call);
	}
	watcher_leave(watcher);
	return call ? 0 : error_tell(PKS_NOT_FOUND, layer_path(process), "there is no such function to be called");
}
