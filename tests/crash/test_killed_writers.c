/* SPDX-License-Identifier: MIT */
/*
 * Writers that are killed at any instruction leave whole transactions behind: money that several processes move between
 * accounts stays the same in sum, and everything that was recorded in the same transaction agrees with it.
 */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ACCOUNTS 50
#define START_MONEY 1000
#define WRITERS 3
/* More than a chunk of entries now and then, so that deaths meet sealed, new and trimmed chunks. */
#define LOG_CAP 700

struct bank {
	struct pks_store *store;
	struct pks_object *accounts, *log, *totals;
};

static int open_bank(const char *path, struct bank *bank)
{
	bank->store = pks_store_open(path, NULL);
	bank->accounts = pks_dict_open(bank->store, "bank/accounts", PKS_OPEN_OR_CREATE);
	bank->log = pks_log_open(bank->store, "bank/log", PKS_OPEN_OR_CREATE);
	bank->totals = pks_dict_open(bank->store, "bank/totals", PKS_OPEN_OR_CREATE);
	return bank->totals ? 0 : pks_error_code();
}

static void account_name(char name[16], int account)
{
	snprintf(name, 16, "account-%d", account);
}

/* One transaction: the move, its record, the count of records, and now and then an object that comes or goes. */
static int move_money(struct bank *bank, unsigned *seed)
{
	int from = (int)(rand_r(seed) % ACCOUNTS), to = (int)(rand_r(seed) % ACCOUNTS),
	    amount = (int)(rand_r(seed) % 100);
	char from_name[16], to_name[16];
	struct pks_object *temporary;
	int r = pks_begin(bank->store);

	if (r < 0)
		return r;
	account_name(from_name, from);
	account_name(to_name, to);
	pks_dict_add(bank->accounts, from_name, -amount, NULL);
	pks_dict_add(bank->accounts, to_name, amount, NULL);
	for (int i = (int)(rand_r(seed) % 5); i >= 0; i--) {
		pks_log_appendf(bank->log, "[iii]", from, to, amount);
		pks_dict_add(bank->totals, "entries", 1, NULL);
	}
	temporary = pks_dict_open(bank->store, "bank/temporary", PKS_OPEN_OR_CREATE);
	pks_dict_setf(temporary, from_name, "i", amount);
	if (rand_r(seed) % 8 == 0)
		pks_object_drop(temporary);
	pks_object_close(temporary);
	return pks_commit(bank->store);
}

static int write_until_killed(void *path)
{
	struct bank bank;
	unsigned seed = (unsigned)getpid();
	int r = open_bank(path, &bank);

	while (r == 0)
		r = move_money(&bank, &seed);
	fprintf(stderr, "writer: %s\n", pks_error_message());
	return 1;
}

static void count_items(struct pks_object *dict)
{
	struct pks_iter *iter = pks_dict_iter(dict, NULL);
	uint64_t count, seen = 0;

	while (pks_iter_next(iter, NULL, NULL) == 0)
		seen++;
	cr_assert_eq(pks_dict_count(dict, &count), 0, "%s", pks_error_message());
	cr_assert_eq(count, seen, "the header counts %llu items, there are %llu", (unsigned long long)count,
	             (unsigned long long)seen);
	pks_iter_close(iter);
}

static void check_sum(struct bank *bank)
{
	struct pks_iter *iter = pks_dict_iter(bank->accounts, NULL);
	struct pks_value value;
	int64_t sum = 0, money;

	while (pks_iter_next(iter, NULL, &value) == 0) {
		cr_assert_eq(pks_value_int(&value, &money), 0);
		sum += money;
	}
	cr_assert_eq(sum, ACCOUNTS * START_MONEY, "the money is %lld", (long long)sum);
	pks_iter_close(iter);
}

static void check_log(struct bank *bank)
{
	struct pks_log_iter *iter = pks_log_iter(bank->log, 0, INT64_MAX, false);
	uint64_t next, count, seen = 0;
	int64_t entries = 0;
	int r;

	while ((r = pks_log_next(iter, NULL, NULL)) == 0)
		seen++;
	cr_assert_eq(r, PKS_END, "%s", pks_error_message());
	pks_log_iter_close(iter);
	cr_assert_eq(pks_log_count(bank->log, &count), 0);
	cr_assert_eq(count, seen);
	cr_assert_leq(count, LOG_CAP);
	pks_log_positions(bank->log, NULL, &next);
	if (pks_dict_contains(bank->totals, "entries") == 0)
		cr_assert_eq(pks_dict_getf(bank->totals, "entries", "I", &entries), 0);
	cr_assert_eq(next, (uint64_t)entries, "%llu entries in the Log, %lld counted", (unsigned long long)next,
	             (long long)entries);
}

static void check_bank(struct bank *bank)
{
	struct pks_object *temporary;

	cr_assert_eq(pks_snapshot_begin(bank->store), 0, "%s", pks_error_message());
	check_sum(bank);
	check_log(bank);
	count_items(bank->accounts);
	temporary = pks_object_open(bank->store, "bank/temporary");
	if (temporary)
		count_items(temporary);
	pks_object_close(temporary);
	pks_snapshot_end(bank->store);
}

static void fill_bank(struct bank *bank)
{
	char name[16];

	pks_begin(bank->store);
	for (int i = 0; i < ACCOUNTS; i++) {
		account_name(name, i);
		pks_dict_setf(bank->accounts, name, "i", START_MONEY);
	}
	pks_log_set_cap(bank->log, LOG_CAP);
	cr_assert_eq(pks_commit(bank->store), 0);
}

/*
 * Waits for `entries` more in the Log, so that each death meets a writer at work; and a little more, to meet it
 * anywhere.
 */
static void let_them_write(struct bank *bank, uint64_t entries)
{
	struct timespec moment = {.tv_nsec = rand() % 2000000};
	uint64_t next, now;
	struct pks_value value;

	pks_log_positions(bank->log, NULL, &next);
	now = next + entries - 1;
	cr_assert_eq(pks_log_follow(bank->log, &now, 20000, &value), 0, "%s", pks_error_message());
	pks_value_clear(&value);
	nanosleep(&moment, NULL);
}

Test(killed_writers, writers_killed_anywhere_leave_whole_transactions, .timeout = 7200)
{
	char *path = scratch_dir("writers_killed_anywhere");
	int rounds = scratch_long() ? 3000 : 150;
	pid_t writers[WRITERS];
	struct bank bank;

	srand(11);
	cr_assert_eq(open_bank(path, &bank), 0, "%s", pks_error_message());
	fill_bank(&bank);
	for (int i = 0; i < WRITERS; i++)
		writers[i] = child_start(write_until_killed, path);
	for (int round = 0; round < rounds; round++) {
		int victim = rand() % WRITERS;

		let_them_write(&bank, 3);
		kill(writers[victim], SIGKILL);
		cr_assert_eq(child_wait(writers[victim]), -SIGKILL);
		check_bank(&bank);
		writers[victim] = child_start(write_until_killed, path);
	}
	for (int i = 0; i < WRITERS; i++) {
		kill(writers[i], SIGKILL);
		child_wait(writers[i]);
	}
	check_bank(&bank);
	pks_store_close(bank.store);
}

/* ---- what is dropped or cleared at once does not grow the file with its size ---- */

static void fill_dict(struct pks_store *store, struct pks_object *dict, int from, int to)
{
	char key[16];

	cr_assert_eq(pks_begin(store), 0);
	for (int i = from; i < to; i++) {
		snprintf(key, sizeof(key), "%08d", i);
		cr_assert_eq(pks_dict_setf(dict, key, "s", "twenty bytes of text"), 0);
	}
	cr_assert_eq(pks_commit(store), 0, "%s", pks_error_message());
}

Test(killed_writers, clearing_and_dropping_what_is_large_takes_little_room, .timeout = 7200)
{
	struct pks_store *store = pks_store_open(scratch_dir("clearing_what_is_large"), NULL);
	int items = scratch_long() ? 10000000 : 500000;
	struct pks_store_stat before, after;
	struct pks_object *dict = pks_dict_open(store, "large", PKS_OPEN_OR_CREATE);

	for (int i = 0; i < items; i += 100000)
		fill_dict(store, dict, i, i + 100000);
	pks_store_stat(store, &before);
	cr_expect_eq(pks_dict_clear(dict), 0, "%s", pks_error_message());
	pks_store_stat(store, &after);
	cr_expect_leq(after.file, before.file + before.file / 20, "the file grew from %llu to %llu",
	              (unsigned long long)before.file, (unsigned long long)after.file);
	for (int i = 0; i < items; i += 100000)
		fill_dict(store, dict, i, i + 100000);
	pks_store_stat(store, &before);
	/* LMDB gives freed pages out two commits later: the first of the five new batches goes to the end. */
	cr_expect_leq(before.file, after.file + after.file / 4,
	              "what was cleared is not used again: the file grew from %llu to %llu",
	              (unsigned long long)after.file, (unsigned long long)before.file);
	cr_expect_eq(pks_object_drop(dict), 0, "%s", pks_error_message());
	pks_store_stat(store, &after);
	cr_expect_leq(after.file, before.file + before.file / 20);
	pks_store_close(store);
}
