/* SPDX-License-Identifier: MIT */
#include "engine.h"
#include "lib/child.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)

static struct engine *open_engine(const char *path, bool create, uint64_t map_size)
{
	struct engine_config config = {
	        .path = path, .durability = PKS_DURABILITY_FULL, .create = create, .map_size = map_size};
	struct engine *engine = NULL;

	return engine_open(&config, &engine) == 0 ? engine : NULL;
}

static struct engine *new_engine(const char *path, uint64_t map_size)
{
	struct engine *engine;

	cr_assert_eq(mkdir(path, 0700), 0);
	engine = open_engine(path, true, map_size);
	cr_assert_not_null(engine, "%s", pks_error_message());
	return engine;
}

static struct bytes text(const char *string)
{
	return (struct bytes){string, strlen(string)};
}

static bool is(struct bytes bytes, const char *expected)
{
	return bytes.size == strlen(expected) && memcmp(bytes.data, expected, bytes.size) == 0;
}

static struct engine_txn *begin(struct engine *engine, bool write)
{
	struct engine_txn *txn = NULL;

	cr_assert_eq(engine_begin(engine, write, &txn), 0, "%s", pks_error_message());
	return txn;
}

static void put(struct engine *engine, const char *key, const char *value)
{
	struct engine_txn *txn = begin(engine, true);

	cr_assert_eq(engine_put(txn, text(key), text(value), NULL), 0, "%s", pks_error_message());
	cr_assert_eq(engine_commit(txn), 0, "%s", pks_error_message());
}

Test(engine, what_was_committed_is_there)
{
	const char *path = scratch_dir("committed");
	struct engine *engine = new_engine(path, 0);
	struct engine_txn *txn;
	struct bytes value;

	put(engine, "key", "value");
	engine_close(engine);
	engine = open_engine(path, false, 0);
	txn = begin(engine, false);
	cr_expect_eq(engine_get(txn, text("key"), &value), 0);
	cr_expect(is(value, "value"));
	cr_expect_eq(engine_get(txn, text("ke"), &value), PKS_NOT_FOUND);
	engine_abort(txn);
	engine_close(engine);
}

Test(engine, what_was_aborted_is_not)
{
	struct engine *engine = new_engine(scratch_dir("aborted"), 0);
	struct engine_txn *txn = begin(engine, true);
	struct bytes value;

	cr_expect_eq(engine_put(txn, text("key"), text("value"), NULL), 0);
	engine_abort(txn);
	txn = begin(engine, false);
	cr_expect_eq(engine_get(txn, text("key"), &value), PKS_NOT_FOUND);
	engine_abort(txn);
	engine_close(engine);
}

Test(engine, changes_tell_the_size_of_what_was_there)
{
	struct engine *engine = new_engine(scratch_dir("sizes"), 0);
	struct engine_txn *txn = begin(engine, true);
	struct engine_removed removed;
	size_t old = 7;

	cr_expect_eq(engine_put(txn, text("key"), text("1"), &old), 0);
	cr_expect_eq(old, ENGINE_NO_VALUE);
	cr_expect_eq(engine_put(txn, text("key"), text("longer"), &old), 0);
	cr_expect_eq(old, 1);
	cr_expect_eq(engine_del(txn, text("key"), &old), 0);
	cr_expect_eq(old, 6);
	cr_expect_eq(engine_del(txn, text("key"), &old), PKS_NOT_FOUND);
	cr_expect_eq(engine_del(txn, text("key"), NULL), PKS_NOT_FOUND);
	cr_expect_eq(engine_put(txn, text("key"), text("2"), &old), 0);
	cr_expect_eq(old, ENGINE_NO_VALUE);
	cr_expect_eq(engine_put(txn, text("later"), text("345"), NULL), 0);
	cr_expect_eq(engine_del_range(txn, text("k"), text("m"), &removed), 0);
	cr_expect_eq(removed.records, 2);
	cr_expect_eq(removed.bytes, 3 + 1 + 5 + 3);
	engine_abort(txn);
	engine_close(engine);
}

Test(engine, a_snapshot_does_not_see_later_commits)
{
	struct engine *engine = new_engine(scratch_dir("snapshot"), 0);
	struct engine_txn *txn;
	struct bytes value;

	put(engine, "key", "old");
	txn = begin(engine, false);
	put(engine, "key", "new");
	cr_expect_eq(engine_get(txn, text("key"), &value), 0);
	cr_expect(is(value, "old"));
	engine_abort(txn);
	txn = begin(engine, false);
	cr_expect_eq(engine_get(txn, text("key"), &value), 0);
	cr_expect(is(value, "new"), "a reused snapshot is a new one");
	engine_abort(txn);
	engine_close(engine);
}

Test(engine, cursors_move_in_the_order_of_bytes_a_prefix_first)
{
	static const char *const keys[] = {"a", "aa", "ab", "b", "\x7f", "\x80", "\xff"};
	struct engine *engine = new_engine(scratch_dir("cursors"), 0);
	struct engine_txn *txn = begin(engine, true);
	struct engine_cursor *cursor;
	struct bytes key, value;

	for (int i = 6; i >= 0; i--)
		cr_assert_eq(engine_put(txn, text(keys[i]), text(keys[i]), NULL), 0);
	cr_assert_eq(engine_cursor_open(txn, &cursor), 0);
	cr_expect_eq(engine_seek(cursor, text("a"), &key, &value), 0);
	for (int i = 0; i < 7; i++) {
		cr_expect(is(key, keys[i]));
		cr_expect_eq(engine_next(cursor, &key, &value), i < 6 ? 0 : PKS_NOT_FOUND);
	}
	cr_expect_eq(engine_seek(cursor, text("aaa"), &key, &value), 0);
	cr_expect(is(key, "ab"));
	cr_expect_eq(engine_prev(cursor, &key, &value), 0);
	cr_expect(is(key, "aa"));
	cr_expect_eq(engine_seek(cursor, text("\xff\x01"), &key, &value), PKS_NOT_FOUND);
	cr_expect_eq(engine_seek_before(cursor, text("ab"), &key, &value), 0);
	cr_expect(is(key, "aa"));
	cr_expect_eq(engine_seek_before(cursor, text("\xff\xff"), &key, &value), 0);
	cr_expect(is(key, "\xff"));
	cr_expect_eq(engine_seek_before(cursor, text("a"), &key, &value), PKS_NOT_FOUND);
	engine_cursor_close(cursor);
	engine_abort(txn);
	engine_close(engine);
}

Test(engine, a_range_is_deleted_up_to_its_end)
{
	struct engine *engine = new_engine(scratch_dir("del_range"), 0);
	struct engine_txn *txn = begin(engine, true);
	struct bytes value;
	char key[16];

	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "%05d", i);
		cr_assert_eq(engine_put(txn, text(key), text("some value that takes room"), NULL), 0);
	}
	cr_expect_eq(engine_del_range(txn, text("00100"), text("04900"), NULL), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "%05d", i);
		cr_expect_eq(engine_get(txn, text(key), &value), i >= 100 && i < 4900 ? PKS_NOT_FOUND : 0, "%s", key);
	}
	cr_expect_eq(engine_del_range(txn, text("x"), text("y"), NULL), 0);
	cr_expect_eq(engine_del_range(txn, text("0"), text("1"), NULL), 0);
	cr_expect_eq(engine_get(txn, text("00000"), &value), PKS_NOT_FOUND);
	cr_expect_eq(engine_commit(txn), 0);
	engine_close(engine);
}

Test(engine, limits_are_refused_with_a_message)
{
	struct engine *engine = new_engine(scratch_dir("limits"), 0);
	struct engine_txn *txn = begin(engine, true);
	static char longest[ENGINE_KEY_MAX + 1];

	cr_expect_eq(engine_put(txn, (struct bytes){longest, ENGINE_KEY_MAX}, text("v"), NULL), 0);
	cr_expect_eq(engine_put(txn, text("k"), (struct bytes){"", (size_t)3 << 30}, NULL), PKS_ERR_LIMIT);
	cr_expect_eq(engine_put(txn, (struct bytes){longest, ENGINE_KEY_MAX + 1}, text("v"), NULL), PKS_ERR_LIMIT);
	cr_expect_not_null(strstr(pks_error_message(), "511"));
	engine_abort(txn);
	txn = begin(engine, true);
	cr_expect_eq(engine_put(txn, text(""), text("v"), NULL), PKS_ERR_LIMIT);
	engine_abort(txn);
	engine_close(engine);
}

Test(engine, one_opened_read_only_refuses_to_write)
{
	const char *path = scratch_dir("read_only");
	struct engine_config config = {.path = path, .durability = PKS_DURABILITY_FULL, .read_only = true};
	struct engine *engine = new_engine(path, 0);
	struct engine_txn *txn;
	struct bytes value;

	put(engine, "key", "value");
	engine_close(engine);
	cr_assert_eq(engine_open(&config, &engine), 0, "%s", pks_error_message());
	cr_expect_eq(engine_begin(engine, true, &txn), PKS_ERR_READ_ONLY);
	txn = begin(engine, false);
	cr_expect_eq(engine_get(txn, text("key"), &value), 0);
	engine_abort(txn);
	engine_close(engine);
}

/* ---- the map ---- */

/* Puts `count` values of 4000 bytes in one transaction: the code that something of it, or the commit, returned. */
static int put_much(struct engine *engine, int count)
{
	static char data[4000];
	struct engine_txn *txn = begin(engine, true);
	char key[16];
	int r = 0;

	for (int i = 0; i < count && r == 0; i++) {
		snprintf(key, sizeof(key), "%08d", i);
		r = engine_put(txn, text(key), (struct bytes){data, sizeof(data)}, NULL);
	}
	if (r == 0)
		return engine_commit(txn);
	engine_abort(txn);
	return r;
}

static int put_growing(struct engine *engine, int count)
{
	int r;

	while ((r = put_much(engine, count)) == PKS_ERR_MAP_FULL)
		if (engine_grow(engine) != 0)
			return -100;
	return r;
}

Test(engine, a_full_map_grows)
{
	const char *path = scratch_dir("map_full");
	struct engine *engine = new_engine(path, MIB);
	struct pks_store_stat stat = {0};

	cr_expect_eq(put_much(engine, 2000), PKS_ERR_MAP_FULL);
	cr_expect_eq(put_growing(engine, 2000), 0);
	cr_expect_eq(engine_stat(engine, &stat), 0);
	cr_expect_geq(stat.map_size, 2000u * 4000);
	engine_close(engine);
	engine = open_engine(path, false, 0);
	cr_assert_not_null(engine, "%s", pks_error_message());
	cr_expect_eq(engine_stat(engine, &stat), 0);
	cr_expect_geq(stat.map_size, 2000u * 4000, "the size is kept");
	engine_close(engine);
}

Test(engine, the_map_stays_under_an_open_snapshot)
{
	struct engine *engine = new_engine(scratch_dir("map_pinned"), MIB);
	struct engine_txn *txn;

	put(engine, "key", "value");
	txn = begin(engine, false);
	cr_expect_eq(engine_grow(engine), PKS_ERR_MAP_FULL);
	cr_expect_not_null(strstr(pks_error_message(), "other transactions"), "%s", pks_error_message());
	engine_abort(txn);
	cr_expect_eq(engine_grow(engine), 0);
	engine_close(engine);
}

static int grow_in_child(void *path)
{
	struct engine *engine = open_engine(path, false, 0);
	int r = engine ? put_growing(engine, 3000) : -1;

	engine_close(engine);
	return r != 0;
}

Test(engine, a_map_that_others_made_larger_is_adopted)
{
	char *path = scratch_dir("map_resized");
	struct engine *engine = new_engine(path, MIB);
	struct engine_txn *txn;
	struct bytes value;

	put(engine, "key", "value");
	cr_expect_eq(child_wait(child_start(grow_in_child, path)), 0);
	txn = begin(engine, false);
	cr_expect_eq(engine_get(txn, text("00002999"), &value), 0);
	engine_abort(txn);
	put(engine, "key", "again");
	engine_close(engine);
}

static atomic_bool stop;
static atomic_int wrong;

static void *read_on(void *arg)
{
	struct engine_txn *txn;
	struct bytes value;

	while (!atomic_load(&stop)) {
		if (engine_begin(arg, false, &txn) != 0) {
			wrong++;
			break;
		}
		if (engine_get(txn, text("key"), &value) != 0 || !is(value, "value"))
			wrong++;
		engine_abort(txn);
	}
	return NULL;
}

Test(engine, the_map_moves_between_the_reads_of_many_threads)
{
	struct engine *engine = new_engine(scratch_dir("map_threads"), MIB);
	pthread_t threads[24];

	put(engine, "key", "value");
	for (int i = 0; i < 24; i++)
		pthread_create(&threads[i], NULL, read_on, engine);
	for (int i = 0; i < 10; i++)
		cr_expect_eq(engine_grow(engine), 0, "%s", pks_error_message());
	stop = true;
	for (int i = 0; i < 24; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(wrong, 0);
	engine_close(engine);
}

/* ---- readers ---- */

Test(engine, as_many_snapshots_as_there_are_reader_slots)
{
	static struct engine_txn *txns[2000];
	struct engine *engine = new_engine(scratch_dir("readers"), 0);
	int count = 0;

	while (count < 2000 && engine_begin(engine, false, &txns[count]) == 0)
		count++;
	cr_expect_eq(pks_error_code(), PKS_ERR_READERS);
	cr_expect_gt(count, 1000);
	cr_expect_lt(count, 2000);
	engine_abort(txns[--count]);
	cr_expect_eq(engine_begin(engine, false, &txns[count]), 0, "one that ended makes room");
	while (count >= 0)
		engine_abort(txns[count--]);
	engine_close(engine);
}

static void *read_once(void *arg)
{
	engine_abort(begin(arg, false));
	return NULL;
}

Test(engine, threads_that_come_and_go_take_few_reader_slots)
{
	struct engine *engine = new_engine(scratch_dir("slots"), 0);
	struct pks_store_stat stat = {0};
	pthread_t thread;

	for (int i = 0; i < 500; i++) {
		pthread_create(&thread, NULL, read_once, engine);
		pthread_join(thread, NULL);
	}
	cr_expect_eq(engine_stat(engine, &stat), 0);
	cr_expect_leq(stat.readers_used, 32u);
	engine_close(engine);
}

Test(engine, stat_tells_what_a_snapshot_pins)
{
	struct engine *engine = new_engine(scratch_dir("stat"), 0);
	struct pks_store_stat stat = {0};
	struct engine_txn *txn;

	put(engine, "key", "value");
	txn = begin(engine, false);
	for (int i = 0; i < 10; i++)
		put(engine, "key", "other");
	cr_expect_eq(engine_stat(engine, &stat), 0);
	cr_expect_eq(stat.last_commit, engine_txn_id(txn) + 10);
	cr_expect_eq(stat.reader_count, 1u);
	cr_expect_eq(stat.readers[0].pid, getpid());
	cr_expect_eq(stat.readers[0].snapshots, 1u);
	cr_expect_eq(stat.readers[0].age, 10u);
	cr_expect_geq(stat.readers[0].pinned_bytes, 9u * 4096);
	cr_expect_leq(stat.readers[0].pinned_bytes, stat.file);
	cr_expect_lt(stat.used, stat.file);
	engine_abort(txn);
	memset(&stat, 0, sizeof(stat));
	cr_expect_eq(engine_stat(engine, &stat), 0);
	cr_expect_eq(stat.reader_count, 0u);
	engine_close(engine);
}

Test(engine, no_descriptor_is_inherited_or_left)
{
	const char *path = scratch_dir("descriptors");
	int before = scratch_descriptors();
	struct engine *engine = new_engine(path, 0);

	for (int fd = 3; fd < 64; fd++) {
		char link[64], target[4096] = "";

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if (readlink(link, target, sizeof(target) - 1) > 0 && strncmp(target, path, strlen(path)) == 0)
			cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC, "%s", target);
	}
	engine_close(engine);
	cr_expect_eq(scratch_descriptors(), before);
}

/* ---- damaged files ---- */

static void expect_refused(const char *path, int code, const char *words)
{
	struct engine *engine = open_engine(path, false, 0);

	cr_expect_null(engine);
	cr_expect_eq(pks_error_code(), code, "%s", pks_error_message());
	cr_expect_not_null(strstr(pks_error_message(), words), "%s", pks_error_message());
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

Test(engine, a_damaged_file_is_refused_and_left_alone)
{
	const char *path = scratch_dir("damaged");
	char *file = scratch_path(path, "data.mdb");
	off_t whole;

	engine_close(new_engine(path, 0));
	cr_assert_eq(unlink(file), 0);
	expect_refused(path, PKS_ERR_CORRUPT, "missing");
	cr_expect_eq(size_of(file), -1, "not made anew");
	scratch_write(file, "", 0);
	expect_refused(path, PKS_ERR_CORRUPT, "truncated to 0 bytes");
	cr_expect_eq(size_of(file), 0, "not taken for a new one");
	scratch_write(file, path, 8);
	expect_refused(path, PKS_ERR_CORRUPT, "truncated to 8 bytes");
	unlink(file);
	scratch_remove(path);

	engine_close(new_engine(path, 0));
	whole = size_of(file);
	cr_assert_eq(truncate(file, 4096), 0);
	expect_refused(path, PKS_ERR_CORRUPT, "truncated");
	cr_assert_eq(truncate(file, whole), 0);
	scratch_remove(path);
}

Test(engine, a_file_without_its_last_pages_is_refused)
{
	const char *path = scratch_dir("cut");
	char *file = scratch_path(path, "data.mdb");
	struct engine *engine = new_engine(path, 0);

	cr_assert_eq(put_much(engine, 100), 0);
	engine_close(engine);
	for (off_t size = size_of(file) - 1; size >= 2 * 4096; size -= 50001) {
		cr_assert_eq(truncate(file, size), 0);
		expect_refused(path, PKS_ERR_CORRUPT, "truncated");
	}
}

/* LMDB does not write pages that a commit takes from the end and gives back: such a file is short and whole. */
static void change_at_random(struct engine *engine, unsigned *seed)
{
	static char data[20000];
	struct engine_txn *txn = begin(engine, true);

	for (int left = rand_r(seed) % 100; left > 0; left--) {
		size_t size = (size_t)rand_r(seed) % (rand_r(seed) % 3 ? 500 : sizeof(data));
		char key[16];

		snprintf(key, sizeof(key), "%03d", rand_r(seed) % 500);
		if (rand_r(seed) % 2)
			engine_del(txn, text(key), NULL);
		else
			engine_put(txn, text(key), (struct bytes){data, size}, NULL);
	}
	cr_assert_eq(engine_commit(txn), 0);
}

/* Where LMDB's two meta pages keep the number of the last page and of the commit, in bytes. */
enum { META_LAST_PAGE = 136, META_COMMIT = 144, META_PAGE_SIZE = 4096 };

static bool is_short(const char *file)
{
	uint64_t last[2], commit[2];
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(pread(fd, &last[i], 8, i * META_PAGE_SIZE + META_LAST_PAGE), 8);
		cr_assert_eq(pread(fd, &commit[i], 8, i * META_PAGE_SIZE + META_COMMIT), 8);
	}
	close(fd);
	return size_of(file) < (off_t)(last[commit[1] > commit[0]] + 1) * META_PAGE_SIZE;
}

Test(engine, a_file_may_lack_last_pages_that_are_free)
{
	const char *path = scratch_dir("short");
	char *file = scratch_path(path, "data.mdb");
	int found = 0;

	for (unsigned seed = 0; seed < 100 && found < 3; seed++) {
		struct engine *engine = new_engine(path, 0);
		unsigned state = seed;

		for (int commits = 0; commits < 200 && !is_short(file); commits++)
			change_at_random(engine, &state);
		engine_close(engine);
		if (is_short(file)) {
			engine = open_engine(path, false, 0);
			cr_assert_not_null(engine, "%s", pks_error_message());
			engine_close(engine);
			found++;
		}
		scratch_remove(path);
	}
	cr_expect_eq(found, 3, "this must have been tried");
}
