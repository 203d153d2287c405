/* SPDX-License-Identifier: MIT */
/* What the tests of Arrays do again and again. */
#ifndef TESTS_UNIT_ARRAYS_H
#define TESTS_UNIT_ARRAYS_H

#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>

/* The numbers of a piece, when they have 8 bytes each; and what it takes with its key. */
#define PER_PIECE 510
#define PIECE_BYTES (4080 + 8)

static struct pks_store *store;

static inline struct pks_object *open_array(const char *test, enum pks_number number, uint64_t length)
{
	struct pks_object *array;

	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	array = pks_array_open(store, "test/array", number, length, PKS_MUST_CREATE);
	cr_assert_not_null(array, "%s", pks_error_message());
	return array;
}

static inline struct pks_object_info info_of(struct pks_object *object)
{
	struct pks_object_info info = {0};

	cr_assert_eq(pks_object_info(object, &info), 0);
	return info;
}

static inline int64_t number_at(struct pks_object *array, int64_t index)
{
	int64_t number = INT64_MIN;

	cr_expect_eq(pks_array_getf(array, index, "I", &number), 0, "%s", pks_error_message());
	return number;
}

#endif
