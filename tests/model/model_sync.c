/* SPDX-License-Identifier: MIT */
/*
 * A Lock that is held from one transaction to another, so that its owners die with it; a Semaphore of signals; an Event.
 * Nobody waits: that is no part of a transaction.
 *
 * Whether an owner is dead no model can know, but what follows: the step that was told so is right, if the dead one has
 * never done anything later; and one that was not told is wrong, if the owner was of an earlier round.
 */
#include "model.h"

#define LIVES_MAX 100000

enum { ACQUIRE, RELEASE, POST, TAKE, SET, CLEAR, IS_SET, OPS };

static struct {
	int64_t owner; /* a life; 0: free */
	bool dead[LIVES_MAX];
	uint64_t signals;
	bool set;
} model;

static struct pks_object *open_object(struct pks_store *store, int op)
{
	if (op <= RELEASE)
		return pks_lock_open(store, "model/lock", PKS_OPEN_OR_CREATE);
	if (op <= TAKE)
		return pks_semaphore_open(store, "model/semaphore", 0, PKS_OPEN_OR_CREATE);
	return pks_event_open(store, "model/event", PKS_OPEN_OR_CREATE);
}

static int act_on(struct pks_object *object, struct step *step)
{
	bool set = false;
	int r;

	switch (step->op) {
	case ACQUIRE: /* by its owner once more, and below, by another one: refused, and nothing has changed */
		r = pks_lock_acquire(object, 0);
		return answer(step, r == PKS_ERR_STATE ? PKS_EXISTS : r);
	case RELEASE:
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

static void acquire(struct step *step)
{
	bool free = model.owner == 0, died = step->told == PKS_OWNER_DIED || model.owner <= model_dead_lives();

	if (model.owner == step->life) {
		step->code = PKS_EXISTS;
	} else if (!free && !died) {
		step->code = PKS_TIMED_OUT;
	} else {
		if (!free) {
			model.dead[model.owner] = true;
			step->code = PKS_OWNER_DIED;
		}
		model.owner = step->life;
	}
}

static void replay_lock(struct step *step)
{
	cr_assert_lt(step->life, LIVES_MAX);
	cr_assert(!model.dead[step->life], "the lock was taken from %lld, which lives", (long long)step->life);
	if (step->op == ACQUIRE)
		acquire(step);
	else if (model.owner == step->life)
		model.owner = 0;
	else
		step->code = PKS_MISMATCH;
}

static void replay(struct step *step)
{
	if (step->op <= RELEASE) {
		replay_lock(step);
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

static void compare(struct pks_store *store)
{
	struct pks_object *lock = pks_object_open(store, "model/lock"), *event = pks_object_open(store, "model/event");
	struct pks_object *semaphore = pks_object_open(store, "model/semaphore");
	struct pks_semaphore_info signals = {0};
	struct pks_lock_info info = {0};
	bool set = false;

	cr_assert(!lock || pks_lock_info(lock, &info) == 0, "%s", pks_error_message());
	cr_assert(!semaphore || pks_semaphore_info(semaphore, &signals) == 0, "%s", pks_error_message());
	cr_assert(!event || pks_event_is_set(event, &set) == 0, "%s", pks_error_message());
	cr_assert_eq(info.held, model.owner != 0);
	cr_assert_eq(signals.value, model.signals);
	cr_assert_eq(set, model.set);
	pks_object_close(lock);
	pks_object_close(event);
	pks_object_close(semaphore);
}

const struct kind kind_sync = {.name = "sync", .ops = OPS, .act = act, .replay = replay, .compare = compare};
