/* SPDX-License-Identifier: MIT */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct pks_store *store;

static struct pks_object *open_dict(const char *test)
{
	struct pks_store_options options = {.busy_timeout_ms = 200};

	store = pks_store_open(scratch_dir(test), &options);
	cr_assert_not_null(store, "%s", pks_error_message());
	return pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
}

Test(transaction, a_commit_does_all_and_an_abort_nothing)
{
	struct pks_object *dict = open_dict("all_or_nothing");

	cr_expect_eq(pks_begin(store), 0);
	pks_dict_setf(dict, "a", "i", 1);
	pks_dict_open(store, "made/in/it", PKS_MUST_CREATE);
	cr_expect_eq(pks_abort(store), 0);
	cr_expect_eq(pks_dict_contains(dict, "a"), PKS_NOT_FOUND);
	cr_expect_eq(pks_object_exists(store, "made/in/it"), PKS_NOT_FOUND);
	cr_expect_eq(pks_begin(store), 0);
	pks_dict_setf(dict, "a", "i", 1);
	cr_expect_eq(pks_commit(store), 0);
	cr_expect_eq(pks_dict_contains(dict, "a"), 0);
	pks_store_close(store);
}

Test(transaction, a_begin_inside_joins_and_an_inner_abort_dooms_the_outer)
{
	struct pks_object *dict = open_dict("joins");

	pks_begin(store);
	pks_begin(store);
	pks_dict_setf(dict, "a", "i", 1);
	cr_expect_eq(pks_commit(store), 0);
	pks_begin(store);
	cr_expect_eq(pks_abort(store), 0);
	cr_expect_eq(pks_dict_setf(dict, "b", "i", 1), PKS_ERR_ABORTED);
	cr_expect_eq(pks_begin(store), PKS_ERR_ABORTED);
	cr_expect_eq(pks_commit(store), PKS_ERR_ABORTED);
	cr_expect_eq(pks_dict_contains(dict, "a"), PKS_NOT_FOUND);
	cr_expect_eq(pks_commit(store), PKS_ERR_USAGE, "it is over");
	pks_store_close(store);
}

Test(transaction, ends_without_a_beginning_are_errors)
{
	open_dict("ends_without_a_beginning");
	cr_expect_eq(pks_commit(store), PKS_ERR_USAGE);
	cr_expect_eq(pks_abort(store), PKS_ERR_USAGE);
	cr_expect_eq(pks_snapshot_end(store), PKS_ERR_USAGE);
	pks_snapshot_begin(store);
	cr_expect_eq(pks_commit(store), PKS_ERR_USAGE);
	cr_expect_eq(pks_abort(store), PKS_ERR_USAGE);
	cr_expect_eq(pks_snapshot_end(store), 0);
	pks_begin(store);
	cr_expect_eq(pks_snapshot_end(store), PKS_ERR_USAGE);
	pks_snapshot_begin(store);
	cr_expect_eq(pks_commit(store), PKS_ERR_USAGE, "the snapshot inside is still open");
	cr_expect_eq(pks_snapshot_end(store), 0);
	cr_expect_eq(pks_commit(store), 0);
	pks_store_close(store);
}

Test(transaction, a_call_that_is_refused_leaves_the_transaction_whole)
{
	struct pks_object *dict = open_dict("a_refused_call");

	pks_begin(store);
	pks_dict_setf(dict, "a", "i", 1);
	cr_expect_eq(pks_dict_setf(dict, "\xff", "i", 1), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_dict_del(dict, "none"), PKS_NOT_FOUND);
	cr_expect_eq(pks_commit(store), 0, "%s", pks_error_message());
	cr_expect_eq(pks_dict_contains(dict, "a"), 0);
	pks_store_close(store);
}

Test(transaction, a_call_that_fails_half_way_dooms_it)
{
	struct pks_object *dict = open_dict("half_way");
	struct pks_value bad = {0};

	pks_value_pack(&bad, "{s:i, i:i}", "a", 1, 2, 3);
	pks_begin(store);
	cr_expect_lt(pks_dict_update(dict, &bad), 0);
	cr_expect_eq(pks_commit(store), PKS_ERR_ABORTED);
	cr_expect_eq(pks_dict_contains(dict, "a"), PKS_NOT_FOUND);
	pks_value_clear(&bad);
	pks_store_close(store);
}

Test(transaction, a_snapshot_stays_as_it_was_and_cannot_write)
{
	struct pks_object *dict = open_dict("a_snapshot");
	struct pks_value value = {0};
	const char *text;
	size_t size;

	pks_dict_setf(dict, "a", "s", "before");
	pks_snapshot_begin(store);
	cr_expect_eq(pks_dict_get(dict, "a", &value), 0);
	cr_expect_eq(pks_dict_setf(dict, "a", "s", "x"), PKS_ERR_READ_ONLY);
	cr_expect_eq(pks_begin(store), PKS_ERR_READ_ONLY);
	cr_expect_eq(pks_value_text(&value, &text, &size), 0);
	cr_expect(size == 6 && memcmp(text, "before", 6) == 0);
	pks_value_clear(&value);
	pks_snapshot_begin(store);
	pks_snapshot_end(store);
	cr_expect_eq(pks_dict_contains(dict, "a"), 0, "the outer one is still open");
	pks_snapshot_end(store);
	cr_expect_eq(pks_dict_setf(dict, "a", "s", "x"), 0);
	pks_store_close(store);
}

static void *write_from_another_thread(void *arg)
{
	return (void *)(intptr_t)pks_dict_setf(arg, "other", "i", 1);
}

Test(transaction, another_threads_snapshot_does_not_see_what_came_later)
{
	struct pks_object *dict = open_dict("another_thread");
	pthread_t thread;
	void *r;

	pks_snapshot_begin(store);
	cr_expect_eq(pks_dict_contains(dict, "other"), PKS_NOT_FOUND);
	pthread_create(&thread, NULL, write_from_another_thread, dict);
	pthread_join(thread, &r);
	cr_expect_null(r);
	cr_expect_eq(pks_dict_contains(dict, "other"), PKS_NOT_FOUND);
	pks_snapshot_end(store);
	cr_expect_eq(pks_dict_contains(dict, "other"), 0);
	pks_store_close(store);
}

Test(transaction, a_thread_that_forgets_to_end_one_gives_others_an_error_not_a_deadlock)
{
	struct pks_object *dict = open_dict("forgotten");
	pthread_t thread;
	void *r;

	pks_begin(store);
	pks_dict_setf(dict, "a", "i", 1);
	pthread_create(&thread, NULL, write_from_another_thread, dict);
	pthread_join(thread, &r);
	cr_expect_eq((int)(intptr_t)r, PKS_ERR_BUSY);
	cr_expect_eq(pks_commit(store), 0);
	pks_store_close(store);
}

static void *begin_and_exit(void *arg)
{
	pks_begin(store);
	pks_dict_setf(arg, "lost", "i", 1);
	return NULL;
}

Test(transaction, a_thread_that_exits_inside_one_has_it_aborted)
{
	struct pks_object *dict = open_dict("exits_inside");
	pthread_t thread;

	pthread_create(&thread, NULL, begin_and_exit, dict);
	pthread_join(thread, NULL);
	cr_expect_eq(pks_dict_setf(dict, "a", "i", 1), 0, "%s", pks_error_message());
	cr_expect_eq(pks_dict_contains(dict, "lost"), PKS_NOT_FOUND);
	pks_store_close(store);
}

static int transfer(struct pks_store *in, void *arg)
{
	struct pks_object *dict = arg;
	int r = pks_dict_add(dict, "alice", -10, NULL);

	(void)in;
	return r < 0 ? r : pks_dict_add(dict, "bob", 10, NULL);
}

static int fail_after_writing(struct pks_store *in, void *arg)
{
	pks_dict_setf(arg, "never", "i", 1);
	(void)in;
	return -1000;
}

static int refuse(struct pks_store *of, void *arg)
{
	return *(int *)arg;
}

static int touch_and_refuse(struct pks_store *of, void *arg)
{
	pks_log_set_cap(pks_log_open(of, "log", PKS_MUST_EXIST), 7);
	return PKS_MISMATCH;
}

Test(transaction, atomically_inside_another_dooms_it_only_if_it_has_changed_something)
{
	struct pks_object *dict = open_dict("atomically_inside");
	int codes[] = {PKS_MISMATCH, PKS_ERR_STATE};

	pks_log_open(store, "log", PKS_MUST_CREATE);
	pks_begin(store);
	pks_dict_setf(dict, "a", "i", 1);
	for (int i = 0; i < 2; i++)
		cr_expect_eq(pks_atomically(store, refuse, &codes[i]), codes[i]);
	cr_expect_null(pks_process_new(store, NULL, NULL));
	cr_expect_eq(pks_commit(store), 0, "%s", pks_error_message());
	cr_expect_eq(pks_dict_contains(dict, "a"), 0);
	pks_begin(store);
	cr_expect_eq(pks_atomically(store, touch_and_refuse, NULL), PKS_MISMATCH);
	cr_expect_eq(pks_commit(store), PKS_ERR_ABORTED);
	pks_store_close(store);
}

Test(transaction, atomically_commits_on_success_and_aborts_on_failure)
{
	struct pks_object *dict = open_dict("atomically");
	int bob = 0;

	cr_expect_eq(pks_atomically(store, transfer, dict), 0);
	pks_dict_getf(dict, "bob", "i", &bob);
	cr_expect_eq(bob, 10);
	cr_expect_eq(pks_atomically(store, fail_after_writing, dict), -1000);
	cr_expect_eq(pks_dict_contains(dict, "never"), PKS_NOT_FOUND);
	pks_store_close(store);
}

Test(transaction, closing_the_store_aborts_what_is_open)
{
	struct pks_object *dict = open_dict("closing");
	char *path = strdup(pks_store_path(store));

	pks_begin(store);
	pks_dict_setf(dict, "a", "i", 1);
	pks_store_close(store);
	store = pks_store_open(path, NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	dict = pks_dict_open(store, "d", PKS_MUST_EXIST);
	cr_expect_eq(pks_dict_contains(dict, "a"), PKS_NOT_FOUND);
	cr_expect_eq(pks_dict_setf(dict, "a", "i", 1), 0);
	pks_store_close(store);
	free(path);
}

Test(transaction, two_stores_have_transactions_of_their_own)
{
	struct pks_object *one = open_dict("two_stores_1"), *two;
	struct pks_store *first = store;

	two = open_dict("two_stores_2");
	cr_expect_eq(pks_begin(first), 0);
	cr_expect_eq(pks_begin(store), 0);
	pks_dict_setf(one, "a", "i", 1);
	pks_dict_setf(two, "a", "i", 1);
	cr_expect_eq(pks_abort(first), 0);
	cr_expect_eq(pks_commit(store), 0);
	cr_expect_eq(pks_dict_contains(one, "a"), PKS_NOT_FOUND);
	cr_expect_eq(pks_dict_contains(two, "a"), 0);
	pks_store_close(first);
	pks_store_close(store);
}

Test(transaction, a_small_map_grows_under_calls_of_their_own)
{
	struct pks_store_options options = {.map_size = 256 * 1024};
	static char bytes[50000];
	struct pks_object *log;

	store = pks_store_open(scratch_dir("a_small_map"), &options);
	log = pks_log_open(store, "l", PKS_OPEN_OR_CREATE);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(pks_log_appendf(log, "y", bytes, sizeof(bytes)), 0, "%d: %s", i, pks_error_message());
	pks_store_close(store);
}

Test(transaction, what_was_read_in_it_can_be_written_in_it)
{
	struct pks_object *dict = open_dict("read_and_written");
	struct pks_object *log = pks_log_open(store, "l", PKS_OPEN_OR_CREATE);
	struct pks_value small = {0}, list = {0}, seen = {0};
	char *text = NULL;

	pks_dict_setf(dict, "a", "s", "what stands here is longer than what stands in x");
	pks_dict_setf(dict, "x", "s", "short text");
	pks_dict_setf(dict, "list", "[sss]", "one", "two", "three");
	pks_begin(store);
	cr_expect_eq(pks_dict_get(dict, "x", &small), 0);
	cr_expect_eq(pks_dict_set(dict, "a", &small), 0);
	cr_expect_eq(pks_dict_get(dict, "list", &list), 0);
	cr_expect_eq(pks_log_extend_list(log, &list), 0);
	cr_expect_eq(pks_dict_get(dict, "x", &small), 0);
	cr_expect_eq(pks_dict_setdefault(dict, "0", &small, &seen), 0);
	cr_expect_eq(pks_value_string(&seen, &text), 0);
	cr_expect_str_eq(text, "short text");
	free(text);
	cr_expect_eq(pks_commit(store), 0);
	cr_expect_eq(pks_dict_getf(dict, "a", "s", &text), 0, "%s", pks_error_message());
	cr_expect_str_eq(text, "short text");
	free(text);
	cr_expect_eq(pks_log_getf(log, -1, "s", &text), 0);
	cr_expect_str_eq(text, "three");
	free(text);
	pks_store_close(store);
}

Test(transaction, an_aborted_one_that_met_a_full_map_has_room_the_next_time)
{
	struct pks_store_options options = {.map_size = 256 * 1024};
	static char bytes[200000];
	struct pks_object *log;
	int r = PKS_ERR_MAP_FULL;

	store = pks_store_open(scratch_dir("room_the_next_time"), &options);
	log = pks_log_open(store, "l", PKS_OPEN_OR_CREATE);
	for (int tries = 0; tries < 5 && r == PKS_ERR_MAP_FULL; tries++) {
		cr_assert_eq(pks_begin(store), 0);
		for (int i = 0; i < 3 && (i == 0 || r == 0); i++)
			r = pks_log_appendf(log, "y", bytes, sizeof(bytes));
		if (r == 0)
			r = pks_commit(store);
		else
			pks_abort(store);
	}
	cr_expect_eq(r, 0, "%s", pks_error_message());
	pks_store_close(store);
}
