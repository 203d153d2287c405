/* SPDX-License-Identifier: MIT */
/* How the map and its file grow, and what is wrong with them. */
#include "engine_texts.h"
#include "lib/child.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

Test(engine_map, a_full_map_grows)
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

Test(engine_map, the_map_stays_under_an_open_snapshot)
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

Test(engine_map, a_map_that_others_made_larger_is_adopted)
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

Test(engine_map, the_map_moves_between_the_reads_of_many_threads)
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

Test(engine_map, a_damaged_file_is_refused_and_left_alone)
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

Test(engine_map, a_file_without_its_last_pages_is_refused)
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

Test(engine_map, a_file_may_lack_last_pages_that_are_free)
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
