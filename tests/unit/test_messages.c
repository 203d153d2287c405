/* SPDX-License-Identifier: MIT */
/* What a person reads when a program prints pks_error_message(): which object, and what in it. */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <string.h>

static struct pks_store *store;

#define SAYS(expected, call)                                                                                           \
	do {                                                                                                           \
		cr_expect_neq(call, 0, #call);                                                                         \
		cr_expect_str_eq(pks_error_message(), expected);                                                       \
	} while (0)

static void open_store(const char *test)
{
	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
}

Test(messages, what_cannot_be_read_so_is_named)
{
	struct pks_object *dict, *log, *cell, *array, *queue;
	const char *borrowed;
	size_t size;
	int number;

	open_store("named");
	dict = pks_dict_open(store, "a/dict", PKS_OPEN_OR_CREATE);
	pks_dict_setf(dict, "port", "s", "http");
	SAYS("a/dict: key 'port': text, not int", pks_dict_getf(dict, "port", "i", &number));
	SAYS("a/dict: key 'port': the letters S, y and v borrow: they need an open snapshot",
	     pks_dict_getf(dict, "port", "S", &borrowed, &size));
	pks_attr_setf(dict, "color", "s", "red");
	SAYS("a/dict: attribute 'color': text, not int", pks_attr_getf(dict, "color", "i", &number));
	log = pks_log_open(store, "a/log", PKS_OPEN_OR_CREATE);
	pks_log_appendf(log, "s", "line");
	SAYS("a/log: entry -1: text, not int", pks_log_getf(log, -1, "i", &number));
	cell = pks_cell_open(store, "a/value", PKS_OPEN_OR_CREATE);
	pks_cell_setf(cell, "s", "text");
	SAYS("a/value: text, not int", pks_cell_getf(cell, "i", &number));
	array = pks_array_open(store, "a/array", PKS_DOUBLE, 3, PKS_OPEN_OR_CREATE);
	pks_array_setf(array, 1, "d", 0.5);
	SAYS("a/array: number 1: double, not int", pks_array_getf(array, 1, "i", &number));
	queue = pks_queue_open(store, "a/queue", 0, PKS_OPEN_OR_CREATE);
	pks_queue_putf(queue, 0, "s", "item");
	SAYS("a/queue: the next item: text, not int", pks_queue_getf(queue, 0, "i", &number));
	pks_store_close(store);
}
