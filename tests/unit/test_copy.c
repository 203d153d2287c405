/* SPDX-License-Identifier: MIT */
/* Copies of objects, and reading references as the objects that they refer to. */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pks_store *store;

static void open_store(const char *test)
{
	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
}

static struct pks_object_info info(struct pks_object *object)
{
	struct pks_object_info told;

	cr_assert_eq(pks_object_info(object, &told), 0, "%s", pks_error_message());
	return told;
}

Test(copy, a_dict_is_copied_with_all_that_is_its_own)
{
	static const struct pks_class table = {.name = "table", .type = "dict"};
	struct pks_object *dict, *made;
	struct pks_object_info from, to;
	struct pks_value metadata = {0}, copied = {0};
	char key[16];
	int number;

	open_store("dict");
	pks_class_register(&table);
	dict = pks_class_open(store, "a/table", "table", PKS_OPEN_OR_CREATE);
	pks_value_pack(&metadata, "{s:s}", "owner", "me");
	pks_begin(store);
	pks_attr_setf(dict, "unit", "i", 5);
	pks_object_set_metadata(dict, &metadata);
	pks_object_set_limit(dict, 1000, 100000);
	for (int i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "%d", i);
		pks_dict_setf(dict, key, "i", i);
	}
	cr_expect_eq(pks_dict_setf(dict, "", "n"), 0);
	pks_commit(store);
	made = pks_object_copy(dict, "b/table");
	cr_assert_not_null(made, "%s", pks_error_message());
	from = info(dict);
	to = info(made);
	cr_expect_str_eq(to.path, "b/table");
	cr_expect_str_eq(to.class_name, "table");
	cr_expect_neq(to.id, from.id);
	cr_expect_str_neq(to.uuid, from.uuid);
	cr_expect_eq(to.version, 1);
	cr_expect_eq(to.count, 501);
	cr_expect_eq(to.bytes, from.bytes);
	cr_expect_eq(to.limit, 1000);
	cr_expect_eq(pks_attr_getf(made, "unit", "i", &number), 0);
	cr_expect_eq(number, 5);
	cr_expect_eq(pks_dict_getf(made, "499", "i", &number), 0);
	cr_expect_eq(number, 499);
	cr_expect_eq(pks_object_metadata(made, &copied), 0);
	cr_expect_eq(pks_value_equal(&metadata, &copied), 0);
	cr_expect_eq(pks_dict_setf(made, "499", "i", 0), 0);
	cr_expect_eq(pks_dict_getf(dict, "499", "i", &number), 0);
	cr_expect_eq(number, 499, "they are two objects");
	pks_value_clear(&copied);
	pks_value_clear(&metadata);
	pks_store_close(store);
}

Test(copy, a_log_is_copied_as_the_transaction_sees_it)
{
	struct pks_object *log, *made;
	uint64_t first, next;
	int number;

	open_store("log");
	log = pks_log_open(store, "log", PKS_OPEN_OR_CREATE);
	for (int i = 0; i < 10; i++)
		pks_log_appendf(log, "i", i);
	pks_log_trim(log, 5);
	pks_begin(store);
	pks_log_appendf(log, "i", 10);
	made = pks_object_copy(log, NULL);
	cr_assert_not_null(made, "%s", pks_error_message());
	pks_log_appendf(log, "i", 11);
	cr_expect_eq(pks_commit(store), 0);
	cr_expect_eq(pks_log_positions(made, &first, &next), 0);
	cr_expect_eq(first, 5);
	cr_expect_eq(next, 11);
	cr_expect_eq(pks_log_getf(made, -1, "i", &number), 0);
	cr_expect_eq(number, 10);
	cr_expect_eq(pks_log_appendf(made, "i", 12), 0);
	pks_store_close(store);
}

Test(copy, what_was_taken_from_a_queue_is_not_in_its_copy)
{
	struct pks_object *queue, *made;
	struct pks_queue_stats stats;
	struct pks_reservation reservation = {0};
	struct pks_value value = {0};
	int number;

	open_store("queue");
	queue = pks_priorityqueue_open(store, "q", 0, PKS_OPEN_OR_CREATE);
	for (int i = 0; i < 4; i++) {
		pks_value_pack(&value, "i", i);
		cr_expect_eq(pks_queue_put_priority(queue, 10 - i, &value, 0), 0);
		pks_value_clear(&value);
	}
	cr_expect_eq(pks_queue_reserve(queue, 0, &reservation), 0, "%s", pks_error_message());
	made = pks_object_copy(queue, "q2");
	cr_assert_not_null(made, "%s", pks_error_message());
	cr_expect_eq(pks_queue_stats(made, &stats), 0);
	cr_expect_eq(stats.ready, 3);
	cr_expect_eq(stats.reserved, 0);
	cr_expect_eq(stats.unfinished, 3);
	cr_expect_eq(pks_queue_getf(made, 0, "i", &number), 0);
	cr_expect_eq(number, 2);
	pks_value_clear(&reservation.value);
	pks_store_close(store);
}

Test(copy, a_lock_that_is_held_has_a_free_copy)
{
	struct pks_object *lock, *made, *semaphore;

	open_store("lock");
	lock = pks_lock_open(store, "l", PKS_OPEN_OR_CREATE);
	semaphore = pks_semaphore_open(store, "s", 2, PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_lock_acquire(lock, 0), 0);
	cr_expect_eq(pks_semaphore_acquire(semaphore, 0), 0);
	made = pks_object_copy(lock, "l2");
	cr_assert_not_null(made, "%s", pks_error_message());
	cr_expect_eq(pks_lock_acquire(made, 0), 0, "%s", pks_error_message());
	made = pks_object_copy(semaphore, "s2");
	cr_expect_eq(pks_semaphore_acquire(made, 0), 0, "%s", pks_error_message());
	cr_expect_eq(pks_semaphore_acquire(made, 0), 0, "%s", pks_error_message());
	cr_expect_gt(pks_semaphore_acquire(made, 0), 0);
	pks_store_close(store);
}

Test(copy, a_condition_has_a_free_copy_with_a_lock_of_its_own_or_the_same_other_one)
{
	struct pks_object *own, *shared, *lock, *made, *found;
	struct pks_lock_info told;

	open_store("condition");
	lock = pks_lock_open(store, "l", PKS_OPEN_OR_CREATE);
	own = pks_condition_open(store, "own", NULL, PKS_OPEN_OR_CREATE);
	shared = pks_condition_open(store, "shared", lock, PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_condition_acquire(own, 0), 0);
	made = pks_object_copy(own, "own2");
	cr_assert_not_null(made, "%s", pks_error_message());
	cr_expect_eq(pks_lock_info(made, &told), 0);
	cr_expect_eq(told.depth, 0);
	cr_expect_eq(pks_condition_acquire(made, 0), 0, "%s", pks_error_message());
	made = pks_object_copy(shared, "shared2");
	cr_assert_not_null(made, "%s", pks_error_message());
	found = pks_condition_lock(made);
	cr_assert_not_null(found, "%s", pks_error_message());
	cr_expect_eq(pks_object_id(found), pks_object_id(lock));
	pks_store_close(store);
}

static void *wait_at(void *barrier)
{
	pks_barrier_wait(barrier, 20000, NULL);
	return NULL;
}

Test(copy, nobody_waits_at_the_copy_of_a_barrier)
{
	struct pks_object *barrier, *made;
	struct pks_barrier_info told;
	pthread_t thread;

	open_store("barrier");
	barrier = pks_barrier_open(store, "b", 3, PKS_OPEN_OR_CREATE);
	cr_assert_eq(pthread_create(&thread, NULL, wait_at, barrier), 0);
	while (pks_barrier_info(barrier, &told) == 0 && told.waiting == 0)
		sched_yield();
	made = pks_object_copy(barrier, "b2");
	cr_assert_not_null(made, "%s", pks_error_message());
	cr_expect_eq(pks_barrier_info(made, &told), 0);
	cr_expect_eq(told.parties, 3);
	cr_expect_eq(told.waiting, 0);
	cr_expect_not(told.broken);
	cr_expect_eq(info(made).count, 0);
	cr_expect_eq(info(made).bytes, 0);
	cr_expect_eq(pks_barrier_abort(barrier), 0);
	pthread_join(thread, NULL);
	made = pks_object_copy(barrier, "b3");
	cr_expect_eq(pks_barrier_info(made, &told), 0);
	cr_expect_not(told.broken, "a copy is as new");
	pks_store_close(store);
}

Test(copy, a_pipes_copy_has_its_messages_and_no_ends)
{
	struct pks_object *pipe, *made;
	struct pks_connection *end;
	struct pks_pipe_info told;
	char *text;

	open_store("pipe");
	pipe = pks_pipe_open(store, "p", true, PKS_OPEN_OR_CREATE);
	end = pks_pipe_connect(pipe, 1);
	cr_assert_not_null(end, "%s", pks_error_message());
	cr_expect_eq(pks_connection_sendf(end, "s", "hello"), 0);
	made = pks_object_copy(pipe, "p2");
	cr_assert_not_null(made, "%s", pks_error_message());
	cr_expect_eq(pks_pipe_info(made, &told), 0);
	cr_expect(told.duplex && told.unread[0] == 1 && told.unread[1] == 0);
	for (int i = 0; i < 2; i++)
		cr_expect(!told.was_open[i] && !told.is_open[i], "%d", i);
	cr_expect_eq(pks_connection_close(end), 0);
	end = pks_pipe_connect(made, 0);
	cr_expect_eq(pks_connection_recvf(end, 0, "s", &text), 0, "%s", pks_error_message());
	cr_expect_str_eq(text, "hello");
	free(text);
	cr_expect_eq(pks_connection_close(end), 0);
	cr_expect_eq(info(pipe).count, 1, "the source has it still");
	pks_store_close(store);
}

static bool is_set(struct pks_object *event)
{
	bool set;

	cr_assert_eq(pks_event_is_set(event, &set), 0, "%s", pks_error_message());
	return set;
}

Test(copy, an_event_is_copied_as_it_is_set)
{
	struct pks_object *event;

	open_store("event");
	event = pks_event_open(store, "e", PKS_OPEN_OR_CREATE);
	cr_expect_eq(is_set(pks_object_copy(event, "clear")), 0);
	cr_expect_eq(pks_event_set(event), 0);
	cr_expect_eq(is_set(pks_object_copy(event, "set")), 1);
	pks_store_close(store);
}

Test(copy, a_value_and_an_array_are_copied_with_what_they_hold)
{
	struct pks_object *cell, *array, *made;
	enum pks_number number;
	uint64_t length;
	int at = 0;

	open_store("numbers");
	cell = pks_cell_open(store, "v", PKS_OPEN_OR_CREATE);
	made = pks_object_copy(cell, "unset");
	cr_expect_eq(pks_cell_getf(made, "i", &at), PKS_NOT_FOUND);
	cr_expect_eq(pks_cell_setf(cell, "i", 7), 0);
	made = pks_object_copy(cell, "v2");
	cr_expect_eq(pks_cell_setf(cell, "i", 8), 0);
	cr_expect_eq(pks_cell_getf(made, "i", &at), 0);
	cr_expect_eq(at, 7);
	array = pks_array_open(store, "a", PKS_INT16, 10000, PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_array_setf(array, 9999, "i", -3), 0);
	made = pks_object_copy(array, "a2");
	cr_assert_not_null(made, "%s", pks_error_message());
	cr_expect_eq(pks_array_setf(array, 9999, "i", 4), 0);
	cr_expect_eq(pks_array_type(made, &number, &length), 0);
	cr_expect(number == PKS_INT16 && length == 10000);
	cr_expect_eq(info(made).bytes, info(array).bytes, "only the pieces that are there");
	cr_expect_eq(pks_array_getf(made, 9999, "i", &at), 0);
	cr_expect_eq(at, -3);
	cr_expect_eq(pks_array_getf(made, 0, "i", &at), 0);
	cr_expect_eq(at, 0);
	pks_store_close(store);
}

Test(copy, a_process_is_copied_as_one_that_was_not_started)
{
	struct pks_object *process, *made;
	struct pks_process_info told;
	struct pks_value args = {0}, state = {0}, priority = {0};
	enum pks_status status;
	int number;

	open_store("process");
	process = pks_process_new(store, "p", "/opt/module.so:run");
	cr_assert_not_null(process, "%s", pks_error_message());
	pks_process_set_argsf(process, "[i]", 7);
	pks_process_set_priority(process, 9);
	pks_dict_setf(process, "seen", "i", 1);
	cr_expect_geq(pks_process_terminate(process, 10000), 0, "%s", pks_error_message());
	made = pks_object_copy(process, "p2");
	cr_assert_not_null(made, "%s", pks_error_message());
	cr_expect_eq(pks_process_info(made, &told), 0, "%s", pks_error_message());
	cr_expect_eq(told.status, PKS_CREATED);
	cr_expect_not(told.has_exitcode);
	cr_expect_eq(pks_attr_get(made, "state", &state), 0);
	cr_expect_eq(pks_value_at(&state, 2, &priority), 0);
	cr_expect_eq(pks_value_unpack(&priority, "i", &number), 0);
	cr_expect_eq(number, 9);
	pks_value_clear(&state);
	cr_expect_eq(pks_process_argsf(made, "[i]", &number), 0);
	cr_expect_eq(number, 7);
	cr_expect_eq(pks_process_result(made, &args), PKS_NOT_FOUND);
	cr_expect_eq(pks_process_status(process, &status), 0);
	cr_expect_eq(status, PKS_CRASHED);
	cr_expect_eq(pks_object_drop(made), 0, "%s", pks_error_message());
	pks_store_close(store);
}

Test(copy, where_something_is_or_too_large_nothing_is_copied)
{
	struct pks_object *dict;

	open_store("nothing");
	dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	cr_expect_null(pks_object_copy(dict, "d"));
	cr_expect_eq(pks_error_code(), PKS_EXISTS);
	cr_expect_null(pks_object_copy(dict, "/"));
	cr_expect_eq(pks_error_code(), PKS_ERR_PATH);
	cr_expect_null(pks_object_copy(NULL, "x"));
	pks_namespace_set_limit(store, "full", 1, 0);
	cr_expect_not_null(pks_object_copy(dict, "full/1"));
	cr_expect_null(pks_object_copy(dict, "full/2"));
	cr_expect_eq(pks_error_code(), PKS_ERR_QUOTA);
	pks_object_drop(dict);
	cr_expect_null(pks_object_copy(dict, "x"));
	cr_expect_eq(pks_error_code(), PKS_ERR_GONE);
	pks_store_close(store);
}

/* ---- references ---- */

static void expect_is(struct pks_object *found, const struct pks_object *object)
{
	cr_assert_not_null(found, "%s", pks_error_message());
	cr_expect_eq(pks_object_id(found), pks_object_id(object));
	pks_object_close(found);
}

Test(copy, references_anywhere_open_their_object)
{
	struct pks_object *log, *dict, *process, *queue;
	struct pks_value value = {0}, element = {0};

	open_store("references");
	log = pks_log_open(store, "log", PKS_OPEN_OR_CREATE);
	dict = pks_dict_open(store, "dict", PKS_OPEN_OR_CREATE);
	queue = pks_queue_open(store, "queue", 0, PKS_OPEN_OR_CREATE);
	pks_dict_setf(dict, "results", "o", log);
	expect_is(pks_dict_object(dict, "results"), log);
	pks_attr_setf(dict, "log", "o", log);
	expect_is(pks_attr_object(dict, "log"), log);
	pks_log_appendf(log, "o", dict);
	expect_is(pks_log_object(log, -1), dict);
	process = pks_process_new(store, NULL, "/opt/module.so:run");
	pks_process_set_argsf(process, "[o]", queue);
	cr_expect_eq(pks_process_args(process, &value), 0);
	cr_expect_eq(pks_value_at(&value, 0, &element), 0);
	expect_is(pks_value_object(store, &element), queue);
	pks_value_clear(&value);
	pks_queue_putf(queue, 0, "o", process);
	cr_expect_eq(pks_queue_get(queue, 0, &value), 0);
	expect_is(pks_value_object(store, &value), process);
	pks_value_clear(&value);
	pks_value_pack(&value, "i", 1);
	cr_expect_null(pks_value_object(store, &value));
	cr_expect_eq(pks_error_code(), PKS_ERR_TYPE);
	pks_value_clear(&value);
	pks_store_close(store);
}

Test(copy, a_reference_to_a_dropped_object_says_so)
{
	struct pks_object *log, *dict, *gone;
	struct pks_value value = {0};

	open_store("dropped");
	gone = pks_dict_open(store, "gone", PKS_OPEN_OR_CREATE);
	dict = pks_dict_open(store, "dict", PKS_OPEN_OR_CREATE);
	log = pks_log_open(store, "log", PKS_OPEN_OR_CREATE);
	pks_dict_setf(dict, "results", "o", gone);
	pks_attr_setf(dict, "log", "o", gone);
	pks_log_appendf(log, "o", gone);
	pks_object_drop(gone);
	cr_expect_null(pks_dict_object(dict, "results"));
	cr_expect_eq(pks_error_code(), PKS_ERR_GONE);
	cr_expect_str_eq(pks_error_message(), "dict: its item 'results' refers to object 1, which was dropped");
	cr_expect_null(pks_attr_object(dict, "log"));
	cr_expect_eq(pks_error_code(), PKS_ERR_GONE);
	cr_expect_null(pks_log_object(log, 0));
	cr_expect_eq(pks_error_code(), PKS_ERR_GONE);
	cr_expect_eq(pks_dict_get(dict, "results", &value), 0);
	cr_expect_null(pks_value_object(store, &value));
	cr_expect_eq(pks_error_code(), PKS_ERR_GONE);
	cr_expect_str_eq(pks_error_message(), "object 1 was dropped");
	pks_value_clear(&value);
	pks_store_close(store);
}
