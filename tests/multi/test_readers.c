/* SPDX-License-Identifier: MIT */
/*
 * Snapshots keep pages from being used again: those of the dead must not, and those of the living are told. What a
 * snapshot shows is of one commit, whenever the others come.
 */
#include "base/clock.h"
#include "lib/child.h"
#include "lib/killpoint.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Readers that live at once; all of them together fill LMDB's table many times over. */
#define BATCH 50

static char *path;
static struct pks_store *store;
static struct pks_object *dict;

static void open_store(const char *test)
{
	path = scratch_dir(test);
	store = pks_store_open(path, NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	dict = pks_dict_open(store, "d", PKS_MUST_CREATE);
	cr_assert_eq(pks_dict_setf(dict, "key", "i", 0), 0);
}

static off_t file_size(void)
{
	struct stat st;

	cr_assert_eq(stat(scratch_path(path, "data.mdb"), &st), 0);
	return st.st_size;
}

static void overwrite(int commits)
{
	for (int i = 0; i < commits; i++)
		cr_assert_eq(pks_dict_setf(dict, "key", "i", i), 0, "%s", pks_error_message());
}

/* Holds a snapshot until it is killed. */
static int read_for_ever(void *flag)
{
	struct pks_store *own = pks_store_open(path, NULL);

	if (!own || pks_snapshot_begin(own) != 0)
		return 1;
	child_flag_raise(flag);
	for (;;)
		pause();
}

static void kill_readers(int count)
{
	struct child_flag flag = child_flag();
	pid_t readers[BATCH];

	for (int i = 0; i < count; i++)
		readers[i] = child_start(read_for_ever, &flag);
	for (int i = 0; i < count; i++)
		cr_assert_eq(child_flag_wait(&flag), 0);
	overwrite(20);
	for (int i = 0; i < count; i++)
		child_kill(readers[i]);
	close(flag.fds[0]);
}

Test(readers, killed_readers_let_the_file_stay_small)
{
	struct pks_store_stat stat;
	int batches = scratch_long() ? 200 : 20;
	off_t early;

	open_store("killed_readers");
	kill_readers(BATCH);
	cr_assert_eq(pks_store_stat(store, &stat), 0);
	overwrite(50);
	early = file_size();
	for (int i = 1; i < batches; i++)
		kill_readers(BATCH);
	cr_expect_eq(pks_store_stat(store, &stat), 0, "it clears the dead away");
	cr_expect_eq(stat.reader_count, 0u);
	cr_expect_leq(stat.readers_used, 2u);
	overwrite(1000);
	/* A batch pins what 20 commits free, and no more, since each opening clears away those before. */
	cr_expect_leq(file_size(), 2 * early + (1 << 20), "%lld bytes, %lld after the first batch",
	              (long long)file_size(), (long long)early);
	pks_store_close(store);
}

Test(readers, a_stopped_reader_is_named)
{
	struct child_flag flag = child_flag();
	struct pks_store_stat stat;
	off_t before, pinned;
	pid_t reader;
	int64_t begun;

	open_store("stopped_reader");
	overwrite(100);
	before = file_size();
	begun = clock_monotonic();
	reader = child_start(read_for_ever, &flag);
	cr_assert_eq(child_flag_wait(&flag), 0);
	child_stop(reader);
	overwrite(1000);
	pinned = file_size();
	cr_expect_gt(pinned, before + 1000 * 4096, "it pins what was written since");

	cr_assert_eq(pks_store_stat(store, &stat), 0);
	cr_assert_eq(stat.reader_count, 1u);
	cr_expect_eq(stat.readers[0].pid, reader);
	cr_expect_eq(stat.readers[0].snapshots, 1u);
	cr_expect_eq(stat.readers[0].age, 1000u);
	cr_expect_lt(stat.readers[0].age_ns, (uint64_t)(clock_monotonic() - begun), "it is not older than it is");
	cr_expect_geq(stat.readers[0].pinned_bytes, 999u * 4096);
	cr_expect_leq(stat.readers[0].pinned_bytes, (uint64_t)pinned);

	child_kill(reader);
	cr_assert_eq(pks_store_stat(store, &stat), 0);
	cr_expect_eq(stat.reader_count, 0u);
	overwrite(1000);
	cr_expect_eq(file_size(), pinned, "its pages are used again");
	pks_store_close(store);
}

Test(readers, those_that_pin_most_are_told_first)
{
	struct child_flag flag = child_flag();
	struct pks_store_stat stat;
	pid_t readers[PKS_STORE_READERS_MAX + 4];
	int count = sizeof(readers) / sizeof(*readers);

	open_store("many_readers");
	for (int i = 0; i < count; i++) {
		readers[i] = child_start(read_for_ever, &flag);
		cr_assert_eq(read(flag.fds[0], &(char){0}, 1), 1);
		overwrite(3);
	}
	cr_assert_eq(pks_store_stat(store, &stat), 0);
	cr_assert_eq(stat.reader_count, (size_t)PKS_STORE_READERS_MAX);
	cr_expect_geq(stat.readers_used, (unsigned)count);
	for (int i = 0; i < PKS_STORE_READERS_MAX; i++) {
		cr_expect_eq(stat.readers[i].pid, readers[i], "in the order in which they began");
		cr_expect_eq(stat.readers[i].age, 3u * (unsigned)(count - i));
	}
	for (int i = 0; i < count; i++)
		child_kill(readers[i]);
	pks_store_close(store);
}

/* ---- pid namespaces ---- */

/* The next child is the first process of a pid namespace of its own, and so has the pid 1. */
static void begin_pid_namespace(void)
{
	int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);

	if (own < 0 || setns(own, CLONE_NEWPID) != 0 || unshare(CLONE_NEWPID) != 0)
		cr_skip_test("cannot make a pid namespace: %s", strerror(errno));
	close(own);
}

static int read_beside_a_namesake(void *arg)
{
	struct pks_store *own = pks_store_open(path, NULL);

	if (own || pks_error_code() != PKS_ERR_IO)
		return 1;
	return strstr(pks_error_message(), "another pid namespace") ? 0 : 2;
}

static int read_alone(void *arg)
{
	struct pks_store *own = pks_store_open(path, NULL);
	int number = 1;

	return own && pks_dict_getf(pks_dict_open(own, "d", PKS_MUST_EXIST), "key", "i", &number) == 0 ? number : 3;
}

/* LMDB tells readers apart by their pids: the second one of the same is refused, and the first one is unhurt. */
Test(readers, a_namesake_from_another_pid_namespace_is_refused_and_told_why)
{
	struct child_flag flag = child_flag();
	pid_t reader;

	open_store("pid_namespaces");
	pks_store_close(store);
	begin_pid_namespace();
	reader = child_start(read_for_ever, &flag);
	cr_assert_eq(child_flag_wait(&flag), 0);
	begin_pid_namespace();
	cr_expect_eq(child_wait(child_start(read_beside_a_namesake, NULL)), 0);
	child_kill(reader);
	begin_pid_namespace();
	cr_expect_eq(child_wait(child_start(read_alone, NULL)), 0);
}

/* ---- beginning ---- */

/* What is counted is known from the look before, as long as nobody has committed; what there is is read. */
static int64_t difference(struct pks_object *own)
{
	struct pks_iter *iter = pks_dict_iter(own, NULL);
	uint64_t count = 0;
	int64_t there = 0;

	if (pks_dict_count(own, &count) != 0)
		return INT64_MAX;
	while (pks_iter_next(iter, NULL, NULL) == 0)
		there++;
	pks_iter_close(iter);
	return there - (int64_t)count;
}

static int look_twice(void *begun)
{
	struct pks_store *own = pks_store_open(path, NULL);
	struct pks_object *own_dict = pks_dict_open(own, "d", PKS_MUST_EXIST);
	int64_t first, second;

	if (pks_snapshot_begin(own) != 0)
		return 2;
	first = difference(own_dict);
	pks_snapshot_end(own);
	killpoint_here();
	if (pks_snapshot_begin(own) != 0)
		return 2;
	atomic_store((atomic_bool *)begun, true);
	second = difference(own_dict);
	pks_snapshot_end(own);
	pks_object_close(own_dict);
	pks_store_close(own);
	return first != 0 || second != 0;
}

static void commit_twice(int instructions)
{
	char key[32];

	for (int i = 0; i < 2; i++) {
		snprintf(key, sizeof(key), "%d.%d", instructions, i);
		cr_assert_eq(pks_dict_setf(dict, key, "i", i), 0, "%s", pks_error_message());
	}
}

/* More than a begin takes, but for what instruments each of them, such as valgrind: that must end, too. */
#define INSTRUCTIONS_MAX 1000

/* LMDB reads the number of the last commit, and then the page that the next but one writes. */
Test(readers, what_one_sees_that_is_held_up_while_it_begins_is_of_one_commit)
{
	atomic_bool *begun = child_shared(sizeof(*begun));
	int instructions = 0, status;

	open_store("held_up");
	for (bool done = false; !done && instructions < INSTRUCTIONS_MAX; instructions++) {
		pid_t pid = killpoint_start(look_twice, begun);

		if (pid == 0)
			cr_skip_test("processes may not be traced here");
		cr_assert_eq(killpoint_step(pid, KILLPOINT_INSTRUCTIONS, instructions, &status), instructions);
		done = atomic_load(begun);
		commit_twice(instructions);
		killpoint_leave(pid);
		cr_expect_eq(child_wait(pid), 0, "behind %d instructions", instructions);
		atomic_store(begun, false);
	}
	cr_expect_gt(instructions, 100, "it began at once");
}
