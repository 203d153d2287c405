/* SPDX-License-Identifier: MIT */
/* Processes by each of the methods to start them. */
#ifndef TESTS_MULTI_BY_METHOD_H
#define TESTS_MULTI_BY_METHOD_H

#include "base/proc.h"
#include "lib/runtime.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In `suite`, a test for each method of what `check` asserts. */
#define EACH_METHOD_OF(suite, check)                                                                                   \
	Test(suite, check##_by_pool)                                                                                   \
	{                                                                                                              \
		check(PKS_METHOD_POOL);                                                                                \
	}                                                                                                              \
	Test(suite, check##_by_dedicated)                                                                              \
	{                                                                                                              \
		check(PKS_METHOD_DEDICATED);                                                                           \
	}                                                                                                              \
	Test(suite, check##_by_forkserver)                                                                             \
	{                                                                                                              \
		check(PKS_METHOD_FORKSERVER);                                                                          \
	}                                                                                                              \
	Test(suite, check##_by_spawn)                                                                                  \
	{                                                                                                              \
		check(PKS_METHOD_SPAWN);                                                                               \
	}                                                                                                              \
	Test(suite, check##_by_fork)                                                                                   \
	{                                                                                                              \
		check(PKS_METHOD_FORK);                                                                                \
	}                                                                                                              \
	_Static_assert(1, "takes the semicolon")

/*
 * A copy of this program, which is linked with a library of its own, cannot load a module that is linked with the
 * shared one: so it executes the module's twin. fork_shared.c is a program that can.
 */
static inline struct pks_object *new_by(enum pks_method method, const char *target)
{
	const char *colon = strchr(target, ':');
	char twin[PKS_STORE_PATH_SIZE];
	struct pks_object *process;

	snprintf(twin, sizeof(twin), "%s/%.*s_program%s", getenv("PKSTORE_MODULE_PATH"), (int)(colon - target), target,
		 colon);
	if (method == PKS_METHOD_FORK && target[0] != '/' && strncmp(target, "no_", 3) != 0)
		target = twin;
	process = runtime_new(target);
	cr_assert_eq(pks_process_set_method(process, method), 0, "%s", pks_error_message());
	return process;
}

/* A test has threads that are not its own. */
static inline void start(struct pks_object *process, enum pks_method method)
{
	int r = method == PKS_METHOD_FORK ? pks_process_fork(process, NULL, NULL, PKS_FORK_WITH_THREADS)
					  : pks_process_start(process);

	cr_assert_eq(r, 0, "%s: %s", pks_method_name(method), pks_error_message());
}

static inline struct pks_object *start_by(enum pks_method method, const char *target)
{
	struct pks_object *process = new_by(method, target);

	start(process, method);
	return process;
}

static inline struct pks_object *run_by(enum pks_method method, const char *target)
{
	struct pks_object *process = start_by(method, target);

	runtime_join(process);
	return process;
}

/* Whose child the worker is: the program's that starts it, or the supervisor's. */
static inline void expect_parent(int64_t pid, enum pks_method method)
{
	bool mine = method == PKS_METHOD_SPAWN || method == PKS_METHOD_FORK;
	struct proc_stat stat;

	cr_assert_eq(proc_stat_read((pid_t)pid, &stat), 0);
	cr_assert_eq(stat.parent, mine ? getpid() : runtime_supervisor(), "%s", pks_method_name(method));
}

static inline void expect_attempt(struct pks_object *process, uint32_t attempt, size_t history)
{
	struct pks_process_info info;
	struct pks_value list = {0};
	size_t count;

	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert_eq(info.attempt, attempt, "attempt %u", info.attempt);
	cr_assert_eq(pks_process_history(process, &list), 0);
	cr_assert_eq(pks_value_count(&list, &count), 0);
	cr_assert_eq(count, history);
	pks_value_clear(&list);
}

static inline int64_t pid_of(struct pks_object *process)
{
	struct pks_process_info info;

	cr_assert_eq(pks_process_info(process, &info), 0);
	return info.pid;
}

/* Neither is a zombie, nor one of anybody else's. */
static inline void expect_no_children(void)
{
	struct pks_object *process = runtime_new("handlers:nothing");

	while (waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0)
		pks_process_status(process, &(enum pks_status){0});
}

#endif
