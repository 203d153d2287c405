/* SPDX-License-Identifier: MIT */
/*
 * A creator killed before and after each of its system calls: what others find is changed by nothing else. Whatever it
 * leaves, the path has no store or a complete one, and the next one who may create one has it.
 */
#include "lib/killpoint.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int create_traced(void *path)
{
	killpoint_here();
	return !pks_store_open(path, NULL);
}

/* Kills a creator at its stop of that number; false when it has ended before. */
static bool kill_creator(char *path, int stop)
{
	pid_t pid = killpoint_start(create_traced, path);
	int status;

	if (pid == 0)
		cr_skip_test("not allowed to trace a process");
	if (killpoint_step(pid, KILLPOINT_CALLS, stop, &status) == stop) {
		killpoint_kill(pid);
		return true;
	}
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x", (unsigned)status);
	return false;
}

static void expect_nothing_or_a_store(const char *path)
{
	struct pks_store_options must_exist = {.mode = PKS_MUST_EXIST};
	struct pks_store *store = pks_store_open(path, &must_exist);

	if (!store)
		cr_expect_eq(pks_error_code(), PKS_NOT_FOUND, "%s", pks_error_message());
	pks_store_close(store);
}

static void expect_creatable(const char *path, int stop)
{
	struct pks_store *store = pks_store_open(path, NULL);

	cr_assert_not_null(store, "killed at stop %d: %s", stop, pks_error_message());
	cr_expect_eq(pks_dict_setf(pks_dict_open(store, "d", PKS_MUST_CREATE), "key", "i", stop), 0);
	pks_store_close(store);
	cr_expect_neq(access(scratch_path(path, "pkstore.json.new"), F_OK), 0);
}

/* How many of the creators were killed. */
static int kill_at_every_stop(const char *name, bool empty_directory)
{
	char *path = scratch_dir(name);
	bool killed = true;
	int stop = 0;

	while (killed) {
		if (empty_directory)
			cr_assert_eq(mkdir(path, 0700), 0);
		killed = kill_creator(path, ++stop);
		expect_nothing_or_a_store(path);
		expect_creatable(path, stop);
		scratch_remove(path);
	}
	return stop - 1;
}

Test(killed_creators, where_nothing_is_leave_nothing_or_a_store)
{
	cr_expect_gt(kill_at_every_stop("where_nothing_is", false), 50);
}

Test(killed_creators, in_an_empty_directory_leave_nothing_or_a_store)
{
	cr_expect_gt(kill_at_every_stop("in_an_empty_directory", true), 50);
}

/* What the next one does about what the first has left, and is killed at that. */
Test(killed_creators, one_after_another_leave_nothing_or_a_store)
{
	char *path = scratch_dir("one_after_another");

	for (int first = 20, stop = 1; kill_creator(path, first); first += 30, stop = 1) {
		while (kill_creator(path, stop))
			stop++;
		expect_nothing_or_a_store(path);
		expect_creatable(path, stop);
		scratch_remove(path);
	}
}
