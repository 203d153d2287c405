/* SPDX-License-Identifier: MIT */
#include "lock_line.h"

#include "base/error.h"
#include "value.h"

/* ---- where the lock is ---- */

void lock_refer(uint64_t id, struct buffer *buffer)
{
	item_put_tag(buffer, VALUE_TAG_REF);
	item_put_uint(buffer, id);
}

uint64_t lock_referred(const struct state *condition)
{
	const uint8_t *end = condition->own + condition->own_size;
	struct item tag, id;

	if (condition->own_size == 0 || item_read(condition->own, end, &tag) < 0 || tag.type != ITEM_TAG ||
	    tag.number != VALUE_TAG_REF || item_read(tag.next, end, &id) < 0 || id.type != ITEM_UINT)
		return 0;
	return id.number;
}

int lock_find(struct txn *txn, struct state *state, struct lock *lock)
{
	uint64_t id = state->base == BASE_CONDITION ? lock_referred(state) : 0;
	int r = 0;

	lock->txn = txn;
	lock->condition = state->base == BASE_CONDITION ? state : NULL;
	lock->state = state;
	if (id) {
		r = txn_state(txn, id, &lock->state);
		if (r == PKS_ERR_GONE)
			return error_set(r, "%s: its lock was dropped", state->path);
		if (r == 0 && lock->state->base != BASE_LOCK)
			return error_set(PKS_ERR_CORRUPT, "%s: what it refers to is no lock", state->path);
	}
	if (r == 0 && lock_state_decode((struct bytes){lock->state->own, lock->state->own_size}, &lock->now) < 0)
		return error_set(PKS_ERR_CORRUPT, "%s: its state is damaged", lock->state->path);
	return r;
}

int lock_begin(struct scope *scope, const struct pks_object *object, enum base base, enum touch touch,
               struct lock *lock_out)
{
	struct state *state;
	struct lock lock;
	int r = object_begin(scope, object, base, touch, &state);

	if (r != 0)
		return r;
	r = lock_find(scope->txn, state, &lock);
	if (r < 0)
		return scope_end(scope, r);
	*lock_out = lock;
	return 0;
}

int lock_save(struct lock *lock)
{
	struct buffer *own = &lock->txn->scratch;

	txn_touch(lock->txn, lock->state);
	buffer_clear(own);
	lock_state_encode(&lock->now, own);
	return state_set_own(lock->state, own);
}

/* ---- the lines ---- */

int lock_notify(struct txn *txn, struct state *condition, struct state *lock, uint64_t count)
{
	struct party waiter;
	int r = 0;

	while (count > 0 && r == 0) {
		r = party_first(txn, condition, PART_WAITING, LOCK_NOTIFY, LOCK_NOTIFY_END, &waiter);
		if (r == 0)
			r = party_del(txn, condition, PART_WAITING, waiter.number);
		if (r != 0 || !owner_alive(&waiter.owner))
			continue;
		waiter.number -= LOCK_NOTIFY;
		waiter.extra[LOCK_CONDITION] = condition->id;
		r = party_put(txn, lock, PART_WAITING, &waiter);
		count--;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

int lock_bury(struct txn *txn, struct state *lock, const struct party *waiter)
{
	struct state *condition;
	int r = party_del(txn, lock, PART_WAITING, waiter->number);

	if (r < 0 || !waiter->extra[LOCK_CONDITION])
		return r;
	r = txn_state(txn, waiter->extra[LOCK_CONDITION], &condition);
	if (r == PKS_ERR_GONE)
		return 0;
	return r < 0 ? r : lock_notify(txn, condition, lock, 1);
}

static int find_dead(const struct lock *lock, struct party *waiter_out)
{
	return party_first_dead(lock->txn, lock->state, PART_WAITING, 0, LOCK_NOTIFY, waiter_out);
}

int lock_has_dead(const struct lock *lock, bool *dead_out)
{
	struct party waiter;
	int r = find_dead(lock, &waiter);

	*dead_out = r == 0;
	return r == PKS_NOT_FOUND ? 0 : r;
}

int lock_bury_dead(struct lock *lock)
{
	struct party waiter;
	int r;

	while ((r = find_dead(lock, &waiter)) == 0) {
		r = lock_bury(lock->txn, lock->state, &waiter);
		if (r < 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

static int give(struct lock *lock, const struct party *waiter, uint64_t now_ns, bool died)
{
	uint64_t depth = waiter->extra[LOCK_DEPTH];

	lock_give(&lock->now, &waiter->owner, depth ? depth : 1, now_ns, died);
	return party_del(lock->txn, lock->state, PART_WAITING, waiter->number);
}

static void wake(struct lock *lock, const struct party *waiter)
{
	txn_post(lock->txn, wake_turn(lock->state->id, waiter->number), 0, 1);
}

/*
 * What is buried may bring another one into the line, with a lower ticket: the search begins anew. It ends, as each
 * time there is one waiter less.
 */
int lock_hand_on(struct lock *lock, uint64_t now_ns, bool died)
{
	struct party waiter;
	uint64_t from = 0;
	int r;

	while ((r = party_first(lock->txn, lock->state, PART_WAITING, from, LOCK_NOTIFY, &waiter)) == 0) {
		if (!died && !lock_patience_ends(waiter.since_ns, now_ns)) {
			wake(lock, &waiter);
			return 0;
		}
		switch (owner_look(&waiter.owner)) {
		case OWNER_DEAD:
			r = lock_bury(lock->txn, lock->state, &waiter);
			from = 0;
			break;
		case OWNER_STOPPED:
			from = waiter.number + 1;
			break;
		case OWNER_RUNS:
			wake(lock, &waiter);
			return give(lock, &waiter, now_ns, died);
		}
		if (r < 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}
