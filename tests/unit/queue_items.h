/* SPDX-License-Identifier: MIT */
/* A Queue of numbers in a store of its own, and what is expected of it. */
#ifndef TESTS_UNIT_QUEUE_ITEMS_H
#define TESTS_UNIT_QUEUE_ITEMS_H

#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct pks_store *store;

static inline void open_store(const char *test)
{
	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
}

static inline struct pks_object *open_queue(const char *test, uint64_t maxsize)
{
	struct pks_object *queue;

	open_store(test);
	queue = pks_queue_open(store, "test/queue", maxsize, PKS_MUST_CREATE);
	cr_assert_not_null(queue, "%s", pks_error_message());
	return queue;
}

static inline void put_numbers(struct pks_object *queue, int from, int to)
{
	for (int i = from; i < to; i++)
		cr_assert_eq(pks_queue_putf(queue, 0, "i", i), 0, "%s", pks_error_message());
}

static inline void expect_next(struct pks_object *queue, int expected)
{
	int number = -1;

	cr_expect_eq(pks_queue_getf(queue, 0, "i", &number), 0, "%s", pks_error_message());
	cr_expect_eq(number, expected, "%d, not %d", number, expected);
}

static inline void expect_empty(struct pks_object *queue)
{
	struct pks_value value = {0};

	cr_expect_eq(pks_queue_get(queue, 0, &value), PKS_EMPTY);
	cr_expect_eq(pks_queue_peek(queue, &value), PKS_EMPTY);
	cr_expect_null(value.data);
}

static inline void expect_stats(struct pks_object *queue, uint64_t ready, uint64_t reserved, uint64_t buried,
                         uint64_t unfinished)
{
	struct pks_queue_stats stats;
	uint64_t count = 999;

	cr_assert_eq(pks_queue_stats(queue, &stats), 0, "%s", pks_error_message());
	cr_expect_eq(stats.ready, ready, "%llu ready", (unsigned long long)stats.ready);
	cr_expect_eq(stats.reserved, reserved, "%llu reserved", (unsigned long long)stats.reserved);
	cr_expect_eq(stats.buried, buried, "%llu buried", (unsigned long long)stats.buried);
	cr_expect_eq(stats.unfinished, unfinished, "%llu unfinished", (unsigned long long)stats.unfinished);
	cr_expect_eq(pks_queue_count(queue, &count), 0);
	cr_expect_eq(count, ready);
}

/* What the items at the places are, as "1 2r 3b": reserved and buried ones are marked. */
static inline void expect_items(struct pks_object *queue, int places, bool reverse, const char *expected)
{
	struct pks_queue_iter *iter = pks_queue_iter(queue, places, reverse);
	struct pks_queue_item item;
	char text[256] = "", one[32];
	int64_t number;
	int r;

	cr_assert_not_null(iter, "%s", pks_error_message());
	while ((r = pks_queue_next(iter, &item)) == 0) {
		cr_assert_eq(pks_value_int(&item.value, &number), 0);
		snprintf(one, sizeof(one), "%s%d%s", *text ? " " : "", (int)number,
		         item.place == PKS_QUEUE_RESERVED ? "r"
		         : item.place == PKS_QUEUE_BURIED ? "b"
		                                          : "");
		strcat(text, one);
	}
	cr_expect_eq(r, PKS_END, "%s", pks_error_message());
	pks_queue_iter_close(iter);
	cr_expect_str_eq(text, expected);
}

#endif
