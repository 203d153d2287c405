/* SPDX-License-Identifier: MIT */
/* What is done with items: in transactions, reserved, and until all is done. */
#include "queue_items.h"

#include <stdlib.h>

/* ---- transactions ---- */

Test(queue_work, a_get_and_what_is_done_with_the_item_commit_together)
{
	struct pks_object *queue = open_queue("together", 0);
	struct pks_object *log = pks_log_open(store, "done", PKS_MUST_CREATE);
	struct pks_value value = {0};
	uint64_t count;

	put_numbers(queue, 0, 2);
	cr_expect_eq(pks_begin(store), 0);
	cr_expect_eq(pks_queue_get(queue, -1, &value), 0);
	cr_expect_eq(pks_log_append(log, &value), 0);
	cr_expect_eq(pks_abort(store), 0);
	pks_value_clear(&value);
	expect_items(queue, PKS_QUEUE_ALL, false, "0 1");
	cr_expect_eq(pks_begin(store), 0);
	cr_expect_eq(pks_queue_get(queue, -1, &value), 0);
	cr_expect_eq(pks_log_append(log, &value), 0);
	cr_expect_eq(pks_commit(store), 0);
	pks_value_clear(&value);
	expect_items(queue, PKS_QUEUE_ALL, false, "1");
	cr_expect_eq(pks_log_count(log, &count), 0);
	cr_expect_eq(count, 1);
	pks_store_close(store);
}

Test(queue_work, waiting_inside_a_transaction_is_refused_and_the_transaction_can_go_on)
{
	struct pks_object *queue = open_queue("inside", 1);
	struct pks_value value = {0};

	cr_expect_eq(pks_begin(store), 0);
	cr_expect_eq(pks_queue_get(queue, -1, &value), PKS_ERR_USAGE);
	cr_expect_eq(pks_queue_get(queue, 0, &value), PKS_EMPTY);
	cr_expect_eq(pks_queue_putf(queue, -1, "i", 1), 0, "there is room: nothing to wait for");
	cr_expect_eq(pks_queue_putf(queue, -1, "i", 2), PKS_ERR_USAGE);
	cr_expect_eq(pks_queue_putf(queue, 0, "i", 2), PKS_FULL);
	cr_expect_eq(pks_queue_join(queue, 0), PKS_ERR_USAGE);
	cr_expect_eq(pks_commit(store), 0, "%s", pks_error_message());
	expect_items(queue, PKS_QUEUE_ALL, false, "1");
	cr_expect_eq(pks_snapshot_begin(store), 0);
	cr_expect_eq(pks_queue_get(queue, 0, &value), PKS_ERR_READ_ONLY);
	cr_expect_eq(pks_queue_peek(queue, &value), 0);
	cr_expect_null(value.owned);
	cr_expect_eq(pks_snapshot_end(store), 0);
	pks_store_close(store);
}

Test(queue_work, values_borrowed_in_the_transaction_are_put_as_they_were)
{
	struct pks_object *queue = open_queue("borrowed", 0);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_MUST_CREATE);
	struct pks_value values[2] = {{0}};

	pks_dict_setf(dict, "a", "i", 1);
	pks_dict_setf(dict, "b", "i", 2);
	cr_expect_eq(pks_begin(store), 0);
	cr_expect_eq(pks_dict_get(dict, "a", &values[0]), 0);
	cr_expect_eq(pks_dict_get(dict, "b", &values[1]), 0);
	cr_expect_eq(pks_queue_put_many(queue, values, 2, 0), 0);
	cr_expect_eq(pks_commit(store), 0);
	expect_items(queue, PKS_QUEUE_ALL, false, "1 2");
	pks_store_close(store);
}

Test(queue_work, an_item_of_another_form_stays)
{
	struct pks_object *queue = open_queue("another_form", 0);
	char *text = NULL;
	const void *bytes;
	size_t size;
	int number = 0;

	put_numbers(queue, 7, 8);
	cr_expect_eq(pks_queue_getf(queue, 0, "s", &text), PKS_ERR_TYPE);
	cr_expect_eq(pks_queue_getf(queue, 0, "y", &bytes, &size), PKS_ERR_USAGE);
	cr_expect_eq(pks_begin(store), 0);
	cr_expect_eq(pks_queue_getf(queue, 0, "s", &text), PKS_ERR_TYPE);
	cr_expect_eq(pks_queue_getf(queue, 0, "i", &number), 0);
	cr_expect_eq(pks_commit(store), 0, "a refused form dooms nothing");
	cr_expect_eq(number, 7);
	cr_expect_eq(pks_queue_putf(queue, 0, "s", "text"), 0);
	cr_expect_eq(pks_queue_getf(queue, 0, "s", &text), 0);
	cr_expect_str_eq(text, "text");
	free(text);
	pks_store_close(store);
}

/* ---- clear, peek, task_done, join ---- */

Test(queue_work, clear_takes_all_but_what_is_reserved)
{
	struct pks_object *queue = open_queue("clear", 0);
	struct pks_reservation held = {0}, buried = {0};

	put_numbers(queue, 0, 5);
	cr_assert_eq(pks_queue_reserve(queue, 0, &held), 0);
	cr_assert_eq(pks_queue_reserve(queue, 0, &buried), 0);
	cr_assert_eq(pks_queue_bury(queue, &buried), 0);
	expect_stats(queue, 3, 1, 1, 5);
	cr_expect_eq(pks_queue_clear(queue), 0);
	expect_stats(queue, 0, 1, 0, 1);
	expect_empty(queue);
	cr_expect_eq(pks_queue_ack(queue, &held), 0);
	expect_stats(queue, 0, 0, 0, 0);
	cr_expect_eq(pks_queue_clear(queue), 0);
	put_numbers(queue, 5, 6);
	expect_next(queue, 5);
	pks_reservation_clear(&held);
	pks_reservation_clear(&buried);
	pks_store_close(store);
}

Test(queue_work, join_ends_when_all_is_done)
{
	struct pks_object *queue = open_queue("join", 0);
	struct pks_reservation held = {0};

	cr_expect_eq(pks_queue_join(queue, -1), 0, "nothing was put in");
	put_numbers(queue, 0, 3);
	expect_next(queue, 0);
	expect_next(queue, 1);
	cr_expect_eq(pks_queue_join(queue, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_queue_task_done(queue, 4), PKS_ERR_STATE);
	cr_expect_eq(pks_queue_task_done(queue, 2), 0);
	cr_expect_eq(pks_queue_reserve(queue, 0, &held), 0);
	cr_expect_eq(pks_queue_join(queue, 1), PKS_TIMED_OUT);
	cr_expect_eq(pks_queue_ack(queue, &held), 0);
	cr_expect_eq(pks_queue_join(queue, -1), 0);
	cr_expect_eq(pks_queue_task_done(queue, 1), PKS_ERR_STATE);
	pks_reservation_clear(&held);
	pks_store_close(store);
}

/* Who joins is woken by what changes the queue. */
Test(queue_work, what_is_done_is_a_change_of_the_queue)
{
	struct pks_object *queue = open_queue("done", 0);
	uint64_t before = 0, after = 0;

	put_numbers(queue, 0, 1);
	expect_next(queue, 0);
	cr_expect_eq(pks_object_version(queue, &before), 0);
	cr_expect_eq(pks_queue_task_done(queue, 1), 0);
	cr_expect_eq(pks_object_version(queue, &after), 0);
	cr_expect_eq(after, before + 1);
	pks_store_close(store);
}

/* ---- reservations ---- */

Test(queue_work, a_released_item_returns_to_its_place_and_counts_its_deliveries)
{
	struct pks_object *queue = open_queue("released", 0);
	struct pks_reservation first = {0}, second = {0}, again = {0};
	int64_t number;

	put_numbers(queue, 0, 3);
	cr_assert_eq(pks_queue_reserve(queue, 0, &first), 0);
	cr_expect_eq(first.deliveries, 1);
	cr_expect_eq(pks_value_int(&first.value, &number), 0);
	cr_expect_eq(number, 0);
	cr_assert_eq(pks_queue_reserve(queue, 0, &second), 0);
	expect_items(queue, PKS_QUEUE_ALL, false, "0r 1r 2");
	expect_items(queue, PKS_QUEUE_READY, false, "2");
	expect_items(queue, PKS_QUEUE_RESERVED, true, "1r 0r");
	cr_expect_eq(pks_queue_release(queue, &second), 0);
	cr_expect_eq(pks_queue_release(queue, &first), 0);
	expect_items(queue, PKS_QUEUE_ALL, false, "0 1 2");
	cr_assert_eq(pks_queue_reserve(queue, 0, &again), 0);
	cr_expect_eq(again.deliveries, 2);
	cr_expect_eq(again.sequence, first.sequence);
	cr_expect_eq(pks_queue_ack(queue, &first), PKS_ERR_STATE, "it was released");
	cr_expect_eq(pks_queue_release(queue, &first), PKS_ERR_STATE);
	cr_expect_eq(pks_queue_ack(queue, &again), 0);
	cr_expect_eq(pks_queue_ack(queue, &again), PKS_ERR_STATE);
	cr_expect_eq(pks_queue_bury(queue, &again), PKS_ERR_STATE);
	expect_items(queue, PKS_QUEUE_ALL, false, "1 2");
	expect_stats(queue, 2, 0, 0, 2);
	pks_reservation_clear(&first);
	pks_reservation_clear(&second);
	pks_reservation_clear(&again);
	pks_reservation_clear(&again);
	pks_reservation_clear(NULL);
	pks_store_close(store);
}

Test(queue_work, buried_items_are_had_by_nobody_until_they_are_kicked)
{
	struct pks_object *queue = open_queue("buried", 0);
	struct pks_reservation held[3] = {0};
	uint64_t kicked = 9;

	put_numbers(queue, 0, 4);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(pks_queue_reserve(queue, 0, &held[i]), 0);
	for (int i = 2; i >= 0; i--)
		cr_assert_eq(pks_queue_bury(queue, &held[i]), 0);
	expect_items(queue, PKS_QUEUE_ALL, false, "0b 1b 2b 3");
	expect_stats(queue, 1, 0, 3, 4);
	cr_expect_eq(pks_queue_kick(queue, 2, &kicked), 0);
	cr_expect_eq(kicked, 2);
	expect_items(queue, PKS_QUEUE_ALL, false, "0 1 2b 3");
	cr_expect_eq(pks_queue_kick(queue, 99, NULL), 0);
	cr_expect_eq(pks_queue_kick(queue, 99, &kicked), 0);
	cr_expect_eq(kicked, 0);
	expect_stats(queue, 4, 0, 0, 4);
	for (int i = 0; i < 4; i++)
		expect_next(queue, i);
	for (int i = 0; i < 3; i++)
		pks_reservation_clear(&held[i]);
	pks_store_close(store);
}

Test(queue_work, reserving_an_item_makes_room_and_giving_it_back_needs_none)
{
	struct pks_object *queue = open_queue("makes_room", 1);
	struct pks_reservation held = {0};

	put_numbers(queue, 0, 1);
	cr_assert_eq(pks_queue_reserve(queue, 0, &held), 0);
	put_numbers(queue, 1, 2);
	cr_expect_eq(pks_queue_release(queue, &held), 0);
	expect_items(queue, PKS_QUEUE_READY, false, "0 1");
	cr_expect_eq(pks_queue_putf(queue, 0, "i", 2), PKS_FULL);
	pks_reservation_clear(&held);
	pks_store_close(store);
}

Test(queue_work, an_acknowledgement_joins_the_transaction)
{
	struct pks_object *queue = open_queue("joins", 0);
	struct pks_reservation held = {0};

	put_numbers(queue, 0, 1);
	cr_assert_eq(pks_queue_reserve(queue, 0, &held), 0);
	cr_expect_eq(pks_begin(store), 0);
	cr_expect_eq(pks_queue_ack(queue, &held), 0);
	cr_expect_eq(pks_abort(store), 0);
	expect_stats(queue, 0, 1, 0, 1);
	cr_expect_eq(pks_begin(store), 0);
	cr_expect_eq(pks_queue_ack(queue, &held), 0);
	cr_expect_eq(pks_queue_ack(queue, &held), PKS_ERR_STATE);
	cr_expect_eq(pks_commit(store), 0, "%s", pks_error_message());
	expect_stats(queue, 0, 0, 0, 0);
	pks_reservation_clear(&held);
	pks_store_close(store);
}
