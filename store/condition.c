/* SPDX-License-Identifier: MIT */
/*
 * Condition: the public calls. What a waiter goes through, and which record it has (lock_line.h):
 *
 *                     wait                      notify                      served, as any waiter
 *      holds the lock -----> in the Condition ---------> in the lock's line ------------------------> holds it again
 *                                 |                           ^
 *                                 |  its timeout              |
 *                                 `---------------------------'
 *                                 |  the owner of the lock died, and nobody is in the lock's line
 *                                 `---------------------------------------------------------------> holds it, told
 *
 * Each arrow is one commit. It keeps one ticket of the lock's all the way, and sleeps for that.
 */
#include "base/clock.h"
#include "base/error.h"
#include "lock.h"
#include "lock_wait.h"
#include "waiting.h"

#include <pkstore/condition.h>

/* ---- opening ---- */

static int init(struct txn *txn, struct state *state, const void *lock)
{
	const struct pks_object *object = lock;

	if (!object)
		return 0;
	buffer_clear(&txn->scratch);
	lock_refer(object->id, &txn->scratch);
	return state_set_own(state, &txn->scratch);
}

static int check_lock(const struct pks_store *store, const struct pks_object *lock)
{
	int r = object_check(lock, BASE_LOCK);

	return r == 0 && lock->store != store ? error_set(PKS_ERR_USAGE, "%s: is of another store", lock->path) : r;
}

struct pks_object *pks_condition_open(struct pks_store *store, const char *path, struct pks_object *lock,
                                      enum pks_mode mode)
{
	if (lock && check_lock(store, lock) < 0)
		return NULL;
	return object_open(store, path, &(struct object_kind){.type = "condition", .init = init, .arg = lock}, mode);
}

/* ---- which lock it has ---- */

/* 0: one of its own. */
static int read_lock_id(struct pks_object *condition, uint64_t *id_out)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, condition, BASE_CONDITION, LOOK, &state);

	if (r != 0)
		return r;
	*id_out = lock_referred(state);
	return scope_end(&scope, 0);
}

struct pks_object *pks_condition_lock(struct pks_object *condition)
{
	struct pks_object *lock;
	uint64_t id;

	if (read_lock_id(condition, &id) != 0)
		return NULL;
	if (id == 0) {
		error_set(PKS_NOT_FOUND, "%s: it has a lock of its own", condition->path);
		return NULL;
	}
	lock = pks_object_from_id(condition->store, id);
	if (!lock && pks_error_code() == PKS_ERR_GONE)
		error_set(PKS_ERR_GONE, "%s: its lock was dropped", condition->path);
	return lock;
}

/*
 * Who is in the Condition, or was notified and is in the lock's line, keeps a ticket of the present lock; its owner may
 * have come through the Condition, and go the same way: nobody may be there. A lock that was dropped has neither.
 */
static int check_idle(struct txn *txn, struct state *condition)
{
	struct lock lock;
	int r = lock_find(txn, condition, &lock);

	if (r < 0 && r != PKS_ERR_GONE)
		return r;
	if (condition->count > 0 || (r == 0 && (lock.state->count > 0 || !lock_is_free(&lock.now))))
		return error_set(PKS_ERR_STATE, "%s: its lock is held, or somebody waits for it", condition->path);
	return 0;
}

static int set_lock(struct scope *scope, struct state *condition, const struct pks_object *lock)
{
	struct state *state;
	int r = check_idle(scope->txn, condition);

	if (r == 0 && lock)
		r = txn_state(scope->txn, lock->id, &state);
	if (r == PKS_ERR_GONE)
		return error_set(r, "%s: was dropped", lock->path);
	if (r < 0)
		return r;
	txn_touch(scope->txn, condition);
	buffer_clear(&scope->txn->scratch);
	if (lock)
		lock_refer(lock->id, &scope->txn->scratch);
	return state_set_own(condition, &scope->txn->scratch);
}

int pks_condition_set_lock(struct pks_object *condition, struct pks_object *lock)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_check(condition, BASE_CONDITION);

	if (r == 0 && lock)
		r = check_lock(condition->store, lock);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, condition, BASE_CONDITION, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, set_lock(&scope, state, lock));
	} while (scope_again(&scope, r));
	return r;
}

int pks_condition_acquire(struct pks_object *condition, int timeout_ms)
{
	return lock_enter(condition, BASE_CONDITION, timeout_ms);
}

int pks_condition_release(struct pks_object *condition)
{
	return lock_exit(condition, BASE_CONDITION);
}

/* ---- waiting ---- */

/* Leaves the lock for the Condition. */
static int let_go(struct lock *lock, struct lock_wait *wait)
{
	struct party party = {.owner = wait->self, .since_ns = clock_wall()};
	int r;

	if (lock_release_all(&lock->now, &wait->self, &party.extra[LOCK_DEPTH]) == LOCK_NOT_YOURS)
		return lock_not_yours(lock);
	wait->lock_id = lock->state->id;
	wait->ticket = ++lock->now.last_ticket;
	party.number = LOCK_NOTIFY + wait->ticket;
	r = party_line_up(lock->txn, lock->condition, LOCK_NOTIFY, LOCK_NOTIFY_END, &party, party_leave);
	if (r == 0)
		r = lock_hand_on(lock, clock_wall(), false);
	return r < 0 ? r : lock_save(lock);
}

/* Out of the Condition, where it is still in it: into the lock's line. */
static int turn_back(struct lock *lock, struct lock_wait *wait)
{
	struct party party;
	int r = party_get(lock->txn, lock->condition, PART_WAITING, LOCK_NOTIFY + wait->ticket, &party);

	if (r != 0)
		return r; /* notified meanwhile */
	r = party_del(lock->txn, lock->condition, PART_WAITING, party.number);
	party.number = wait->ticket;
	return r < 0 ? r : party_put(lock->txn, lock->state, PART_WAITING, &party);
}

static int in_transaction(struct lock_wait *wait, int (*step)(struct lock *lock, struct lock_wait *wait))
{
	struct scope scope = {0};
	struct lock lock;
	int r;

	do {
		r = lock_begin(&scope, wait->object, BASE_CONDITION, CHECK_WRITE, &lock);
		if (r == 0)
			r = scope_end(&scope, step(&lock, wait));
	} while (scope_again(&scope, r));
	return r;
}

static int try_turn_back(void *arg)
{
	return in_transaction(arg, turn_back);
}

int pks_condition_wait(struct pks_object *condition, int timeout_ms)
{
	struct lock_wait wait = {.object = condition, .base = BASE_CONDITION};
	int r = object_check(condition, BASE_CONDITION), end;

	if (r == 0)
		r = waiting_check(condition->store);
	if (r == 0)
		r = owner_self(&wait.self);
	if (r == 0)
		r = in_transaction(&wait, let_go);
	if (r != 0)
		return r;
	r = lock_await(&wait, timeout_ms);
	if (r == 0 || r == PKS_OWNER_DIED)
		return r;
	end = waiting_insist(condition->store, try_turn_back, &wait);
	if (end == PKS_NOT_FOUND)
		r = 0; /* it was notified in the last moment */
	else if (end < 0)
		return r < 0 ? r : end;
	end = lock_await(&wait, -1);
	/* An error that has passed is no reason to tell one who has the lock that it has not. */
	return end == 0 && r == PKS_TIMED_OUT ? error_set(r, "%s: nobody notified it in time", condition->path) : end;
}

/* What is left of a timeout; it may be for ever. */
static int left_ms(int64_t deadline)
{
	int64_t left = deadline == INT64_MAX ? -1 : deadline - clock_monotonic();

	if (deadline == INT64_MAX)
		return -1;
	return left <= 0 ? 0 : (int)((left + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS);
}

int pks_condition_wait_for(struct pks_object *condition, int (*predicate)(void *arg), void *arg, int timeout_ms)
{
	int64_t deadline = clock_deadline(timeout_ms);
	int r = 0, holds;

	while ((holds = predicate(arg)) == 0 && r == 0) {
		r = pks_condition_wait(condition, left_ms(deadline));
		if (r != 0 && r != PKS_TIMED_OUT)
			return r;
	}
	return holds == 0 ? r : holds < 0 ? holds : 0;
}

/* ---- notifying ---- */

static int notify(struct lock *lock, const struct owner *self, uint64_t count)
{
	if (lock_is_free(&lock->now) || !owner_equal(&lock->now.owner, self))
		return lock_not_yours(lock);
	return lock_notify(lock->txn, lock->condition, lock->state, count);
}

int pks_condition_notify(struct pks_object *condition, uint64_t count)
{
	struct scope scope = {0};
	struct owner self;
	struct lock lock;
	int r = object_check(condition, BASE_CONDITION);

	if (r == 0)
		r = owner_self(&self);
	if (r < 0)
		return r;
	do {
		r = lock_begin(&scope, condition, BASE_CONDITION, CHECK_WRITE, &lock);
		if (r == 0)
			r = scope_end(&scope, notify(&lock, &self, count));
	} while (scope_again(&scope, r));
	return r;
}
