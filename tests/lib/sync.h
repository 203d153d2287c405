/* SPDX-License-Identifier: MIT */
/* What the tests of synchronisation do again and again. */
#ifndef TESTS_LIB_SYNC_H
#define TESTS_LIB_SYNC_H

#include "child.h"
#include "scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <time.h>

/* Long enough to mean "for ever" to a test, short enough to end one that hangs. */
#define SYNC_FAR_MS 20000

/* Waits until so many wait for the object. */
static inline void sync_await_waiters(struct pks_object *object, uint64_t count)
{
	struct pks_object_info info;
	uint64_t version = 0;

	do {
		cr_assert_eq(pks_wait(object, version, SYNC_FAR_MS, &version), 0, "%s", pks_error_message());
		cr_assert_eq(pks_object_info(object, &info), 0);
	} while (info.count != count);
}

/* Longer than anybody has to wait before it is his turn: what is released then is handed to him. */
#define SYNC_PATIENCE_NS 10000000

/* Until the first in line has waited so long: it is time itself that passes here. */
static inline void sync_await_patience(struct pks_object *object)
{
	struct pks_party first;
	uint64_t now_ns;
	struct timespec now;
	size_t count;

	cr_assert_eq(pks_waiters(object, &first, 1, &count), 0, "%s", pks_error_message());
	cr_assert_gt(count, 0);
	do {
		clock_gettime(CLOCK_REALTIME, &now);
		now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	} while (now_ns < first.since_ns + SYNC_PATIENCE_NS);
}

static inline size_t sync_holders(struct pks_object *object)
{
	size_t count;

	cr_assert_eq(pks_holders(object, NULL, 0, &count), 0, "%s", pks_error_message());
	return count;
}

#endif
