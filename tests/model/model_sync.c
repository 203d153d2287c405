/* SPDX-License-Identifier: MIT */
/*
 * A Lock and an RLock that are held from one transaction to another, so that their owners die with them; a Semaphore of
 * signals; an Event. Nobody waits: that is no part of a transaction.
 *
 * Whether an owner is dead no model can know, but what follows: the step that was told so is right, if the dead one has
 * never done anything later; and one that was not told is wrong, if the owner was of an earlier round.
 */
#include "model.h"

#define LIVES_MAX 100000

enum { ACQUIRE, RELEASE, ACQUIRE_R, RELEASE_R, POST, TAKE, SET, CLEAR, IS_SET, OPS };

struct held {
	int64_t owner; /* a life; 0: free */
	uint64_t depth;
};

static struct {
	struct held lock, rlock;
	bool dead[LIVES_MAX];
	uint64_t signals;
	bool set;
} model;

static struct pks_object *open_object(struct pks_store *store, int op)
{
	if (op <= RELEASE)
		return pks_lock_open(store, "model/lock", PKS_OPEN_OR_CREATE);
	if (op <= RELEASE_R)
		return pks_rlock_open(store, "model/rlock", PKS_OPEN_OR_CREATE);
	if (op <= TAKE)
		return pks_semaphore_open(store, "model/semaphore", 0, PKS_OPEN_OR_CREATE);
	return pks_event_open(store, "model/event", PKS_OPEN_OR_CREATE);
}

static int act_on(struct pks_object *object, struct step *step)
{
	bool set = false;
	int r;

	switch (step->op) {
	case ACQUIRE:
	case ACQUIRE_R: /* by its owner once more, and below, by another one: refused, and nothing has changed */
		r = pks_lock_acquire(object, 0);
		return answer(step, r == PKS_ERR_STATE ? PKS_EXISTS : r);
	case RELEASE:
	case RELEASE_R:
		r = pks_lock_release(object);
		return answer(step, r == PKS_ERR_STATE ? PKS_MISMATCH : r);
	case POST:
		return answer(step, pks_semaphore_release(object, (uint64_t)step->b % 3 + 1));
	case TAKE:
		return answer(step, pks_semaphore_acquire(object, 0));
	case SET:
		return answer(step, pks_event_set(object));
	case CLEAR:
		return answer(step, pks_event_clear(object));
	default:
		r = pks_event_is_set(object, &set);
		step->value = set;
		return answer(step, r);
	}
}

static int act(struct pks_store *store, struct step *step)
{
	struct pks_object *object = open_object(store, step->op);
	int r = act_on(object, step);

	pks_object_close(object);
	return r;
}

/* ---- the model ---- */

static void acquire(struct held *held, struct step *step)
{
	bool free = held->owner == 0, died = step->told == PKS_OWNER_DIED || held->owner <= model_dead_lives();

	if (held->owner == step->life) {
		step->code = step->op == ACQUIRE ? PKS_EXISTS : 0;
		held->depth += step->op == ACQUIRE_R;
	} else if (!free && !died) {
		step->code = PKS_TIMED_OUT;
	} else {
		if (!free) {
			model.dead[held->owner] = true;
			step->code = PKS_OWNER_DIED;
		}
		*held = (struct held){step->life, 1};
	}
}

static void release(struct held *held, struct step *step)
{
	if (held->owner != step->life)
		step->code = PKS_MISMATCH;
	else if (--held->depth == 0)
		held->owner = 0;
}

static void replay_lock(struct held *held, struct step *step)
{
	cr_assert_lt(step->life, LIVES_MAX);
	cr_assert(!model.dead[step->life], "a lock was taken from %lld, which lives", (long long)step->life);
	if (step->op == ACQUIRE || step->op == ACQUIRE_R)
		acquire(held, step);
	else
		release(held, step);
}

static void replay(struct step *step)
{
	if (step->op <= RELEASE_R) {
		replay_lock(step->op <= RELEASE ? &model.lock : &model.rlock, step);
	} else if (step->op == POST) {
		model.signals += (uint64_t)step->b % 3 + 1;
	} else if (step->op == TAKE) {
		step->code = model.signals ? 0 : PKS_TIMED_OUT;
		model.signals -= model.signals > 0;
	} else if (step->op == IS_SET) {
		step->value = model.set;
	} else {
		model.set = step->op == SET;
	}
}

static void compare_lock(struct pks_store *store, const char *path, const struct held *held)
{
	struct pks_object *lock = pks_object_open(store, path);
	struct pks_lock_info info = {0};

	cr_assert(!lock || pks_lock_info(lock, &info) == 0, "%s", pks_error_message());
	cr_assert_eq(info.held, held->owner != 0, "%s", path);
	cr_assert(!info.held || info.depth == held->depth, "%s: %llu deep", path, (unsigned long long)info.depth);
	pks_object_close(lock);
}

static void compare(struct pks_store *store)
{
	struct pks_object *event = pks_object_open(store, "model/event");
	struct pks_object *semaphore = pks_object_open(store, "model/semaphore");
	struct pks_semaphore_info signals = {0};
	bool set = false;

	compare_lock(store, "model/lock", &model.lock);
	compare_lock(store, "model/rlock", &model.rlock);
	cr_assert(!semaphore || pks_semaphore_info(semaphore, &signals) == 0, "%s", pks_error_message());
	cr_assert(!event || pks_event_is_set(event, &set) == 0, "%s", pks_error_message());
	cr_assert_eq(signals.value, model.signals);
	cr_assert_eq(set, model.set);
	pks_object_close(event);
	pks_object_close(semaphore);
}

const struct kind kind_sync = {.name = "sync", .ops = OPS, .act = act, .replay = replay, .compare = compare};
