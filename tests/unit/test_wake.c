/* SPDX-License-Identifier: MIT */
/*
 * That nothing sleeps for ever is what the timeouts of these tests tell: a wake-up that is missed costs
 * PKS_RECHECK_MS, and there are thousands of them.
 */
#include "base/clock.h"
#include "lib/child.h"
#include "lib/scratch.h"
#include "pipe.h"
#include "queue.h"
#include "wake_linux.h"

#include <pkstore/dict.h>
#include <pkstore/error.h>
#include <pkstore/pipe.h>
#include <pkstore/queue.h>
#include <pkstore/wait.h>

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROUNDS 2000

/* What a test's processes share beside the wake file: the truth. */
struct truth {
	atomic_int turn, taken, inside, wrong;
	atomic_bool stop;
};

static const char *dir;
static struct truth *truth;

static struct wake *open_wake(void)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct wake *wake = NULL;

	cr_assert_geq(fd, 0);
	cr_assert_eq(wake_open(fd, dir, &wake), 0, "%s", pks_error_message());
	return wake;
}

static void start(const char *test)
{
	dir = scratch_dir(test);
	cr_assert_eq(mkdir(dir, 0700), 0);
	truth = child_shared(sizeof(*truth));
}

static int64_t far(void)
{
	return clock_monotonic() + 3600 * CLOCK_NS_PER_S;
}

/* ---- objects ---- */

static void wait_turn(struct wake *wake, int parity, uint32_t bits)
{
	for (;;) {
		uint32_t seen = wake_word(wake);

		if (atomic_load(&truth->turn) % 2 == parity)
			return;
		wake_wait(wake, seen, bits, far(), &(struct patience){0});
	}
}

/* Two players, each waiting for one bit and posting the other's. */
static int play(void *arg)
{
	int parity = arg ? 1 : 0;
	struct wake *wake = open_wake();

	for (int i = 0; i < ROUNDS; i++) {
		wait_turn(wake, parity, UINT32_C(1) << parity);
		atomic_fetch_add(&truth->turn, 1);
		wake_post(wake, UINT32_C(1) << !parity);
	}
	wake_close(wake);
	return 0;
}

static void play_both(void)
{
	pid_t one = child_start(play, NULL), other = child_start(play, truth);

	cr_expect_eq(child_wait(one), 0);
	cr_expect_eq(child_wait(other), 0);
	cr_expect_eq(atomic_load(&truth->turn), 2 * ROUNDS);
}

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

Test(wake, who_has_promised_to_look_keeps_others_from_being_woken_for_one)
{
	struct wake *wake;
	uint32_t seen;

	start("promise");
	wake = open_wake();
	wake_channel_promise(wake, CHANNEL, INT64_MAX);
	seen = wake_channel_word(wake, CHANNEL);
	wake_channel_post(wake, CHANNEL, 1);
	cr_expect_eq(wake_channel_word(wake, CHANNEL), seen);
	wake_channel_post(wake, CHANNEL + 1, 1);
	wake_channel_post(wake, CHANNEL, 2);
	cr_expect_neq(wake_channel_word(wake, CHANNEL), seen, "others are there for a second one");
	seen = wake_channel_word(wake, CHANNEL);
	wake_channel_promise(wake, CHANNEL, clock_monotonic());
	wake_channel_post(wake, CHANNEL, 1);
	cr_expect_neq(wake_channel_word(wake, CHANNEL), seen, "its time is over");
	seen = wake_channel_word(wake, CHANNEL);
	wake_channel_promise(wake, CHANNEL, INT64_MAX);
	wake_channel_promise(wake, CHANNEL, 0);
	wake_channel_post(wake, CHANNEL, 1);
	cr_expect_neq(wake_channel_word(wake, CHANNEL), seen, "it was taken back");
	wake_close(wake);
}

/* ---- the gate ---- */

static int enter_often(void *arg)
{
	struct wake *wake = open_wake();

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		if (wake_writer_enter(wake, 30000) != 0)
			return 1;
		if (atomic_fetch_add(&truth->inside, 1) != 0)
			atomic_fetch_add(&truth->wrong, 1);
		atomic_fetch_sub(&truth->inside, 1);
		wake_writer_leave(wake);
	}
	wake_close(wake);
	return 0;
}

Test(wake, one_writer_at_a_time)
{
	pid_t writers[4];

	start("gate");
	for (int i = 0; i < 4; i++)
		writers[i] = child_start(enter_often, NULL);
	for (int i = 0; i < 4; i++)
		cr_expect_eq(child_wait(writers[i]), 0);
	cr_expect_eq(atomic_load(&truth->wrong), 0);
}

static int enter_and_stay(void *arg)
{
	struct wake *wake = open_wake();

	if (wake_writer_enter(wake, 0) != 0)
		return 1;
	child_flag_raise(arg);
	pause();
	return 0;
}

Test(wake, who_waits_in_vain_is_told_who_writes)
{
	struct child_flag flag = child_flag();
	struct wake *wake;
	uint64_t since = 0, before = clock_wall();
	pid_t holder;
	char pid[32];

	start("busy");
	wake = open_wake();
	cr_expect_eq(wake_writer(wake, &since), 0);
	holder = child_start(enter_and_stay, &flag);
	cr_assert_eq(child_flag_wait(&flag), 0);
	snprintf(pid, sizeof(pid), "pid %d ", (int)holder);

	cr_expect_eq(wake_writer(wake, &since), holder);
	cr_expect_geq(since, before);
	cr_expect_eq(wake_writer_enter(wake, 10), PKS_ERR_BUSY);
	cr_expect_not_null(strstr(pks_error_message(), pid), "%s", pks_error_message());
	cr_expect_not_null(strstr(pks_error_message(), dir), "%s", pks_error_message());
	cr_expect_null(strstr(pks_error_message(), "stopped"), "%s", pks_error_message());
	child_stop(holder);
	cr_expect_eq(wake_writer_enter(wake, 0), PKS_ERR_BUSY);
	cr_expect_not_null(strstr(pks_error_message(), "stopped"), "%s", pks_error_message());

	child_kill(holder);
	cr_expect_eq(wake_writer(wake, &since), 0);
	cr_expect_eq(wake_writer_enter(wake, 0), 0, "the kernel handed it on: %s", pks_error_message());
	cr_expect_eq(wake_writer_enter(wake, 10), PKS_ERR_USAGE, "twice in one thread");
	cr_expect_eq(wake_writer(wake, NULL), getpid());
	wake_writer_leave(wake);
	cr_expect_eq(wake_writer(wake, NULL), 0);
	wake_close(wake);
}

static void *enter_in_vain(void *wake)
{
	cr_expect_eq(wake_writer_enter(wake, 10), PKS_ERR_BUSY);
	cr_expect_not_null(strstr(pks_error_message(), "thread of this process"), "%s", pks_error_message());
	wake_writer_leave(wake); /* is not inside: must not open the gate */
	return NULL;
}

Test(wake, another_thread_is_kept_out_too)
{
	struct wake *wake;
	pthread_t thread;

	start("threads");
	wake = open_wake();
	cr_assert_eq(wake_writer_enter(wake, 0), 0);
	for (int i = 0; i < 2; i++) {
		pthread_create(&thread, NULL, enter_in_vain, wake);
		pthread_join(thread, NULL);
	}
	wake_writer_leave(wake);
	wake_close(wake);
}

/* Enters once for each turn that there is, and tells that it did. */
static int enter_in_turn(void *unused)
{
	struct wake *wake = open_wake();

	for (int i = 1; !atomic_load(&truth->stop); sched_yield()) {
		if (atomic_load(&truth->turn) != i)
			continue;
		if (wake_writer_enter(wake, 60000) != 0)
			return 1;
		atomic_store(&truth->taken, i++);
		wake_writer_leave(wake);
	}
	wake_close(wake);
	return 0;
}

static void await_famine(struct wake *wake)
{
	while (atomic_load(&wake_current(wake)->shared->famine) == 0)
		sched_yield();
}

/* On a busy machine a sleeper may be so slow that the newcomer's patience ends first; without any it would always. */
Test(wake, a_newcomer_lets_those_who_are_hungry_go_first)
{
	const int rounds = 200;
	struct wake *wake;
	int first = 0;
	pid_t other;

	start("hungry");
	wake = open_wake();
	other = child_start(enter_in_turn, NULL);
	for (int i = 1; i <= rounds; i++) {
		cr_assert_eq(wake_writer_enter(wake, 60000), 0);
		atomic_store(&truth->turn, i);
		await_famine(wake);
		wake_writer_leave(wake);
		cr_assert_eq(wake_writer_enter(wake, 60000), 0);
		first += atomic_load(&truth->taken) == i;
		wake_writer_leave(wake);
		while (atomic_load(&truth->taken) != i)
			sched_yield();
	}
	atomic_store(&truth->stop, true);
	cr_expect_eq(child_wait(other), 0);
	cr_expect_geq(first, rounds / 10, "%d of %d", first, rounds);
	cr_expect_eq(atomic_load(&wake_current(wake)->shared->famine), 0u);
	wake_close(wake);
}

static int enter_once(void *unused)
{
	return wake_writer_enter(open_wake(), 60000);
}

Test(wake, a_famine_of_the_dead_or_of_another_boot_keeps_nobody_out)
{
	struct wake *wake;
	pid_t hungry;

	start("famine");
	wake = open_wake();
	cr_assert_eq(wake_writer_enter(wake, 0), 0);
	hungry = child_start(enter_once, NULL);
	await_famine(wake);
	child_kill(hungry);
	wake_writer_leave(wake);
	cr_expect_eq(wake_writer_enter(wake, 1000), 0, "%s", pks_error_message());
	wake_writer_leave(wake);

	atomic_fetch_add(&wake_current(wake)->shared->famine, UINT32_C(1) << 30);
	cr_expect_eq(wake_writer_enter(wake, 0), 0, "%s", pks_error_message());
	cr_expect_eq(atomic_load(&wake_current(wake)->shared->famine), 0u);
	wake_writer_leave(wake);
	wake_close(wake);
}

/* ---- the file ---- */

static char *wake_file(void)
{
	return scratch_path(dir, "wake");
}

/* Long enough that everybody has looked for the file. */
static void outlast_a_look(void)
{
	struct timespec pause = {0, 2 * PKS_RECHECK_MS * CLOCK_NS_PER_MS};

	nanosleep(&pause, NULL);
}

Test(wake, a_deleted_file_is_made_anew_and_shared)
{
	struct wake *one, *other;
	uint32_t seen;

	start("deleted");
	one = open_wake();
	other = open_wake();
	cr_assert_eq(wake_writer_enter(one, 0), 0, "inside while it is deleted");
	cr_assert_eq(unlink(wake_file()), 0);
	outlast_a_look();
	wake_word(one);
	cr_expect_eq(access(wake_file(), F_OK), 0);
	seen = wake_word(other);
	wake_post(one, 1);
	cr_expect_neq(wake_word(other), seen, "both use the new one");
	wake_writer_leave(one);
	cr_expect_eq(wake_writer_enter(other, 0), 0);
	wake_writer_leave(other);
	wake_close(one);
	wake_close(other);
}

static int delete_often(void *arg)
{
	(void)arg;
	while (!atomic_load(&truth->stop)) {
		unlink(scratch_path(dir, "wake"));
		outlast_a_look();
	}
	return 0;
}

Test(wake, those_who_wait_survive_its_deletion)
{
	pid_t deleter;

	start("deleted_under_waiters");
	deleter = child_start(delete_often, NULL);
	play_both();
	atomic_store(&truth->stop, true);
	cr_expect_eq(child_wait(deleter), 0);
}

Test(wake, a_file_that_is_none_of_ours_is_replaced)
{
	static const char garbage[8192] = "garbage";
	struct wake *wake;

	start("garbage");
	scratch_write(wake_file(), garbage, 10);
	wake = open_wake();
	cr_expect_eq(wake_writer_enter(wake, 0), 0);
	wake_writer_leave(wake);
	wake_close(wake);
	scratch_write(wake_file(), garbage, sizeof(garbage));
	wake = open_wake();
	cr_expect_eq(wake_writer_enter(wake, 0), 0);
	wake_writer_leave(wake);
	wake_close(wake);
}

static int open_only(void *arg)
{
	struct wake *wake;

	if (child_flag_wait(arg) == 0)
		return 1; /* nobody raises it: its end is the sign */
	wake = open_wake();
	if (wake_writer_enter(wake, 30000) != 0)
		return 1;
	atomic_fetch_add(&truth->taken, 1);
	wake_writer_leave(wake);
	wake_close(wake);
	return 0;
}

Test(wake, of_many_makers_one_wins)
{
	struct child_flag flag = child_flag();
	pid_t makers[16];
	struct stat st;

	start("makers");
	for (int i = 0; i < 16; i++)
		makers[i] = child_start(open_only, &flag);
	close(flag.fds[1]);
	for (int i = 0; i < 16; i++)
		cr_expect_eq(child_wait(makers[i]), 0);
	cr_expect_eq(atomic_load(&truth->taken), 16);
	cr_expect_eq(stat(wake_file(), &st), 0);
	cr_expect_eq(st.st_nlink, 1u, "no other name is left");
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

/* ---- when commits were made ---- */

Test(wake, how_long_ago_commits_were_is_known_well_enough)
{
	struct wake *wake;
	int64_t begun = clock_monotonic();
	uint64_t age;

	start("commits");
	wake = open_wake();
	for (uint64_t commit = 1; commit <= 1000; commit++)
		wake_commit_note(wake, commit);
	cr_expect_eq(wake_commit_age(wake, 1000), 0u, "none has been made since");
	/* All of them were before now: the clock moves every few milliseconds. */
	while ((age = wake_commit_age(wake, 999)) == 0)
		;
	cr_expect_leq((int64_t)wake_commit_age(wake, 0), clock_monotonic() - begun);
	cr_expect_geq(wake_commit_age(wake, 0), age);
	for (uint64_t commit = 1; commit < 1000; commit += 7)
		cr_expect_gt(wake_commit_age(wake, commit), 0u, "commit %d", (int)commit);
	/* The next one is known; so 1000 is that old. */
	wake_commit_note(wake, 1001);
	cr_expect_lt(wake_commit_age(wake, 1000), age + 1000000000u);
	wake_close(wake);
}

/* ---- strangers ---- */

Test(wake, commits_that_nobody_told_of_are_told_of_by_the_next)
{
	uint64_t commit = 10;
	struct wake *wake;

	start("strangers");
	wake = open_wake();
	cr_expect(wake_commit_note(wake, 10), "nobody knows what was before");
	cr_expect_not(wake_commit_note(wake, 11));
	cr_expect_not(wake_commit_note(wake, 11), "an empty transaction has the next one's number");
	commit = 13;
	/* Alarms are some time apart; what a stranger did is not forgotten until then. */
	while (!wake_commit_note(wake, commit))
		commit++;
	cr_expect_not(wake_commit_note(wake, commit + 1));
	wake_close(wake);
}

Test(wake, an_alarm_is_for_whatever_anybody_sleeps_for)
{
	uint64_t turn = wake_turn(7, 7);
	uint32_t word, channel, turn_word;
	struct wake *wake;

	start("alarm");
	wake = open_wake();
	word = wake_word(wake);
	channel = wake_channel_word(wake, CHANNEL);
	turn_word = wake_turn_word(wake, turn);
	wake_alarm(wake);
	cr_expect_neq(wake_word(wake), word);
	cr_expect_neq(wake_channel_word(wake, CHANNEL), channel);
	cr_expect_neq(wake_turn_word(wake, turn), turn_word);
	wake_close(wake);
}

/* Whether what the call does wakes those who have the turn: its word moves. */
#define WAKES(store, turn, call)                                                                                       \
	do {                                                                                                           \
		uint32_t word = wake_turn_word((store)->wake, turn);                                                   \
		cr_expect_eq(call, 0, "%s", pks_error_message());                                                      \
		cr_expect_neq(wake_turn_word((store)->wake, turn), word, #call);                                       \
	} while (0)

/* What a program without libpkstore does: it tells nobody. */
static int commit_as_a_stranger(struct pks_store *store)
{
	struct engine_txn *txn;
	int r = engine_begin(store->engine, true, &txn);

	if (r == 0)
		r = engine_put(txn, (struct bytes){"\0stranger", 9}, (struct bytes){"\1", 1}, NULL);
	return r == 0 ? engine_commit(txn) : r;
}

Test(wake, a_commit_wakes_those_who_wait_for_what_a_stranger_did)
{
	struct pks_store *store = pks_store_open(scratch_dir("stranger"), NULL);
	struct pks_object *queue = pks_queue_open(store, "queue", 2, PKS_MUST_CREATE);
	struct pks_object *dict = pks_dict_open(store, "dict", PKS_MUST_CREATE);
	uint64_t turn = queue_turn_of_getters(pks_object_id(queue));

	cr_expect_eq(pks_dict_setf(dict, "k", "i", 1), 0);
	outlast_a_look();
	cr_expect_eq(commit_as_a_stranger(store), 0, "%s", pks_error_message());
	WAKES(store, turn, pks_dict_setf(dict, "k", "i", 2));
	pks_store_close(store);
}

/* ---- who waits for room ---- */

Test(wake, more_room_wakes_those_who_wait_to_put)
{
	struct pks_store *store = pks_store_open(scratch_dir("more_room"), NULL);
	struct pks_object *queue = pks_queue_open(store, "queue", 2, PKS_MUST_CREATE);
	struct pks_reservation reservation = {0};
	uint64_t turn;

	cr_assert_not_null(queue, "%s", pks_error_message());
	turn = queue_turn_of_putters(pks_object_id(queue));
	WAKES(store, turn, pks_object_set_limit(queue, 3, 100));
	WAKES(store, turn, pks_object_set_limit(queue, 3, 200));
	WAKES(store, turn, pks_object_set_limit(queue, 0, 200));
	cr_expect_eq(pks_attr_setf(queue, "unit", "s", "ms"), 0);
	WAKES(store, turn, pks_attr_setf(queue, "unit", "s", "s"));
	WAKES(store, turn, pks_attr_del(queue, "unit"));
	cr_expect_eq(pks_queue_putf(queue, 0, "i", 1), 0);
	cr_expect_eq(pks_queue_reserve(queue, 0, &reservation), 0);
	WAKES(store, turn, pks_queue_ack(queue, &reservation));
	pks_value_clear(&reservation.value);
	pks_store_close(store);
}

Test(wake, more_room_wakes_those_who_wait_to_send)
{
	struct pks_store *store = pks_store_open(scratch_dir("more_room_to_send"), NULL);
	struct pks_object *pipe = pks_pipe_open(store, "pipe", true, PKS_MUST_CREATE);

	cr_assert_not_null(pipe, "%s", pks_error_message());
	cr_expect_eq(pks_object_set_limit(pipe, 1, 0), 0);
	for (unsigned way = 0; way < PIPE_ENDS; way++)
		WAKES(store, pipe_turn(pks_object_id(pipe), way, true), pks_object_set_limit(pipe, 2 + way, 0));
	pks_store_close(store);
}
