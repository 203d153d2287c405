/* SPDX-License-Identifier: MIT */
/* A filesystem that fills up: a clear error, and reads and deletions go on. */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALUE_SIZE 10000

static const char *top, *path;

/* Before the directory is removed; only the namespace goes by itself. */
static void unmount(void)
{
	umount2(top, MNT_DETACH);
}

/* A filesystem of 32 MiB, in a mount namespace of the test's own, so that it goes with the test. */
static void mount_small(const char *test)
{
	top = scratch_dir(test);
	cr_assert_eq(mkdir(top, 0700), 0);
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("pkstore-test", top, "tmpfs", 0, "size=32m,mode=0700") != 0)
		cr_skip_test("cannot mount a small filesystem: %s", strerror(errno));
	atexit(unmount);
	path = scratch_path(top, "store");
}

static void key_of(int number, char key[16])
{
	snprintf(key, 16, "%05d", number);
}

static int set(struct pks_object *dict, int number)
{
	static uint8_t value[VALUE_SIZE];
	char key[16];

	key_of(number, key);
	memset(value, number, sizeof(value));
	return pks_dict_setf(dict, key, "y", value, sizeof(value));
}

static bool is_whole(struct pks_object *dict, int number)
{
	struct pks_value value;
	const void *bytes;
	size_t size;
	char key[16];
	bool whole;

	key_of(number, key);
	if (pks_dict_get(dict, key, &value) != 0)
		return false;
	whole = pks_value_bytes(&value, &bytes, &size) == 0 && size == VALUE_SIZE &&
	        *(const uint8_t *)bytes == (uint8_t)number;
	pks_value_clear(&value);
	return whole;
}

/* How many went in before there was no room. */
static int fill_up(struct pks_object *dict)
{
	int count = 0, r;

	while ((r = set(dict, count)) == 0)
		count++;
	cr_expect_eq(r, PKS_ERR_NO_SPACE, "%d: %s", r, pks_error_message());
	cr_expect_not_null(strstr(pks_error_message(), path), "%s", pks_error_message());
	return count;
}

static void use_up_the_rest(void)
{
	static const char block[4096];
	int fd = open(scratch_path(top, "ballast"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	while (write(fd, block, sizeof(block)) > 0)
		;
	cr_assert_eq(errno, ENOSPC);
	close(fd);
}

static struct pks_object *open_dict(struct pks_store **store_out)
{
	struct pks_object *dict;

	*store_out = pks_store_open(path, NULL);
	cr_assert_not_null(*store_out, "%s", pks_error_message());
	dict = pks_dict_open(*store_out, "d", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(dict, "%s", pks_error_message());
	return dict;
}

Test(full_disk, reads_and_deletions_go_on)
{
	struct pks_store *store;
	struct pks_object *dict;
	char key[16];
	int count;

	mount_small("full");
	dict = open_dict(&store);
	count = fill_up(dict);
	cr_assert_gt(count, 1000);
	for (int i = 0; i < count; i++)
		cr_expect(is_whole(dict, i), "%d", i);
	cr_expect_eq(set(dict, count), PKS_ERR_NO_SPACE, "again, and it is not broken");
	for (int i = 0; i < 200; i++) {
		key_of(i, key);
		cr_assert_eq(pks_dict_del(dict, key), 0, "%s: %s", key, pks_error_message());
	}
	for (int i = 0; i < 100; i++)
		cr_expect_eq(set(dict, i), 0, "in the room of what was deleted: %s", pks_error_message());
	pks_store_close(store);
	dict = open_dict(&store);
	for (int i = 200; i < count; i++)
		cr_expect(is_whole(dict, i), "%d", i);
	pks_store_close(store);
}

static int read_in_child(void *arg)
{
	struct pks_store *store;
	struct pks_object *dict = open_dict(&store);

	(void)arg;
	for (int i = 0; i < 100; i++)
		if (pks_snapshot_begin(store) != 0 || !is_whole(dict, 0) || pks_snapshot_end(store) != 0)
			return 1;
	pks_store_close(store);
	return 0;
}

Test(full_disk, readers_that_come_later_live)
{
	pid_t readers[80]; /* more than a page's worth of LMDB's reader slots */
	struct pks_store *store;
	struct pks_object *dict;

	mount_small("full_readers");
	dict = open_dict(&store);
	fill_up(dict);
	use_up_the_rest();
	for (int i = 0; i < 80; i++)
		readers[i] = child_start(read_in_child, NULL);
	for (int i = 0; i < 80; i++)
		cr_expect_eq(child_wait(readers[i]), 0);
	cr_assert_eq(unlink(scratch_path(path, "wake")), 0);
	use_up_the_rest();
	cr_expect_eq(child_wait(child_start(read_in_child, NULL)), 0, "with no room for a wake file");
	pks_store_close(store);
}

static int count_entries(const char *dir_path)
{
	DIR *dir = opendir(dir_path);
	int count = -2; /* "." and ".." */

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

Test(full_disk, a_store_that_cannot_be_created_leaves_nothing)
{
	mount_small("no_room");
	use_up_the_rest();
	cr_expect_null(pks_store_open(path, NULL));
	cr_expect_eq(pks_error_code(), PKS_ERR_NO_SPACE, "%s", pks_error_message());
	cr_expect_eq(unlink(scratch_path(top, "ballast")), 0);
	cr_expect_eq(count_entries(top), 0);
}
