/* SPDX-License-Identifier: MIT */
#include "engine_texts.h"
#include "lib/child.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
	cr_expect_eq(engine_from(txn, text("aaa"), &key, &value), 0);
	cr_expect(is(key, "ab") && is(value, "ab"));
	cr_expect_eq(engine_from(txn, text("b"), &key, &value), 0);
	cr_expect(is(key, "b"));
	cr_expect_eq(engine_from(txn, text("\xff\x01"), &key, &value), PKS_NOT_FOUND);
	cr_expect_eq(engine_before(txn, text("b"), &key, &value), 0);
	cr_expect(is(key, "ab") && is(value, "ab"));
	cr_expect_eq(engine_before(txn, text("a"), &key, &value), PKS_NOT_FOUND);
	cr_expect_eq(engine_before(txn, text("\xff\xff"), &key, &value), 0);
	cr_expect(is(key, "\xff"));
	engine_cursor_close(cursor);
	engine_abort(txn);
	engine_close(engine);
}

Test(engine, the_last_of_a_prefix_is_put_behind_all_of_it_or_not_at_all)
{
	struct engine *engine = new_engine(scratch_dir("insert_last"), 0);
	struct engine_txn *txn = begin(engine, true);
	struct bytes value;

	cr_expect_eq(engine_insert_last(txn, text("b5"), 1, text("first")), 0, "there is nothing at all");
	cr_expect_eq(engine_insert_last(txn, text("b7"), 1, text("second")), 0);
	cr_expect_eq(engine_insert_last(txn, text("b6"), 1, text("between")), PKS_EXISTS);
	cr_expect_eq(engine_get(txn, text("b6"), &value), PKS_NOT_FOUND);
	cr_expect_eq(engine_insert_last(txn, text("b7"), 1, text("again")), PKS_EXISTS);
	cr_expect_eq(engine_get(txn, text("b7"), &value), 0);
	cr_expect(is(value, "second"));
	cr_expect_eq(engine_insert_last(txn, text("b6"), 2, text("of another prefix")), 0);
	cr_expect_eq(engine_insert_last(txn, text("a9"), 1, text("before others")), 0);
	cr_expect_eq(engine_insert_last(txn, text("c"), 1, text("behind all")), 0);
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

/* Its process ends so, and gives none of them back. */
static int take_all_reader_slots(void *path)
{
	struct engine *engine = open_engine(path, false, 0);
	struct engine_txn *txn;

	while (engine && engine_begin(engine, false, &txn) == 0)
		continue;
	return pks_error_code() == PKS_ERR_READERS ? 0 : 1;
}

Test(engine, the_slots_of_dead_readers_are_found_when_there_is_no_other)
{
	char *path = scratch_dir("dead_readers");
	struct engine *engine = new_engine(path, 0);
	struct engine_txn *txns[10];

	cr_assert_eq(child_wait(child_start(take_all_reader_slots, path)), 0);
	for (int i = 0; i < 10; i++)
		txns[i] = begin(engine, false);
	for (int i = 0; i < 10; i++)
		engine_abort(txns[i]);
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
