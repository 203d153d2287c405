/* SPDX-License-Identifier: MIT */
/* What a thread knows from one transaction to the next (store/txn.c), and what others do in between. */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <pthread.h>

static struct pks_store *store;
static struct pks_object *dict;

static void open_dict(const char *path)
{
	store = pks_store_open(path, NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
}

static void elsewhere(void *(*act)(void *arg), void *arg)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, act, arg), 0);
	pthread_join(thread, NULL);
}

static void *set(void *key)
{
	cr_assert_eq(pks_dict_setf(dict, key, "i", 1), 0, "%s", pks_error_message());
	return NULL;
}

static uint64_t length(void)
{
	uint64_t count;

	cr_assert_eq(pks_dict_count(dict, &count), 0, "%s", pks_error_message());
	return count;
}

/* ---- each way for a transaction to end ---- */

static void read_only(void)
{
	length();
}

static void commit_nothing(void)
{
	cr_assert_eq(pks_begin(store), 0);
	length();
	cr_assert_eq(pks_commit(store), 0);
}

static void commit_a_change(void)
{
	cr_assert_eq(pks_dict_setf(dict, "mine", "i", 1), 0);
}

static void commit_what_changes_nothing(void)
{
	cr_assert_eq(pks_begin(store), 0);
	cr_assert_eq(pks_dict_del(dict, "never there"), PKS_NOT_FOUND);
	cr_assert_eq(pks_commit(store), 0);
}

static void abort_a_change(void)
{
	cr_assert_eq(pks_begin(store), 0);
	cr_assert_eq(pks_dict_setf(dict, "aborted", "i", 1), 0);
	cr_assert_eq(pks_abort(store), 0);
}

static void fail(void)
{
	cr_assert_eq(pks_dict_del(dict, "never there"), PKS_NOT_FOUND);
}

static void (*const ends[])(void) = {read_only,      commit_nothing, commit_a_change, commit_what_changes_nothing,
                                     abort_a_change, fail};

#define ENDS (sizeof(ends) / sizeof(*ends))

Test(between, what_others_commit_is_seen_however_the_last_transaction_has_ended)
{
	char key[2] = "a";
	uint64_t expected = 1;

	open_dict(scratch_dir("however_it_ended"));
	commit_a_change();
	for (size_t i = 0; i < ENDS; i++, key[0]++) {
		uint64_t before, after;

		ends[i]();
		cr_assert_eq(pks_object_version(dict, &before), 0);
		ends[i]();
		elsewhere(set, key);
		cr_expect_eq(length(), ++expected, "after %zu", i);
		cr_assert_eq(pks_object_version(dict, &after), 0);
		cr_expect_gt(after, before, "after %zu", i);
		elsewhere(set, key);
		ends[i]();
		cr_expect_eq(length(), expected, "after %zu", i);
	}
	cr_expect_eq(pks_check(store, NULL, NULL, NULL, NULL), 0);
	pks_store_close(store);
}

static void *drop(void *unused)
{
	cr_assert_eq(pks_object_drop(dict), 0, "%s", pks_error_message());
	return unused;
}

Test(between, what_others_drop_is_gone)
{
	uint64_t count;

	open_dict(scratch_dir("gone"));
	commit_a_change();
	elsewhere(drop, NULL);
	cr_expect_eq(pks_dict_count(dict, &count), PKS_ERR_GONE);
	cr_expect_eq(pks_dict_setf(dict, "a", "i", 1), PKS_ERR_GONE);
	pks_store_close(store);
}

static void *rename_it(void *path)
{
	cr_assert_eq(pks_object_rename(dict, path), 0, "%s", pks_error_message());
	return NULL;
}

Test(between, what_others_rename_has_its_new_path)
{
	struct pks_object_info info;

	char path[] = "e";

	open_dict(scratch_dir("renamed"));
	commit_a_change();
	elsewhere(rename_it, path);
	cr_assert_eq(pks_object_info(dict, &info), 0);
	cr_expect_str_eq(info.path, "e");
	commit_a_change();
	cr_expect_eq(pks_object_exists(store, "e"), 0);
	cr_expect_eq(pks_check(store, NULL, NULL, NULL, NULL), 0);
	pks_store_close(store);
}

/* As many commits as in the first one, by another thread; its memory may well be at the same address. */
static void *make_another(void *path)
{
	open_dict(path);
	cr_assert_eq(pks_attr_setf(dict, "a", "i", 1), 0);
	return NULL;
}

Test(between, a_store_at_the_place_of_another_is_not_taken_for_that)
{
	char *path = scratch_dir("another");

	open_dict(path);
	commit_a_change();
	cr_assert_eq(length(), 1);
	pks_store_close(store);
	scratch_remove(path);
	elsewhere(make_another, path);
	cr_expect_eq(length(), 0);
	pks_store_close(store);
}
