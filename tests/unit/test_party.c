/* SPDX-License-Identifier: MIT */
/* The records of those who hold and wait, and their order. */
#include "lib/scratch.h"
#include "object.h"
#include "party.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <unistd.h>

static const struct owner thread = {.proc = {.pid = 100, .start = 7, .boot = {1, 2}}, .tid = 101, .tid_start = 8};
static const struct owner process = {.proc = {.pid = 200, .start = 9, .boot = {3}}};

static void expect_back(const struct party *party)
{
	struct buffer record = {0};
	struct party back = {.number = 77};

	party_encode(party, &record);
	for (size_t size = 0; size < record.size; size++)
		cr_expect_eq(party_decode((struct bytes){record.data, size}, &back), PKS_ERR_CORRUPT);
	cr_assert_eq(party_decode((struct bytes){record.data, record.size}, &back), 0);
	cr_expect(owner_equal(&back.owner, &party->owner));
	cr_expect_eq(back.since_ns, party->since_ns);
	for (int i = 0; i < PARTY_EXTRAS; i++)
		cr_expect_eq(back.extra[i], party->extra[i]);
	cr_expect_eq(back.number, 77, "the number is in the key");
	buffer_release(&record);
}

Test(party, a_record_comes_back_as_it_was)
{
	expect_back(&(struct party){.owner = thread, .since_ns = 1700000000000000000});
	expect_back(&(struct party){.owner = process, .since_ns = 1});
	expect_back(&(struct party){.owner = thread, .extra = {3}});
	expect_back(&(struct party){.owner = thread, .extra = {0, UINT64_MAX}});
}

/* As FORMAT.md has it: zeros at the end are left out, and so is the thread of a whole process. */
Test(party, a_record_is_as_short_as_it_can_be)
{
	struct buffer record = {0};

	party_encode(&(struct party){.owner = process, .since_ns = 5}, &record);
	cr_expect_eq(record.size, 23);
	cr_expect_arr_eq(record.data, "\x82\x83\x18\xc8\x09\x50\x03", 7);
	cr_expect_eq(record.data[record.size - 1], 5);
	buffer_release(&record);
}

Test(party, nobody_is_damaged)
{
	struct party party;

	cr_expect_eq(party_decode((struct bytes){"\x82\xf6\x05", 3}, &party), PKS_ERR_CORRUPT, "no owner");
	cr_expect_eq(party_decode((struct bytes){"\x81\xf6", 2}, &party), PKS_ERR_CORRUPT, "no time");
}

/* ---- in a store ---- */

static struct pks_store *store;
static struct pks_object *object;

static void begin(void)
{
	store = pks_store_open(scratch_dir("party"), NULL);
	object = pks_lock_open(store, "l", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(object, "%s", pks_error_message());
}

static void end(void)
{
	pks_store_close(store);
}

static struct party numbered(uint64_t number, const struct owner *owner)
{
	return (struct party){.number = number, .owner = *owner, .since_ns = number};
}

Test(party, they_are_found_in_order_and_counted, .init = begin, .fini = end)
{
	static const uint64_t numbers[] = {300, 1, UINT64_MAX - 1, 20};
	struct scope scope = {0};
	struct party party;
	struct state *state;

	cr_assert_eq(object_begin(&scope, object, BASE_LOCK, CHANGE, &state), 0);
	for (int i = 0; i < 4; i++) {
		party = numbered(numbers[i], &thread);
		cr_assert_eq(party_put(scope.txn, state, PART_WAITING, &party), 0);
	}
	cr_expect_eq(state->count, 4);
	cr_assert_eq(party_first(scope.txn, state, PART_WAITING, 0, UINT64_MAX, &party), 0);
	cr_expect_eq(party.number, 1);
	cr_assert_eq(party_first(scope.txn, state, PART_WAITING, 2, UINT64_MAX, &party), 0);
	cr_expect_eq(party.number, 20);
	cr_assert_eq(party_last(scope.txn, state, PART_WAITING, 0, 300, &party), 0);
	cr_expect_eq(party.number, 20);
	cr_assert_eq(party_last(scope.txn, state, PART_WAITING, 0, UINT64_MAX, &party), 0);
	cr_expect_eq(party.number, UINT64_MAX - 1);
	cr_expect_eq(party_first(scope.txn, state, PART_WAITING, 21, 300, &party), PKS_NOT_FOUND);
	cr_expect_eq(party_last(scope.txn, state, PART_WAITING, 21, 300, &party), PKS_NOT_FOUND);
	cr_expect_eq(party_first(scope.txn, state, PART_HELD, 0, UINT64_MAX, &party), PKS_NOT_FOUND);
	cr_expect_eq(party_del(scope.txn, state, PART_WAITING, 20), 0);
	cr_expect_eq(party_del(scope.txn, state, PART_WAITING, 20), PKS_NOT_FOUND);
	cr_expect_eq(state->count, 3);
	cr_assert_eq(scope_end(&scope, 0), 0);
}

Test(party, who_lines_up_takes_the_dead_at_the_end_away, .init = begin, .fini = end)
{
	struct scope scope = {0};
	struct party party;
	struct owner self;
	struct state *state;

	cr_assert_eq(owner_self(&self), 0);
	cr_assert_eq(object_begin(&scope, object, BASE_LOCK, CHANGE, &state), 0);
	party = numbered(1, &thread);
	cr_assert_eq(party_put(scope.txn, state, PART_WAITING, &party), 0);
	party = numbered(2, &self);
	cr_assert_eq(party_put(scope.txn, state, PART_WAITING, &party), 0);
	for (uint64_t number = 3; number < 5; number++) {
		party = numbered(number, &process);
		cr_assert_eq(party_put(scope.txn, state, PART_WAITING, &party), 0);
	}
	party = numbered(5, &self);
	cr_assert_eq(party_line_up(scope.txn, state, 0, UINT64_MAX, &party, party_leave), 0);
	cr_expect_eq(state->count, 3, "who stands before one that lives is left to others");
	cr_expect_eq(party_get(scope.txn, state, PART_WAITING, 1, &party), 0);
	cr_expect_eq(party_get(scope.txn, state, PART_WAITING, 4, &party), PKS_NOT_FOUND);
	cr_assert_eq(scope_end(&scope, 0), 0);
}

/* ---- how an owner is ---- */

Test(party, a_living_process_is_told_from_a_dead_one_and_from_another_boot)
{
	struct owner self, other;

	cr_assert_eq(owner_self(&self), 0);
	cr_expect_eq(owner_look(&self), OWNER_RUNS);
	other = self;
	other.tid = 0;
	cr_expect_eq(owner_look(&other), OWNER_RUNS, "the process as a whole");
	other.proc.start++;
	cr_expect_eq(owner_look(&other), OWNER_DEAD);
	other = self;
	other.tid_start++;
	cr_expect_eq(owner_look(&other), OWNER_DEAD);
	other = self;
	other.proc.boot[0] ^= 1;
	cr_expect_eq(owner_look(&other), OWNER_DEAD);
	cr_expect_eq(owner_look(&(struct owner){0}), OWNER_DEAD);
}
