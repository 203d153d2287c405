/* SPDX-License-Identifier: MIT */
/*
 * Locks and Semaphores, killed at each point of their operations: see points.h. What a dead one held goes to the next.
 */
#include "points.h"

static struct pks_object *lock, *rlock, *semaphore;

static void open_objects(struct pks_store *store)
{
	lock = pks_lock_open(store, "lock", PKS_OPEN_OR_CREATE);
	rlock = pks_rlock_open(store, "rlock", PKS_OPEN_OR_CREATE);
	semaphore = pks_boundedsemaphore_open(store, "semaphore", 1, PKS_OPEN_OR_CREATE);
	cr_assert_not_null(semaphore, "%s", pks_error_message());
}

/* Told of a death or not, it is held. */
static int held(int r)
{
	return r == PKS_OWNER_DIED ? 0 : r;
}

/* ---- Lock, RLock ---- */

static int acquire(int number)
{
	(void)number;
	return held(pks_lock_acquire(lock, -1));
}

static int release(int number)
{
	(void)number;
	return pks_lock_release(lock);
}

/* Told of the death, if it died with the lock. `must`: it had it; `must_not`: it had given it back. */
static void check_held(struct pks_object *object, bool must, bool must_not)
{
	int r = pks_lock_acquire(object, FAR_MS);

	points_went_on();
	cr_assert(r == 0 || r == PKS_OWNER_DIED, "%d %s", r, pks_error_message());
	cr_assert(!must || r == PKS_OWNER_DIED, "nobody was told that the owner died");
	cr_assert(!must_not || r == 0, "somebody was told of a death that was none");
	cr_assert_eq(pks_lock_release(object), 0, "%s", pks_error_message());
	cr_assert_eq(pks_lock_acquire(object, 0), 0, "%s", pks_error_message());
	cr_assert_eq(pks_lock_release(object), 0, "%s", pks_error_message());
}

static void check_acquire(int number, bool told)
{
	(void)number;
	check_held(lock, told, false);
}

Test(points_locks, acquire_a_lock)
{
	points_run(&(struct operation){"lock_acquire", .open = open_objects, .act = acquire, .check = check_acquire});
}

static void check_release(int number, bool told)
{
	(void)number;
	check_held(lock, false, told);
}

Test(points_locks, release_a_lock)
{
	points_run(&(struct operation){"lock_release", .open = open_objects, .ready = acquire, .act = release,
	                               .check = check_release});
}

static int acquire_again(int number)
{
	(void)number;
	return held(pks_lock_acquire(rlock, -1));
}

static int release_both(int number)
{
	int r = pks_lock_release(rlock);

	(void)number;
	return r == 0 ? pks_lock_release(rlock) : r;
}

static int acquire_twice(int number)
{
	int r = acquire_again(number);

	return r == 0 ? acquire_again(number) : r;
}

static void check_again(int number, bool told)
{
	(void)number, (void)told;
	check_held(rlock, true, false);
}

Test(points_locks, acquire_an_rlock_again)
{
	points_run(&(struct operation){"rlock_acquire", .open = open_objects, .ready = acquire_again,
	                               .act = acquire_again, .check = check_again});
}

static void check_release_both(int number, bool told)
{
	(void)number;
	check_held(rlock, false, told);
}

Test(points_locks, release_an_rlock_twice)
{
	points_run(&(struct operation){"rlock_release", .open = open_objects, .ready = acquire_twice,
	                               .act = release_both, .check = check_release_both});
}

/* Another one takes it and gives it back all the time. */
static int pass_lock(void)
{
	int r = held(pks_lock_acquire(lock, -1));

	return r == 0 ? pks_lock_release(lock) : r;
}

static int take_in_turn(int number)
{
	(void)number;
	return pass_lock();
}

static void check_turn(int number, bool told)
{
	(void)number, (void)told;
	cr_assert_eq(pass_lock(), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_locks, wait_for_a_lock)
{
	points_run(&(struct operation){"lock_wait", .open = open_objects, .act = take_in_turn, .check = check_turn,
	                               .meanwhile = pass_lock});
}

/* ---- Semaphore ---- */

static int acquire_permit(int number)
{
	(void)number;
	return pks_semaphore_acquire(semaphore, -1);
}

static int release_permit(int number)
{
	(void)number;
	return pks_semaphore_release(semaphore, 1);
}

static int pass_permit(void)
{
	int r = pks_semaphore_acquire(semaphore, -1);

	return r == 0 ? pks_semaphore_release(semaphore, 1) : r;
}

static void check_permit(int number, bool told)
{
	struct pks_semaphore_info info;

	(void)number, (void)told;
	cr_assert_eq(pks_semaphore_acquire(semaphore, FAR_MS), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert_eq(pks_semaphore_acquire(semaphore, 0), PKS_TIMED_OUT, "there are two");
	cr_assert_eq(pks_semaphore_release(semaphore, 1), 0);
	cr_assert_eq(pks_semaphore_info(semaphore, &info), 0);
	cr_assert_eq(info.value, 1);
}

Test(points_locks, acquire_a_permit)
{
	points_run(&(struct operation){"semaphore_acquire", .open = open_objects, .act = acquire_permit,
	                               .check = check_permit});
}

Test(points_locks, release_a_permit)
{
	points_run(&(struct operation){"semaphore_release", .open = open_objects, .ready = acquire_permit,
	                               .act = release_permit, .check = check_permit});
}

static int take_permit_in_turn(int number)
{
	(void)number;
	return pass_permit();
}

static void check_permit_in_turn(int number, bool told)
{
	(void)number, (void)told;
	cr_assert_eq(pass_permit(), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_locks, wait_for_a_permit)
{
	points_run(&(struct operation){"semaphore_wait", .open = open_objects, .act = take_permit_in_turn,
	                               .check = check_permit_in_turn, .meanwhile = pass_permit});
}

static void prepare_permit(int number)
{
	(void)number;
	cr_assert_eq(pks_semaphore_acquire(semaphore, FAR_MS), 0, "%s", pks_error_message());
}

static int reset_permits(int number)
{
	(void)number;
	return pks_semaphore_reset(semaphore, 1);
}

/* The test holds the permit, unless it was made as new. */
static void check_permits(int number, bool told)
{
	struct pks_semaphore_info info;

	cr_assert_eq(pks_semaphore_info(semaphore, &info), 0, "%s", pks_error_message());
	cr_assert(info.value == 1 || (info.value == 0 && !told), "%d", (int)info.value);
	cr_assert_eq(reset_permits(number), 0, "%s", pks_error_message());
	check_permit(number, told);
}

Test(points_locks, reset_a_semaphore)
{
	points_run(&(struct operation){"semaphore_reset", .open = open_objects, .prepare = prepare_permit,
	                               .act = reset_permits, .check = check_permits});
}
