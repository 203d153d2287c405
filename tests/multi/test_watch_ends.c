/* SPDX-License-Identifier: MIT */
/* Functions for processes that end; and what forked children and handlers have of them, and of watches. */
#include "lib/child.h"
#include "lib/runtime.h"
#include "watched.h"

#include <criterion/criterion.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

TestSuite(watch_ends, .init = runtime_begin, .fini = runtime_end, .timeout = 100);

/* ---- processes that end ---- */

struct ended {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int calls, without_info;
	struct pks_process_info info;
	pthread_t thread;
	bool signals_blocked;
};

#define ENDED_INIT {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER}

static void note_end(struct pks_object *process, const struct pks_process_info *info, void *arg)
{
	struct ended *ended = arg;
	sigset_t set;

	pthread_sigmask(SIG_BLOCK, NULL, &set);
	pthread_mutex_lock(&ended->lock);
	ended->calls++;
	ended->without_info += info == NULL;
	if (info)
		ended->info = *info;
	ended->thread = pthread_self();
	ended->signals_blocked = sigismember(&set, SIGINT) == 1 && sigismember(&set, SIGCHLD) == 1;
	cr_expect_str_eq(pks_object_type(process), "process");
	pthread_cond_broadcast(&ended->changed);
	pthread_mutex_unlock(&ended->lock);
}

static void await_calls(struct ended *ended, int calls)
{
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE / 1000;
	pthread_mutex_lock(&ended->lock);
	while (ended->calls < calls && r == 0)
		r = pthread_cond_timedwait(&ended->changed, &ended->lock, &until);
	cr_assert_eq(ended->calls, calls, "%d calls, not %d", ended->calls, calls);
	pthread_mutex_unlock(&ended->lock);
}

Test(watch_ends, on_exit_is_called_once_with_the_final_state)
{
	struct pks_object *process = runtime_new("handlers:fail_with_7"), *barrier = runtime_new("handlers:nothing");
	struct ended ended = ENDED_INIT, later = ENDED_INIT;

	cr_assert_eq(pks_process_on_exit(process, note_end, &ended), 0, "%s", pks_error_message());
	cr_assert_eq(pks_process_start(process), 0);
	await_calls(&ended, 1);
	cr_expect_eq(ended.info.status, PKS_FAILED);
	cr_expect_eq(ended.info.exitcode, 7);
	cr_expect(ended.signals_blocked);
	cr_expect(!pthread_equal(ended.thread, pthread_self()));

	cr_assert_eq(pks_process_on_exit(process, note_end, &later), 0, "it had ended already");
	await_calls(&later, 1);
	cr_expect_eq(later.info.exitcode, 7);

	/* Calls are made one after the other: when this one was, no second one is still to come. */
	cr_assert_eq(pks_process_on_exit(barrier, note_end, &later), 0);
	cr_assert_eq(pks_process_start(barrier), 0);
	await_calls(&later, 2);
	cr_expect_eq(ended.calls, 1);
}

Test(watch_ends, on_exit_is_called_when_the_worker_was_killed)
{
	struct pks_object *process = runtime_new("handlers:hold");
	struct ended ended = ENDED_INIT;
	int64_t pid;

	cr_assert_eq(pks_process_on_exit(process, note_end, &ended), 0);
	cr_assert_eq(pks_process_start(process), 0);
	pid = runtime_await(process, "here");
	kill((pid_t)pid, SIGKILL);
	await_calls(&ended, 1);
	cr_expect_eq(ended.info.status, PKS_CRASHED);
	cr_expect_eq(ended.info.exitcode, -SIGKILL);
}

/* Nobody but the thread that waits for the end looks after the process then. */
Test(watch_ends, on_exit_is_called_when_the_supervisor_died_with_the_worker)
{
	struct pks_object *process = runtime_new("handlers:hold");
	struct ended ended = ENDED_INIT;
	int64_t pid, supervisor;

	cr_assert_eq(pks_process_on_exit(process, note_end, &ended), 0);
	cr_assert_eq(pks_process_start(process), 0);
	pid = runtime_await(process, "here");
	supervisor = runtime_supervisor();
	kill((pid_t)supervisor, SIGSTOP);
	kill((pid_t)pid, SIGKILL);
	kill((pid_t)supervisor, SIGKILL);
	await_calls(&ended, 1);
	cr_expect_eq(ended.info.status, PKS_CRASHED);
}

Test(watch_ends, on_exit_is_called_for_one_that_was_dropped)
{
	struct pks_object *process = runtime_new("handlers:nothing");
	struct ended ended = ENDED_INIT;

	cr_assert_eq(pks_process_on_exit(process, note_end, &ended), 0);
	cr_assert_eq(pks_object_drop(process), 0);
	await_calls(&ended, 1);
	cr_expect_eq(ended.without_info, 1);
}

Test(watch_ends, on_exit_can_be_taken_back_and_is_for_processes)
{
	struct pks_object *process = runtime_new("handlers:nothing");
	struct pks_object *dict = pks_dict_open(runtime_store, "d", PKS_MUST_CREATE);
	struct ended ended = ENDED_INIT, other = ENDED_INIT;

	cr_assert_eq(pks_process_on_exit(process, note_end, &ended), 0);
	cr_expect_eq(pks_process_cancel_exit(process, note_end, &other), PKS_NOT_FOUND);
	cr_expect_eq(pks_process_cancel_exit(process, note_end, &ended), 0);
	cr_expect_eq(pks_process_cancel_exit(process, note_end, &ended), PKS_NOT_FOUND);
	cr_assert_eq(pks_process_on_exit(process, note_end, &other), 0);
	cr_assert_eq(pks_process_start(process), 0);
	await_calls(&other, 1);
	cr_expect_eq(ended.calls, 0);
	cr_expect_eq(pks_process_on_exit(dict, note_end, &ended), PKS_ERR_TYPE);
	cr_expect_eq(pks_process_on_exit(process, NULL, &ended), PKS_ERR_USAGE);
	pks_begin(runtime_store);
	cr_expect_eq(pks_process_on_exit(process, note_end, &ended), PKS_ERR_USAGE);
	pks_abort(runtime_store);
}

static void close_and_open(struct pks_object *process, const struct pks_process_info *info, void *arg)
{
	struct pks_store *store = pks_object_store(process);

	pks_store_close(store);
	cr_expect_eq(pks_error_code(), PKS_ERR_USAGE);
	cr_expect_null(pks_store_open(pks_store_path(store), NULL));
	cr_expect_eq(pks_dict_setf(process, "seen", "i", 1), 0, "all else it may do");
	note_end(process, info, arg);
}

Test(watch_ends, a_function_on_the_librarys_thread_opens_and_closes_no_stores)
{
	struct pks_object *process = runtime_run("handlers:nothing");
	struct ended ended = ENDED_INIT;
	int seen = 0;

	cr_assert_eq(pks_process_on_exit(process, close_and_open, &ended), 0);
	await_calls(&ended, 1);
	cr_expect_eq(pks_dict_getf(process, "seen", "i", &seen), 0);
	cr_expect_eq(seen, 1);
}

Test(watch_ends, many_ends_are_all_told_once)
{
	enum { MANY = 200 };
	struct ended ended = ENDED_INIT;

	for (int i = 0; i < MANY; i++) {
		struct pks_object *process = runtime_new("handlers:nothing");

		cr_assert_eq(pks_process_on_exit(process, note_end, &ended), 0);
		cr_assert_eq(pks_process_start(process), 0);
		pks_object_close(process);
	}
	await_calls(&ended, MANY);
	cr_expect_eq(ended.without_info, 0);
}

Test(watch_ends, dispatch_calls_on_exit_in_its_own_thread)
{
	struct pks_object *process = runtime_new("handlers:fail_with_7");
	struct ended ended = ENDED_INIT;
	struct pks_watch *watch = new_watch();
	int fd = descriptor_of(watch);

	cr_assert_eq(pks_watch_on_exit(watch, process, note_end, &ended, NULL), 0);
	cr_assert_eq(pks_process_start(process), 0);
	cr_expect(readable(fd, PATIENCE));
	cr_expect_eq(ended.calls, 0);
	cr_expect_eq(pks_watch_dispatch(watch), 0);
	cr_expect_eq(ended.calls, 1);
	cr_expect_eq(ended.info.exitcode, 7);
	cr_expect(pthread_equal(ended.thread, pthread_self()));
	cr_expect_eq(pks_watch_dispatch(watch), PKS_EMPTY);
	cr_expect(!readable(fd, 0));
	pks_watch_free(watch);
}

/* ---- forked children ---- */

static struct pks_watch *inherited;

static int use_inherited(void *arg)
{
	struct pks_object *process = arg;
	size_t which;
	int fd, r = 0;

	r |= pks_watch_wait(inherited, -1, &which) != PKS_ERR_FORKED;
	r |= pks_watch_dispatch(inherited) != PKS_ERR_FORKED;
	r |= pks_watch_fd(inherited, &fd) != PKS_ERR_FORKED;
	r |= pks_watch_new(runtime_store) != NULL;
	r |= pks_process_on_exit(process, note_end, NULL) != PKS_ERR_FORKED;
	pks_watch_free(inherited);
	pks_store_close(runtime_store);
	return r;
}

Test(watch_ends, a_forked_child_is_refused_and_hurts_nobody)
{
	struct pks_object *process = runtime_new("handlers:nothing");
	struct ended ended = ENDED_INIT;
	int fd;

	inherited = new_watch();
	fd = descriptor_of(inherited);
	cr_assert_eq(pks_watch_process(inherited, process, NULL), 0);
	cr_assert_eq(pks_process_on_exit(process, note_end, &ended), 0);
	for (int i = 0; i < 20; i++)
		cr_expect_eq(child_wait(child_start(use_inherited, process)), 0);
	cr_assert_eq(pks_process_start(process), 0);
	cr_expect(readable(fd, PATIENCE));
	expect_told(inherited, AT_ONCE, 0);
	await_calls(&ended, 1);
	pks_watch_free(inherited);
}

/* ---- inside a handler ---- */

Test(watch_ends, what_a_handler_asked_for_ends_with_it)
{
	struct pks_object *process = runtime_new("handlers:watch_and_return"), *other = runtime_new("handlers:nothing");

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	pks_dict_setf(process, "other", "o", other);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_start(other), 0);
	runtime_join(other);
	runtime_expect_well();
	cr_expect_eq(pks_dict_contains(other, "called"), PKS_NOT_FOUND);
}
