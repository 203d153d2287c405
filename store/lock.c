/* SPDX-License-Identifier: MIT */
/* Lock and RLock: the public calls. */
#include "lock.h"

#include "base/clock.h"
#include "base/error.h"
#include "lock_wait.h"
#include "sync.h"

#include <pkstore/lock.h>

#include <inttypes.h>

struct pks_object *pks_lock_open(struct pks_store *store, const char *path, enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = "lock"}, mode);
}

struct pks_object *pks_rlock_open(struct pks_store *store, const char *path, enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = "rlock"}, mode);
}

/* ---- acquiring ---- */

static bool may_again(const struct lock *lock)
{
	return strcmp(lock->state->type, "lock") != 0;
}

static int must_wait(struct scope *scope, struct lock *lock, struct lock_wait *wait, int timeout_ms)
{
	int r;

	if (timeout_ms == 0)
		return error_set(PKS_TIMED_OUT, "%s: held by pid %" PRId64, lock->state->path,
		                 lock->now.owner.proc.pid);
	if (!scope->own)
		return error_set(PKS_ERR_USAGE, "%s: is held, and cannot be waited for inside a transaction",
		                 lock->state->path);
	r = lock_line_up(lock, wait, clock_wall());
	return r < 0 ? r : lock_save(lock);
}

/*
 * Takes the lock, or a ticket. How the owner is costs a look into /proc, while all other writers wait: one that is
 * going to wait leaves it to its first look.
 */
static int take_or_line_up(struct scope *scope, struct lock *lock, struct lock_wait *wait, int timeout_ms)
{
	struct lock_asking asking = {
		.who = wait->self, .again = may_again(lock), .owner = OWNER_RUNS, .now_ns = clock_wall()};

	if (!lock_is_free(&lock->now) && (timeout_ms == 0 || !scope->own))
		asking.owner = owner_look(&lock->now.owner);
	switch (lock_acquire(&lock->now, &asking)) {
	case LOCK_TAKEN:
		return lock_save(lock);
	case LOCK_INHERITED:
		error_set(PKS_OWNER_DIED, "%s: its last owner died holding it", lock->state->path);
		return lock_save(lock) < 0 ? pks_error_code() : PKS_OWNER_DIED;
	case LOCK_YOURS:
		return error_set(PKS_ERR_STATE, "%s: this thread holds it already", lock->state->path);
	case LOCK_BUSY:
		break;
	}
	return must_wait(scope, lock, wait, timeout_ms);
}

int lock_enter(struct pks_object *object, enum base base, int timeout_ms)
{
	struct lock_wait wait = {.object = object, .base = base};
	struct scope scope = {0};
	struct lock lock;
	int r = object_check(object, base);

	if (r == 0)
		r = owner_self(&wait.self);
	if (r < 0)
		return r;
	do {
		wait.ticket = 0;
		r = lock_begin(&scope, object, base, CHECK_WRITE, &lock);
		if (r == 0)
			r = scope_end(&scope, take_or_line_up(&scope, &lock, &wait, timeout_ms));
	} while (scope_again(&scope, r));
	if (r != 0 || wait.ticket == 0)
		return r;
	r = lock_await(&wait, timeout_ms);
	return r == PKS_TIMED_OUT || r < 0 ? lock_give_up(&wait, r) : r;
}

int pks_lock_acquire(struct pks_object *lock, int timeout_ms)
{
	return lock_enter(lock, BASE_LOCK, timeout_ms);
}

/* ---- releasing ---- */

int lock_not_yours(const struct lock *lock)
{
	const struct owner *owner = &lock->now.owner;

	if (lock_is_free(&lock->now))
		return error_set(PKS_ERR_STATE, "%s: is not held by anybody", lock->state->path);
	return error_set(PKS_ERR_STATE, "%s: is held by thread %" PRId64 " of pid %" PRId64 ", not by this one",
	                 lock->state->path, owner->tid, owner->proc.pid);
}

static int release(struct lock *lock, const struct owner *self)
{
	int r = 0;

	switch (lock_release(&lock->now, self)) {
	case LOCK_NOT_YOURS:
		return lock_not_yours(lock);
	case LOCK_KEPT:
		break;
	case LOCK_FREED:
		/* The count is that of those who wait: nobody is in the line, for most. */
		r = lock->state->count ? lock_hand_on(lock, clock_wall(), false) : 0;
		break;
	}
	return r < 0 ? r : lock_save(lock);
}

int lock_exit(struct pks_object *object, enum base base)
{
	struct scope scope = {0};
	struct owner self;
	struct lock lock;
	int r = object_check(object, base);

	if (r == 0)
		r = owner_self(&self);
	if (r < 0)
		return r;
	do {
		r = lock_begin(&scope, object, base, CHECK_WRITE, &lock);
		if (r == 0)
			r = scope_end(&scope, release(&lock, &self));
	} while (scope_again(&scope, r));
	return r;
}

int pks_lock_release(struct pks_object *lock)
{
	return lock_exit(lock, BASE_LOCK);
}

/* ---- looking ---- */

int pks_lock_info(struct pks_object *object, struct pks_lock_info *info_out)
{
	struct scope scope = {0};
	struct lock lock;
	int r = lock_begin(&scope, object, object && object->base == BASE_CONDITION ? BASE_CONDITION : BASE_LOCK, LOOK,
	                   &lock);

	if (r != 0)
		return r;
	*info_out = (struct pks_lock_info){
		.held = !lock_is_free(&lock.now),
		.depth = lock.now.depth,
		.owner_died = lock.now.inherited,
		.waiting = lock.state->count,
	};
	if (info_out->held)
		info_out->owner = sync_party(&lock.now.owner, lock.now.since_ns);
	return scope_end(&scope, 0);
}
