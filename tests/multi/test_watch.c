/* SPDX-License-Identifier: MIT */
/* Watching: each kind of condition, its descriptor and its functions. */
#include "keys.h"
#include "lib/child.h"
#include "lib/runtime.h"
#include "state.h"
#include "store.h"
#include "watched.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

TestSuite(watch, .init = runtime_begin, .fini = runtime_end, .timeout = 100);

/* ---- conditions ---- */

Test(watch, a_key_is_told_once_for_each_other_value)
{
	struct pks_object *dict = pks_dict_open(runtime_store, "d", PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch();
	size_t key = 99;

	pks_dict_setf(dict, "k", "i", 1);
	cr_assert_eq(pks_watch_key(watch, dict, "k", &key), 0);
	cr_expect_eq(key, 0u);
	expect_nothing(watch);
	pks_dict_setf(dict, "other", "i", 1);
	pks_dict_setf(dict, "k", "i", 1);
	expect_nothing(watch);
	pks_dict_setf(dict, "k", "i", 2);
	expect_told(watch, -1, key);
	expect_nothing(watch);
	pks_dict_del(dict, "k");
	expect_told(watch, -1, key);
	pks_dict_setf(dict, "k", "i", 2);
	pks_dict_setf(dict, "k", "i", 3);
	expect_told(watch, -1, key);
	expect_nothing(watch);
	pks_watch_free(watch);
}

Test(watch, a_log_is_told_when_it_has_grown)
{
	struct pks_object *log = pks_log_open(runtime_store, "l", PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch();
	size_t grown;

	pks_log_appendf(log, "i", 1);
	cr_assert_eq(pks_watch_log(watch, log, 0, &grown), 0);
	expect_told(watch, AT_ONCE, grown);
	expect_nothing(watch);
	pks_attr_setf(log, "unit", "s", "ms");
	expect_nothing(watch);
	pks_log_appendf(log, "i", 2);
	pks_log_clear(log);
	expect_told(watch, AT_ONCE, grown);
	expect_nothing(watch);
	pks_watch_free(watch);
}

Test(watch, a_queue_is_told_until_it_is_empty)
{
	struct pks_object *queue = pks_queue_open(runtime_store, "q", 0, PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch();
	size_t work;
	int item;

	cr_assert_eq(pks_watch_queue(watch, queue, &work), 0);
	expect_nothing(watch);
	pks_queue_putf(queue, 0, "i", 1);
	expect_told(watch, -1, work);
	expect_told(watch, AT_ONCE, work);
	cr_expect_eq(pks_queue_getf(queue, 0, "i", &item), 0);
	expect_nothing(watch);
	pks_watch_free(watch);
}

static int reserve_and_die(void *path)
{
	struct pks_store *store = pks_store_open(path, NULL);
	struct pks_object *queue = pks_object_open(store, "q");
	struct pks_reservation item;

	return pks_queue_reserve(queue, 0, &item) == 0 ? 0 : 1;
}

Test(watch, an_item_of_the_dead_comes_back_to_who_watches)
{
	struct pks_object *queue = pks_queue_open(runtime_store, "q", 0, PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch();
	size_t work;

	pks_queue_putf(queue, 0, "i", 1);
	cr_assert_eq(child_wait(child_start(reserve_and_die, store_path())), 0);
	cr_assert_eq(pks_watch_queue(watch, queue, &work), 0);
	expect_told(watch, PATIENCE, work);
	pks_watch_free(watch);
}

Test(watch, an_event_is_told_while_it_is_set)
{
	struct pks_object *event = pks_event_open(runtime_store, "e", PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch();

	cr_assert_eq(pks_watch_event(watch, event, NULL), 0);
	expect_nothing(watch);
	pks_event_set(event);
	expect_told(watch, -1, 0);
	expect_told(watch, AT_ONCE, 0);
	pks_event_clear(event);
	expect_nothing(watch);
	pks_watch_free(watch);
}

Test(watch, any_change_is_told_and_a_dropped_object_once)
{
	struct pks_object *cell = pks_cell_open(runtime_store, "v", PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch();
	size_t which = 99;

	cr_assert_eq(pks_watch_change(watch, cell, NULL), 0);
	pks_cell_setf(cell, "i", 1);
	expect_told(watch, -1, 0);
	expect_nothing(watch);
	pks_object_drop(cell);
	cr_expect_eq(pks_watch_wait(watch, -1, &which), PKS_ERR_GONE);
	cr_expect_eq(which, 0u);
	expect_nothing(watch);
	pks_watch_free(watch);
}

Test(watch, one_that_always_holds_keeps_no_other_from_being_told)
{
	struct pks_object *queue = pks_queue_open(runtime_store, "q", 0, PKS_MUST_CREATE);
	struct pks_object *log = pks_log_open(runtime_store, "l", PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch();

	pks_queue_putf(queue, 0, "i", 1);
	cr_assert_eq(pks_watch_queue(watch, queue, NULL), 0);
	cr_assert_eq(pks_watch_log(watch, log, 0, NULL), 0);
	pks_log_appendf(log, "i", 1);
	expect_told(watch, -1, 0);
	expect_told(watch, -1, 1);
	expect_told(watch, -1, 0);
	cr_expect_eq(pks_watch_remove(watch, 0), 0);
	cr_expect_eq(pks_watch_remove(watch, 0), PKS_NOT_FOUND);
	expect_nothing(watch);
	pks_log_appendf(log, "i", 1);
	expect_told(watch, -1, 1);
	pks_watch_free(watch);
}

Test(watch, a_process_is_told_once_when_it_has_ended)
{
	struct pks_object *process = runtime_new("handlers:hold");
	struct pks_watch *watch = new_watch();
	size_t end;

	cr_assert_eq(pks_watch_process(watch, process, &end), 0);
	expect_nothing(watch);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_await(process, "here");
	expect_nothing(watch);
	pks_dict_setf(process, "go", "b", 1);
	pks_object_close(process); /* the watch has a handle of its own */
	expect_told(watch, PATIENCE, end);
	expect_nothing(watch);
	pks_watch_free(watch);
}

Test(watch, what_cannot_be_watched_is_refused)
{
	struct pks_object *dict = pks_dict_open(runtime_store, "d", PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch();
	size_t which;
	int fd;

	cr_expect_eq(pks_watch_log(watch, dict, 0, NULL), PKS_ERR_TYPE);
	cr_expect_eq(pks_watch_queue(watch, dict, NULL), PKS_ERR_TYPE);
	cr_expect_eq(pks_watch_event(watch, dict, NULL), PKS_ERR_TYPE);
	cr_expect_eq(pks_watch_process(watch, dict, NULL), PKS_ERR_TYPE);
	cr_expect_eq(pks_watch_key(watch, dict, NULL, NULL), PKS_ERR_USAGE);
	cr_expect_eq(pks_watch_call(watch, 0, NULL, NULL), PKS_NOT_FOUND);
	cr_expect_eq(pks_watch_dispatch(watch), PKS_EMPTY);
	pks_snapshot_begin(runtime_store);
	cr_expect_eq(pks_watch_wait(watch, -1, &which), PKS_ERR_USAGE);
	cr_expect_eq(pks_watch_fd(watch, &fd), PKS_ERR_USAGE);
	pks_snapshot_end(runtime_store);
	pks_watch_free(watch);
	pks_watch_free(NULL);
}

/* ---- changes by others ---- */

Test(watch, another_process_ends_the_wait)
{
	struct pks_object *log = pks_log_open(runtime_store, "l", PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch();
	pid_t child;

	cr_assert_eq(pks_watch_log(watch, log, 0, NULL), 0);
	child = child_start(append_soon, store_path());
	expect_told(watch, PATIENCE, 0);
	cr_expect_eq(child_wait(child), 0);
	pks_watch_free(watch);
}

/* What a program without libpkstore does: the records alone, and nobody is woken. */
static void add_as_a_stranger(struct pks_object *cell)
{
	struct key header, item;
	struct state state = {0};
	struct buffer record = {0};
	struct engine_txn *txn;
	struct bytes found;

	key_part(&header, pks_object_id(cell), PART_HEADER);
	key_part(&item, pks_object_id(cell), PART_ITEM);
	cr_assert_eq(engine_begin(runtime_store->engine, true, &txn), 0);
	cr_assert_eq(engine_get(txn, key_bytes(&header), &found), 0);
	cr_assert_eq(state_decode(found, &state), 0);
	state.version++;
	state_encode(&state, &record);
	cr_assert_eq(engine_put(txn, key_bytes(&item), (struct bytes){"\7", 1}, NULL), 0);
	cr_assert_eq(engine_put(txn, key_bytes(&header), (struct bytes){record.data, record.size}, NULL), 0);
	cr_assert_eq(engine_commit(txn), 0);
	buffer_release(&record);
}

Test(watch, a_foreign_writer_is_seen_too)
{
	struct pks_object *cell = pks_cell_open(runtime_store, "v", PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch(), *polled = new_watch();
	int fd = descriptor_of(polled), number = 0;

	cr_assert_eq(pks_cell_setf(cell, "i", 1), 0);
	cr_assert_eq(pks_watch_change(watch, cell, NULL), 0);
	cr_assert_eq(pks_watch_change(polled, cell, NULL), 0);
	add_as_a_stranger(cell);
	cr_expect(readable(fd, PATIENCE));
	expect_told(watch, PATIENCE, 0);
	cr_expect_eq(pks_cell_getf(cell, "i", &number), 0);
	cr_expect_eq(number, 7);
	pks_watch_free(watch);
	pks_watch_free(polled);
}

/* ---- the descriptor ---- */

Test(watch, the_descriptor_is_readable_while_something_holds)
{
	struct pks_object *log = pks_log_open(runtime_store, "l", PKS_MUST_CREATE);
	struct pks_object *queue = pks_queue_open(runtime_store, "q", 0, PKS_MUST_CREATE);
	struct pks_watch *watch = new_watch();
	int fd = descriptor_of(watch), item;
	pid_t child;

	cr_expect_eq(descriptor_of(watch), fd);
	cr_assert_eq(pks_watch_log(watch, log, 0, NULL), 0);
	cr_expect(!readable(fd, 0));
	child = child_start(append_soon, store_path());
	cr_expect(readable(fd, PATIENCE));
	expect_told(watch, AT_ONCE, 0);
	cr_expect(!readable(fd, 0));
	cr_expect_eq(child_wait(child), 0);

	pks_queue_putf(queue, 0, "i", 1);
	cr_assert_eq(pks_watch_queue(watch, queue, NULL), 0);
	cr_expect(readable(fd, 0), "what holds already is seen at once");
	expect_told(watch, AT_ONCE, 1);
	cr_expect(readable(fd, 0), "there still is an item");
	pks_queue_getf(queue, 0, "i", &item);
	expect_nothing(watch);
	cr_expect(!readable(fd, 0));
	pks_queue_putf(queue, 0, "i", 2);
	cr_expect(readable(fd, PATIENCE));
	pks_watch_free(watch);
}

struct counts {
	int calls;
	size_t last;
};

static void count(struct pks_watch *watch, size_t which, void *arg)
{
	struct counts *counts = arg;

	(void)watch;
	counts->calls++;
	counts->last = which;
}

static void remove_itself(struct pks_watch *watch, size_t which, void *arg)
{
	count(watch, which, arg);
	cr_expect_eq(pks_watch_remove(watch, which), 0);
}

Test(watch, dispatch_calls_the_functions_of_what_holds)
{
	struct pks_object *queue = pks_queue_open(runtime_store, "q", 0, PKS_MUST_CREATE);
	struct pks_object *log = pks_log_open(runtime_store, "l", PKS_MUST_CREATE);
	struct pks_object *dict = pks_dict_open(runtime_store, "d", PKS_MUST_CREATE);
	struct counts queued = {0}, logged = {0};
	struct pks_watch *watch = new_watch();
	int fd = descriptor_of(watch);

	cr_assert_eq(pks_watch_queue(watch, queue, NULL), 0);
	cr_assert_eq(pks_watch_log(watch, log, 0, NULL), 0);
	cr_assert_eq(pks_watch_change(watch, dict, NULL), 0);
	cr_assert_eq(pks_watch_call(watch, 0, count, &queued), 0);
	cr_assert_eq(pks_watch_call(watch, 1, remove_itself, &logged), 0);
	cr_expect_eq(pks_watch_dispatch(watch), PKS_EMPTY);
	pks_queue_putf(queue, 0, "i", 1);
	pks_log_appendf(log, "i", 1);
	pks_dict_setf(dict, "k", "i", 1);
	cr_expect(readable(fd, PATIENCE));
	cr_expect_eq(pks_watch_dispatch(watch), 0);
	cr_expect(queued.calls == 1 && logged.calls == 1 && logged.last == 1);
	cr_expect_eq(pks_watch_dispatch(watch), 0);
	cr_expect(queued.calls == 2 && logged.calls == 1, "the queue is not empty, the Log is not watched any more");
	pks_queue_clear(queue);
	cr_expect_eq(pks_watch_dispatch(watch), PKS_EMPTY);
	cr_expect(readable(fd, PATIENCE), "what has no function is for wait");
	expect_told(watch, AT_ONCE, 2);
	cr_expect(!readable(fd, 0));
	pks_watch_free(watch);
}

static int threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int count = 0;

	for (struct dirent *entry; (entry = readdir(tasks)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(tasks);
	return count;
}

Test(watch, one_thread_is_enough_and_it_ends_with_the_store)
{
	struct pks_object *log = pks_log_open(runtime_store, "l", PKS_MUST_CREATE);
	struct pks_watch *first = new_watch(), *second = new_watch(), *third = new_watch();
	int before = threads(), fd;
	size_t which;

	cr_assert_eq(pks_watch_log(third, log, 0, NULL), 0);
	expect_nothing(third);
	cr_expect_eq(threads(), before, "waiting alone needs none");
	fd = descriptor_of(first);
	descriptor_of(second);
	cr_assert_eq(pks_watch_log(first, log, 0, NULL), 0);
	cr_expect_eq(threads(), before + 1);
	pks_store_close(runtime_store);
	cr_expect_eq(threads(), before);
	cr_expect_eq(pks_watch_wait(first, -1, &which), PKS_ERR_USAGE);
	cr_expect_not_null(strstr(pks_error_message(), "closed"), "%s", pks_error_message());
	cr_expect(!readable(fd, 0), "the descriptor is the watch's");
	pks_watch_free(first);
	pks_watch_free(second);
	pks_watch_free(third);
	runtime_store = NULL;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Waiting for what does not come, or can come no more, with the thread and without. */
Test(watch, waiting_costs_no_cpu)
{
	struct pks_object *ended = runtime_run("handlers:nothing"), *held = runtime_new("handlers:nothing");
	struct pks_watch *spent = new_watch(), *watch = new_watch();
	double before;
	size_t which;

	descriptor_of(spent);
	descriptor_of(watch);
	cr_assert_eq(pks_watch_process(spent, ended, NULL), 0);
	expect_told(spent, AT_ONCE, 0);
	cr_assert_eq(pks_watch_process(watch, held, NULL), 0);
	before = cpu_seconds();
	cr_expect_eq(pks_watch_wait(spent, 500, &which), PKS_TIMED_OUT);
	cr_expect_eq(pks_watch_wait(watch, 500, &which), PKS_TIMED_OUT);
	cr_expect_lt(cpu_seconds() - before, 0.3, "%f s of CPU", cpu_seconds() - before);
	pks_watch_free(watch);
	pks_watch_free(spent);
}
