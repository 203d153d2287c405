/* SPDX-License-Identifier: MIT */
/* What tests of watching do again and again. */
#ifndef TESTS_MULTI_WATCHED_H
#define TESTS_MULTI_WATCHED_H

#include "lib/runtime.h"

#include <criterion/criterion.h>

#include <poll.h>
#include <stdio.h>

/* What a call that must not wait is told, and one that must not hang. */
#define AT_ONCE 0
#define PATIENCE RUNTIME_PATIENCE_MS

static inline struct pks_watch *new_watch(void)
{
	struct pks_watch *watch = pks_watch_new(runtime_store);

	cr_assert_not_null(watch, "%s", pks_error_message());
	return watch;
}

static inline void expect_told(struct pks_watch *watch, int timeout_ms, size_t expected)
{
	size_t which = 99;

	cr_expect_eq(pks_watch_wait(watch, timeout_ms, &which), 0, "%s", pks_error_message());
	cr_expect_eq(which, expected, "%zu, not %zu", which, expected);
}

static inline void expect_nothing(struct pks_watch *watch)
{
	size_t which;

	cr_expect_eq(pks_watch_wait(watch, AT_ONCE, &which), PKS_TIMED_OUT);
}

static inline char *store_path(void)
{
	static char path[PKS_STORE_PATH_SIZE];

	snprintf(path, sizeof(path), "%s", pks_store_path(runtime_store));
	return path;
}

static inline int append_soon(void *path)
{
	struct pks_store *store = pks_store_open(path, NULL);
	struct pks_object *log = pks_object_open(store, "l");

	return pks_log_appendf(log, "i", 1) == 0 ? 0 : 1;
}

static inline bool readable(int fd, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, timeout_ms) == 1;
}

static inline int descriptor_of(struct pks_watch *watch)
{
	int fd = -1;

	cr_assert_eq(pks_watch_fd(watch, &fd), 0, "%s", pks_error_message());
	return fd;
}

#endif
