/* SPDX-License-Identifier: MIT */
/*
 * Semaphore and BoundedSemaphore. The own item of the header is [value, initial, last ticket]; a permit that is held is
 * a record of PART_HELD under the ticket of who has it (party.h), and one who waits a record of PART_WAITING.
 *
 *              acquire                                       release
 *      value ------------> held, a record                held -----------> value, or at once to the first in line
 *                                                          |  dies
 *                                                          `-------------> value, when somebody wants one
 *
 * As with locks (lock_wait.c): a waiter whose record is gone was served, with a record in PART_HELD under the same
 * ticket. What becomes free goes to the first in line that runs once that has waited for LOCK_PATIENCE_NS; before, as
 * many as there are permits are woken, and whoever comes first has one.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/cbor.h"
#include "lock_state.h"
#include "object.h"
#include "party.h"
#include "waiting.h"

#include <pkstore/semaphore.h>

#include <inttypes.h>

#define SEMAPHORE_ELEMENTS 3

/* The look has to write. */
#define ACT 1000

struct semaphore {
	struct txn *txn;
	struct state *state;
	uint64_t value, initial, last_ticket;
};

static bool is_bounded(const struct state *state)
{
	return strcmp(state->type, "boundedsemaphore") == 0;
}

/* ---- the item ---- */

static int decode(struct semaphore *semaphore)
{
	uint64_t *const numbers[] = {&semaphore->value, &semaphore->initial, &semaphore->last_ticket};
	const uint8_t *at = semaphore->state->own, *end = at + semaphore->state->own_size;
	struct item item;

	if (at == end || item_read(at, end, &item) < 0 || item.type != ITEM_ARRAY || item.number != SEMAPHORE_ELEMENTS)
		return PKS_ERR_CORRUPT;
	for (size_t i = 0; i < SEMAPHORE_ELEMENTS; i++) {
		at = item.next;
		if (item_read(at, end, &item) < 0 || item.type != ITEM_UINT)
			return PKS_ERR_CORRUPT;
		*numbers[i] = item.number;
	}
	return item.next == end ? 0 : PKS_ERR_CORRUPT;
}

static int save(const struct semaphore *semaphore)
{
	struct buffer *own = &semaphore->txn->scratch;

	txn_touch(semaphore->txn, semaphore->state);
	buffer_clear(own);
	item_put_array(own, SEMAPHORE_ELEMENTS);
	item_put_uint(own, semaphore->value);
	item_put_uint(own, semaphore->initial);
	item_put_uint(own, semaphore->last_ticket);
	return state_set_own(semaphore->state, own);
}

static int begin(struct scope *scope, const struct pks_object *object, enum touch touch,
                 struct semaphore *semaphore_out)
{
	struct semaphore semaphore;
	int r = object_begin(scope, object, BASE_SEMAPHORE, touch, &semaphore.state);

	if (r != 0)
		return r;
	semaphore.txn = scope->txn;
	if (decode(&semaphore) < 0)
		return scope_end(scope, error_set(PKS_ERR_CORRUPT, "%s: its state is damaged", object->path));
	*semaphore_out = semaphore;
	return 0;
}

/* ---- opening ---- */

static int init(struct txn *txn, struct state *state, const void *permits)
{
	uint64_t count = *(const uint64_t *)permits;

	if (count == 0 && is_bounded(state))
		return error_set(PKS_ERR_USAGE, "%s: a BoundedSemaphore without permits", state->path);
	return save(&(struct semaphore){.txn = txn, .state = state, .value = count, .initial = count});
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

/* ---- permits ---- */

/* Who acquires signals holds nothing. */
static int hold(struct semaphore *semaphore, const struct party *party)
{
	semaphore->value--;
	return semaphore->initial ? party_put(semaphore->txn, semaphore->state, PART_HELD, party) : 0;
}

static int any_dead(struct txn *txn, const struct state *state, bool *dead_out)
{
	struct party holder;
	uint64_t from = 0;
	int r;

	*dead_out = false;
	while ((r = party_first(txn, state, PART_HELD, from, UINT64_MAX, &holder)) == 0) {
		if (!owner_alive(&holder.owner)) {
			*dead_out = true;
			return 0;
		}
		from = holder.number + 1;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* The permits of the dead come back. */
static int reclaim(struct semaphore *semaphore)
{
	struct party holder;
	uint64_t from = 0;
	int r;

	while ((r = party_first(semaphore->txn, semaphore->state, PART_HELD, from, UINT64_MAX, &holder)) == 0) {
		from = holder.number + 1;
		if (owner_alive(&holder.owner))
			continue;
		r = party_del(semaphore->txn, semaphore->state, PART_HELD, holder.number);
		if (r < 0)
			return r;
		semaphore->value++;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

static int give(struct semaphore *semaphore, const struct party *waiter, uint64_t now_ns)
{
	struct party holder = {.number = waiter->number, .owner = waiter->owner, .since_ns = now_ns};
	int r = party_del(semaphore->txn, semaphore->state, PART_WAITING, waiter->number);

	return r < 0 ? r : hold(semaphore, &holder);
}

/* To the line: what there is, for as many of those who run. */
static int hand_on(struct semaphore *semaphore, uint64_t now_ns)
{
	struct state *state = semaphore->state;
	uint64_t from = 0, woken = 0;
	struct party waiter;
	int r = 0;

	while (woken < semaphore->value &&
	       (r = party_first(semaphore->txn, state, PART_WAITING, from, UINT64_MAX, &waiter)) == 0) {
		bool patient = !lock_patience_ends(waiter.since_ns, now_ns);
		enum owner_state is = patient ? OWNER_RUNS : owner_look(&waiter.owner);

		from = waiter.number + 1;
		if (is == OWNER_RUNS)
			txn_post(semaphore->txn, wake_turn(state->id, waiter.number), 0, 1);
		woken += patient;
		if (is == OWNER_DEAD)
			r = party_leave(semaphore->txn, state, &waiter);
		else if (is == OWNER_RUNS && !patient)
			r = give(semaphore, &waiter, now_ns);
		if (r < 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* ---- acquiring ---- */

struct semaphore_wait {
	const struct pks_object *object;
	struct owner self;
	uint64_t ticket;
};

static int line_up(struct semaphore *semaphore, struct semaphore_wait *wait)
{
	struct party party = {.owner = wait->self, .since_ns = clock_wall()};
	int r;

	party.number = wait->ticket = ++semaphore->last_ticket;
	r = party_line_up(semaphore->txn, semaphore->state, 0, UINT64_MAX, &party, party_leave);
	return r < 0 ? r : save(semaphore);
}

/* As with locks, whether holders are dead is asked here only when there is no other look. */
static int take_or_line_up(struct scope *scope, struct semaphore *semaphore, struct semaphore_wait *wait,
                           int timeout_ms)
{
	struct party holder = {.owner = wait->self};
	bool waits = timeout_ms != 0 && scope->own;
	int r = semaphore->value == 0 && !waits ? reclaim(semaphore) : 0;

	if (r == 0 && semaphore->value == 0 && waits)
		return line_up(semaphore, wait);
	if (r == 0 && semaphore->value == 0)
		return error_set(timeout_ms == 0 ? PKS_TIMED_OUT : PKS_ERR_USAGE, "%s: has no permit now%s",
		                 semaphore->state->path,
		                 timeout_ms == 0 ? "" : ", and cannot be waited for inside a transaction");
	holder.number = ++semaphore->last_ticket;
	holder.since_ns = clock_wall();
	if (r == 0)
		r = hold(semaphore, &holder);
	return r < 0 ? r : save(semaphore);
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
	if (semaphore->value > 0)
		return ACT;
	r = party_first(semaphore->txn, semaphore->state, PART_WAITING, 0, UINT64_MAX, &party);
	if (r == 0 && (party.number == wait->ticket || owner_look(&party.owner) != OWNER_RUNS))
		r = any_dead(semaphore->txn, semaphore->state, &dead);
	return r < 0 ? r : dead ? ACT : PKS_TIMED_OUT;
}

/* Inside a write transaction. */
static int act(struct semaphore *semaphore, const struct semaphore_wait *wait)
{
	struct party mine;
	int r = reclaim(semaphore), saved;

	if (r == 0)
		r = hand_on(semaphore, clock_wall());
	if (r < 0)
		return r;
	r = party_get(semaphore->txn, semaphore->state, PART_WAITING, wait->ticket, &mine);
	if (r == 0 && semaphore->value > 0)
		r = give(semaphore, &mine, clock_wall());
	else if (r == 0)
		r = PKS_TIMED_OUT;
	else if (r == PKS_NOT_FOUND)
		r = 0;
	if (r < 0)
		return r;
	saved = save(semaphore);
	return saved < 0 ? saved : r;
}

static int look(void *arg)
{
	const struct semaphore_wait *wait = arg;
	struct semaphore semaphore;
	struct scope scope = {0};
	int r = begin(&scope, wait->object, LOOK, &semaphore);

	if (r == 0)
		r = scope_end(&scope, judge(&semaphore, wait));
	if (r != ACT)
		return r;
	do {
		r = begin(&scope, wait->object, CHECK_WRITE, &semaphore);
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
		r = begin(&scope, wait->object, CHECK_WRITE, &semaphore);
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
		r = begin(&scope, object, CHECK_WRITE, &semaphore);
		if (r == 0)
			r = scope_end(&scope, take_or_line_up(&scope, &semaphore, &wait, timeout_ms));
	} while (scope_again(&scope, r));
	if (r != 0 || wait.ticket == 0)
		return r;
	r = waiting_for_turn(object->store, wake_turn(object->id, wait.ticket), look, &wait, timeout_ms);
	return r == 0 ? 0 : give_up(&wait, r);
}

/* ---- releasing ---- */

/*
 * Of those that are held. Tickets are drawn when somebody lines up: who came later, and found a permit at once, may have
 * held his for longer.
 */
static int find_oldest(struct semaphore *semaphore, struct party *oldest_out)
{
	struct party holder, oldest = {0};
	uint64_t from = 0;
	bool found = false;
	int r;

	while ((r = party_first(semaphore->txn, semaphore->state, PART_HELD, from, UINT64_MAX, &holder)) == 0) {
		from = holder.number + 1;
		if (!found || holder.since_ns < oldest.since_ns)
			oldest = holder;
		found = true;
	}
	if (r == PKS_NOT_FOUND && found) {
		*oldest_out = oldest;
		return 0;
	}
	return r;
}

/* The caller's newest permit, or that of who has held one for longest: its record goes. PKS_NOT_FOUND: nobody's. */
static int release_one(struct semaphore *semaphore, const struct owner *self)
{
	struct party holder;
	uint64_t end = UINT64_MAX;
	int r;

	while ((r = party_last(semaphore->txn, semaphore->state, PART_HELD, 0, end, &holder)) == 0 &&
	       !owner_equal(&holder.owner, self))
		end = holder.number;
	if (r == PKS_NOT_FOUND)
		r = find_oldest(semaphore, &holder);
	if (r == 0)
		r = party_del(semaphore->txn, semaphore->state, PART_HELD, holder.number);
	return r;
}

static int release(struct semaphore *semaphore, const struct owner *self, uint64_t permits)
{
	const struct state *state = semaphore->state;
	uint64_t value;
	int r = 0;

	if (__builtin_add_overflow(semaphore->value, permits, &value))
		return error_set(PKS_ERR_RANGE, "%s: more permits than can be counted", state->path);
	if (is_bounded(state) && value > semaphore->initial)
		return error_set(PKS_ERR_STATE,
		                 "%s: released more often than acquired: it was made with %" PRIu64 " permits",
		                 state->path, semaphore->initial);
	for (uint64_t i = 0; r == 0 && i < permits; i++)
		r = release_one(semaphore, self);
	semaphore->value = value;
	if (r >= 0)
		r = state->count == 0 ? 0 : hand_on(semaphore, clock_wall());
	return r < 0 ? r : save(semaphore);
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
		r = begin(&scope, object, CHECK_WRITE, &semaphore);
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
	semaphore->value = semaphore->initial = permits;
	r = hand_on(semaphore, clock_wall());
	return r < 0 ? r : save(semaphore);
}

int pks_semaphore_reset(struct pks_object *object, uint64_t permits)
{
	struct semaphore semaphore;
	struct scope scope = {0};
	int r;

	do {
		r = begin(&scope, object, CHECK_WRITE, &semaphore);
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
	int r = begin(&scope, object, LOOK, &semaphore);

	if (r != 0)
		return r;
	*info_out = (struct pks_semaphore_info){
		.value = semaphore.value,
		.initial = semaphore.initial,
		.bounded = is_bounded(semaphore.state),
		.waiting = semaphore.state->count,
	};
	return scope_end(&scope, 0);
}
