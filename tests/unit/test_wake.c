/* SPDX-License-Identifier: MIT */
/*
 * That nothing sleeps for ever is what the timeouts of these tests tell: a wake-up that is missed costs
 * PKS_RECHECK_MS, and there are thousands of them.
 */
#include "wake_truth.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

/* ---- posts ---- */

Test(wake, no_post_is_missed)
{
	start("ping_pong");
	play_both();
}

Test(wake, a_post_changes_the_word_and_a_changed_word_does_not_sleep)
{
	struct wake *wake;
	uint32_t seen;

	start("word");
	wake = open_wake();
	for (int i = 0; i < ROUNDS; i++) {
		seen = wake_word(wake);
		wake_post(wake, 1);
		cr_assert_neq(wake_word(wake), seen);
		wake_wait(wake, seen, 1, far(), &(struct patience){0});
	}
	wake_close(wake);
}

static int wait_until_killed(void *arg)
{
	struct wake *wake = open_wake();

	child_flag_raise(arg);
	while (!atomic_load(&truth->stop))
		wake_wait(wake, wake_word(wake), ~UINT32_C(0), far(), &(struct patience){0});
	return 0;
}

Test(wake, killed_waiters_disturb_nobody)
{
	struct child_flag flag;

	start("killed_waiters");
	for (int i = 0; i < 20; i++) {
		pid_t pid;

		flag = child_flag();
		pid = child_start(wait_until_killed, &flag);
		cr_assert_eq(child_flag_wait(&flag), 0);
		child_kill(pid);
	}
	play_both();
}

Test(wake, a_deadline_that_has_passed_does_not_sleep)
{
	struct wake *wake;

	start("deadline");
	wake = open_wake();
	for (int i = 0; i < ROUNDS; i++)
		wake_wait(wake, wake_word(wake), 1, clock_monotonic(), &(struct patience){0});
	wake_wait(wake, wake_word(wake), 1, 0, &(struct patience){0});
	wake_wait(wake, wake_word(wake), 1, INT64_MIN, &(struct patience){0});
	wake_close(wake);
}

/* ---- channels ---- */

#define TAKERS 4
#define CHANNEL 7

static bool take(void)
{
	int left = atomic_load(&truth->turn);

	while (left > 0)
		if (atomic_compare_exchange_weak(&truth->turn, &left, left - 1))
			return true;
	return false;
}

static int take_until_stopped(void *arg)
{
	struct wake *wake = open_wake();

	(void)arg;
	for (;;) {
		struct patience patience = patience_begin();
		uint32_t seen = wake_channel_word(wake, CHANNEL);

		if (take())
			atomic_fetch_add(&truth->taken, 1);
		else if (atomic_load(&truth->stop))
			break;
		else
			wake_channel_wait(wake, CHANNEL, seen, far(), &patience);
	}
	wake_close(wake);
	return 0;
}

Test(wake, as_many_sleepers_take_as_there_is_work)
{
	struct wake *wake;
	pid_t takers[TAKERS];

	start("channel");
	wake = open_wake();
	for (int i = 0; i < TAKERS; i++)
		takers[i] = child_start(take_until_stopped, NULL);
	for (int i = 1; i <= ROUNDS; i++) {
		int work = i % TAKERS + 1, before = atomic_load(&truth->taken);

		atomic_fetch_add(&truth->turn, work);
		wake_channel_post(wake, CHANNEL, work);
		while (atomic_load(&truth->taken) < before + work)
			sched_yield();
	}
	atomic_store(&truth->stop, true);
	wake_channel_post(wake, CHANNEL, TAKERS);
	for (int i = 0; i < TAKERS; i++)
		cr_expect_eq(child_wait(takers[i]), 0);
	wake_close(wake);
}

static int look_for_ever(void *arg)
{
	struct patience patience = {.until = INT64_MAX};
	struct wake *wake = open_wake();
	uint32_t seen = wake_channel_word(wake, CHANNEL);

	child_flag_raise(arg);
	for (;;) {
		wake_channel_wait(wake, CHANNEL, seen, far(), &patience);
		seen = wake_channel_word(wake, CHANNEL);
	}
	return 0;
}

/* It was counted among those to be woken, and takes nothing. */
Test(wake, one_that_was_killed_while_it_looked_keeps_nobody_asleep)
{
	struct child_flag flag = child_flag();
	pid_t looker, taker;
	struct wake *wake;

	start("looker");
	wake = open_wake();
	looker = child_start(look_for_ever, &flag);
	child_flag_wait(&flag);
	child_kill(looker);
	taker = child_start(take_until_stopped, NULL);
	for (int i = 1; i <= 20; i++) {
		atomic_fetch_add(&truth->turn, 1);
		wake_channel_post(wake, CHANNEL, 1);
		while (atomic_load(&truth->taken) < i)
			sched_yield();
	}
	atomic_store(&truth->stop, true);
	wake_channel_post(wake, CHANNEL, 1);
	cr_expect_eq(child_wait(taker), 0);
	wake_close(wake);
}

#define OWNER 7
#define STRANGER 8

static bool promise(struct wake *wake, int64_t until, bool any)
{
	return wake_channel_promise(wake, CHANNEL, &(struct wake_promise){until, OWNER, any});
}

/* Whether a post wakes somebody. */
static bool wakes(struct wake *wake, int sleepers)
{
	uint32_t seen = wake_channel_word(wake, CHANNEL);

	wake_channel_post(wake, CHANNEL, sleepers);
	return wake_channel_word(wake, CHANNEL) != seen;
}

Test(wake, who_has_promised_to_look_keeps_others_from_being_woken_for_one)
{
	struct wake *wake;

	start("promise");
	wake = open_wake();
	cr_assert(promise(wake, INT64_MAX, false));
	cr_expect_not(wakes(wake, 1));
	wake_channel_post(wake, CHANNEL + 1, 1);
	cr_expect(wakes(wake, 2), "others are there for a second one");
	cr_assert(promise(wake, INT64_MAX, true));
	cr_expect_not(wakes(wake, 2), "it is enough for any number");
	cr_assert(promise(wake, clock_monotonic(), true));
	cr_expect(wakes(wake, 1), "its time is over");
	cr_assert(promise(wake, INT64_MAX, true));
	wake_channel_promise_end(wake, CHANNEL, OWNER);
	cr_expect(wakes(wake, 1), "it was taken back");
	wake_close(wake);
}

Test(wake, a_promise_has_an_owner)
{
	struct wake_promise strange = {.until = INT64_MAX, .owner = STRANGER};
	struct wake *wake;

	start("promise_owner");
	wake = open_wake();
	cr_expect_not(wake_channel_is_promised(wake, CHANNEL, STRANGER));
	cr_assert(promise(wake, INT64_MAX, false));
	cr_expect(wake_channel_is_promised(wake, CHANNEL, STRANGER));
	cr_expect_not(wake_channel_is_promised(wake, CHANNEL, OWNER));
	cr_expect_not(wake_channel_promise(wake, CHANNEL, &strange), "there is one in force");
	wake_channel_promise_end(wake, CHANNEL, STRANGER);
	cr_expect_not(wakes(wake, 1), "it was not his to take back");
	cr_assert(promise(wake, clock_monotonic(), false));
	cr_expect_not(wake_channel_is_promised(wake, CHANNEL, STRANGER), "its time is over");
	cr_expect(wake_channel_promise(wake, CHANNEL, &strange));
	cr_expect(wake_channel_is_promised(wake, CHANNEL, OWNER));
	wake_close(wake);
}

Test(wake, what_was_posted_is_counted_whether_it_woke_anybody_or_not)
{
	struct wake *wake;
	uint32_t before;

	start("posted");
	wake = open_wake();
	before = wake_channel_posted(wake, CHANNEL);
	wake_channel_post(wake, CHANNEL, 2);
	cr_assert(promise(wake, INT64_MAX, true));
	wake_channel_post(wake, CHANNEL, 3);
	cr_expect_eq(wake_channel_posted(wake, CHANNEL) - before, 5);
	wake_close(wake);
}

/* ---- waiters ---- */

static void wait_for_bit(struct wake *wake, struct patience *patience)
{
	wake_wait(wake, wake_word(wake), 1 << 3, clock_monotonic() + CLOCK_NS_PER_MS, patience);
}

Test(wake, who_waits_shows_whether_he_looks_or_sleeps_until_he_is_posted)
{
	struct patience looks = {0}, sleeps = {0};
	struct wake *wake;

	start("waiters");
	wake = open_wake();
	cr_assert_eq(wake_waiters(wake), 0);
	wait_for_bit(wake, &sleeps);
	cr_expect_eq(wake_waiters(wake), 1 << 3);
	wake_post(wake, 1 << 4);
	cr_expect_eq(wake_waiters(wake), 1 << 3);
	wake_post(wake, 1 << 3);
	cr_expect_eq(wake_waiters(wake), 0);
	looks.until = clock_monotonic() + CLOCK_NS_PER_MS;
	wake_wait(wake, wake_word(wake), 1 << 3, 0, &looks);
	cr_expect_eq(wake_waiters(wake), 1 << 3);
	wake_post(wake, 1 << 3 | 1);
	cr_expect_eq(wake_waiters(wake), 0);
	wake_close(wake);
}

/* ---- turns ---- */

/* Two things whose turns share a channel. */
static void shared_turns(uint64_t *a_out, uint64_t *b_out)
{
	uint64_t a = wake_turn(1, 0), b;
	uint64_t what = 1;

	do
		b = wake_turn(1, what++);
	while ((b >> 32 & (WAKE_TURNS - 1)) != (a >> 32 & (WAKE_TURNS - 1)));
	*a_out = a;
	*b_out = b;
}

struct turns {
	struct wake *wake;
	uint64_t turn;
	atomic_int *ready, *left; /* who sleeps or is about to; how much there still is to be taken */
};

static void *take_one(void *arg)
{
	struct turns *turns = arg;

	for (;;) {
		struct patience patience = patience_begin();
		uint32_t seen = wake_turn_word(turns->wake, turns->turn);
		int left = atomic_load(turns->left);

		if (left > 0 && atomic_compare_exchange_strong(turns->left, &left, left - 1))
			return NULL;
		atomic_fetch_add(turns->ready, 1);
		wake_turn_wait(turns->wake, turns->turn, seen, far(), &patience);
	}
}

Test(wake, turns_that_share_a_channel_all_get_what_is_theirs)
{
	atomic_int ready = 0, left_a = 0, left_b = 0;
	pthread_t threads[4];
	struct wake *wake;
	uint64_t a, b;

	start("turns");
	wake = open_wake();
	shared_turns(&a, &b);
	for (int round = 0; round < ROUNDS; round++) {
		struct turns at_a = {wake, a, &ready, &left_a}, at_b = {wake, b, &ready, &left_b};

		atomic_store(&ready, 0);
		for (int i = 0; i < 4; i++)
			cr_assert_eq(pthread_create(&threads[i], NULL, take_one, i % 2 ? &at_a : &at_b), 0);
		while (atomic_load(&ready) < 4)
			sched_yield();
		for (int i = 0; i < 2; i++) {
			atomic_fetch_add(&left_b, 1);
			wake_turn_post(wake, b, 1);
			atomic_fetch_add(&left_a, 1);
			wake_turn_post(wake, a, 1);
		}
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
	}
	wake_close(wake);
}
