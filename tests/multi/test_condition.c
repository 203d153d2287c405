/* SPDX-License-Identifier: MIT */
/* Condition, with a lock of its own and with another one. */
#include "base/clock.h"
#include "lib/sync.h"

#include <unistd.h>

static char *path;
static struct pks_store *store;
static struct pks_object *own, *lock, *shared;

static void open_conditions(void)
{
	store = pks_store_open(path, NULL);
	own = pks_condition_open(store, "own", NULL, PKS_OPEN_OR_CREATE);
	lock = pks_lock_open(store, "lock", PKS_OPEN_OR_CREATE);
	shared = pks_condition_open(store, "shared", lock, PKS_OPEN_OR_CREATE);
	cr_assert(own && shared, "%s", pks_error_message());
}

static void begin(void)
{
	path = scratch_dir("condition");
	open_conditions();
}

static void end(void)
{
	pks_store_close(store);
}

TestSuite(condition, .init = begin, .fini = end, .timeout = 120);

static bool held_by_me(struct pks_object *object)
{
	struct pks_lock_info info;

	cr_assert_eq(pks_lock_info(object, &info), 0, "%s", pks_error_message());
	return info.held && info.owner.pid == getpid();
}

Test(condition, it_has_an_rlock_of_its_own_or_another_lock)
{
	cr_expect_eq(pks_condition_acquire(own, -1), 0);
	cr_expect_eq(pks_condition_acquire(own, -1), 0, "again");
	cr_expect_eq(pks_condition_release(own), 0);
	cr_expect_eq(pks_condition_release(own), 0);
	cr_expect_eq(pks_condition_release(own), PKS_ERR_STATE);
	cr_expect_eq(pks_condition_acquire(shared, -1), 0);
	cr_expect(held_by_me(lock));
	cr_expect_eq(pks_lock_release(lock), 0);
	cr_expect_null(pks_condition_open(store, "c", own, PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_TYPE);
}

Test(condition, who_does_not_hold_the_lock_can_neither_wait_nor_notify)
{
	cr_expect_eq(pks_condition_wait(own, 0), PKS_ERR_STATE);
	cr_expect_eq(pks_condition_notify(own, 1), PKS_ERR_STATE);
	pks_condition_acquire(own, -1);
	cr_expect_eq(pks_condition_notify(own, 1), 0, "nobody waits");
	pks_begin(store);
	cr_expect_eq(pks_condition_wait(own, 0), PKS_ERR_USAGE);
	pks_abort(store);
	cr_expect_eq(pks_condition_release(own), 0);
}

static void expect_timeout(struct pks_object *condition, struct pks_object *its_lock)
{
	struct pks_object_info info;

	pks_condition_acquire(condition, -1);
	cr_expect_eq(pks_condition_wait(condition, 150), PKS_TIMED_OUT);
	cr_expect(held_by_me(its_lock));
	cr_expect_eq(pks_condition_wait(condition, 0), PKS_TIMED_OUT);
	cr_expect(held_by_me(its_lock));
	cr_expect_eq(pks_condition_release(condition), 0);
	pks_object_info(condition, &info);
	cr_expect_eq(info.count, 0);
	cr_expect_eq(info.bytes, 0);
}

Test(condition, after_a_timeout_the_lock_is_held)
{
	expect_timeout(own, own);
	expect_timeout(shared, lock);
}

Test(condition, its_depth_comes_back)
{
	struct pks_lock_info info;

	pks_condition_acquire(own, -1);
	pks_condition_acquire(own, -1);
	cr_expect_eq(pks_condition_wait(own, 10), PKS_TIMED_OUT);
	pks_lock_info(own, &info);
	cr_expect_eq(info.depth, 2);
}

/* Whatever comes next; each time it is asked. */
static int next_answer(void *answers)
{
	const int **next = answers;

	return *(*next)++;
}

static int wait_for_answers(const int *answers)
{
	return pks_condition_wait_for(own, next_answer, &answers, 0);
}

Test(condition, what_a_predicate_says_counts_also_after_the_timeout)
{
	pks_condition_acquire(own, -1);
	cr_expect_eq(wait_for_answers((int[]){0, 1}), 0, "it holds when the time is up");
	cr_expect_eq(wait_for_answers((int[]){0, 0}), PKS_TIMED_OUT);
	cr_expect_eq(wait_for_answers((int[]){PKS_ERR_STATE}), PKS_ERR_STATE);
	cr_expect_eq(wait_for_answers((int[]){0, PKS_ERR_STATE}), PKS_ERR_STATE);
	cr_expect_eq(pks_condition_release(own), 0);
}

/* ---- between processes ---- */

struct scene {
	const char *condition;
	atomic_int tokens, taken, told; /* tokens are guarded by the lock */
};

static struct scene *scene;

static struct pks_object *of_scene(void)
{
	return strcmp(scene->condition, "own") ? shared : own;
}

static int has_token(void *unused)
{
	(void)unused;
	return atomic_load(&scene->tokens) > 0;
}

/* Takes one token. */
static int consume(void *unused)
{
	int r;

	(void)unused;
	open_conditions();
	r = pks_condition_acquire(of_scene(), SYNC_FAR_MS);
	do {
		if (r == PKS_OWNER_DIED)
			atomic_fetch_add(&scene->told, 1);
		else if (r != 0)
			return 1;
		r = pks_condition_wait_for(of_scene(), has_token, NULL, SYNC_FAR_MS);
	} while (r == PKS_OWNER_DIED);
	if (r != 0)
		return 2;
	atomic_fetch_sub(&scene->tokens, 1);
	atomic_fetch_add(&scene->taken, 1);
	return pks_condition_release(of_scene()) == 0 ? 0 : 3;
}

static void set_scene(const char *condition)
{
	scene = child_shared(sizeof(*scene));
	scene->condition = condition;
}

static void make_tokens(int tokens, uint64_t notify)
{
	int r = pks_condition_acquire(of_scene(), SYNC_FAR_MS);

	cr_assert(r == 0 || r == PKS_OWNER_DIED, "%s", pks_error_message());
	atomic_fetch_add(&scene->tokens, tokens);
	cr_assert_eq(pks_condition_notify(of_scene(), notify), 0);
	cr_assert_eq(pks_condition_release(of_scene()), 0);
}

static void play(const char *condition)
{
	pid_t pids[4];

	set_scene(condition);
	for (int i = 0; i < 4; i++)
		pids[i] = child_start(consume, NULL);
	sync_await_waiters(of_scene(), 4);
	make_tokens(1, 1);
	sync_await_waiters(of_scene(), 3);
	make_tokens(3, UINT64_MAX);
	for (int i = 0; i < 4; i++)
		cr_expect_eq(child_wait(pids[i]), 0);
	cr_expect_eq(scene->tokens, 0);
	cr_expect_eq(scene->taken, 4);
}

Test(condition, those_who_wait_are_notified)
{
	play("own");
}

Test(condition, those_who_wait_are_notified_with_another_lock)
{
	play("shared");
}

/* Two tokens, two notified; one of them is killed while the lock is still held by the one who notified. */
static void kill_a_notified(const char *condition)
{
	pid_t first, second;

	set_scene(condition);
	first = child_start(consume, NULL);
	sync_await_waiters(of_scene(), 1);
	second = child_start(consume, NULL);
	sync_await_waiters(of_scene(), 2);
	cr_assert_eq(pks_condition_acquire(of_scene(), SYNC_FAR_MS), 0);
	atomic_fetch_add(&scene->tokens, 1);
	cr_assert_eq(pks_condition_notify(of_scene(), 1), 0);
	child_kill(first);
	cr_assert_eq(pks_condition_release(of_scene()), 0);
	cr_expect_eq(child_wait(second), 0, "the notification is passed on");
	cr_expect_eq(scene->taken, 1);
}

Test(condition, a_notification_of_one_who_died_is_anothers)
{
	kill_a_notified("own");
	kill_a_notified("shared");
}

static int hold_until_killed(void *flag)
{
	open_conditions();
	if (pks_condition_acquire(of_scene(), SYNC_FAR_MS) != 0)
		return 1;
	atomic_fetch_add(&scene->tokens, 1);
	child_flag_raise(flag);
	for (;;)
		pause();
}

/* Made a token and died before the notification. */
Test(condition, one_who_waits_is_told_that_the_owner_died)
{
	struct child_flag flag = child_flag();
	pid_t holder, waiter;

	set_scene("shared");
	waiter = child_start(consume, NULL);
	sync_await_waiters(of_scene(), 1);
	holder = child_start(hold_until_killed, &flag);
	cr_assert_eq(child_flag_wait(&flag), 0);
	child_kill(holder);
	cr_expect_eq(child_wait(waiter), 0);
	cr_expect_eq(scene->told, 1);
}

Test(condition, without_its_lock_it_is_gone)
{
	cr_assert_eq(pks_object_drop(lock), 0);
	cr_expect_eq(pks_condition_acquire(shared, 0), PKS_ERR_GONE);
	cr_expect_str_eq(pks_error_message(), "shared: its lock was dropped");
}

Test(condition, it_tells_which_lock_it_has)
{
	struct pks_object *found = pks_condition_lock(shared);

	cr_assert_not_null(found, "%s", pks_error_message());
	cr_expect_eq(pks_object_id(found), pks_object_id(lock));
	pks_object_close(found);
	cr_expect_null(pks_condition_lock(own));
	cr_expect_eq(pks_error_code(), PKS_NOT_FOUND);
	cr_assert_eq(pks_object_drop(lock), 0);
	cr_expect_null(pks_condition_lock(shared));
	cr_expect_eq(pks_error_code(), PKS_ERR_GONE);
	cr_expect_str_eq(pks_error_message(), "shared: its lock was dropped");
	cr_expect_null(pks_condition_lock(lock));
	cr_expect_eq(pks_error_code(), PKS_ERR_TYPE);
}

static void expect_lock(struct pks_object *condition, struct pks_object *its_lock)
{
	struct pks_lock_info info;

	cr_assert_eq(pks_condition_acquire(condition, 0), 0, "%s", pks_error_message());
	cr_expect_eq(pks_condition_notify(condition, 1), 0);
	cr_assert_eq(pks_lock_info(its_lock, &info), 0);
	cr_expect_eq(info.depth, 1);
	cr_assert_eq(pks_condition_release(condition), 0);
}

Test(condition, it_can_be_given_another_lock)
{
	cr_expect_eq(pks_condition_set_lock(own, lock), 0, "%s", pks_error_message());
	expect_lock(own, lock);
	cr_expect_eq(pks_condition_set_lock(shared, NULL), 0, "%s", pks_error_message());
	expect_lock(shared, shared);
	cr_expect_eq(pks_condition_set_lock(own, shared), PKS_ERR_TYPE);
	cr_assert_eq(pks_object_drop(lock), 0);
	cr_expect_eq(pks_condition_set_lock(shared, lock), PKS_ERR_GONE);
	cr_expect_str_eq(pks_error_message(), "lock: was dropped");
	expect_lock(shared, shared);
	cr_expect_eq(pks_condition_set_lock(own, NULL), 0, "%s", pks_error_message());
	expect_lock(own, own);
}

Test(condition, another_lock_is_a_change_of_it)
{
	uint64_t before = 0, after = 0;

	pks_object_version(own, &before);
	cr_expect_eq(pks_condition_set_lock(own, lock), 0, "%s", pks_error_message());
	pks_object_version(own, &after);
	cr_expect_eq(after, before + 1);
}

Test(condition, a_lock_of_another_store_is_refused)
{
	struct pks_store *other = pks_store_open(scratch_dir("condition_elsewhere"), NULL);
	struct pks_object *elsewhere = pks_lock_open(other, "elsewhere", PKS_OPEN_OR_CREATE);

	cr_assert_not_null(elsewhere, "%s", pks_error_message());
	cr_expect_eq(pks_condition_set_lock(own, elsewhere), PKS_ERR_USAGE);
	cr_expect_str_eq(pks_error_message(), "elsewhere: is of another store");
	cr_expect_null(pks_condition_open(store, "new", elsewhere, PKS_OPEN_OR_CREATE));
	cr_expect_eq(pks_error_code(), PKS_ERR_USAGE);
	expect_lock(own, own);
	pks_store_close(other);
}

Test(condition, it_tells_who_waits_and_since_when)
{
	uint64_t before = clock_wall();
	struct pks_party party = {0};
	pid_t waiter;
	size_t count;

	set_scene("shared");
	waiter = child_start(consume, NULL);
	sync_await_waiters(shared, 1);
	cr_assert_eq(pks_waiters(shared, &party, 1, &count), 0);
	cr_expect_eq(party.pid, waiter);
	cr_expect(party.since_ns >= before && party.since_ns <= clock_wall());
	make_tokens(1, 1);
	cr_expect_eq(child_wait(waiter), 0);
}

Test(condition, a_lock_that_is_held_or_waited_for_is_kept)
{
	pid_t waiter;

	pks_lock_acquire(lock, -1);
	cr_expect_eq(pks_condition_set_lock(shared, NULL), PKS_ERR_STATE);
	pks_lock_release(lock);
	set_scene("shared");
	waiter = child_start(consume, NULL);
	sync_await_waiters(shared, 1);
	cr_expect_eq(pks_condition_set_lock(shared, NULL), PKS_ERR_STATE);
	cr_expect_str_eq(pks_error_message(), "shared: its lock is held, or somebody waits for it");
	make_tokens(1, 1);
	cr_expect_eq(child_wait(waiter), 0);
	cr_expect_eq(pks_condition_set_lock(shared, NULL), 0, "%s", pks_error_message());
}
