/* SPDX-License-Identifier: MIT */
/*
 * Barriers, Conditions and Events, at which threads meet, killed at each point of their operations: see points.h. Who
 * waits for the dead finds that out.
 */
#include "points.h"

#include "lib/child.h"
#include "lib/sync.h"

static struct pks_object *barrier, *condition, *event;

static void open_objects(struct pks_store *store)
{
	barrier = pks_barrier_open(store, "barrier", 2, PKS_OPEN_OR_CREATE);
	condition = pks_condition_open(store, "condition", NULL, PKS_OPEN_OR_CREATE);
	event = pks_event_open(store, "event", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(event, "%s", pks_error_message());
}

/* Told of a death or not, it is held. */
static int held(int r)
{
	return r == PKS_OWNER_DIED ? 0 : r;
}

/* ---- Barrier: another one comes to it all the time, and makes it as new when it breaks ---- */

static int meet(void)
{
	int r = pks_barrier_wait(barrier, -1, NULL);

	return r == PKS_BROKEN ? pks_barrier_reset(barrier) : r;
}

static int come(int number)
{
	int r = pks_barrier_wait(barrier, -1, NULL);

	(void)number;
	return r == PKS_BROKEN ? 0 : r;
}

static void check_meeting(int number, bool told)
{
	int r;

	(void)number, (void)told;
	while ((r = pks_barrier_wait(barrier, FAR_MS, NULL)) == PKS_BROKEN)
		cr_assert_eq(pks_barrier_reset(barrier), 0);
	cr_assert_eq(r, 0, "%d %s", r, pks_error_message());
	points_went_on();
}

Test(points_sync, wait_at_a_barrier)
{
	points_run(&(struct operation){"barrier_wait", .open = open_objects, .act = come, .check = check_meeting,
	                               .meanwhile = meet});
}

/* ---- a Barrier that somebody breaks, or makes as new ---- */

static struct pks_object *alone;

static void open_alone(struct pks_store *store)
{
	open_objects(store);
	alone = pks_barrier_open(store, "alone", 2, PKS_OPEN_OR_CREATE);
	cr_assert_not_null(alone, "%s", pks_error_message());
}

static int wait_to_be_told(void *unused)
{
	(void)unused;
	open_alone(points_store = pks_store_open(pks_store_path(points_store), NULL));
	return pks_barrier_wait(alone, -1, NULL) == PKS_BROKEN ? 0 : 1;
}

static pid_t waiter;

static void prepare_party(int number)
{
	(void)number;
	cr_assert_eq(pks_barrier_reset(alone), 0, "%s", pks_error_message());
	waiter = child_start(wait_to_be_told, NULL);
	sync_await_waiters(alone, 1);
}

static int abort_barrier(int number)
{
	(void)number;
	return pks_barrier_abort(alone);
}

static int reset_barrier(int number)
{
	(void)number;
	return pks_barrier_reset(alone);
}

/* Who waits is told, by the dead one or by the next; then it is as who did it last wanted it. */
static void check_party(bool told, bool broken, int (*again)(int number))
{
	struct pks_barrier_info info;

	cr_assert_eq(pks_barrier_info(alone, &info), 0, "%s", pks_error_message());
	cr_assert(!told || (info.broken == broken && info.waiting == 0));
	if (!told)
		cr_assert_eq(again(0), 0, "%s", pks_error_message());
	cr_assert_eq(child_wait(waiter), 0);
	points_went_on();
	cr_assert_eq(pks_barrier_info(alone, &info), 0);
	cr_assert(info.broken == broken && info.waiting == 0);
	cr_assert_eq(pks_barrier_wait(alone, 0, NULL), broken ? PKS_BROKEN : PKS_TIMED_OUT);
}

static void check_aborted(int number, bool told)
{
	(void)number;
	check_party(told, true, abort_barrier);
}

Test(points_sync, abort_a_barrier)
{
	points_run(&(struct operation){"barrier_abort", .open = open_alone, .prepare = prepare_party,
	                               .act = abort_barrier, .check = check_aborted});
}

static void check_reset(int number, bool told)
{
	(void)number;
	check_party(told, false, reset_barrier);
}

Test(points_sync, reset_a_barrier)
{
	points_run(&(struct operation){"barrier_reset", .open = open_alone, .prepare = prepare_party,
	                               .act = reset_barrier, .check = check_reset});
}

/* ---- Condition ---- */

static int acquire_condition(int number)
{
	(void)number;
	return held(pks_condition_acquire(condition, -1));
}

static int notify_and_release(int number)
{
	int r = pks_condition_notify(condition, 1);

	(void)number;
	return r == 0 ? pks_condition_release(condition) : r;
}

/* Notified, or the heir of who died before it could notify. */
static int wait_for_notification(void *unused)
{
	int r;

	(void)unused;
	open_objects(points_store = pks_store_open(pks_store_path(points_store), NULL));
	r = held(pks_condition_acquire(condition, -1));
	if (r == 0)
		r = held(pks_condition_wait(condition, -1));
	return r == 0 ? pks_condition_release(condition) : 1;
}

static void prepare_waiter(int number)
{
	(void)number;
	waiter = child_start(wait_for_notification, NULL);
	sync_await_waiters(condition, 1);
}

/* Whoever was killed held the lock: it has notified the one who waits, or leaves the lock to it. */
static void check_notified(int number, bool told)
{
	(void)number, (void)told;
	cr_assert_eq(child_wait(waiter), 0);
	points_went_on();
	cr_assert_eq(held(pks_condition_acquire(condition, FAR_MS)), 0, "%s", pks_error_message());
	cr_assert_eq(pks_condition_release(condition), 0);
}

Test(points_sync, notify_a_condition)
{
	points_run(&(struct operation){"condition_notify", .open = open_objects, .prepare = prepare_waiter,
	                               .ready = acquire_condition, .act = notify_and_release, .check = check_notified});
}

/* Another one notifies all the time. */
static int notify_all(void)
{
	int r = held(pks_condition_acquire(condition, -1));

	if (r == 0)
		r = pks_condition_notify(condition, UINT64_MAX);
	return r == 0 ? pks_condition_release(condition) : r;
}

static int wait_once(int number)
{
	int r = held(pks_condition_wait(condition, -1));

	(void)number;
	return r == 0 ? pks_condition_release(condition) : r;
}

static void check_wait(int number, bool told)
{
	(void)told;
	cr_assert_eq(acquire_condition(number), 0, "%s", pks_error_message());
	cr_assert_eq(wait_once(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_sync, wait_for_a_condition)
{
	points_run(&(struct operation){"condition_wait", .open = open_objects, .ready = acquire_condition,
	                               .act = wait_once, .check = check_wait, .meanwhile = notify_all});
}

/* ---- Event ---- */

static int wait_for_event(void *unused)
{
	(void)unused;
	open_objects(points_store = pks_store_open(pks_store_path(points_store), NULL));
	return pks_event_wait(event, -1);
}

static void prepare_event(int number)
{
	(void)number;
	cr_assert_eq(pks_event_clear(event), 0);
	waiter = child_start(wait_for_event, NULL);
	sync_await_waiters(event, 1);
}

static int set(int number)
{
	(void)number;
	return pks_event_set(event);
}

/* If it was told that it is set, who waits goes on by itself. */
static void check_set(int number, bool told)
{
	(void)number;
	if (!told)
		cr_assert_eq(pks_event_set(event), 0, "%s", pks_error_message());
	cr_assert_eq(child_wait(waiter), 0);
	points_went_on();
}

Test(points_sync, set_an_event)
{
	points_run(&(struct operation){"event_set", .open = open_objects, .prepare = prepare_event, .act = set,
	                               .check = check_set});
}

static int toggle(void)
{
	int r = pks_event_set(event);

	return r == 0 ? pks_event_clear(event) : r;
}

static int await_event(int number)
{
	(void)number;
	return pks_event_wait(event, -1);
}

static void check_await_event(int number, bool told)
{
	(void)number, (void)told;
	cr_assert_eq(pks_event_wait(event, FAR_MS), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_sync, wait_for_an_event)
{
	points_run(&(struct operation){"event_wait", .open = open_objects, .act = await_event,
	                               .check = check_await_event, .meanwhile = toggle});
}

static void prepare_set(int number)
{
	(void)number;
	cr_assert_eq(pks_event_set(event), 0, "%s", pks_error_message());
}

static int clear(int number)
{
	(void)number;
	return pks_event_clear(event);
}

static void check_clear(int number, bool told)
{
	bool is_set;

	cr_assert_eq(pks_event_is_set(event, &is_set), 0, "%s", pks_error_message());
	cr_assert(!is_set || !told);
	cr_assert_eq(clear(number), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert_eq(pks_event_wait(event, 0), PKS_TIMED_OUT);
}

Test(points_sync, clear_an_event)
{
	points_run(&(struct operation){"event_clear", .open = open_objects, .prepare = prepare_set, .act = clear,
	                               .check = check_clear});
}
