/* SPDX-License-Identifier: MIT */
/* The moves of a lock, and its item, without a store. */
#include "lock_state.h"

#include <pkstore/error.h>

#include <criterion/criterion.h>
#include <string.h>

static const struct owner ann = {.proc = {.pid = 100, .start = 7, .boot = {1}}, .tid = 101, .tid_start = 8};
static const struct owner bob = {.proc = {.pid = 200, .start = 9, .boot = {1}}, .tid = 200, .tid_start = 9};

static struct lock_asking asks(const struct owner *who, enum owner_state owner)
{
	return (struct lock_asking){.who = *who, .owner = owner, .now_ns = 42};
}

static enum lock_answer acquire(struct lock_state *lock, const struct owner *who, enum owner_state owner)
{
	struct lock_asking asking = asks(who, owner);

	return lock_acquire(lock, &asking);
}

Test(lock_state, a_free_lock_is_taken_once)
{
	struct lock_state lock = {0};

	cr_expect_eq(acquire(&lock, &ann, OWNER_DEAD), LOCK_TAKEN);
	cr_expect(owner_equal(&lock.owner, &ann));
	cr_expect_eq(lock.since_ns, 42);
	cr_expect_eq(lock.depth, 1);
	cr_expect_not(lock.inherited);
	cr_expect_eq(acquire(&lock, &bob, OWNER_RUNS), LOCK_BUSY);
	cr_expect_eq(acquire(&lock, &bob, OWNER_STOPPED), LOCK_BUSY, "a stopped owner is an owner");
	cr_expect_eq(acquire(&lock, &ann, OWNER_RUNS), LOCK_YOURS);
	cr_expect_eq(lock.depth, 1);
}

Test(lock_state, a_dead_owner_is_inherited_from_and_a_living_heir_is_the_owner)
{
	struct lock_state lock = {0};

	acquire(&lock, &ann, OWNER_DEAD);
	cr_expect_eq(acquire(&lock, &bob, OWNER_DEAD), LOCK_INHERITED);
	cr_expect(owner_equal(&lock.owner, &bob));
	cr_expect(lock.inherited);
	cr_expect_eq(lock_release(&lock, &ann), LOCK_NOT_YOURS);
	cr_expect_eq(lock_release(&lock, &bob), LOCK_FREED);
	cr_expect_eq(acquire(&lock, &ann, OWNER_DEAD), LOCK_TAKEN, "told once");
	cr_expect_not(lock.inherited);
}

Test(lock_state, an_rlock_is_free_when_it_was_released_as_often_as_acquired)
{
	struct lock_state lock = {.last_ticket = 5};
	struct lock_asking asking = asks(&ann, OWNER_RUNS);
	uint64_t depth = 0;

	asking.again = true;
	for (int i = 0; i < 3; i++)
		cr_expect_eq(lock_acquire(&lock, &asking), LOCK_TAKEN);
	cr_expect_eq(lock_release(&lock, &ann), LOCK_KEPT);
	cr_expect_eq(lock_release_all(&lock, &bob, &depth), LOCK_NOT_YOURS);
	cr_expect_eq(depth, 0);
	cr_expect_eq(lock_release_all(&lock, &ann, &depth), LOCK_FREED);
	cr_expect_eq(depth, 2);
	cr_expect(lock_is_free(&lock));
	cr_expect_eq(lock_release(&lock, &ann), LOCK_NOT_YOURS);
	cr_expect_eq(lock.last_ticket, 5, "tickets are never given out again");
}

/* The same pid and thread of another time or another boot is somebody else. */
Test(lock_state, numbers_alone_are_nobody)
{
	struct lock_state lock = {0};
	struct owner later = ann, rebooted = ann, reused = ann;

	later.proc.start++;
	rebooted.proc.boot[0]++;
	reused.tid_start++;
	acquire(&lock, &ann, OWNER_RUNS);
	cr_expect_eq(lock_release(&lock, &later), LOCK_NOT_YOURS);
	cr_expect_eq(lock_release(&lock, &rebooted), LOCK_NOT_YOURS);
	cr_expect_eq(lock_release(&lock, &reused), LOCK_NOT_YOURS);
	cr_expect_eq(lock_release(&lock, &ann), LOCK_FREED);
}

Test(lock_state, patience_ends_and_a_clock_that_was_set_back_ends_it)
{
	cr_expect_not(lock_patience_ends(1000, 1000));
	cr_expect_not(lock_patience_ends(1000, 1000 + LOCK_PATIENCE_NS - 1));
	cr_expect(lock_patience_ends(1000, 1000 + LOCK_PATIENCE_NS));
	cr_expect(lock_patience_ends(1000, 999));
}

static int through_the_store(const struct lock_state *lock, struct lock_state *lock_out)
{
	struct buffer own = {0};
	int r;

	lock_state_encode(lock, &own);
	r = lock_state_decode((struct bytes){own.data, own.size}, lock_out);
	for (size_t size = 1; r == 0 && size < own.size; size++)
		cr_expect_eq(lock_state_decode((struct bytes){own.data, size}, lock_out), PKS_ERR_CORRUPT);
	if (r == 0)
		r = lock_state_decode((struct bytes){own.data, own.size}, lock_out);
	buffer_release(&own);
	return r;
}

Test(lock_state, it_comes_back_from_the_store_as_it_was)
{
	struct lock_state locks[] = {
		{.depth = 0},
		{.last_ticket = UINT64_MAX},
		{.owner = ann, .since_ns = 1700000000000000000, .depth = 3, .last_ticket = 9},
		{.owner = bob, .since_ns = 1, .depth = 1, .inherited = true},
	};
	struct lock_state back;

	for (size_t i = 0; i < sizeof(locks) / sizeof(*locks); i++) {
		cr_assert_eq(through_the_store(&locks[i], &back), 0);
		cr_expect(owner_equal(&back.owner, &locks[i].owner));
		cr_expect_eq(back.since_ns, locks[i].since_ns);
		cr_expect_eq(back.depth, locks[i].depth);
		cr_expect_eq(back.last_ticket, locks[i].last_ticket);
		cr_expect_eq(back.inherited, locks[i].inherited);
	}
	cr_expect_eq(lock_state_decode((struct bytes){NULL, 0}, &back), 0);
	cr_expect(lock_is_free(&back));
}

/* An owner of depth 0, and a depth without an owner. */
Test(lock_state, half_a_lock_is_damaged)
{
	struct lock_state ownerless = {.depth = 1}, back;
	struct buffer own = {0};

	lock_state_encode(&ownerless, &own);
	cr_expect_eq(lock_state_decode((struct bytes){own.data, own.size}, &back), PKS_ERR_CORRUPT);
	buffer_release(&own);
	cr_expect_eq(lock_state_decode((struct bytes){"\x85\xf6\x00\x01\x00\xf4", 6}, &back), PKS_ERR_CORRUPT);
	cr_expect_eq(lock_state_decode((struct bytes){"\x85\xf6\x00\x00\x00\xf4", 6}, &back), 0);
}
