/* SPDX-License-Identifier: MIT */
/*
 * Lots (runtime/lot.h): whatever becomes of one process, those that its worker has claimed with it end as if each had
 * been claimed alone. Quick ones before the one that a test is about have its worker take lots; on a slow machine it
 * may not, and then the same must hold.
 */
#ifndef TESTS_MULTI_LOTS_H
#define TESTS_MULTI_LOTS_H

#include "lib/runtime.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#define COUNT 100

/* Behind enough quick ones, and with as many behind it as a lot may have. */
#define SPECIAL 66

static struct pks_object *processes[COUNT];
static struct pks_object *order; /* what runs appends its name */

static inline void make(unsigned workers)
{
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, workers), 0);
	order = pks_log_open(runtime_store, "order", PKS_OPEN_OR_CREATE);
	for (int i = 0; i < COUNT; i++) {
		char path[32];

		snprintf(path, sizeof(path), "lot/%d", i);
		processes[i] = pks_process_new(runtime_store, path, "lots:lot");
		cr_assert(processes[i], "%s", pks_error_message());
	}
	/* So that the worker is there, and has loaded the module. */
	runtime_run("lots:lot");
}

static inline void note_runs(int from)
{
	for (int i = from; i < COUNT; i++)
		cr_assert_eq(pks_dict_setf(processes[i], "log", "o", order), 0);
}

static inline void give(int index, const char *act)
{
	cr_assert_eq(pks_dict_setf(processes[index], "act", "s", act), 0);
}

static inline void start(void)
{
	cr_assert_eq(pks_begin(runtime_store), 0);
	for (int i = 0; i < COUNT; i++)
		cr_assert_eq(pks_process_start(processes[i]), 0, "%s", pks_error_message());
	cr_assert_eq(pks_commit(runtime_store), 0);
}

/* Each in a commit of its own. */
static inline void start_apart(void)
{
	for (int i = 0; i < COUNT; i++)
		cr_assert_eq(pks_process_start(processes[i]), 0, "%s", pks_error_message());
}

static inline void release(int index)
{
	cr_assert_eq(pks_dict_setf(processes[index], "go", "b", 1), 0);
}

static inline void expect_finished(int from, int to)
{
	for (int i = from; i < to; i++) {
		struct pks_process_info info;

		runtime_join(processes[i]);
		runtime_expect(processes[i], PKS_FINISHED, 0, NULL);
		cr_assert_eq(pks_process_info(processes[i], &info), 0);
		cr_assert_eq(info.attempt, 1, "%d", i);
		cr_assert(info.submitted_ns <= info.started_ns && info.started_ns <= info.ended_ns, "%d", i);
	}
}

static inline void expect_others_finished(int special)
{
	expect_finished(0, special);
	expect_finished(special + 1, COUNT);
	cr_assert_geq(runtime_expect_index_right(), COUNT);
}

/* How often it has run, if it was to note that. */
static inline int runs(int index)
{
	struct pks_log_iter *iter = pks_log_iter(order, 0, INT64_MAX, false);
	struct pks_object_info info;
	struct pks_value entry;
	const char *text;
	size_t size;
	int count = 0;

	cr_assert_eq(pks_object_info(processes[index], &info), 0);
	while (pks_log_next(iter, &entry, NULL) == 0)
		count += pks_value_text(&entry, &text, &size) == 0 && size == strlen(info.path) &&
			 memcmp(text, info.path, size) == 0;
	pks_log_iter_close(iter);
	return count;
}

static inline enum pks_status status(int index)
{
	enum pks_status status;

	cr_assert_eq(pks_process_status(processes[index], &status), 0);
	return status;
}

#endif
