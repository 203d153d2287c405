/* SPDX-License-Identifier: MIT */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct pks_store *store;

static struct pks_object *open_log(const char *test)
{
	struct pks_object *log;

	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	log = pks_log_open(store, "test/log", PKS_MUST_CREATE);
	cr_assert_not_null(log, "%s", pks_error_message());
	return log;
}

static void append_numbers(struct pks_object *log, int from, int to)
{
	pks_begin(store);
	for (int i = from; i < to; i++)
		cr_assert_eq(pks_log_appendf(log, "i", i), 0, "%s", pks_error_message());
	cr_assert_eq(pks_commit(store), 0);
}

static void expect_at(struct pks_object *log, int64_t index, int expected)
{
	int number = -1;

	cr_expect_eq(pks_log_getf(log, index, "i", &number), 0, "[%lld]: %s", (long long)index, pks_error_message());
	cr_expect_eq(number, expected, "[%lld] is %d, not %d", (long long)index, number, expected);
}

static void expect_count(struct pks_object *log, uint64_t expected)
{
	uint64_t count = 999;

	cr_expect_eq(pks_log_count(log, &count), 0);
	cr_expect_eq(count, expected, "%llu entries, not %llu", (unsigned long long)count,
	             (unsigned long long)expected);
}

/* The entries of a slice are the numbers `first`, first + step, ...: `count` of them. */
static void expect_slice(struct pks_object *log, int64_t start, int64_t stop, bool reverse, int first, int step,
                         int count)
{
	struct pks_log_iter *iter = pks_log_iter(log, start, stop, reverse);
	struct pks_value value;
	int64_t number;
	int seen = 0, r;

	cr_assert_not_null(iter, "%s", pks_error_message());
	while ((r = pks_log_next(iter, &value, NULL)) == 0) {
		cr_assert_eq(pks_value_int(&value, &number), 0);
		cr_assert_eq(number, first + step * seen, "entry %d of [%lld:%lld] is %lld", seen, (long long)start,
		             (long long)stop, (long long)number);
		seen++;
	}
	cr_expect_eq(r, PKS_END, "%s", pks_error_message());
	cr_expect_eq(seen, count, "[%lld:%lld] has %d entries, not %d", (long long)start, (long long)stop, seen, count);
	pks_log_iter_close(iter);
}

Test(log, entries_come_back_in_order_from_both_ends)
{
	struct pks_object *log = open_log("entries_in_order");

	append_numbers(log, 0, 5000);
	expect_count(log, 5000);
	expect_at(log, 0, 0);
	expect_at(log, 4999, 4999);
	expect_at(log, 2345, 2345);
	expect_at(log, -1, 4999);
	expect_at(log, -5000, 0);
	cr_expect_eq(pks_log_getf(log, 5000, "n"), PKS_NOT_FOUND);
	cr_expect_eq(pks_log_getf(log, -5001, "n"), PKS_NOT_FOUND);
	cr_expect_eq(pks_log_getf(log, INT64_MIN, "n"), PKS_NOT_FOUND);
	pks_store_close(store);
}

Test(log, entries_appended_one_by_one_share_chunks)
{
	struct pks_object *log = open_log("one_by_one");

	for (int i = 0; i < 3000; i++)
		cr_assert_eq(pks_log_appendf(log, "i", i), 0);
	expect_slice(log, 0, INT64_MAX, false, 0, 1, 3000);
	expect_slice(log, 0, INT64_MAX, true, 2999, -1, 3000);
	pks_store_close(store);
}

Test(log, slices_are_those_of_python)
{
	struct pks_object *log = open_log("slices");

	append_numbers(log, 0, 4000);
	expect_slice(log, 0, 10, false, 0, 1, 10);
	expect_slice(log, 10, 0, false, 0, 0, 0);
	expect_slice(log, -10, INT64_MAX, false, 3990, 1, 10);
	expect_slice(log, -10, -5, false, 3990, 1, 5);
	expect_slice(log, -10, -5, true, 3994, -1, 5);
	expect_slice(log, -99999, 5, false, 0, 1, 5);
	expect_slice(log, 3995, 99999, false, 3995, 1, 5);
	expect_slice(log, INT64_MIN, INT64_MAX, true, 3999, -1, 4000);
	pks_store_close(store);
}

Test(log, an_entry_larger_than_a_chunk_stands_alone_among_small_ones)
{
	struct pks_object *log = open_log("a_large_entry");
	char *large = malloc(100000);
	const void *bytes;
	size_t size = 0;

	memset(large, 'x', 100000);
	append_numbers(log, 0, 3);
	cr_expect_eq(pks_log_appendf(log, "y", large, (size_t)100000), 0);
	append_numbers(log, 4, 6);
	pks_snapshot_begin(store);
	cr_expect_eq(pks_log_getf(log, 3, "y", &bytes, &size), 0, "%s", pks_error_message());
	cr_expect_eq(size, 100000);
	cr_expect(memcmp(bytes, large, size) == 0);
	pks_snapshot_end(store);
	expect_at(log, 2, 2);
	expect_at(log, 4, 4);
	expect_at(log, 5, 5);
	free(large);
	pks_store_close(store);
}

Test(log, trimming_keeps_the_newest_and_their_positions)
{
	struct pks_object *log = open_log("trimming");
	uint64_t first, next;

	append_numbers(log, 0, 10000);
	cr_expect_eq(pks_log_trim(log, 100), 0);
	expect_count(log, 100);
	expect_at(log, 0, 9900);
	expect_at(log, -1, 9999);
	expect_slice(log, 0, INT64_MAX, true, 9999, -1, 100);
	cr_expect_eq(pks_log_positions(log, &first, &next), 0);
	cr_expect_eq(first, 9900);
	cr_expect_eq(next, 10000);
	append_numbers(log, 10000, 10010);
	expect_slice(log, 0, INT64_MAX, false, 9900, 1, 110);
	pks_store_close(store);
}

Test(log, a_cleared_log_goes_on_with_new_positions)
{
	struct pks_object *log = open_log("a_cleared_log");
	uint64_t first, next;

	append_numbers(log, 0, 1000);
	cr_expect_eq(pks_log_clear(log), 0);
	expect_count(log, 0);
	cr_expect_eq(pks_log_getf(log, 0, "n"), PKS_NOT_FOUND);
	expect_slice(log, 0, INT64_MAX, false, 0, 0, 0);
	append_numbers(log, 7, 9);
	expect_at(log, 0, 7);
	pks_log_positions(log, &first, &next);
	cr_expect_eq(first, 1000);
	cr_expect_eq(next, 1002);
	pks_store_close(store);
}

Test(log, clearing_and_appending_in_one_transaction_keeps_what_came_after)
{
	struct pks_object *log = open_log("clear_and_append");

	append_numbers(log, 0, 10);
	pks_begin(store);
	pks_log_appendf(log, "i", 10);
	pks_log_clear(log);
	pks_log_appendf(log, "i", 11);
	pks_log_appendf(log, "i", 12);
	expect_at(log, 0, 11);
	cr_expect_eq(pks_commit(store), 0);
	expect_slice(log, 0, INT64_MAX, false, 11, 1, 2);
	pks_store_close(store);
}

Test(log, a_capped_log_keeps_the_newest_whoever_appends)
{
	struct pks_object *log = open_log("a_capped_log");
	struct pks_store_stat before, after;
	uint64_t cap;

	append_numbers(log, 0, 50);
	cr_expect_eq(pks_log_set_cap(log, 20), 0);
	expect_slice(log, 0, INT64_MAX, false, 30, 1, 20);
	append_numbers(log, 50, 20000);
	expect_slice(log, 0, INT64_MAX, false, 19980, 1, 20);
	pks_store_stat(store, &before);
	append_numbers(log, 20000, 60000);
	pks_store_stat(store, &after);
	cr_expect_leq(after.used, before.used + 64 * 4096, "old chunks are given up");
	cr_expect_eq(pks_log_cap(log, &cap), 0);
	cr_expect_eq(cap, 20);
	pks_log_set_cap(log, 0);
	append_numbers(log, 60000, 60100);
	expect_count(log, 120);
	pks_store_close(store);
}

Test(log, extend_takes_all_or_nothing)
{
	struct pks_object *log = open_log("extend");
	struct pks_value values[3] = {{0}}, list = {0};

	for (int i = 0; i < 3; i++)
		pks_value_pack(&values[i], "i", i);
	cr_expect_eq(pks_log_extend(log, values, 3), 0);
	pks_value_pack(&list, "[iii]", 3, 4, 5);
	cr_expect_eq(pks_log_extend_list(log, &list), 0);
	expect_slice(log, 0, INT64_MAX, false, 0, 1, 6);
	cr_expect_eq(pks_log_extend_list(log, &values[0]), PKS_ERR_TYPE);
	pks_value_clear(&values[1]);
	cr_expect_eq(pks_log_extend(log, values, 3), PKS_ERR_USAGE);
	expect_count(log, 6);
	pks_value_clear(&values[0]);
	pks_value_clear(&values[2]);
	pks_value_clear(&list);
	pks_store_close(store);
}

Test(log, an_aborted_transaction_leaves_the_log_as_it_was)
{
	struct pks_object *log = open_log("an_aborted_transaction");

	append_numbers(log, 0, 10);
	pks_begin(store);
	for (int i = 10; i < 5000; i++)
		pks_log_appendf(log, "i", i);
	expect_count(log, 5000);
	expect_at(log, -1, 4999);
	pks_abort(store);
	expect_slice(log, 0, INT64_MAX, false, 0, 1, 10);
	append_numbers(log, 10, 12);
	expect_slice(log, 0, INT64_MAX, false, 0, 1, 12);
	pks_store_close(store);
}

Test(log, an_iterator_in_a_transaction_keeps_its_place_while_it_appends_and_trims)
{
	struct pks_object *log = open_log("iterate_and_append");
	struct pks_log_iter *iter;
	struct pks_value value;
	uint64_t position, expected = 0;
	int64_t number;

	append_numbers(log, 0, 1000);
	pks_begin(store);
	iter = pks_log_iter(log, 0, INT64_MAX, false);
	while (pks_log_next(iter, &value, &position) == 0) {
		cr_assert_eq(pks_value_int(&value, &number), 0);
		cr_assert_eq((uint64_t)number, expected);
		cr_assert_eq(position, expected++);
		pks_log_appendf(log, "i", 1);
		if (expected == 500) {
			pks_log_trim(log, 600); /* 1,500 entries are there: 900 go */
			expected = 900;
		}
	}
	cr_expect_eq(expected, 1000);
	pks_log_iter_close(iter);
	pks_abort(store);
	pks_store_close(store);
}

Test(log, following_gives_every_entry_once_and_then_times_out)
{
	struct pks_object *log = open_log("following");
	struct pks_value value;
	uint64_t position = 0;
	int64_t number;

	append_numbers(log, 0, 300);
	for (int i = 0; i < 300; i++) {
		cr_assert_eq(pks_log_follow(log, &position, 0, &value), 0);
		pks_value_int(&value, &number);
		cr_assert_eq(number, i);
		pks_value_clear(&value);
	}
	cr_expect_eq(pks_log_follow(log, &position, 0, &value), PKS_TIMED_OUT);
	cr_expect_eq(position, 300);
	append_numbers(log, 300, 400);
	pks_log_trim(log, 10);
	cr_expect_eq(pks_log_follow(log, &position, 0, &value), 0, "what was trimmed is passed over");
	cr_expect_eq(position, 391);
	pks_value_clear(&value);
	pks_snapshot_begin(store);
	cr_expect_eq(pks_log_follow(log, &position, -1, &value), PKS_ERR_USAGE);
	pks_snapshot_end(store);
	pks_store_close(store);
}

/* ---- against a model: an array ---- */

#define MODEL_MAX 40000

struct model {
	int entries[MODEL_MAX];
	int first, next;
	int cap;
};

static void model_append(struct model *model, int number)
{
	model->entries[model->next++] = number;
	if (model->cap && model->next - model->first > model->cap)
		model->first = model->next - model->cap;
}

static void model_trim(struct model *model, int keep)
{
	if (model->next - model->first > keep)
		model->first = model->next - keep;
}

static void compare(struct pks_object *log, const struct model *model, bool reverse)
{
	struct pks_log_iter *iter = pks_log_iter(log, 0, INT64_MAX, reverse);
	int at = reverse ? model->next - 1 : model->first;
	struct pks_value value;
	uint64_t position;
	const void *bytes;
	size_t size;
	int r;

	expect_count(log, (uint64_t)(model->next - model->first));
	while ((r = pks_log_next(iter, &value, &position)) == 0) {
		cr_assert_eq(position, (uint64_t)at);
		cr_assert_eq(pks_value_bytes(&value, &bytes, &size), 0);
		cr_assert_eq(size, (size_t)model->entries[at], "entry %d", at);
		at += reverse ? -1 : 1;
	}
	cr_assert_eq(r, PKS_END, "%s", pks_error_message());
	cr_assert_eq(at, reverse ? model->first - 1 : model->next);
	pks_log_iter_close(iter);
}

static void random_change(struct pks_object *log, struct model *model)
{
	static char zeros[6000];
	int kind = rand() % 100;

	if (kind < 3) {
		int keep = rand() % 300;

		cr_assert_eq(pks_log_trim(log, (uint64_t)keep), 0);
		model_trim(model, keep);
	} else if (kind < 4) {
		model->cap = rand() % 2 ? 0 : 50 + rand() % 500;
		cr_assert_eq(pks_log_set_cap(log, (uint64_t)model->cap), 0);
		if (model->cap)
			model_trim(model, model->cap);
	} else {
		/* Mostly small ones, some near a chunk's size, some beyond. */
		int size = kind < 90 ? rand() % 60 : kind < 97 ? 3900 + rand() % 300 : rand() % 6000;

		cr_assert_eq(pks_log_appendf(log, "y", zeros, (size_t)size), 0, "%s", pks_error_message());
		model_append(model, size);
	}
}

Test(log, random_changes_agree_with_an_array)
{
	struct pks_object *log = open_log("random_changes");
	struct model *model = calloc(1, sizeof(*model)), *before = malloc(sizeof(*before));

	srand(7);
	for (int round = 0; round < 150; round++) {
		bool abort_it = rand() % 4 == 0;

		*before = *model;
		pks_begin(store);
		for (int n = rand() % 150; n > 0 && model->next < MODEL_MAX - 1; n--)
			random_change(log, model);
		if (rand() % 2)
			compare(log, model, rand() % 2);
		if (abort_it) {
			pks_abort(store);
			*model = *before;
		} else {
			cr_assert_eq(pks_commit(store), 0, "%s", pks_error_message());
		}
		random_change(log, model);
		compare(log, model, rand() % 2);
	}
	free(model);
	free(before);
	pks_store_close(store);
}
