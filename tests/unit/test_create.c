/* SPDX-License-Identifier: MIT */
/* New stores: what is made, out of what, and what is left alone. */
#include "lib/child.h"
#include "open_with.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

Test(create, a_new_store_has_what_the_options_say)
{
	const char *path = scratch_dir("new");
	struct pks_store_options options = {.durability = PKS_DURABILITY_RELAXED, .map_size = 64 << 20};
	struct pks_store *store = open_with(path, &options);
	struct pks_store_stat stat;

	cr_expect_eq(pks_store_stat(store, &stat), 0, "%s", pks_error_message());
	cr_expect_eq(stat.durability, PKS_DURABILITY_RELAXED);
	cr_expect_eq(stat.format, 1u);
	cr_expect_eq(strlen(stat.uuid), PKS_UUID_SIZE - 1u);
	cr_expect_eq(stat.objects, 0u);
	cr_expect_eq(stat.writer_pid, 0);
	if (!getenv("PKSTORE_MAP_SIZE"))
		cr_expect_eq(stat.map_size, options.map_size);
	cr_expect_str_eq(pks_store_path(store), path);
	pks_store_close(store);

	store = open_with(path, NULL);
	options.durability = PKS_DURABILITY_FULL;
	expect_refused(path, &options, PKS_ERR_USAGE, "durability");
	pks_store_close(store);
	expect_refused(path, &options, PKS_ERR_USAGE, "durability");
}

Test(create, objects_are_counted)
{
	struct pks_store *store = open_with(scratch_dir("count"), NULL);
	struct pks_store_stat stat;

	pks_object_close(pks_dict_open(store, "a", PKS_MUST_CREATE));
	pks_object_close(pks_log_open(store, "b", PKS_MUST_CREATE));
	cr_expect_eq(pks_store_stat(store, &stat), 0);
	cr_expect_eq(stat.objects, 2u);
	pks_store_close(store);
}

Test(create, modes_say_whether_it_must_be_there)
{
	const char *path = scratch_dir("modes");
	struct pks_store_options must_exist = {.mode = PKS_MUST_EXIST}, must_create = {.mode = PKS_MUST_CREATE},
	                         read_only = {.read_only = true};
	struct pks_store *store;

	expect_refused(path, &must_exist, PKS_NOT_FOUND, path);
	expect_refused(path, &read_only, PKS_NOT_FOUND, path);
	cr_expect_neq(access(path, F_OK), 0, "nothing was made");
	store = open_with(path, &must_create);
	expect_refused(path, &must_create, PKS_EXISTS, path);
	pks_store_close(store);
	expect_refused(path, &must_create, PKS_EXISTS, path);
	pks_store_close(open_with(path, &must_exist));
}

Test(create, missing_parents_are_made_for_the_user_alone)
{
	const char *top = scratch_dir("parents");
	struct pks_store *store = open_with(scratch_path(top, "a/b//store/"), NULL);
	struct stat st;

	cr_expect_str_eq(pks_store_path(store), scratch_path(top, "a/b/store"));
	cr_expect_eq(stat(top, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0700u);
	pks_store_close(store);
}

static ino_t inode_of(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return st.st_ino;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

Test(create, an_empty_directory_becomes_a_store_in_place)
{
	const char *path = scratch_dir("empty");
	struct pks_store_options must_exist = {.mode = PKS_MUST_EXIST}, must_create = {.mode = PKS_MUST_CREATE};
	ino_t inode;

	cr_assert_eq(mkdir(path, 0755), 0);
	inode = inode_of(path);
	expect_refused(path, &must_exist, PKS_NOT_FOUND, path);
	pks_store_close(open_with(path, &must_create));
	cr_expect_eq(inode_of(path), inode);
	cr_expect_eq(mode_of(path), 0755u, "as its owner made it");
	cr_expect_neq(access(scratch_path(path, "pkstore.json.new"), F_OK), 0);
	expect_refused(path, &must_create, PKS_EXISTS, path);
}

Test(create, the_working_directory_becomes_a_store_and_stays_the_working_directory)
{
	const char *path = scratch_dir("working");
	struct pks_store *store;

	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(chdir(path), 0);
	store = open_with(".", NULL);
	cr_expect_str_eq(pks_store_path(store), path);
	cr_expect_eq(pks_dict_setf(pks_dict_open(store, "a", PKS_MUST_CREATE), "b", "i", 1), 0);
	pks_store_close(store);
	cr_expect_eq(inode_of("."), inode_of(path));
	pks_store_close(open_with(".", NULL));
	cr_expect_eq(chdir("/"), 0);
}

/* Where a child could not do what the test needs. */
#define CANNOT 77

/* In a mount namespace of its own: the mount is gone when it ends. */
static int open_mount_point(void *path)
{
	struct pks_store *store;

	if (unshare(CLONE_NEWNS) != 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", path, "tmpfs", 0, "mode=0700") != 0)
		return CANNOT;
	store = pks_store_open(path, NULL);
	if (!store)
		fprintf(stderr, "%s\n", pks_error_message());
	pks_store_close(store);
	return !store;
}

Test(create, a_mount_point_becomes_a_store)
{
	char *path = scratch_dir("mount");
	int r;

	cr_assert_eq(mkdir(path, 0700), 0);
	r = child_wait(child_start(open_mount_point, path));
	if (r == CANNOT)
		cr_skip_test("not allowed to mount a filesystem");
	cr_expect_eq(r, 0);
}

static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int count = -2; /* "." and ".." */

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void expect_refused_with_mode(const char *path, mode_t mode)
{
	cr_assert_eq(chmod(path, mode), 0);
	expect_refused(path, NULL, PKS_ERR_ACCESS, path);
	cr_expect_eq(mode_of(path), mode);
	cr_expect_eq(entries(path), 0);
}

Test(create, an_empty_directory_that_others_may_write_stays_as_it_is)
{
	const char *path = scratch_dir("empty_writable");

	cr_assert_eq(mkdir(path, 0700), 0);
	expect_refused_with_mode(path, 0770);
	expect_refused_with_mode(path, 0702);
	expect_refused_with_mode(path, 01777);
	cr_assert_eq(chmod(path, 0750), 0);
	pks_store_close(open_with(path, NULL));
}

Test(create, an_empty_directory_of_somebody_else_stays_as_it_is)
{
	const char *path = scratch_dir("empty_other");

	if (geteuid() != 0)
		cr_skip_test("only root can give one away");
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(chown(path, 65534, 65534), 0);
	expect_refused(path, NULL, PKS_ERR_ACCESS, "owned by uid 65534");
	cr_expect_eq(entries(path), 0);
}

Test(create, a_symbolic_link_to_nothing_is_refused_and_named)
{
	const char *top = scratch_dir("dangling"), *link = scratch_path(top, "link");

	cr_assert_eq(mkdir(top, 0700), 0);
	cr_assert_eq(symlink("nowhere", link), 0);
	expect_refused(link, NULL, PKS_ERR_FORMAT, "link: a symbolic link to nowhere");
	expect_refused(scratch_path(top, "link/"), NULL, PKS_ERR_FORMAT, "link: a symbolic link to nowhere");
	expect_refused(scratch_path(top, "link/a/store"), NULL, PKS_ERR_FORMAT, "link: a symbolic link to nowhere");
	cr_expect_eq(entries(top), 1, "nothing was made");
	cr_assert_eq(mkdir(scratch_path(top, "nowhere"), 0700), 0);
	pks_store_close(open_with(link, NULL));
}

static int create_where_no_file_can_be_large(void *path)
{
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000});
	return pks_store_open(path, NULL) != NULL;
}

Test(create, a_creation_that_fails_leaves_things_as_they_were)
{
	char *path = scratch_dir("failed");

	cr_expect_eq(child_wait(child_start(create_where_no_file_can_be_large, path)), 0);
	cr_expect_neq(access(path, F_OK), 0);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_expect_eq(child_wait(child_start(create_where_no_file_can_be_large, path)), 0);
	cr_expect_eq(entries(path), 0);
}

Test(create, nothing_else_is_left_beside_a_new_store)
{
	const char *top = scratch_dir("beside");
	struct dirent *entry;
	DIR *dir;

	pks_store_close(open_with(scratch_path(top, "store"), NULL));
	dir = opendir(top);
	while ((entry = readdir(dir)) != NULL)
		cr_expect(entry->d_name[0] == '.' || strcmp(entry->d_name, "store") == 0, "%s", entry->d_name);
	closedir(dir);
}

/* What a creator has made so far, if it dies when `files` files are there. */
static void make_half(const char *path, int files)
{
	static const char *const names[] = {"pkstore.json.new", "lock.mdb", "data.mdb"};

	cr_assert_eq(mkdir(path, 0700), 0);
	for (int i = 0; i < files; i++)
		scratch_write(scratch_path(path, names[i]), "half", 4);
}

Test(create, a_half_made_store_is_none_and_is_made_anew)
{
	const char *path = scratch_dir("half");
	struct pks_store_options must_exist = {.mode = PKS_MUST_EXIST}, must_create = {.mode = PKS_MUST_CREATE};

	for (int files = 1; files <= 3; files++) {
		make_half(path, files);
		expect_refused(path, &must_exist, PKS_NOT_FOUND, path);
		cr_expect_eq(entries(path), files, "only a creator touches them");
		pks_store_close(open_with(path, &must_create));
		cr_expect_neq(access(scratch_path(path, "pkstore.json.new"), F_OK), 0);
		pks_store_close(open_with(path, &must_exist));
		scratch_remove(path);
	}
}

Test(create, records_of_a_half_made_store_do_not_come_back)
{
	const char *path = scratch_dir("half_filled");
	struct pks_store *store = open_with(path, NULL);

	cr_expect_not_null(pks_dict_open(store, "old", PKS_MUST_CREATE));
	pks_store_close(store);
	cr_assert_eq(rename(scratch_path(path, "pkstore.json"), scratch_path(path, "pkstore.json.new")), 0);
	cr_assert_eq(unlink(scratch_path(path, "wake")), 0, "which no creator makes");
	store = open_with(path, NULL);
	cr_expect_null(pks_dict_open(store, "old", PKS_MUST_EXIST));
	pks_store_close(store);
}

Test(create, a_half_made_store_with_something_else_in_it_is_left_alone)
{
	const char *path = scratch_dir("half_foreign");

	make_half(path, 3);
	scratch_write(scratch_path(path, "notes.txt"), "mine", 4);
	expect_refused(path, NULL, PKS_ERR_FORMAT, path);
	cr_expect_eq(entries(path), 4);
}
