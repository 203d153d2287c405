/* SPDX-License-Identifier: MIT */
/*
 * How many are woken. The test is linked so that it sees what the library asks of the kernel, and what that answers:
 * how many it was told to wake, and how many it woke. Those who sleep are awake for a moment at every recheck, all of
 * them at once maybe, and then nobody is there to be woken; so what is told is asked of every call, and how many were
 * woken only must never be more, and be just that many again and again.
 */
#include "base/proc.h"
#include "lib/child.h"
#include "lib/scratch.h"
#include "lib/sync.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLEEPERS 6
/* So often just as many must be woken as there is work for. */
#define TIMES 10
/* And so many attempts are enough for that on any machine. */
#define ATTEMPTS 2000

static struct {
	int told, woken; /* by the calls that told how many */
	int for_all;     /* calls for all there are: none was asleep, or others share the place */
} seen;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
	long a[6], r;
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	r = __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (number != SYS_futex || (int)a[1] != FUTEX_WAKE_BITSET)
		return r;
	if ((int)a[2] == INT_MAX) {
		seen.for_all++;
		return r;
	}
	seen.told += (int)a[2];
	seen.woken += r > 0 ? (int)r : 0;
	return r;
}

/* ---- those who sleep: each does its call again and again, and counts ---- */

struct shared {
	atomic_int returned;
};

static struct pks_store *store;
static char *path;
static struct shared *shared;
static int (*call)(void);

static struct pks_object *queue, *full, *lock, *semaphore, *event, *condition, *barrier;

static void open_objects(void)
{
	store = pks_store_open(path, NULL);
	queue = pks_queue_open(store, "queue", 0, PKS_OPEN_OR_CREATE);
	full = pks_queue_open(store, "full", 1, PKS_OPEN_OR_CREATE);
	lock = pks_lock_open(store, "lock", PKS_OPEN_OR_CREATE);
	semaphore = pks_semaphore_open(store, "semaphore", 0, PKS_OPEN_OR_CREATE);
	event = pks_event_open(store, "event", PKS_OPEN_OR_CREATE);
	/* With another lock: so who waits for the Condition waits for a notification. */
	condition = pks_condition_open(store, "condition", pks_lock_open(store, "guard", PKS_OPEN_OR_CREATE),
	                               PKS_OPEN_OR_CREATE);
	barrier = pks_barrier_open(store, "barrier", SLEEPERS + 1, PKS_OPEN_OR_CREATE);
	cr_assert(condition && barrier, "%s", pks_error_message());
}

static int sleep_again(void *unused)
{
	int r = 0;

	(void)unused;
	open_objects();
	while (r == 0) {
		r = call();
		atomic_fetch_add(&shared->returned, 1);
	}
	return 1;
}

static pid_t sleepers[SLEEPERS];

static void begin(void)
{
	path = scratch_dir(criterion_current_test->name);
	shared = child_shared(sizeof(*shared));
	open_objects();
}

static void start_sleepers(int (*what)(void))
{
	call = what;
	for (int i = 0; i < SLEEPERS; i++)
		sleepers[i] = child_start(sleep_again, NULL);
}

static void end(void)
{
	for (int i = 0; i < SLEEPERS; i++)
		child_kill(sleepers[i]);
	pks_store_close(store);
}

TestSuite(wake_ups, .init = begin, .fini = end, .timeout = 110);

/* Waits until all sleep, in whatever. */
static void await_sleep(void)
{
	struct proc_stat stat;

	for (int i = 0; i < SLEEPERS; i++)
		do
			cr_assert_eq(proc_stat_read(sleepers[i], &stat), 0);
		while (stat.state != 'S');
}

/* Waits until so many calls of theirs have returned in all. */
static void await_returned(int count)
{
	while (atomic_load(&shared->returned) < count)
		sched_yield();
	cr_assert_eq(atomic_load(&shared->returned), count);
}

struct waking {
	void (*prepare)(void); /* until all wait, as far as can be seen */
	int (*wake)(void);
	int woken;
	int returned; /* so many calls return then; -1: it goes on and on */
};

/* Until it was seen TIMES times that just so many were woken. */
static void expect_woken(const struct waking *waking)
{
	int times = 0, returned = 0;

	for (int attempt = 0; attempt < ATTEMPTS && times < TIMES; attempt++) {
		waking->prepare();
		await_sleep();
		memset(&seen, 0, sizeof(seen));
		cr_assert_eq(waking->wake(), 0, "%s", pks_error_message());
		/* Less where the kernel need not be asked, as nobody sleeps. */
		cr_assert_leq(seen.told, waking->woken);
		cr_assert_leq(seen.woken, waking->woken);
		times += seen.woken == waking->woken && !seen.for_all;
		returned += waking->returned;
		if (waking->returned >= 0)
			await_returned(returned);
	}
	cr_assert_eq(times, TIMES, "just %d were woken %d times only", waking->woken, times);
}

static void prepare_nothing(void)
{
}

/* ---- Queue ---- */

static int get_one(void)
{
	struct pks_value value = {0};
	int r = pks_queue_get(queue, -1, &value);

	pks_value_clear(&value);
	return r;
}

static int put_one(void)
{
	return pks_queue_putf(queue, 0, "i", 1);
}

static int put_two(void)
{
	struct pks_value values[2] = {{0}};
	int r;

	pks_value_pack(&values[0], "i", 1);
	pks_value_pack(&values[1], "i", 2);
	r = pks_queue_put_many(queue, values, 2, 0);
	pks_value_clear(&values[0]);
	pks_value_clear(&values[1]);
	return r;
}

Test(wake_ups, a_put_wakes_one_of_those_who_get)
{
	start_sleepers(get_one);
	expect_woken(&(struct waking){prepare_nothing, put_one, 1, 1});
}

Test(wake_ups, a_put_of_two_wakes_two_of_those_who_get)
{
	start_sleepers(get_one);
	expect_woken(&(struct waking){prepare_nothing, put_two, 2, 2});
}

/* ---- a Queue of one item: who finds room fills it again ---- */

static int put_when_there_is_room(void)
{
	return pks_queue_putf(full, -1, "i", 1);
}

static int get_from_full(void)
{
	return pks_queue_getf(full, 0, "i", NULL);
}

static int clear_full(void)
{
	return pks_queue_clear(full);
}

Test(wake_ups, a_get_wakes_one_of_those_who_put)
{
	cr_assert_eq(put_when_there_is_room(), 0);
	start_sleepers(put_when_there_is_room);
	expect_woken(&(struct waking){prepare_nothing, get_from_full, 1, 1});
}

Test(wake_ups, to_clear_a_queue_wakes_as_many_as_have_room_then)
{
	cr_assert_eq(put_when_there_is_room(), 0);
	start_sleepers(put_when_there_is_room);
	expect_woken(&(struct waking){prepare_nothing, clear_full, 1, 1});
}

/* ---- Lock: who has it gives it back at once; the test takes it again, and waits until all others wait ---- */

static int pass_lock(void)
{
	int r = pks_lock_acquire(lock, -1);

	return r == 0 ? pks_lock_release(lock) : r;
}

static void take_lock(void)
{
	cr_assert_eq(pks_lock_acquire(lock, SYNC_FAR_MS), 0, "%s", pks_error_message());
	sync_await_waiters(lock, SLEEPERS);
}

static int release_lock(void)
{
	return pks_lock_release(lock);
}

Test(wake_ups, a_release_wakes_one_of_those_who_wait_for_a_lock)
{
	start_sleepers(pass_lock);
	expect_woken(&(struct waking){take_lock, release_lock, 1, -1});
}

/* ---- Semaphore ---- */

static int acquire_permit(void)
{
	return pks_semaphore_acquire(semaphore, -1);
}

static void await_acquirers(void)
{
	sync_await_waiters(semaphore, SLEEPERS);
}

static int release_one(void)
{
	return pks_semaphore_release(semaphore, 1);
}

static int release_three(void)
{
	return pks_semaphore_release(semaphore, 3);
}

Test(wake_ups, a_release_wakes_one_of_those_who_wait_for_a_semaphore)
{
	start_sleepers(acquire_permit);
	expect_woken(&(struct waking){await_acquirers, release_one, 1, 1});
}

Test(wake_ups, a_release_of_three_wakes_three_of_those_who_wait_for_a_semaphore)
{
	start_sleepers(acquire_permit);
	expect_woken(&(struct waking){await_acquirers, release_three, 3, 3});
}

/* ---- Event ---- */

static int wait_for_event(void)
{
	return pks_event_wait(event, -1);
}

static void await_event_waiters(void)
{
	sync_await_waiters(event, SLEEPERS);
}

/* At once: who returns is not to find it set once more. */
static int set_and_clear(void)
{
	int r = pks_begin(store);

	if (r == 0)
		r = pks_event_set(event);
	if (r == 0)
		r = pks_event_clear(event);
	return r == 0 ? pks_commit(store) : r;
}

Test(wake_ups, to_set_an_event_wakes_all)
{
	start_sleepers(wait_for_event);
	expect_woken(&(struct waking){await_event_waiters, set_and_clear, SLEEPERS, SLEEPERS});
}

/* ---- Barrier: the test comes last ---- */

static int come_to_barrier(void)
{
	return pks_barrier_wait(barrier, -1, NULL);
}

static void await_barrier_waiters(void)
{
	sync_await_waiters(barrier, SLEEPERS);
}

Test(wake_ups, who_comes_last_to_a_barrier_wakes_all_others)
{
	start_sleepers(come_to_barrier);
	expect_woken(&(struct waking){await_barrier_waiters, come_to_barrier, SLEEPERS, SLEEPERS});
}

/* ---- Condition: who was notified is woken when it has the lock, one after the other ---- */

static int wait_for_condition(void)
{
	int r = pks_condition_acquire(condition, -1);

	if (r == 0)
		r = pks_condition_wait(condition, -1);
	return r == 0 ? pks_condition_release(condition) : r;
}

static void acquire_condition(void)
{
	sync_await_waiters(condition, SLEEPERS);
	cr_assert_eq(pks_condition_acquire(condition, SYNC_FAR_MS), 0, "%s", pks_error_message());
}

static int notify_one(void)
{
	int r = pks_condition_notify(condition, 1);

	return r == 0 ? pks_condition_release(condition) : r;
}

static int notify_all(void)
{
	int r = pks_condition_notify(condition, UINT64_MAX);

	return r == 0 ? pks_condition_release(condition) : r;
}

Test(wake_ups, a_notification_wakes_one)
{
	start_sleepers(wait_for_condition);
	expect_woken(&(struct waking){acquire_condition, notify_one, 1, 1});
}

Test(wake_ups, to_notify_all_wakes_one_who_wakes_the_next)
{
	start_sleepers(wait_for_condition);
	expect_woken(&(struct waking){acquire_condition, notify_all, 1, SLEEPERS});
}
