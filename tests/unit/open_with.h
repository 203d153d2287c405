/* SPDX-License-Identifier: MIT */
/* Opening a store that is there, and one that is refused. */
#ifndef TESTS_UNIT_OPEN_WITH_H
#define TESTS_UNIT_OPEN_WITH_H

#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <string.h>

static inline struct pks_store *open_with(const char *path, const struct pks_store_options *options)
{
	struct pks_store *store = pks_store_open(path, options);

	cr_assert_not_null(store, "%s", pks_error_message());
	return store;
}

static inline void expect_refused(const char *path, const struct pks_store_options *options, int code,
                                  const char *words)
{
	struct pks_store *store = pks_store_open(path, options);

	cr_expect_null(store);
	cr_expect_eq(pks_error_code(), code, "%d: %s", pks_error_code(), pks_error_message());
	cr_expect_not_null(strstr(pks_error_message(), words), "not \"%s\": %s", words, pks_error_message());
	pks_store_close(store);
}

#endif
