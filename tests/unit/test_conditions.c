/* SPDX-License-Identifier: MIT */
/*
 * Calls that answer a condition say what it is about, as those that fail do: no message of an earlier failure is left
 * for who prints it. Each row is a call that answers the code, and what its message must name.
 */
#include "base/error.h"
#include "engine.h"
#include "lib/child.h"
#include "lib/scratch.h"
#include "store.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <string.h>

#define ANSWERS(code, names, call)                                                                                     \
	do {                                                                                                           \
		error_set(PKS_ERR_IO, "an earlier failure");                                                           \
		expect((code), (names), (call), #call);                                                                \
	} while (0)

/* For calls that give a handle. */
#define NO_HANDLE(code, names, call) ANSWERS(code, names, (call) ? 0 : pks_error_code())

static void expect(int code, const char *names, int answer, const char *call)
{
	cr_expect_eq(answer, code, "%s: %d %s", call, answer, pks_error_message());
	cr_expect_eq(pks_error_code(), code, "%s: %d", call, pks_error_code());
	cr_expect_not_null(strstr(pks_error_message(), names), "%s: %s", call, pks_error_message());
}

static struct pks_store *store;
static const char *store_path;
static struct pks_value one, value;

static void open_store(const char *test)
{
	store_path = scratch_dir(test);
	store = pks_store_open(store_path, NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	cr_assert_eq(pks_value_pack(&one, "i", 1), 0);
}

static void close_store(void)
{
	pks_value_clear(&one);
	pks_store_close(store);
}

Test(conditions, of_paths)
{
	struct pks_object *dict;

	open_store("paths");
	dict = pks_dict_open(store, "a/dict", PKS_OPEN_OR_CREATE);
	NO_HANDLE(PKS_NOT_FOUND, "a/none", pks_object_open(store, "a/none"));
	NO_HANDLE(PKS_NOT_FOUND, "a/none", pks_dict_open(store, "a/none", PKS_MUST_EXIST));
	NO_HANDLE(PKS_NOT_FOUND, "a/none", pks_process_open(store, "a/none"));
	NO_HANDLE(PKS_NOT_FOUND, "a/none", pks_plain_open(store, "a/none", PKS_MUST_EXIST));
	NO_HANDLE(PKS_EXISTS, "a/dict", pks_dict_open(store, "a/dict", PKS_MUST_CREATE));
	NO_HANDLE(PKS_EXISTS, "a/dict", pks_process_new(store, "a/dict", "/m.so:f"));
	NO_HANDLE(PKS_EXISTS, "a/dict", pks_object_copy(dict, "a/dict"));
	ANSWERS(PKS_NOT_FOUND, "a/none", pks_object_exists(store, "a/none"));
	pks_object_close(pks_dict_open(store, "a/other", PKS_OPEN_OR_CREATE));
	ANSWERS(PKS_EXISTS, "a/other", pks_object_rename(dict, "a/other"));
	ANSWERS(PKS_NOT_FOUND, "none", pks_namespace_info(store, "none", &(struct pks_namespace_info){0}));
	ANSWERS(PKS_NOT_FOUND, "none", pks_namespace_drop(store, "none", NULL));
	ANSWERS(PKS_NOT_FOUND, "none", pks_namespace_rename(store, "none", "b"));
	pks_object_close(pks_dict_open(store, "b/dict", PKS_OPEN_OR_CREATE));
	ANSWERS(PKS_EXISTS, "b", pks_namespace_rename(store, "a", "b"));
	ANSWERS(PKS_NOT_FOUND, "a/none", pks_value_from_json("{\"$ref\": \"a/none\"}", 18, store, &value));
	close_store();
}

Test(conditions, of_stores)
{
	const char *path = scratch_dir("store");

	NO_HANDLE(PKS_NOT_FOUND, path, pks_store_open(path, &(struct pks_store_options){.mode = PKS_MUST_EXIST}));
	store = pks_store_open(path, NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	NO_HANDLE(PKS_EXISTS, path, pks_store_open(path, &(struct pks_store_options){.mode = PKS_MUST_CREATE}));
	close_store();
}

Test(conditions, of_dicts_and_attributes)
{
	struct pks_object *dict;
	char *key;

	open_store("dicts");
	dict = pks_dict_open(store, "a/dict", PKS_OPEN_OR_CREATE);
	ANSWERS(PKS_NOT_FOUND, "a/dict: there is no key 'x'", pks_dict_get(dict, "x", &value));
	ANSWERS(PKS_NOT_FOUND, "a/dict: there is no key 'x'", pks_dict_getf(dict, "x", "i", &(int){0}));
	ANSWERS(PKS_NOT_FOUND, "a/dict: there is no key 'x'", pks_dict_contains(dict, "x"));
	ANSWERS(PKS_NOT_FOUND, "a/dict: there is no key 'x'", pks_dict_del(dict, "x"));
	ANSWERS(PKS_NOT_FOUND, "a/dict: there is no key 'x'", pks_dict_pop(dict, "x", &value));
	NO_HANDLE(PKS_NOT_FOUND, "a/dict: there is no key 'x'", pks_dict_object(dict, "x"));
	ANSWERS(PKS_EMPTY, "a/dict", pks_dict_popitem(dict, &key, &value));
	ANSWERS(PKS_MISMATCH, "a/dict: another value is under the key 'x'",
	        pks_dict_compare_set(dict, "x", &one, &one));
	pks_dict_set(dict, "x", &one);
	ANSWERS(PKS_MISMATCH, "a/dict: another value is under the key 'x'",
	        pks_dict_compare_set(dict, "x", NULL, &one));
	ANSWERS(PKS_MISMATCH, "a/dict", pks_dict_set_at_version(dict, "x", &one, 77));
	ANSWERS(PKS_NOT_FOUND, "a/dict: there is no attribute 'y'", pks_attr_get(dict, "y", &value));
	ANSWERS(PKS_NOT_FOUND, "a/dict: there is no attribute 'y'", pks_attr_getf(dict, "y", "i", &(int){0}));
	ANSWERS(PKS_NOT_FOUND, "a/dict: there is no attribute 'y'", pks_attr_del(dict, "y"));
	NO_HANDLE(PKS_NOT_FOUND, "a/dict: there is no attribute 'y'", pks_attr_object(dict, "y"));
	cr_assert_eq(pks_object_set_limit(dict, 1, 4), 0);
	ANSWERS(PKS_FULL, "a/dict", pks_dict_set(dict, "z", &one));
	ANSWERS(PKS_FULL, "a/dict", pks_attr_setf(dict, "long", "s", "a long text"));
	close_store();
}

Test(conditions, of_values_and_logs)
{
	struct pks_object *cell, *log;
	uint64_t version, position = 0;

	open_store("values");
	cell = pks_cell_open(store, "a/cell", PKS_OPEN_OR_CREATE);
	ANSWERS(PKS_NOT_FOUND, "a/cell", pks_cell_get(cell, &value));
	ANSWERS(PKS_NOT_FOUND, "a/cell", pks_cell_getf(cell, "i", &(int){0}));
	ANSWERS(PKS_NOT_FOUND, "a/cell", pks_cell_clear(cell));
	ANSWERS(PKS_MISMATCH, "a/cell", pks_cell_compare_set(cell, &one, &one));
	ANSWERS(PKS_MISMATCH, "a/cell", pks_cell_set_at_version(cell, &one, 77));
	cr_assert_eq(pks_object_version(cell, &version), 0);
	ANSWERS(PKS_TIMED_OUT, "a/cell", pks_cell_wait(cell, &version, 0, &value));
	ANSWERS(PKS_TIMED_OUT, "a/cell", pks_cell_wait(cell, &version, 1, &value));
	log = pks_log_open(store, "a/log", PKS_OPEN_OR_CREATE);
	ANSWERS(PKS_NOT_FOUND, "a/log: there is no entry 3", pks_log_get(log, 3, &value));
	ANSWERS(PKS_NOT_FOUND, "a/log: there is no entry -1", pks_log_getf(log, -1, "i", &(int){0}));
	NO_HANDLE(PKS_NOT_FOUND, "a/log: there is no entry 0", pks_log_object(log, 0));
	ANSWERS(PKS_TIMED_OUT, "a/log", pks_log_follow(log, &position, 0, &value));
	ANSWERS(PKS_TIMED_OUT, "a/log", pks_log_follow(log, &position, 1, &value));
	cr_assert_eq(pks_object_set_limit(log, 1, 0), 0);
	cr_assert_eq(pks_log_append(log, &one), 0);
	ANSWERS(PKS_FULL, "a/log", pks_log_append(log, &one));
	close_store();
}

Test(conditions, of_queues)
{
	struct pks_queue_item item = {.place = PKS_QUEUE_READY};
	struct pks_reservation reservation;
	struct pks_object *queue;
	size_t count;

	open_store("queues");
	queue = pks_queue_open(store, "a/queue", 1, PKS_OPEN_OR_CREATE);
	for (int timeout = 0; timeout < 2; timeout++) {
		ANSWERS(PKS_EMPTY, "a/queue", pks_queue_get(queue, timeout, &value));
		ANSWERS(PKS_EMPTY, "a/queue", pks_queue_getf(queue, timeout, "i", &(int){0}));
		ANSWERS(PKS_EMPTY, "a/queue", pks_queue_get_many(queue, &value, 1, timeout, &count));
		ANSWERS(PKS_EMPTY, "a/queue", pks_queue_reserve(queue, timeout, &reservation));
	}
	ANSWERS(PKS_EMPTY, "a/queue", pks_queue_peek(queue, &value));
	cr_assert_eq(pks_queue_put(queue, &one, 0), 0);
	item.value = one;
	for (int timeout = 0; timeout < 2; timeout++) {
		ANSWERS(PKS_FULL, "a/queue", pks_queue_put(queue, &one, timeout));
		ANSWERS(PKS_FULL, "a/queue", pks_queue_putf(queue, timeout, "i", 1));
		ANSWERS(PKS_FULL, "a/queue", pks_queue_put_many(queue, &one, 1, timeout));
		ANSWERS(PKS_TIMED_OUT, "a/queue", pks_queue_join(queue, timeout));
	}
	ANSWERS(PKS_FULL, "a/queue", pks_queue_put_item(queue, &item));
	close_store();
}

Test(conditions, of_pipes)
{
	struct pks_connection *sender, *receiver;
	struct pks_object *pipe;

	open_store("pipes");
	pipe = pks_pipe_open(store, "a/pipe", true, PKS_OPEN_OR_CREATE);
	sender = pks_pipe_connect(pipe, 0);
	receiver = pks_pipe_connect(pipe, 1);
	cr_assert_eq(pks_object_set_limit(pipe, 1, 0), 0);
	for (int timeout = 0; timeout < 2; timeout++) {
		ANSWERS(PKS_TIMED_OUT, "a/pipe", pks_connection_recv(receiver, timeout, &value));
		ANSWERS(PKS_TIMED_OUT, "a/pipe", pks_connection_recvf(receiver, timeout, "i", &(int){0}));
		ANSWERS(PKS_TIMED_OUT, "a/pipe", pks_connection_poll(receiver, timeout));
	}
	ANSWERS(PKS_NOT_FOUND, "a/pipe", pks_pipe_peek(pipe, 1, 0, &value));
	cr_assert_eq(pks_connection_send(sender, &one, 0), 0);
	ANSWERS(PKS_TIMED_OUT, "a/pipe", pks_connection_send(sender, &one, 0));
	ANSWERS(PKS_TIMED_OUT, "a/pipe", pks_connection_send(sender, &one, 1));
	ANSWERS(PKS_TIMED_OUT, "a/pipe", pks_pipe_put(pipe, 1, &one));
	cr_assert_eq(pks_connection_close(sender), 0);
	cr_assert_eq(pks_connection_recv(receiver, 0, &value), 0);
	ANSWERS(PKS_END, "a/pipe", pks_connection_recv(receiver, -1, &value));
	ANSWERS(PKS_END, "a/pipe", pks_connection_send(receiver, &one, -1));
	cr_assert_eq(pks_connection_close(receiver), 0);
	close_store();
}

/* A child that acquires it and dies. */
static int acquire(void *lock)
{
	struct pks_store *own = pks_store_open(store_path, NULL);

	return pks_lock_acquire(pks_lock_open(own, lock, PKS_MUST_EXIST), 0);
}

static void leave_held(const char *path)
{
	cr_assert_eq(child_wait(child_start(acquire, (void *)(uintptr_t)path)), 0);
}

static int never(void *arg)
{
	(void)arg;
	return 0;
}

Test(conditions, of_locks_and_the_like)
{
	struct pks_object *lock, *semaphore, *event, *condition, *barrier;
	uint64_t index;

	open_store("sync");
	lock = pks_lock_open(store, "a/lock", PKS_OPEN_OR_CREATE);
	semaphore = pks_semaphore_open(store, "a/semaphore", 0, PKS_OPEN_OR_CREATE);
	event = pks_event_open(store, "a/event", PKS_OPEN_OR_CREATE);
	condition = pks_condition_open(store, "a/condition", NULL, PKS_OPEN_OR_CREATE);
	barrier = pks_barrier_open(store, "a/barrier", 2, PKS_OPEN_OR_CREATE);
	NO_HANDLE(PKS_NOT_FOUND, "a/condition", pks_condition_lock(condition));
	for (int timeout = 0; timeout < 2; timeout++) {
		ANSWERS(PKS_TIMED_OUT, "a/semaphore", pks_semaphore_acquire(semaphore, timeout));
		ANSWERS(PKS_TIMED_OUT, "a/event", pks_event_wait(event, timeout));
		cr_assert_eq(pks_condition_acquire(condition, 0), 0);
		ANSWERS(PKS_TIMED_OUT, "a/condition", pks_condition_wait(condition, timeout));
		ANSWERS(PKS_TIMED_OUT, "a/condition", pks_condition_wait_for(condition, never, NULL, timeout));
		cr_assert_eq(pks_condition_release(condition), 0);
		ANSWERS(PKS_TIMED_OUT, "a/barrier", pks_barrier_wait(barrier, timeout, &index));
		ANSWERS(PKS_BROKEN, "a/barrier", pks_barrier_wait(barrier, timeout, &index));
		cr_assert_eq(pks_barrier_reset(barrier), 0);
		leave_held("a/lock");
		ANSWERS(PKS_OWNER_DIED, "a/lock", pks_lock_acquire(lock, timeout));
		cr_assert_eq(pks_lock_release(lock), 0);
	}
	close_store();
}

struct held {
	struct child_flag held, done;
};

static int hold(void *arg)
{
	struct held *flags = arg;

	if (acquire((void *)(uintptr_t) "a/lock") != 0)
		return 1;
	child_flag_raise(&flags->held);
	return child_flag_wait(&flags->done);
}

Test(conditions, of_a_lock_that_another_one_holds)
{
	struct held flags = {child_flag(), child_flag()};
	struct pks_object *lock;
	pid_t holder;

	open_store("sync");
	lock = pks_lock_open(store, "a/lock", PKS_OPEN_OR_CREATE);
	holder = child_start(hold, &flags);
	cr_assert_eq(child_flag_wait(&flags.held), 0);
	ANSWERS(PKS_TIMED_OUT, "a/lock", pks_lock_acquire(lock, 0));
	ANSWERS(PKS_TIMED_OUT, "a/lock", pks_lock_acquire(lock, 1));
	child_flag_raise(&flags.done);
	cr_assert_eq(child_wait(holder), 0);
	close_store();
}

static void nothing(struct pks_object *process, const struct pks_process_info *info, void *arg)
{
	(void)process, (void)info, (void)arg;
}

Test(conditions, of_waits_and_watches)
{
	struct pks_wait_item items[2];
	struct pks_object *dict, *both[2];
	struct pks_watch *watch;
	uint64_t version;
	size_t which;

	open_store("waits");
	dict = pks_dict_open(store, "a/dict", PKS_OPEN_OR_CREATE);
	cr_assert_eq(pks_object_version(dict, &version), 0);
	items[0] = items[1] = (struct pks_wait_item){dict, version};
	both[0] = both[1] = dict;
	watch = pks_watch_new(store);
	cr_assert_eq(pks_watch_change(watch, dict, &which), 0);
	for (int timeout = 0; timeout < 2; timeout++) {
		ANSWERS(PKS_TIMED_OUT, "a/dict", pks_wait(dict, version, timeout, NULL));
		ANSWERS(PKS_TIMED_OUT, "a/dict", pks_wait_any(items, 2, timeout, &which));
		ANSWERS(PKS_TIMED_OUT, "a/dict", pks_wait_until(both, 2, never, NULL, timeout));
		ANSWERS(PKS_TIMED_OUT, pks_store_path(store), pks_watch_wait(watch, timeout, &which));
	}
	ANSWERS(PKS_EMPTY, "watch", pks_watch_dispatch(watch));
	ANSWERS(PKS_NOT_FOUND, "condition 7", pks_watch_remove(watch, 7));
	ANSWERS(PKS_NOT_FOUND, "condition 7", pks_watch_call(watch, 7, NULL, NULL));
	pks_watch_free(watch);
	close_store();
}

Test(conditions, of_processes)
{
	struct pks_object *process;
	uint64_t time_ns;
	int64_t pid;
	char *text;

	open_store("processes");
	process = pks_process_new(store, "a/process", "/m.so:f");
	ANSWERS(PKS_NOT_FOUND, "a/process", pks_process_is_alive(process));
	ANSWERS(PKS_NOT_FOUND, "a/process", pks_process_exitcode(process, &(int){0}));
	ANSWERS(PKS_NOT_FOUND, "a/process", pks_process_result(process, &value));
	ANSWERS(PKS_NOT_FOUND, "a/process", pks_process_resultf(process, "i", &(int){0}));
	ANSWERS(PKS_NOT_FOUND, "a/process", pks_process_error(process, &text));
	ANSWERS(PKS_NOT_FOUND, "a/process", pks_process_pid(process, &pid));
	ANSWERS(PKS_NOT_FOUND, "a/process", pks_process_progress(process, &text, &time_ns));
	ANSWERS(PKS_NOT_FOUND, "a/process", pks_process_report(process, &value));
	ANSWERS(PKS_NOT_FOUND, "a/process", pks_process_is_daemon(process));
	NO_HANDLE(PKS_NOT_FOUND, "a/process", pks_process_output(process));
	NO_HANDLE(PKS_NOT_FOUND, "a/process", pks_process_parent(process));
	NO_HANDLE(PKS_NOT_FOUND, "handler", pks_process_current());
	ANSWERS(PKS_NOT_FOUND, "a/process", pks_process_cancel_exit(process, nothing, NULL));
	ANSWERS(PKS_NOT_FOUND, "asleep", pks_status_from_name("asleep", &(enum pks_status){0}));
	ANSWERS(PKS_NOT_FOUND, "thread", pks_method_from_name("thread", &(enum pks_method){0}));
	close_store();
}

static int no_worker(struct pks_pool_workers *workers)
{
	return pks_pool_workers_next(workers, &(struct pks_pool_worker){0});
}

Test(conditions, of_pools)
{
	struct pks_pool_workers *workers;
	unsigned size;

	open_store("pools");
	ANSWERS(PKS_NOT_FOUND, "none", pks_pool_size(store, "none", &size));
	ANSWERS(PKS_NOT_FOUND, "none", pks_pool_drain(store, "none", 0));
	ANSWERS(PKS_NOT_FOUND, "none", pks_pool_remove(store, "none"));
	ANSWERS(PKS_NOT_FOUND, "none", pks_pool_settings(store, "none", &value));
	ANSWERS(PKS_NOT_FOUND, "none", pks_pool_status(store, "none", &(struct pks_pool_status){0}));
	ANSWERS(PKS_NOT_FOUND, "colour", pks_pool_setf(store, NULL, "colour", "s", "red"));
	NO_HANDLE(PKS_NOT_FOUND, "none", pks_pool_workers_open(store, "none"));
	workers = pks_pool_workers_open(store, NULL);
	error_set(PKS_ERR_IO, "an earlier failure");
	cr_expect_eq(no_worker(workers), PKS_END);
	cr_expect_str_eq(pks_error_message(), "an earlier failure", "the end of an iteration is no news");
	pks_pool_workers_close(workers);
	close_store();
}

/* Who iterates over what is stored, and looks into values, is told nothing: the answer is all that there is to say. */
Test(conditions, of_iterators_and_values_leave_the_message_alone)
{
	struct pks_object *dict;
	struct pks_iter *iter;
	struct pks_value map = {0}, other = {0};
	const char *key;

	open_store("iterators");
	dict = pks_dict_open(store, "a/dict", PKS_OPEN_OR_CREATE);
	cr_assert_eq(pks_value_pack(&map, "{s:i}", "x", 1), 0);
	error_set(PKS_ERR_IO, "an earlier failure");
	iter = pks_dict_iter(dict, NULL);
	cr_expect_eq(pks_iter_next(iter, &key, &value), PKS_END);
	pks_iter_close(iter);
	cr_expect_eq(pks_value_find(&map, "y", &other), PKS_NOT_FOUND);
	cr_expect_eq(pks_value_equal(&map, &one), PKS_MISMATCH);
	cr_expect_str_eq(pks_error_message(), "an earlier failure");
	pks_value_clear(&map);
	close_store();
}

Test(conditions, of_a_check)
{
	struct engine_txn *txn;

	open_store("check");
	cr_assert_eq(engine_begin(store->engine, true, &txn), 0);
	cr_assert_eq(engine_put(txn, (struct bytes){"\x09", 1}, (struct bytes){"", 0}, NULL), 0);
	cr_assert_eq(engine_commit(txn), 0);
	ANSWERS(PKS_MISMATCH, pks_store_path(store), pks_check(store, NULL, NULL, NULL, NULL));
	close_store();
}
