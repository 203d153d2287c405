/* SPDX-License-Identifier: MIT */
#include "queue_items.h"

/* ---- order ---- */

Test(queue, gives_the_oldest_first)
{
	struct pks_object *queue = open_queue("oldest_first", 0);

	put_numbers(queue, 0, 300);
	for (int i = 0; i < 300; i++)
		expect_next(queue, i);
	expect_empty(queue);
	put_numbers(queue, 300, 302);
	expect_next(queue, 300);
	pks_store_close(store);
}

Test(queue, a_lifo_queue_gives_the_newest_first)
{
	struct pks_object *queue;

	open_store("newest_first");
	queue = pks_lifoqueue_open(store, "lifo", 0, PKS_MUST_CREATE);
	put_numbers(queue, 0, 3);
	expect_next(queue, 2);
	put_numbers(queue, 3, 4);
	expect_items(queue, PKS_QUEUE_READY, false, "3 1 0");
	expect_items(queue, PKS_QUEUE_READY, true, "0 1 3");
	expect_next(queue, 3);
	expect_next(queue, 1);
	expect_next(queue, 0);
	expect_empty(queue);
	cr_expect_str_eq(pks_object_type(queue), "lifoqueue");
	pks_store_close(store);
}

static void put_priority(struct pks_object *queue, int64_t priority, int number)
{
	struct pks_value value = {0};

	cr_assert_eq(pks_value_pack(&value, "i", number), 0);
	cr_assert_eq(pks_queue_put_priority(queue, priority, &value, 0), 0, "%s", pks_error_message());
	pks_value_clear(&value);
}

Test(queue, a_priority_queue_gives_the_lowest_number_first_and_the_oldest_of_equals)
{
	struct pks_object *queue;
	struct pks_queue_iter *iter;
	struct pks_queue_item item;

	open_store("lowest_first");
	queue = pks_priorityqueue_open(store, "priorities", 0, PKS_MUST_CREATE);
	put_priority(queue, 5, 0);
	put_priority(queue, INT64_MAX, 1);
	put_priority(queue, -5, 2);
	put_priority(queue, INT64_MIN, 3);
	put_priority(queue, 5, 4);
	put_numbers(queue, 5, 6);
	expect_items(queue, PKS_QUEUE_ALL, false, "3 2 5 0 4 1");
	iter = pks_queue_iter(queue, PKS_QUEUE_READY, false);
	cr_expect_eq(pks_queue_next(iter, &item), 0);
	cr_expect_eq(item.priority, INT64_MIN);
	cr_expect_eq(pks_queue_next(iter, &item), 0);
	cr_expect_eq(item.priority, -5);
	cr_expect_eq(item.sequence, 2);
	pks_queue_iter_close(iter);
	expect_next(queue, 3);
	expect_next(queue, 2);
	expect_next(queue, 5);
	expect_next(queue, 0);
	expect_next(queue, 4);
	expect_next(queue, 1);
	expect_empty(queue);
	pks_store_close(store);
}

/* ---- several at once ---- */

static void pack_numbers(struct pks_value *values, int from, int count)
{
	for (int i = 0; i < count; i++)
		cr_assert_eq(pks_value_pack(&values[i], "i", from + i), 0);
}

static void clear_all(struct pks_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pks_value_clear(&values[i]);
}

static void expect_many(struct pks_object *queue, size_t max, const int *expected, size_t expected_count)
{
	struct pks_value values[16] = {{0}};
	size_t count = 99;
	int64_t number;

	cr_assert_eq(pks_queue_get_many(queue, values, max, 0, &count), 0, "%s", pks_error_message());
	cr_assert_eq(count, expected_count);
	for (size_t i = 0; i < count; i++) {
		cr_expect_eq(pks_value_int(&values[i], &number), 0);
		cr_expect_eq(number, expected[i]);
	}
	clear_all(values, count);
}

Test(queue, several_are_put_and_got_in_one_commit)
{
	struct pks_object *queue = open_queue("several", 0);
	struct pks_object *lifo = pks_lifoqueue_open(store, "lifo", 0, PKS_MUST_CREATE);
	struct pks_value values[10] = {{0}};
	struct pks_store_stat before, after;
	uint64_t version;
	size_t count = 99;

	pack_numbers(values, 0, 10);
	cr_expect_eq(pks_store_stat(store, &before), 0);
	cr_expect_eq(pks_queue_put_many(queue, values, 10, 0), 0);
	cr_expect_eq(pks_store_stat(store, &after), 0);
	cr_expect_eq(after.last_commit, before.last_commit + 1);
	pks_object_version(queue, &version);
	cr_expect_eq(version, 2);
	expect_many(queue, 3, (int[]){0, 1, 2}, 3);
	pks_object_version(queue, &version);
	cr_expect_eq(version, 3);
	expect_many(queue, 16, (int[]){3, 4, 5, 6, 7, 8, 9}, 7);
	cr_expect_eq(pks_queue_get_many(queue, values, 10, 0, &count), PKS_EMPTY);
	cr_expect_eq(count, 99);
	cr_expect_eq(pks_queue_put_many(lifo, values, 4, 0), 0);
	expect_many(lifo, 3, (int[]){3, 2, 1}, 3);
	expect_many(lifo, 3, (int[]){0}, 1);
	cr_expect_eq(pks_queue_put_many(queue, values, 0, 0), 0, "nothing is put at once");
	cr_expect_eq(pks_queue_get_many(queue, values, 0, 0, &count), PKS_ERR_USAGE);
	clear_all(values, 10);
	pks_store_close(store);
}

Test(queue, maxsize_is_kept_and_several_go_in_whole_or_not_at_all)
{
	struct pks_object *queue = open_queue("maxsize", 3), *again;
	struct pks_value values[4] = {{0}};
	struct pks_object_info info;

	pack_numbers(values, 0, 4);
	put_numbers(queue, 0, 2);
	cr_expect_eq(pks_queue_put_many(queue, values, 2, 0), PKS_FULL);
	expect_stats(queue, 2, 0, 0, 2);
	cr_expect_eq(pks_queue_put_many(queue, values, 4, -1), PKS_ERR_LIMIT, "it would wait for ever");
	put_numbers(queue, 2, 3);
	cr_expect_eq(pks_queue_putf(queue, 0, "i", 9), PKS_FULL);
	cr_expect_eq(pks_queue_putf(queue, 20, "i", 9), PKS_FULL, "after a wait, too");
	again = pks_queue_open(store, "test/queue", 77, PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_object_info(again, &info), 0);
	cr_expect_eq(info.limit, 3);
	cr_expect_eq(info.count, 3);
	expect_next(queue, 0);
	put_numbers(queue, 3, 4);
	expect_items(queue, PKS_QUEUE_READY, false, "1 2 3");
	clear_all(values, 4);
	pks_store_close(store);
}

Test(queue, a_limit_of_bytes_makes_it_full_too)
{
	struct pks_object *queue = open_queue("limit_of_bytes", 0);
	struct pks_object_info info;

	put_numbers(queue, 0, 2);
	cr_expect_eq(pks_object_info(queue, &info), 0);
	cr_expect_eq(info.bytes, 2 * 9);
	cr_expect_eq(pks_object_set_limit(queue, 0, 20), 0);
	cr_expect_eq(pks_queue_putf(queue, 0, "i", 2), PKS_FULL);
	cr_expect_eq(pks_queue_putf(queue, -1, "s", "thirteen byte"), PKS_ERR_LIMIT, "it would wait for ever");
	expect_next(queue, 0);
	put_numbers(queue, 2, 3);
	pks_store_close(store);
}

/* ---- iteration ---- */

Test(queue, an_iterator_follows_its_own_transaction)
{
	struct pks_object *queue = open_queue("follows", 0);
	struct pks_queue_iter *iter;
	struct pks_queue_item item;

	put_numbers(queue, 0, 4);
	cr_assert_eq(pks_begin(store), 0);
	iter = pks_queue_iter(queue, PKS_QUEUE_ALL, false);
	cr_expect_eq(pks_queue_next(iter, &item), 0);
	expect_next(queue, 0);
	expect_next(queue, 1);
	cr_expect_eq(pks_queue_next(iter, &item), 0);
	cr_expect_eq(item.sequence, 2);
	put_numbers(queue, 4, 5);
	cr_expect_eq(pks_queue_next(iter, &item), 0);
	cr_expect_eq(pks_queue_next(iter, &item), 0);
	cr_expect_eq(item.sequence, 4);
	cr_expect_eq(pks_queue_next(iter, &item), PKS_END);
	cr_expect_eq(pks_commit(store), 0);
	cr_expect_eq(pks_queue_next(iter, &item), PKS_ERR_USAGE);
	pks_queue_iter_close(iter);
	cr_expect_null(pks_queue_iter(queue, 0, false));
	cr_expect_null(pks_queue_iter(queue, 8, false));
	pks_store_close(store);
}

Test(queue, a_copy_item_by_item_is_the_same)
{
	struct pks_object *from, *to;
	struct pks_reservation held = {0};
	struct pks_queue_iter *iter;
	struct pks_queue_item item;

	open_store("a_copy");
	from = pks_priorityqueue_open(store, "from", 0, PKS_MUST_CREATE);
	to = pks_priorityqueue_open(store, "to", 0, PKS_MUST_CREATE);
	put_priority(from, 3, 0);
	put_priority(from, -3, 1);
	put_priority(from, 3, 2);
	cr_assert_eq(pks_queue_reserve(from, 0, &held), 0);
	cr_assert_eq(pks_queue_bury(from, &held), 0);
	iter = pks_queue_iter(from, PKS_QUEUE_ALL, false);
	while (pks_queue_next(iter, &item) == 0)
		cr_expect_eq(pks_queue_put_item(to, &item), 0, "%s", pks_error_message());
	pks_queue_iter_close(iter);
	expect_items(to, PKS_QUEUE_ALL, false, "1b 0 2");
	iter = pks_queue_iter(to, PKS_QUEUE_BURIED, false);
	cr_expect_eq(pks_queue_next(iter, &item), 0);
	cr_expect_eq(item.deliveries, 1);
	cr_expect_eq(item.priority, -3);
	pks_queue_iter_close(iter);
	expect_stats(to, 2, 0, 1, 3);
	pks_reservation_clear(&held);
	pks_store_close(store);
}

/* ---- types ---- */

Test(queue, several_items_with_a_priority_are_put_all_or_none)
{
	struct pks_value values[3] = {{0}};
	struct pks_object *queue;
	uint64_t count = 0;
	int first = 0;

	open_store("many_priority");
	queue = pks_priorityqueue_open(store, "test/queue", 3, PKS_MUST_CREATE);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(pks_value_pack(&values[i], "i", i), 0);
	cr_expect_eq(pks_queue_put_many_priority(queue, 5, values, 2, 0), 0);
	cr_expect_eq(pks_queue_put_many_priority(queue, 4, values, 2, 0), PKS_FULL);
	cr_expect_eq(pks_queue_count(queue, &count), 0);
	cr_expect_eq(count, 2);
	cr_expect_eq(pks_queue_put_many_priority(queue, 4, &values[2], 1, 0), 0);
	cr_expect_eq(pks_queue_getf(queue, 0, "i", &first), 0);
	cr_expect_eq(first, 2);
	for (int i = 0; i < 3; i++)
		pks_value_clear(&values[i]);
	pks_store_close(store);
}

Test(queue, other_types_are_refused_by_name)
{
	struct pks_object *queue = open_queue("other_types", 0), *dict = pks_dict_open(store, "d", PKS_MUST_CREATE);
	struct pks_value value = {0}, one = {0};

	cr_assert_eq(pks_value_pack(&one, "i", 1), 0);
	cr_expect_eq(pks_queue_get(dict, 0, &value), PKS_ERR_TYPE);
	cr_expect_str_eq(pks_error_message(), "d: is a Dict, not a Queue");
	cr_expect_eq(pks_dict_setf(queue, "k", "i", 1), PKS_ERR_TYPE);
	cr_expect_str_eq(pks_error_message(), "test/queue: is a Queue, not a Dict");
	cr_expect_eq(pks_queue_put_priority(queue, 1, &one, 0), PKS_ERR_TYPE);
	cr_expect_str_eq(pks_error_message(), "test/queue: is a Queue, not a PriorityQueue");
	cr_expect_null(pks_lifoqueue_open(store, "test/queue", 0, PKS_OPEN_OR_CREATE));
	cr_expect_str_eq(pks_error_message(), "test/queue: is a Queue, not a LifoQueue");
	cr_expect_eq(pks_queue_put(queue, NULL, 0), PKS_ERR_USAGE);
	cr_expect_eq(pks_queue_put(queue, &value, 0), PKS_ERR_USAGE);
	cr_expect_eq(pks_queue_ack(queue, NULL), PKS_ERR_USAGE);
	cr_expect_eq(pks_queue_put_item(queue, NULL), PKS_ERR_USAGE);
	cr_expect_eq(pks_object_drop(queue), 0);
	cr_expect_eq(pks_queue_get(queue, -1, &value), PKS_ERR_GONE);
	cr_expect_eq(pks_queue_put(queue, &one, -1), PKS_ERR_GONE);
	pks_value_clear(&one);
	pks_store_close(store);
}

Test(queue, a_queue_that_was_emptied_leaves_nothing_behind)
{
	struct pks_object *queue = open_queue("nothing_behind", 0);
	struct pks_reservation held = {0};
	struct pks_object_info info;

	put_numbers(queue, 0, 100);
	for (int i = 0; i < 50; i++) {
		cr_assert_eq(pks_queue_reserve(queue, 0, &held), 0);
		cr_assert_eq(i % 2 ? pks_queue_ack(queue, &held) : pks_queue_bury(queue, &held), 0);
		pks_reservation_clear(&held);
	}
	cr_expect_eq(pks_queue_kick(queue, 100, NULL), 0);
	for (int i = 0; i < 75; i++) {
		cr_expect_eq(pks_queue_reserve(queue, 0, &held) || pks_queue_ack(queue, &held), 0);
		pks_reservation_clear(&held);
	}
	cr_expect_eq(pks_object_info(queue, &info), 0);
	cr_expect_eq(info.bytes, 0, "%llu bytes", (unsigned long long)info.bytes);
	cr_expect_eq(info.count, 0);
	pks_store_close(store);
}
