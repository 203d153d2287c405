/* SPDX-License-Identifier: MIT */
/* Who created whom, and lives that depend on each other. */
#include "lib/child.h"
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(family, .init = runtime_begin, .fini = runtime_end, .timeout = 100);

static enum pks_status status_of(struct pks_object *process)
{
	enum pks_status status;

	cr_assert_eq(pks_process_status(process, &status), 0, "%s", pks_error_message());
	return status;
}

static int count_table(struct pks_process_table *table)
{
	struct pks_process_info info;
	int count = 0;

	cr_assert(table, "%s", pks_error_message());
	while (pks_process_table_next(table, &info, NULL) == 0)
		count++;
	pks_process_table_close(table);
	return count;
}

static struct pks_object *item_object(struct pks_object *process, const char *key)
{
	struct pks_object *object = pks_dict_object(process, key);

	cr_assert(object, "%s: %s", key, pks_error_message());
	return object;
}

/* ---- who ---- */

Test(family, a_handlers_process_is_the_current_one_and_the_parent_of_what_it_creates)
{
	struct pks_object *process = runtime_run("family:bear_who_tells");
	int right;

	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "b", &right), 0);
	cr_assert(right);
	cr_assert_null(pks_process_current());
	cr_assert_eq(pks_error_code(), PKS_NOT_FOUND);
}

Test(family, what_a_program_creates_has_no_parent)
{
	struct pks_object *process = runtime_run("family:tell_parent");

	cr_assert_eq(pks_process_resultf(process, "n"), 0, "%s", pks_error_message());
	cr_assert_null(pks_process_parent(process));
	cr_assert_eq(pks_error_code(), PKS_NOT_FOUND);
}

Test(family, a_dropped_parent_is_gone)
{
	struct pks_object *process = runtime_run("family:bear"), *child = item_object(process, "child"), *parent;
	struct pks_process_info info;

	cr_assert_eq(pks_process_info(child, &info), 0);
	cr_assert_eq(info.parent, pks_object_id(process));
	parent = pks_process_parent(child);
	cr_assert_eq(pks_object_id(parent), pks_object_id(process));
	cr_assert_eq(pks_object_drop(process), 0);
	cr_assert_null(pks_process_parent(child));
	cr_assert_eq(pks_error_code(), PKS_ERR_GONE);
}

Test(family, active_children_are_those_that_have_not_ended)
{
	struct pks_object *process = runtime_run("family:bear");
	int during, after;

	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "[ii]", &during, &after), 0);
	cr_assert(during == 1 && after == 0, "%d and then %d", during, after);
	cr_assert_eq(count_table(pks_process_children(process, PKS_ANY_STATUS)), 1);
	cr_assert_eq(count_table(pks_process_children(process, PKS_RUNNING)), 0);
	cr_assert_eq(count_table(pks_process_children(item_object(process, "child"), PKS_ANY_STATUS)), 0);
}

static char *store_path;

/* Another program, with a process of its own that runs on. */
static int start_another(void *arg)
{
	struct pks_store *store = pks_store_open(store_path, NULL);
	struct pks_object *process = pks_process_new(store, "others", "handlers:hold");

	return pks_process_start_wait(process, -1, NULL) == 0 ? 0 : 1;
}

Test(family, a_programs_children_are_its_own)
{
	struct pks_object *process, *others;

	store_path = strdup(pks_store_path(runtime_store));
	cr_assert_eq(count_table(pks_process_active_children(runtime_store)), 0);
	process = runtime_start("handlers:hold");
	runtime_run("handlers:nothing");
	runtime_new("handlers:nothing");
	cr_assert_eq(child_wait(child_start(start_another, NULL)), 0);
	cr_assert_eq(count_table(pks_process_active_children(runtime_store)), 1);
	others = pks_process_open(runtime_store, "others");
	cr_assert_eq(pks_process_kill(others, -1), 0);
	cr_assert_eq(pks_process_kill(process, -1), 0);
	cr_assert_eq(count_table(pks_process_active_children(runtime_store)), 0);
}

Test(family, there_are_cpus)
{
	cr_assert_geq(pks_cpu_count(), 1);
}

/* ---- daemons of a program ---- */

static struct child_flag ready;

static void make(struct pks_store *store, const char *path, bool daemon, bool started)
{
	struct pks_object *process = pks_process_new(store, path, "handlers:hold");

	if (pks_process_set_daemon(process, daemon) != 0 || (started && pks_process_start(process) != 0))
		_exit(1);
}

/* One that runs, one that waits for a place, and one that was not started, all tied to it; and one that is not. */
static int keep(void *arg)
{
	struct pks_store *store = pks_store_open(store_path, NULL);

	make(store, "free", false, true);
	make(store, "running", true, true);
	runtime_await(pks_process_open(store, "running"), "here");
	runtime_await(pks_process_open(store, "free"), "here");
	make(store, "submitted", true, true);
	make(store, "created", true, false);
	child_flag_raise(&ready);
	if (!arg)
		return 0;
	for (;;)
		pause();
}

static void expect_ended(const char *path, const char *error)
{
	struct pks_object *process = pks_process_open(runtime_store, path);

	if (status_of(process) != PKS_CREATED)
		runtime_join(process);
	while (status_of(process) == PKS_CREATED)
		pks_wait(process, 1, 100, NULL);
	runtime_expect(process, PKS_CRASHED, -SIGTERM, error);
}

static void expect_daemons_to_end_with(bool killed)
{
	struct pks_object *process;
	pid_t pid;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 2), 0);
	store_path = strdup(pks_store_path(runtime_store));
	ready = child_flag();
	pid = child_start(keep, killed ? &ready : NULL);
	cr_assert_eq(child_flag_wait(&ready), 0);
	if (killed)
		child_kill(pid);
	else
		cr_assert_eq(child_wait(pid), 0);
	expect_ended("running", "killed by SIGTERM");
	expect_ended("submitted", "terminated before it ran");
	expect_ended("created", "terminated before it ran");
	process = pks_process_open(runtime_store, "free");
	cr_assert_eq(status_of(process), PKS_RUNNING, "detached is the default");
	cr_assert_eq(pks_process_is_daemon(process), PKS_NOT_FOUND);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect_index_right();
}

Test(family, daemons_end_when_their_program_exits)
{
	expect_daemons_to_end_with(false);
}

Test(family, daemons_end_when_their_program_is_killed)
{
	expect_daemons_to_end_with(true);
}

Test(family, a_daemon_that_runs_again_when_its_program_is_gone_is_ended_again)
{
	struct pks_object *process;

	expect_daemons_to_end_with(true);
	process = pks_process_open(runtime_store, "running");
	cr_assert_eq(pks_process_is_daemon(process), 0);
	cr_assert_eq(pks_process_restart(process, PKS_RESTART_WAIT, -1), 0);
	runtime_join(process);
	cr_assert_eq(status_of(process), PKS_CRASHED);
}

Test(family, a_copy_of_a_daemon_is_ended_when_it_starts_after_its_program)
{
	struct pks_object *copy;

	expect_daemons_to_end_with(true);
	copy = pks_object_copy(pks_process_open(runtime_store, "running"), "copy");
	cr_assert_not_null(copy, "%s", pks_error_message());
	cr_assert_eq(status_of(copy), PKS_CREATED);
	cr_assert_eq(pks_process_is_daemon(copy), 0);
	cr_assert_eq(pks_check(runtime_store, NULL, NULL, NULL, NULL), 0, "%s", pks_error_message());
	cr_assert_eq(pks_process_start(copy), 0, "%s", pks_error_message());
	runtime_join(copy);
	cr_assert_eq(status_of(copy), PKS_CRASHED);
}

Test(family, a_process_is_tied_before_its_start)
{
	struct pks_object *process = runtime_run("handlers:nothing"), *untied = runtime_new("handlers:nothing");

	cr_assert_eq(pks_process_set_daemon(process, true), PKS_ERR_STATE);
	cr_assert_eq(pks_process_set_daemon(untied, true), 0);
	cr_assert_eq(pks_process_is_daemon(untied), 0);
	cr_assert_eq(pks_process_set_daemon(untied, false), 0);
	cr_assert_eq(pks_process_is_daemon(untied), PKS_NOT_FOUND);
}

/* ---- daemons of a process ---- */

static void expect_only_the_daemon_to_end(struct pks_object *keeper)
{
	struct pks_object *daemon = item_object(keeper, "daemon"), *other = item_object(keeper, "other");

	runtime_join(daemon);
	runtime_expect(daemon, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	cr_assert_eq(status_of(other), PKS_RUNNING);
	cr_assert_eq(pks_process_kill(other, -1), 0);
}

Test(family, a_processs_daemons_end_when_it_has_finished)
{
	struct pks_object *keeper = runtime_start("family:keep");

	runtime_await(keeper, "here");
	cr_assert_eq(status_of(item_object(keeper, "daemon")), PKS_RUNNING);
	pks_dict_setf(keeper, "go", "b", 1);
	runtime_join(keeper);
	runtime_expect(keeper, PKS_FINISHED, 0, NULL);
	expect_only_the_daemon_to_end(keeper);
}

Test(family, a_processs_daemons_end_when_it_has_crashed)
{
	struct pks_object *keeper = runtime_start("family:keep");

	kill((pid_t)runtime_await(keeper, "here"), SIGKILL);
	runtime_join(keeper);
	expect_only_the_daemon_to_end(keeper);
}

/* ---- waiting at the exit ---- */

static int run_program(void *arg)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/exiting_program", getenv("PKSTORE_MODULE_PATH"));
	execl(path, path, store_path, (char *)NULL);
	return 99;
}

Test(family, a_program_that_asked_for_it_waits_at_its_exit_but_not_for_its_daemons)
{
	struct pks_object *waited, *daemon;
	pid_t pid;

	store_path = strdup(pks_store_path(runtime_store));
	pid = child_start(run_program, NULL);
	while (!(waited = pks_process_open(runtime_store, "waited")))
		cr_assert_eq(pks_error_code(), PKS_NOT_FOUND);
	runtime_await(waited, "here");
	daemon = pks_process_open(runtime_store, "daemon");
	runtime_await(daemon, "here");
	cr_assert(runtime_lives(pid));
	pks_dict_setf(waited, "go", "b", 1);
	cr_assert_eq(child_wait(pid), 0);
	runtime_expect(waited, PKS_FINISHED, 0, NULL);
	runtime_join(daemon);
	runtime_expect(daemon, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
}

Test(family, a_handler_cannot_ask_to_wait_at_its_exit)
{
	struct pks_object *process = runtime_run("family:wait_at_exit");
	int code;

	cr_assert_eq(pks_process_resultf(process, "i", &code), 0);
	cr_assert_eq(code, PKS_ERR_USAGE);
}
