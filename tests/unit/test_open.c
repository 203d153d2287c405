/* SPDX-License-Identifier: MIT */
#include "create.h"
#include "directory_linux.h"
#include "lib/child.h"
#include "open_with.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- refusing ---- */

Test(open, what_became_a_store_meanwhile_is_not_removed_by_a_creator)
{
	const char *path = scratch_path(scratch_dir("meanwhile"), "store");
	const struct pks_store_options defaults = {0};
	int fd;

	pks_store_close(open_with(path, NULL));
	scratch_write(scratch_path(path, "pkstore.json.new"), "", 0);
	cr_assert_eq(directory_open(path, &fd), 0);
	cr_assert_eq(directory_lock(fd, path), 0);
	cr_expect_lt(create_store(fd, path, &defaults, 0), 0);
	close(fd);
	pks_store_close(open_with(path, &(struct pks_store_options){.mode = PKS_MUST_EXIST}));
}

Test(open, a_directory_that_was_moved_or_replaced_is_not_what_the_path_names)
{
	const char *top = scratch_dir("moved"), *path = scratch_path(top, "store"), *moved = scratch_path(top, "moved");
	int fd;

	cr_assert_eq(mkdir(top, 0700), 0);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(directory_open(path, &fd), 0);
	cr_expect(directory_is_at(fd, path));
	cr_assert_eq(rename(path, moved), 0);
	cr_expect_not(directory_is_at(fd, path));
	cr_expect(directory_is_at(fd, moved));
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_expect_not(directory_is_at(fd, path));
	close(fd);
}

Test(open, a_directory_that_is_no_store_is_refused_and_left_alone)
{
	const char *path = scratch_dir("foreign");

	cr_assert_eq(mkdir(path, 0700), 0);
	scratch_write(scratch_path(path, "notes.txt"), "mine", 4);
	expect_refused(path, NULL, PKS_ERR_FORMAT, path);
	scratch_write(scratch_path(path, "data.mdb"), "", 0);
	expect_refused(path, NULL, PKS_ERR_FORMAT, "LMDB environment");
	cr_expect_neq(access(scratch_path(path, "lock.mdb"), F_OK), 0);
	cr_expect_neq(access(scratch_path(path, "wake"), F_OK), 0);
}

Test(open, a_file_is_refused)
{
	const char *path = scratch_dir("file");

	scratch_write(path, "text", 4);
	expect_refused(path, NULL, PKS_ERR_FORMAT, "a file");
	cr_expect_eq(unlink(path), 0, "it is still one");
}

static void expect_manifest_refused(const char *path, const char *json, const char *words)
{
	scratch_write(scratch_path(path, "pkstore.json"), json, strlen(json));
	expect_refused(path, NULL, PKS_ERR_FORMAT, words);
}

Test(open, a_malformed_or_newer_pkstore_json_is_refused)
{
	const char *path = scratch_dir("manifest");

	pks_store_close(open_with(path, NULL));
	expect_manifest_refused(path, "", "malformed");
	expect_manifest_refused(path, "{\"pkstore\": 1,", "malformed");
	expect_manifest_refused(path, "[]", "format");
	expect_manifest_refused(path, "{\"pkstore\": 2, \"engine\": \"other\"}", "format 2");
	expect_manifest_refused(path, "{\"pkstore\": \"1\"}", "format");
	expect_manifest_refused(path, "{\"pkstore\": 1, \"durability\": \"full\", \"map_size\": 1}", "uuid");
	expect_manifest_refused(path, "{\"pkstore\": 1, \"uuid\": \"x\", \"durability\": \"total\", \"map_size\": 1}",
	                        "durability");
}

Test(open, pkstore_json_and_data_of_different_stores_are_refused)
{
	const char *path = scratch_dir("mixed");
	const char *json = "{\"pkstore\": 1, \"uuid\": \"00000000-0000-4000-8000-000000000000\", "
	                   "\"durability\": \"full\", \"map_size\": 1099511627776, \"of the future\": null}";

	pks_store_close(open_with(path, NULL));
	scratch_write(scratch_path(path, "pkstore.json"), json, strlen(json));
	expect_refused(path, NULL, PKS_ERR_CORRUPT, "same store");
}

Test(open, damaged_data_is_refused)
{
	const char *path = scratch_dir("damaged");
	char *data = scratch_path(path, "data.mdb");
	int before;

	pks_store_close(open_with(path, NULL));
	before = scratch_descriptors();
	cr_assert_eq(truncate(data, 5000), 0);
	expect_refused(path, NULL, PKS_ERR_CORRUPT, data);
	cr_assert_eq(truncate(data, 0), 0);
	expect_refused(path, NULL, PKS_ERR_CORRUPT, data);
	cr_assert_eq(unlink(data), 0);
	expect_refused(path, NULL, PKS_ERR_CORRUPT, data);
	cr_expect_neq(access(data, F_OK), 0, "not made anew");
	cr_expect_eq(scratch_descriptors(), before);
}

Test(open, a_directory_that_others_may_write_is_refused)
{
	const char *path = scratch_dir("writable");

	pks_store_close(open_with(path, NULL));
	cr_assert_eq(chmod(path, 0770), 0);
	expect_refused(path, NULL, PKS_ERR_ACCESS, "0770");
	cr_assert_eq(chmod(path, 0702), 0);
	expect_refused(path, NULL, PKS_ERR_ACCESS, path);
	cr_assert_eq(chmod(path, 0755), 0);
	pks_store_close(open_with(path, NULL));
}

Test(open, a_directory_of_somebody_else_is_refused)
{
	struct stat st = {.st_uid = 1000, .st_mode = S_IFDIR | 0700};

	cr_expect(directory_is_safe(&st, 1000));
	cr_expect(directory_is_safe(&st, 0), "but to root");
	cr_expect_not(directory_is_safe(&st, 1001));
	st.st_mode = S_IFDIR | 0720;
	cr_expect_not(directory_is_safe(&st, 1000));
	cr_expect_not(directory_is_safe(&st, 0));
}

static int open_as_nobody(void *path)
{
	struct pks_store *store;

	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 1;
	store = pks_store_open(path, NULL);
	return store || pks_error_code() != PKS_ERR_ACCESS;
}

Test(open, another_user_gets_no_access)
{
	char *path = scratch_dir("other_user");

	if (geteuid() != 0)
		cr_skip_test("only root can try");
	pks_store_close(open_with(path, NULL));
	cr_expect_eq(child_wait(child_start(open_as_nobody, path)), 0, "mode 0700");
	cr_assert_eq(chmod(path, 0755), 0);
	cr_expect_eq(child_wait(child_start(open_as_nobody, path)), 0, "not its owner");
}

Test(open, network_filesystems_are_told_from_others)
{
	static const uint32_t network[] = {0x6969, 0x517B, 0xFF534D42, 0xFE534D42, 0x01021997, 0x5346414F, 0x00C36400};
	static const uint32_t local[] = {0x01021994, 0xEF53, 0x58465342, 0x9123683E, 0x794C7630, 0x65735546, 0};

	for (size_t i = 0; i < sizeof(network) / sizeof(*network); i++)
		cr_expect_not_null(directory_network_name(network[i]), "%x", network[i]);
	for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++)
		cr_expect_null(directory_network_name(local[i]), "%x", local[i]);
}

Test(open, only_what_is_all_in_memory_needs_no_syncing)
{
	int shm, proc;

	cr_assert_eq(directory_open("/dev/shm", &shm), 0);
	cr_expect(directory_in_memory(shm, "."));
	cr_assert_eq(directory_open("/proc", &proc), 0); /* the only other one that is everywhere */
	cr_expect_not(directory_in_memory(proc, "version"));
	cr_expect_not(directory_in_memory(proc, "there is none"), "what cannot be told is synced");
	close(proc);
	close(shm);
}

Test(open, a_file_that_is_elsewhere_is_synced_as_there)
{
	const char *path = scratch_dir("elsewhere");
	int fd;

	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(symlink("/proc/version", scratch_path(path, "disk")), 0);
	cr_assert_eq(symlink("/dev/shm", scratch_path(path, "memory")), 0);
	cr_assert_eq(directory_open(path, &fd), 0);
	cr_expect_not(directory_in_memory(fd, "disk"));
	cr_expect(directory_in_memory(fd, "memory"));
	close(fd);
}

Test(open, options_outside_their_domain_are_refused)
{
	const char *path = scratch_dir("options");
	struct pks_store_options mode = {.mode = (enum pks_mode)3}, durability = {.durability = (enum pks_durability)4},
	                         reserved = {.reserved = {[7] = 1}},
	                         never = {.mode = PKS_MUST_CREATE, .read_only = true};
	char longest[PKS_STORE_PATH_SIZE + 1];

	expect_refused(path, &mode, PKS_ERR_USAGE, path);
	expect_refused(path, &durability, PKS_ERR_USAGE, path);
	expect_refused(path, &reserved, PKS_ERR_USAGE, path);
	expect_refused(path, &never, PKS_ERR_USAGE, path);
	expect_refused("", NULL, PKS_ERR_USAGE, "empty");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	expect_refused(longest, NULL, PKS_ERR_LIMIT, "4095");
	cr_expect_neq(access(path, F_OK), 0);
}

/* ---- the environment's variables ---- */

/* Where the suite runs with a map size of its own, there is no room for the default one. */
static void need_address_space(void)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("the sanitizer needs the address space");
#endif
	if (getenv("PKSTORE_MAP_SIZE"))
		cr_skip_test("$PKSTORE_MAP_SIZE is set");
}

Test(open, the_default_store_is_where_the_environment_says)
{
	const char *path = scratch_dir("default");
	char text[64], own[64];
	struct pks_store *store;

	snprintf(own, sizeof(own), "/dev/shm/pkstore-%d", (int)geteuid());
	unsetenv("PKSTORE_PATH");
	cr_expect_eq(pks_store_default_path(text, sizeof(text)), 0);
	cr_expect_str_eq(text, own);
	cr_expect_eq(pks_store_default_path(text, strlen(own)), PKS_ERR_LIMIT);
	setenv("PKSTORE_PATH", path, 1);
	store = open_with(NULL, NULL);
	cr_expect_str_eq(pks_store_path(store), path);
	pks_store_close(store);
}

static uint64_t map_size_of(const char *path)
{
	struct pks_store *store = open_with(path, NULL);
	struct pks_store_stat stat = {0};

	cr_expect_eq(pks_store_stat(store, &stat), 0);
	pks_store_close(store);
	return stat.map_size;
}

Test(open, the_environment_overrules_the_map_size)
{
	const char *path = scratch_dir("map_size");

	need_address_space();
	cr_expect_eq(map_size_of(path), UINT64_C(1) << 40);
	setenv("PKSTORE_MAP_SIZE", "16777216", 1);
	cr_expect_eq(map_size_of(path), 16777216u);
	unsetenv("PKSTORE_MAP_SIZE");
	cr_expect_eq(map_size_of(path), UINT64_C(1) << 40, "only as long as it is set");
	setenv("PKSTORE_MAP_SIZE", "many", 1);
	expect_refused(path, NULL, PKS_ERR_USAGE, "many");
}

static int open_in_little_room(void *path)
{
	struct pks_store *store;

	setrlimit(RLIMIT_AS, &(struct rlimit){(rlim_t)1 << 32, (rlim_t)1 << 32});
	store = pks_store_open(path, NULL);
	pks_store_close(store);
	return !store;
}

Test(open, little_address_space_makes_a_smaller_map)
{
	char *path = scratch_dir("little_room"), *another = scratch_dir("little_room_new");

	need_address_space();
	pks_store_close(open_with(path, NULL));
	cr_expect_eq(child_wait(child_start(open_in_little_room, path)), 0, "of a store that has 1 TiB");
	cr_expect_eq(child_wait(child_start(open_in_little_room, another)), 0, "of a new one");
}

/* ---- read-only ---- */

Test(open, one_opened_read_only_reads_and_does_not_write)
{
	const char *path = scratch_dir("read_only");
	struct pks_store_options options = {.read_only = true};
	struct pks_store *store = open_with(path, NULL);
	struct pks_object *dict = pks_dict_open(store, "d", PKS_MUST_CREATE);
	int number = 0;

	cr_expect_eq(pks_dict_setf(dict, "key", "i", 5), 0);
	expect_refused(path, &options, PKS_ERR_USAGE, "for writing");
	pks_store_close(store);
	store = open_with(path, &options);
	dict = pks_dict_open(store, "d", PKS_MUST_EXIST);
	cr_expect_eq(pks_dict_getf(dict, "key", "i", &number), 0, "%s", pks_error_message());
	cr_expect_eq(number, 5);
	cr_expect_eq(pks_dict_setf(dict, "key", "i", 6), PKS_ERR_READ_ONLY);
	cr_expect_null(pks_dict_open(store, "new", PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_READ_ONLY);
	expect_refused(path, NULL, PKS_ERR_USAGE, "read-only");
	pks_store_close(store);
}

/* ---- closing ---- */

Test(open, the_last_close_leaves_nothing_behind)
{
	const char *path = scratch_dir("closing");
	int before = scratch_descriptors();
	struct pks_store *store = open_with(path, NULL), *same = open_with(path, NULL);

	cr_expect_eq(store, same);
	pks_object_close(NULL);
	cr_expect_not_null(pks_dict_open(store, "left/open", PKS_MUST_CREATE));
	pks_store_close(store);
	cr_expect_eq(pks_begin(same), 0, "one opening is left: %s", pks_error_message());
	pks_store_close(same);
	pks_store_close(NULL);
	cr_expect_eq(scratch_descriptors(), before);
	store = open_with(path, NULL);
	cr_expect_eq(pks_begin(store), 0, "the transaction that was open is aborted: %s", pks_error_message());
	cr_expect_eq(pks_abort(store), 0);
	pks_store_close(store);
}
