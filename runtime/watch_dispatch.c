/* SPDX-License-Identifier: MIT */
/* Calling the functions of the conditions that hold. */
#include "watch.h"

#include "base/error.h"

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
	int r = watch_enter(watch);

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
	int r = watch_enter(watch);

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
	return calls > 0 ? 0 : error_set(PKS_EMPTY, "no condition of the watch holds");
}
