/* SPDX-License-Identifier: MIT */
/*
 * Semaphore and BoundedSemaphore: opening, acquiring with and without waiting, releasing. Where permits and waiters are
 * kept, and how what is free comes to the line, is in semaphore_line.h.
 */
#include "base/clock.h"
#include "base/error.h"
#include "semaphore_line.h"
#include "waiting.h"

#include <pkstore/semaphore.h>

#include <inttypes.h>

/* The look has to write. */
#define ACT 1000

static bool is_bounded(const struct state *state)
{
	return strcmp(state->type, "boundedsemaphore") == 0;
}

/* ---- opening ---- */

static int init(struct txn *txn, struct state *state, const void *permits)
{
	uint64_t count = *(const uint64_t *)permits;

	if (count == 0 && is_bounded(state))
		return error_set(PKS_ERR_USAGE, "%s: a BoundedSemaphore without permits", state->path);
	return semaphore_save(&(struct semaphore){txn, state, {.value = count, .initial = count}});
}

static struct pks_object *open_type(struct pks_store *store, const char *path, const char *type, uint64_t permits,
                                    enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = type, .init = init, .arg = &permits}, mode);
}

struct pks_object *pks_semaphore_open(struct pks_store *store, const char *path, uint64_t permits, enum pks_mode mode)
{
	return open_type(store, path, "semaphore", permits, mode);
}

struct pks_object *pks_boundedsemaphore_open(struct pks_store *store, const char *path, uint64_t permits,
                                             enum pks_mode mode)
{
	return open_type(store, path, "boundedsemaphore", permits, mode);
}

/* ---- acquiring ---- */

struct semaphore_wait {
	const struct pks_object *object;
	struct owner self;
	uint64_t ticket;
};

/* As with locks, whether holders are dead is asked here only when there is no other look. */
static int take_or_line_up(struct scope *scope, struct semaphore *semaphore, struct semaphore_wait *wait,
                           int timeout_ms)
{
	bool waits = timeout_ms != 0 && scope->own;
	int r = semaphore->now.value == 0 && !waits ? semaphore_reclaim(semaphore) : 0;

	if (r < 0)
		return r;
	if (semaphore->now.value > 0)
		r = semaphore_take(semaphore, &wait->self, clock_wall());
	else if (waits)
		r = semaphore_line_up(semaphore, &wait->self, clock_wall(), &wait->ticket);
	else
		return error_set(timeout_ms == 0 ? PKS_TIMED_OUT : PKS_ERR_USAGE, "%s: has no permit now%s",
		                 semaphore->state->path,
		                 timeout_ms == 0 ? "" : ", and cannot be waited for inside a transaction");
	return r < 0 ? r : semaphore_save(semaphore);
}

/*
 * Whether there may be something for the waiter. After the dead looks the first in line, or, while that does not run,
 * each of the others.
 */
static int judge(const struct semaphore *semaphore, const struct semaphore_wait *wait)
{
	struct party party;
	bool dead = false;
	int r = party_get(semaphore->txn, semaphore->state, PART_WAITING, wait->ticket, &party);

	if (r != 0)
		return r == PKS_NOT_FOUND ? 0 : r;
	if (semaphore->now.value > 0)
		return ACT;
	r = party_first(semaphore->txn, semaphore->state, PART_WAITING, 0, UINT64_MAX, &party);
	if (r == 0 && (party.number == wait->ticket || owner_look(&party.owner) != OWNER_RUNS))
		r = semaphore_has_dead(semaphore, &dead);
	return r < 0 ? r : dead ? ACT : PKS_TIMED_OUT;
}

/* Inside a write transaction. */
static int act(struct semaphore *semaphore, const struct semaphore_wait *wait)
{
	struct party mine;
	int r = semaphore_reclaim(semaphore), saved;

	if (r == 0)
		r = semaphore_hand_on(semaphore, clock_wall());
	if (r < 0)
		return r;
	r = party_get(semaphore->txn, semaphore->state, PART_WAITING, wait->ticket, &mine);
	if (r == 0 && semaphore->now.value > 0)
		r = semaphore_give(semaphore, &mine, clock_wall());
	else if (r == 0)
		r = PKS_TIMED_OUT;
	else if (r == PKS_NOT_FOUND)
		r = 0;
	if (r < 0)
		return r;
	saved = semaphore_save(semaphore);
	return saved < 0 ? saved : r;
}

static int look(void *arg)
{
	const struct semaphore_wait *wait = arg;
	struct semaphore semaphore;
	struct scope scope = {0};
	int r = semaphore_begin(&scope, wait->object, LOOK, &semaphore);

	if (r == 0)
		r = scope_end(&scope, judge(&semaphore, wait));
	if (r != ACT)
		return r;
	do {
		r = semaphore_begin(&scope, wait->object, CHECK_WRITE, &semaphore);
		if (r == 0)
			r = scope_end(&scope, act(&semaphore, wait));
	} while (scope_again(&scope, r));
	return r;
}

static int take_back(void *arg)
{
	const struct semaphore_wait *wait = arg;
	struct scope scope = {0};
	struct semaphore semaphore;
	int r;

	do {
		r = semaphore_begin(&scope, wait->object, CHECK_WRITE, &semaphore);
		if (r == 0)
			r = scope_end(&scope, party_del(semaphore.txn, semaphore.state, PART_WAITING, wait->ticket));
	} while (scope_again(&scope, r));
	return r;
}

/* Takes the ticket back, for the reason `why`, unless it was served. */
static int give_up(struct semaphore_wait *wait, int why)
{
	int r = waiting_insist(wait->object->store, take_back, wait);

	if (r == PKS_NOT_FOUND)
		return 0;
	return why == PKS_TIMED_OUT ? error_set(why, "%s: the timeout passed", wait->object->path) : why;
}

int pks_semaphore_acquire(struct pks_object *object, int timeout_ms)
{
	struct semaphore_wait wait = {.object = object};
	struct semaphore semaphore;
	struct scope scope = {0};
	int r = object_check(object, BASE_SEMAPHORE);

	if (r == 0)
		r = owner_self(&wait.self);
	if (r < 0)
		return r;
	do {
		wait.ticket = 0;
		r = semaphore_begin(&scope, object, CHECK_WRITE, &semaphore);
		if (r == 0)
			r = scope_end(&scope, take_or_line_up(&scope, &semaphore, &wait, timeout_ms));
	} while (scope_again(&scope, r));
	if (r != 0 || wait.ticket == 0)
		return r;
	r = waiting_for_turn(object->store, wake_turn(object->id, wait.ticket), look, &wait, timeout_ms);
	return r == 0 ? 0 : give_up(&wait, r);
}

/* ---- releasing ---- */

static int release(struct semaphore *semaphore, const struct owner *self, uint64_t permits)
{
	const struct state *state = semaphore->state;
	uint64_t value;
	int r = 0;

	if (__builtin_add_overflow(semaphore->now.value, permits, &value))
		return error_set(PKS_ERR_RANGE, "%s: more permits than can be counted", state->path);
	if (is_bounded(state) && value > semaphore->now.initial)
		return error_set(PKS_ERR_STATE,
		                 "%s: released more often than acquired: it was made with %" PRIu64 " permits",
		                 state->path, semaphore->now.initial);
	for (uint64_t i = 0; r == 0 && i < permits; i++)
		r = semaphore_let_go(semaphore, self);
	semaphore->now.value = value;
	if (r >= 0)
		r = state->count == 0 ? 0 : semaphore_hand_on(semaphore, clock_wall());
	return r < 0 ? r : semaphore_save(semaphore);
}

int pks_semaphore_release(struct pks_object *object, uint64_t permits)
{
	struct semaphore semaphore;
	struct scope scope = {0};
	struct owner self;
	int r = object_check(object, BASE_SEMAPHORE);

	if (r == 0)
		r = owner_self(&self);
	if (r < 0)
		return r;
	do {
		r = semaphore_begin(&scope, object, CHECK_WRITE, &semaphore);
		if (r == 0)
			r = scope_end(&scope, release(&semaphore, &self, permits));
	} while (scope_again(&scope, r));
	return r;
}

static int reset(struct semaphore *semaphore, uint64_t permits)
{
	int r = items_del_parts(semaphore->txn, semaphore->state, PART_HELD, PART_HELD + 1);

	if (r < 0)
		return r;
	semaphore->now.value = semaphore->now.initial = permits;
	r = semaphore_hand_on(semaphore, clock_wall());
	return r < 0 ? r : semaphore_save(semaphore);
}

int pks_semaphore_reset(struct pks_object *object, uint64_t permits)
{
	struct semaphore semaphore;
	struct scope scope = {0};
	int r;

	do {
		r = semaphore_begin(&scope, object, CHECK_WRITE, &semaphore);
		if (r == 0 && permits == 0 && is_bounded(semaphore.state))
			return scope_end(&scope, error_set(PKS_ERR_USAGE, "%s: a BoundedSemaphore without permits",
			                                   object->path));
		if (r == 0)
			r = scope_end(&scope, reset(&semaphore, permits));
	} while (scope_again(&scope, r));
	return r;
}

int pks_semaphore_info(struct pks_object *object, struct pks_semaphore_info *info_out)
{
	struct semaphore semaphore;
	struct scope scope = {0};
	int r = semaphore_begin(&scope, object, LOOK, &semaphore);

	if (r != 0)
		return r;
	*info_out = (struct pks_semaphore_info){
		.value = semaphore.now.value,
		.initial = semaphore.now.initial,
		.bounded = is_bounded(semaphore.state),
		.waiting = semaphore.state->count,
	};
	return scope_end(&scope, 0);
}
