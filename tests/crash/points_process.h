/* SPDX-License-Identifier: MIT */
/* Processes of a pool of one worker, for operations of theirs that are killed at each point: see points.h. */
#ifndef TESTS_CRASH_POINTS_PROCESS_H
#define TESTS_CRASH_POINTS_PROCESS_H

#include "points.h"

#include "lib/runtime.h"

#include <string.h>

static struct pks_object *log_object, *processes[2];
static uint64_t *ids; /* the processes', for whoever is killed */

static inline void open_objects(struct pks_store *store)
{
	runtime_store = store;
	log_object = pks_log_open(store, "log", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(log_object, "%s", pks_error_message());
	ids = (uint64_t *)points_note;
}

static inline void end_pool(void)
{
	cr_assert_eq(pks_killall(points_store), 0, "%s", pks_error_message());
	cr_assert_eq(runtime_left_over(), 0);
}

/* ---- what is prepared ---- */

static inline struct pks_object *new_one(const char *target)
{
	struct pks_object *process = runtime_new(target);

	cr_assert_eq(pks_dict_setf(process, "log", "o", log_object), 0, "%s", pks_error_message());
	return process;
}

static inline void make_one(const char *target)
{
	processes[0] = new_one(target);
	*ids = pks_object_id(processes[0]);
}

/* A pool of one, which is idle. */
static inline void prepare_pool(void)
{
	cr_assert_eq(pks_pool_set_size(points_store, NULL, 1), 0, "%s", pks_error_message());
	runtime_expect_well();
}

static inline void prepare_new(int number)
{
	(void)number;
	prepare_pool();
	make_one("handlers:append");
}

static inline void prepare_ended(int number)
{
	prepare_new(number);
	cr_assert_eq(pks_process_start(processes[0]), 0);
	runtime_join(processes[0]);
}

static inline void prepare_held(int number)
{
	(void)number;
	prepare_pool();
	make_one("handlers:hold");
	cr_assert_eq(pks_process_set_grace(processes[0], 5), 0);
	cr_assert_eq(pks_process_start(processes[0]), 0);
	runtime_await(processes[0], "here");
}

/* ---- what is looked at ---- */

static inline int runs_of(struct pks_object *process)
{
	struct pks_log_iter *iter = pks_log_iter(log_object, 0, INT64_MAX, false);
	struct pks_object_info info;
	struct pks_value entry;
	const char *text;
	size_t size;
	int count = 0;

	cr_assert_eq(pks_object_info(process, &info), 0);
	while (pks_log_next(iter, &entry, NULL) == 0)
		if (pks_value_text(&entry, &text, &size) == 0 && size == strlen(info.path) &&
		    memcmp(text, info.path, size) == 0)
			count++;
	pks_log_iter_close(iter);
	return count;
}

static inline enum pks_status status_of(struct pks_object *process)
{
	enum pks_status status;

	cr_assert_eq(pks_process_status(process, &status), 0, "%s", pks_error_message());
	return status;
}

/* The processes are done with. */
static inline void forget(void)
{
	uint64_t cleaned;

	runtime_expect_index_right();
	for (int i = 0; i < 2; i++)
		pks_object_close(processes[i]);
	memset(processes, 0, sizeof(processes));
	cr_assert_eq(pks_process_clean(points_store, PKS_TERMINAL | PKS_CREATED, &cleaned), 0, "%s",
	             pks_error_message());
	cr_assert_eq(pks_log_clear(log_object), 0);
}

#endif
