/* SPDX-License-Identifier: MIT */
/*
 * Barrier: opening, waiting at it, and what anybody may do to it. Its state is in barrier_state.h, those who wait in
 * barrier_line.h.
 *
 * Who notices that one died while it waited? In each look, every one looks after the one that came before it, and the
 * first after the last: so whoever dies, the next one alive behind it sees that, within PKS_RECHECK_MS. Who comes last
 * looks after all of them before they pass.
 */
#include "barrier_line.h"
#include "base/clock.h"
#include "base/error.h"
#include "waiting.h"

#include <pkstore/barrier.h>

/* The look has to write. */
#define ACT 1000

/* ---- opening ---- */

static int check_parties(const char *path, uint64_t parties)
{
	return parties ? 0 : error_set(PKS_ERR_USAGE, "%s: a Barrier for nobody", path);
}

static int init(struct txn *txn, struct state *state, const void *parties)
{
	struct barrier barrier = {.txn = txn, .state = state, .now = {.parties = *(const uint64_t *)parties}};
	int r = check_parties(state->path, barrier.now.parties);

	return r < 0 ? r : barrier_save(&barrier);
}

struct pks_object *pks_barrier_open(struct pks_store *store, const char *path, uint64_t parties, enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = "barrier", .init = init, .arg = &parties}, mode);
}

/* ---- breaking it ---- */

/* For the reason that is answered. */
static int break_it(struct barrier *barrier, int why)
{
	int r;

	barrier_wake(barrier);
	barrier_break(&barrier->now);
	r = barrier_save(barrier);
	return r < 0 ? r : why;
}

static int broken(const struct barrier *barrier)
{
	return error_set(PKS_BROKEN, "%s: is broken", barrier->state->path);
}

/* ---- waiting ---- */

struct barrier_wait {
	const struct pks_object *object;
	struct owner self;
	uint64_t ticket, index;
};

static int pass(struct barrier *barrier)
{
	int r;

	barrier_wake(barrier);
	r = barrier_dismiss(barrier, barrier->now.generation - 1);
	return r < 0 ? r : barrier_save(barrier);
}

static int arrive(struct scope *scope, struct barrier *barrier, struct barrier_wait *wait, int timeout_ms)
{
	bool dead, last = barrier->now.arrived + 1 == barrier->now.parties;
	int r = last ? barrier_has_dead(barrier, &dead) : barrier_sweep(barrier, &dead);

	if (r < 0)
		return r;
	if (dead)
		return break_it(barrier, broken(barrier));
	if (!last && !barrier->now.broken && timeout_ms != 0 && !scope->own)
		return error_set(PKS_ERR_USAGE, "%s: cannot be waited for inside a transaction", barrier->state->path);
	switch (barrier_arrive(&barrier->now, &wait->index)) {
	case BARRIER_BROKEN:
		return broken(barrier);
	case BARRIER_PASS:
		return pass(barrier);
	case BARRIER_WAIT:
		break;
	}
	if (timeout_ms == 0)
		return break_it(barrier, error_set(PKS_TIMED_OUT, "%s: the others are not there, and it is broken now",
		                                   barrier->state->path));
	r = barrier_line_up(barrier, &wait->self, &wait->ticket);
	return r < 0 ? r : barrier_save(barrier);
}

static int judge(const struct barrier *barrier, const struct barrier_wait *wait)
{
	struct party party;
	int r = party_get(barrier->txn, barrier->state, PART_WAITING, wait->ticket, &party);

	if (r != 0)
		return r == PKS_NOT_FOUND ? 0 : r;
	if (!barrier_awaits(barrier, &party))
		return ACT;
	r = barrier_charge(barrier, wait->ticket, &party);
	if (r != 0)
		return r;
	return party.number == wait->ticket || owner_alive(&party.owner) ? PKS_TIMED_OUT : ACT;
}

/* Inside a write transaction: leaves, and breaks what is not broken yet, for the reason `why`. */
static int leave(struct barrier *barrier, const struct barrier_wait *wait, int why)
{
	struct party mine;
	int r = party_get(barrier->txn, barrier->state, PART_WAITING, wait->ticket, &mine);

	if (r != 0)
		return r == PKS_NOT_FOUND ? 0 : r;
	if (!barrier_awaits(barrier, &mine))
		why = broken(barrier);
	r = party_leave(barrier->txn, barrier->state, &mine);
	if (r < 0)
		return r;
	return barrier_awaits(barrier, &mine) ? break_it(barrier, why) : why;
}

static int act(struct barrier *barrier, const struct barrier_wait *wait)
{
	int r = judge(barrier, wait);

	return r == ACT ? leave(barrier, wait, broken(barrier)) : r;
}

static int look(void *arg)
{
	const struct barrier_wait *wait = arg;
	struct barrier barrier;
	struct scope scope = {0};
	int r = barrier_begin(&scope, wait->object, LOOK, &barrier);

	if (r == 0)
		r = scope_end(&scope, judge(&barrier, wait));
	if (r != ACT)
		return r;
	do {
		r = barrier_begin(&scope, wait->object, CHECK_WRITE, &barrier);
		if (r == 0)
			r = scope_end(&scope, act(&barrier, wait));
	} while (scope_again(&scope, r));
	return r;
}

/* A commit that answers PKS_END has left. */
static int try_leave(void *arg)
{
	const struct barrier_wait *wait = arg;
	struct barrier barrier;
	struct scope scope = {0};
	int r;

	do {
		r = barrier_begin(&scope, wait->object, CHECK_WRITE, &barrier);
		if (r == 0)
			r = scope_end(&scope, leave(&barrier, wait, PKS_END));
	} while (scope_again(&scope, r));
	return r;
}

/* One whose time has passed, or who met an error. */
static int give_up(struct barrier_wait *wait, int why)
{
	int r = waiting_insist(wait->object->store, try_leave, wait);

	if (r != PKS_END && r >= 0)
		return r;
	return why == PKS_TIMED_OUT
	               ? error_set(why, "%s: the others did not come in time, and it is broken now", wait->object->path)
	               : why;
}

int pks_barrier_wait(struct pks_object *object, int timeout_ms, uint64_t *index_out)
{
	struct barrier_wait wait = {.object = object};
	struct barrier barrier;
	struct scope scope = {0};
	int r = object_check(object, BASE_BARRIER);

	if (r == 0)
		r = owner_self(&wait.self);
	if (r < 0)
		return r;
	do {
		wait.ticket = 0;
		r = barrier_begin(&scope, object, CHECK_WRITE, &barrier);
		if (r == 0)
			r = scope_end(&scope, arrive(&scope, &barrier, &wait, timeout_ms));
	} while (scope_again(&scope, r));
	if (r == 0 && wait.ticket != 0) {
		r = waiting_for_turn(object->store, wake_turn(object->id, 0), look, &wait, timeout_ms);
		if (r == PKS_TIMED_OUT || r < 0)
			r = give_up(&wait, r);
	}
	if (r == 0 && index_out)
		*index_out = wait.index;
	return r;
}

/* ---- by anybody ---- */

static int set(struct barrier *barrier, bool abort, uint64_t parties)
{
	if (abort && barrier->now.broken)
		return 0;
	barrier_wake(barrier);
	if (abort)
		barrier_break(&barrier->now);
	else
		barrier_reset(&barrier->now);
	barrier->now.parties = parties ? parties : barrier->now.parties;
	return barrier_save(barrier);
}

static int set_object(struct pks_object *object, bool abort, uint64_t parties)
{
	struct barrier barrier;
	struct scope scope = {0};
	int r;

	do {
		r = barrier_begin(&scope, object, CHECK_WRITE, &barrier);
		if (r == 0)
			r = scope_end(&scope, set(&barrier, abort, parties));
	} while (scope_again(&scope, r));
	return r;
}

int pks_barrier_abort(struct pks_object *barrier)
{
	return set_object(barrier, true, 0);
}

int pks_barrier_reset(struct pks_object *barrier)
{
	return set_object(barrier, false, 0);
}

int pks_barrier_set_parties(struct pks_object *barrier, uint64_t parties)
{
	int r = object_check(barrier, BASE_BARRIER);

	if (r == 0)
		r = check_parties(barrier->path, parties);
	return r < 0 ? r : set_object(barrier, false, parties);
}

int pks_barrier_info(struct pks_object *object, struct pks_barrier_info *info_out)
{
	struct barrier barrier;
	struct scope scope = {0};
	int r = barrier_begin(&scope, object, LOOK, &barrier);

	if (r != 0)
		return r;
	*info_out = (struct pks_barrier_info){
		.parties = barrier.now.parties,
		.waiting = barrier.now.arrived,
		.generation = barrier.now.generation,
		.broken = barrier.now.broken,
	};
	return scope_end(&scope, 0);
}
