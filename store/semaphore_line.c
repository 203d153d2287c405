/* SPDX-License-Identifier: MIT */
#include "semaphore_line.h"

#include "base/error.h"
#include "lock_state.h"

int semaphore_begin(struct scope *scope, const struct pks_object *object, enum touch touch,
                    struct semaphore *semaphore_out)
{
	struct semaphore semaphore;
	int r = object_begin(scope, object, BASE_SEMAPHORE, touch, &semaphore.state);

	if (r != 0)
		return r;
	semaphore.txn = scope->txn;
	if (semaphore_state_decode((struct bytes){semaphore.state->own, semaphore.state->own_size}, &semaphore.now) < 0)
		return scope_end(scope, error_set(PKS_ERR_CORRUPT, "%s: its state is damaged", object->path));
	*semaphore_out = semaphore;
	return 0;
}

int semaphore_save(const struct semaphore *semaphore)
{
	struct buffer *own = &semaphore->txn->scratch;

	txn_touch(semaphore->txn, semaphore->state);
	buffer_clear(own);
	semaphore_state_encode(&semaphore->now, own);
	return state_set_own(semaphore->state, own);
}

/* ---- who holds permits ---- */

/* Who acquires signals holds nothing. */
static int hold(struct semaphore *semaphore, const struct party *party)
{
	semaphore->now.value--;
	return semaphore->now.initial ? party_put(semaphore->txn, semaphore->state, PART_HELD, party) : 0;
}

int semaphore_take(struct semaphore *semaphore, const struct owner *owner, uint64_t now_ns)
{
	struct party holder = {.owner = *owner, .since_ns = now_ns};

	holder.number = ++semaphore->now.last_ticket;
	return hold(semaphore, &holder);
}

/*
 * Of those that are held. Tickets are drawn when somebody lines up: who came later, and found a permit at once, may
 * have held his for longer.
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

int semaphore_let_go(struct semaphore *semaphore, const struct owner *owner)
{
	struct party holder;
	uint64_t end = UINT64_MAX;
	int r;

	while ((r = party_last(semaphore->txn, semaphore->state, PART_HELD, 0, end, &holder)) == 0 &&
	       !owner_equal(&holder.owner, owner))
		end = holder.number;
	if (r == PKS_NOT_FOUND)
		r = find_oldest(semaphore, &holder);
	if (r == 0)
		r = party_del(semaphore->txn, semaphore->state, PART_HELD, holder.number);
	return r;
}

static int find_dead(const struct semaphore *semaphore, uint64_t from, struct party *holder_out)
{
	return party_first_dead(semaphore->txn, semaphore->state, PART_HELD, from, UINT64_MAX, holder_out);
}

int semaphore_has_dead(const struct semaphore *semaphore, bool *dead_out)
{
	struct party holder;
	int r = find_dead(semaphore, 0, &holder);

	*dead_out = r == 0;
	return r == PKS_NOT_FOUND ? 0 : r;
}

int semaphore_reclaim(struct semaphore *semaphore)
{
	struct party holder = {0};
	int r;

	while ((r = find_dead(semaphore, holder.number, &holder)) == 0) {
		r = party_del(semaphore->txn, semaphore->state, PART_HELD, holder.number);
		if (r < 0)
			return r;
		semaphore->now.value++;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* ---- the line ---- */

int semaphore_line_up(struct semaphore *semaphore, const struct owner *owner, uint64_t now_ns, uint64_t *ticket_out)
{
	struct party waiter = {.owner = *owner, .since_ns = now_ns};

	waiter.number = *ticket_out = ++semaphore->now.last_ticket;
	return party_line_up(semaphore->txn, semaphore->state, 0, UINT64_MAX, &waiter, party_leave);
}

int semaphore_give(struct semaphore *semaphore, const struct party *waiter, uint64_t now_ns)
{
	struct party holder = {.number = waiter->number, .owner = waiter->owner, .since_ns = now_ns};
	int r = party_del(semaphore->txn, semaphore->state, PART_WAITING, waiter->number);

	return r < 0 ? r : hold(semaphore, &holder);
}

int semaphore_hand_on(struct semaphore *semaphore, uint64_t now_ns)
{
	struct state *state = semaphore->state;
	uint64_t from = 0, woken = 0;
	struct party waiter;
	int r = 0;

	while (woken < semaphore->now.value &&
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
			r = semaphore_give(semaphore, &waiter, now_ns);
		if (r < 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}
