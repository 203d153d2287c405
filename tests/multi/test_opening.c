/* SPDX-License-Identifier: MIT */
/* One environment per directory and process, however it was spelled; one creator, however many try. */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CREATORS 16

static struct pks_store *open_store(const char *path)
{
	struct pks_store *store = pks_store_open(path, NULL);

	cr_assert_not_null(store, "%s", pks_error_message());
	return store;
}

/* ---- creating ---- */

static struct child_flag go;
static const char *place;

/* 0: created, 1: was there, 2: anything else. */
static int create(void *mode)
{
	struct pks_store_options options = {.mode = *(enum pks_mode *)mode};
	struct pks_store *store;
	struct pks_object *dict;
	int r = 0;

	child_flag_wait(&go); /* ends for all at once */
	store = pks_store_open(place, &options);
	if (!store)
		return pks_error_code() == PKS_EXISTS ? 1 : 2;
	dict = pks_dict_open(store, "counts", PKS_OPEN_OR_CREATE);
	if (pks_dict_add(dict, "openers", 1, NULL) != 0)
		r = 2;
	pks_store_close(store);
	return r;
}

static int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int count = -2; /* "." and ".." */

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* What is at the path when they begin. */
enum scene { NOTHING, EMPTY_DIRECTORY, HALF_MADE, SCENES };

static void set_scene(const char *path, enum scene scene)
{
	if (scene != NOTHING)
		cr_assert_eq(mkdir(path, 0700), 0);
	if (scene != HALF_MADE)
		return;
	scratch_write(scratch_path(path, "pkstore.json.new"), "", 0);
	scratch_write(scratch_path(path, "data.mdb"), "half", 4);
}

/* How many of the creators said that they created it. */
static int race(const char *top, enum pks_mode mode, enum scene scene)
{
	pid_t creators[CREATORS];
	int created = 0;

	place = scratch_path(top, "store");
	set_scene(place, scene);
	go = child_flag();
	for (int i = 0; i < CREATORS; i++)
		creators[i] = child_start(create, &mode);
	close(go.fds[1]);
	close(go.fds[0]);
	for (int i = 0; i < CREATORS; i++) {
		int r = child_wait(creators[i]);

		cr_expect(r == 0 || r == 1, "%d", r);
		created += r == 0;
	}
	cr_expect_eq(count_entries(top), 1, "nothing is left beside it");
	cr_expect_neq(access(scratch_path(place, "pkstore.json.new"), F_OK), 0);
	return created;
}

Test(opening, of_many_creators_one_creates)
{
	const char *top = scratch_dir("one_creates");

	for (int round = 0; round < (scratch_long() ? 300 : 12); round++) {
		cr_assert_eq(mkdir(top, 0700), 0);
		cr_expect_eq(race(top, PKS_MUST_CREATE, round % SCENES), 1);
		scratch_remove(top);
	}
}

Test(opening, many_who_open_or_create_share_one_store)
{
	const char *top = scratch_dir("share");

	for (int round = 0; round < (scratch_long() ? 300 : 12); round++) {
		struct pks_object *counts;
		struct pks_store *store;
		int openers = 0;

		cr_assert_eq(mkdir(top, 0700), 0);
		cr_expect_eq(race(top, PKS_OPEN_OR_CREATE, round % SCENES), CREATORS);
		store = open_store(place);
		counts = pks_dict_open(store, "counts", PKS_MUST_EXIST);
		cr_expect_eq(pks_dict_getf(counts, "openers", "i", &openers), 0);
		cr_expect_eq(openers, CREATORS, "nobody wrote to another one");
		pks_store_close(store);
		scratch_remove(top);
	}
}

/* ---- one environment per process ---- */

/* LMDB's openers hold a lock on the first byte of its lock file as long as they have it open. */
static int lock_is_held(void *path)
{
	int fd = open(scratch_path(path, "lock.mdb"), O_RDWR | O_CLOEXEC);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

	return fd < 0 || fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK || lock.l_pid != getppid();
}

/* Readers hold one on the byte of their pid's number. */
static int reader_lock_is_held(void *path)
{
	int fd = open(scratch_path(path, "lock.mdb"), O_RDWR | O_CLOEXEC);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = getppid(), .l_len = 1};

	return fd < 0 || fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK;
}

static void expect_locks(const char *path)
{
	union {
		const char *constant;
		char *plain;
	} arg = {path};

	cr_expect_eq(child_wait(child_start(lock_is_held, arg.plain)), 0);
	cr_expect_eq(child_wait(child_start(reader_lock_is_held, arg.plain)), 0);
}

Test(opening, another_spelling_is_the_same_store)
{
	const char *top = scratch_dir("spelling"), *path = scratch_path(top, "store");
	struct pks_store *store = open_store(path), *other;

	cr_assert_eq(symlink(path, scratch_path(top, "link")), 0);
	other = open_store(scratch_path(top, "link"));
	cr_expect_eq(other, store);
	pks_store_close(other);
	other = open_store(scratch_path(top, "./link/../store//"));
	cr_expect_eq(other, store);
	pks_store_close(other);
	cr_assert_eq(chdir(top), 0);
	other = open_store("store");
	cr_expect_eq(other, store);
	pks_store_close(other);
	expect_locks(path);
	cr_expect_eq(chdir("/"), 0);
	pks_store_close(store);
}

Test(opening, a_store_that_was_renamed_is_the_same_store)
{
	const char *top = scratch_dir("renamed"), *path = scratch_path(top, "store");
	const char *moved = scratch_path(top, "moved");
	struct pks_store *store = open_store(path), *other;

	cr_assert_eq(rename(path, moved), 0);
	other = open_store(moved);
	cr_expect_eq(other, store);
	pks_store_close(other);
	other = open_store(path);
	cr_expect_neq(other, store, "a new one in its old place");
	pks_store_close(other);
	expect_locks(moved);
	pks_store_close(store);
}

static void *open_and_close(void *path)
{
	for (int i = 0; i < 500; i++) {
		struct pks_store *store = pks_store_open(path, NULL);

		if (!store || pks_dict_set(pks_dict_open(store, "d", PKS_OPEN_OR_CREATE), "k",
		                           &(struct pks_value){"\x01", 1, NULL}) != 0)
			return store ? store : path;
		pks_store_close(store);
	}
	return NULL;
}

Test(opening, threads_that_open_and_close_do_not_unlock_each_other)
{
	char *path = scratch_dir("threads");
	int before = scratch_descriptors();
	struct pks_store *store = open_store(path);
	pthread_t threads[4];
	void *failed;

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, open_and_close, path);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		cr_expect_null(failed);
	}
	expect_locks(path);
	pks_store_close(store);

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, open_and_close, path);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		cr_expect_null(failed, "now with nobody who keeps it open");
	}
	cr_expect_eq(scratch_descriptors(), before);
}

static int write_much(void *path)
{
	struct pks_store *store = pks_store_open(path, NULL);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_MUST_EXIST);

	for (int i = 0; i < 1000; i++)
		if (pks_dict_setf(dict, "key", "i", i) != 0)
			return 1;
	pks_store_close(store);
	return 0;
}

Test(opening, a_snapshot_stays_whole_while_the_store_is_opened_again)
{
	char *path = scratch_dir("snapshot");
	struct pks_store *store = open_store(path);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_MUST_CREATE);
	struct pks_value value;
	int number = 0;

	cr_assert_eq(pks_dict_setf(dict, "key", "i", -7), 0);
	cr_assert_eq(pks_snapshot_begin(store), 0);
	cr_assert_eq(pks_dict_get(dict, "key", &value), 0);
	pks_store_close(open_store(path));
	cr_expect_eq(child_wait(child_start(write_much, path)), 0);
	cr_expect_eq(pks_value_unpack(&value, "i", &number), 0);
	cr_expect_eq(number, -7, "nobody used its page again");
	cr_expect_eq(pks_snapshot_end(store), 0);
	pks_store_close(store);
}

/* ---- the commit counter ---- */

static int open_and_stay(void *flag)
{
	if (!pks_store_open(place, NULL))
		return 1;
	child_flag_raise(flag);
	for (;;)
		pause();
}

/*
 * Where LMDB keeps the counter in lock.mdb: behind two numbers and a mutex. Sets it, and returns what it was. Not while
 * this process has the store open: the close would drop its locks.
 */
static uint64_t exchange_counter(uint64_t counter)
{
	off_t at = 2 * sizeof(uint32_t) + sizeof(pthread_mutex_t);
	int fd = open(scratch_path(place, "lock.mdb"), O_RDWR | O_CLOEXEC);
	uint64_t before;

	cr_assert_eq(pread(fd, &before, sizeof(before), at), sizeof(before));
	cr_assert_eq(pwrite(fd, &counter, sizeof(counter), at), sizeof(counter));
	close(fd);
	return before;
}

/* As a foreign opener, that keeps no lock, leaves it if it dies in the wrong moment: whoever went on from 0 would undo
 * all commits. */
Test(opening, a_store_whose_commit_counter_was_reset_is_not_opened)
{
	struct child_flag flag = child_flag();
	struct pks_store_stat stat;
	struct pks_store *store;
	pid_t other;
	int number;

	place = scratch_dir("counter");
	store = open_store(place);
	for (int i = 1; i <= 5; i++)
		cr_assert_eq(pks_dict_setf(pks_dict_open(store, "d", PKS_OPEN_OR_CREATE), "k", "i", i), 0);
	cr_assert_eq(pks_store_stat(store, &stat), 0);
	pks_store_close(store);

	other = child_start(open_and_stay, &flag);
	cr_assert_eq(child_flag_wait(&flag), 0);
	cr_assert_eq(exchange_counter(0), stat.last_commit);
	cr_expect_null(pks_store_open(place, NULL));
	cr_expect_eq(pks_error_code(), PKS_ERR_BUSY);
	exchange_counter(stat.last_commit);
	store = open_store(place);
	cr_expect_eq(pks_dict_getf(pks_dict_open(store, "d", PKS_MUST_EXIST), "k", "i", &number), 0);
	cr_expect_eq(number, 5);
	pks_store_close(store);
	child_kill(other);
}
