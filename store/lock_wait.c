/* SPDX-License-Identifier: MIT */
/*
 * Who gets the lock, and how a waiter learns of it.
 *
 * A waiter looks when it is woken, and every PKS_RECHECK_MS. In each look:
 *
 *     its ticket is gone                       the lock was given to it, in the same commit
 *     the lock is free, and it is in its line  it takes it: somebody who was woken first has not come, or is dead
 *     the lock is free, it waits for a         it buries that one: a notification that was the dead one's goes to the
 *     notification, and one in the lock's      first who waits for one. Where nobody acquires the lock any more, nobody
 *     line is dead                             else would find it
 *     the owner is dead                        the line is served: the first that runs has the lock, and is told
 *     else                                     it sleeps on
 *
 * The first and to sleep on are one read; the others are decided again in a write transaction, in which nothing changes
 * under the decision. A look that begins before a commit that serves the ticket is followed by a sleep that the post
 * after this commit ends (wait.c). A waiter that is killed between any two steps leaves a ticket, which the next who
 * meets it removes, or owns the lock and is dead: which the next look of any other finds. So the others wait for
 * PKS_RECHECK_MS at most. They do not poll beyond that: the recheck reads the header, the ticket and one line of /proc.
 */
#include "lock_wait.h"

#include "base/clock.h"
#include "base/error.h"
#include "waiting.h"

/* The look has to write. */
#define ACT 1000

/* PKS_NOT_FOUND: it was served. *notify_out: it waits for a notification. */
static int find_ticket(const struct lock *lock, const struct lock_wait *wait, bool *notify_out, struct party *mine_out)
{
	int r = party_get(lock->txn, lock->state, PART_WAITING, wait->ticket, mine_out);

	*notify_out = false;
	if (r == PKS_NOT_FOUND && lock->condition) {
		r = party_get(lock->txn, lock->condition, PART_WAITING, LOCK_NOTIFY + wait->ticket, mine_out);
		*notify_out = r == 0;
	}
	return r;
}

/* The ticket is gone. */
static int served(const struct lock *lock, const struct lock_wait *wait)
{
	if (lock_is_free(&lock->now) || !owner_equal(&lock->now.owner, &wait->self))
		return error_set(PKS_ERR_STATE, "%s: this waiter was taken for dead; are there several pid namespaces?",
		                 lock->state->path);
	if (!lock->now.inherited)
		return 0;
	return error_set(PKS_OWNER_DIED, "%s: its last owner died holding it", lock->state->path);
}

static int judge(const struct lock *lock, const struct lock_wait *wait, bool *notify_out, struct party *mine_out)
{
	int r = find_ticket(lock, wait, notify_out, mine_out);
	bool dead;

	if (r != 0)
		return r == PKS_NOT_FOUND ? served(lock, wait) : r;
	if (!lock_is_free(&lock->now))
		return owner_alive(&lock->now.owner) ? PKS_TIMED_OUT : ACT;
	if (!*notify_out)
		return ACT;
	r = lock_has_dead(lock, &dead);
	return r < 0 ? r : dead ? ACT : PKS_TIMED_OUT;
}

static int take(struct lock *lock, bool notify, const struct party *mine, bool died)
{
	uint64_t depth = mine->extra[LOCK_DEPTH];

	lock_give(&lock->now, &mine->owner, depth ? depth : 1, clock_wall(), died);
	return party_del(lock->txn, notify ? lock->condition : lock->state, PART_WAITING, mine->number);
}

/* The lock is free: takes it, or, waiting for a notification, first finds out whether it has that of a dead one. */
static int take_free(struct lock *lock, const struct lock_wait *wait, bool notify, struct party *mine)
{
	int r;

	if (!notify)
		return take(lock, false, mine, false);
	r = lock_bury_dead(lock);
	if (r == 0)
		r = find_ticket(lock, wait, &notify, mine);
	if (r == 0 && !notify)
		return take(lock, false, mine, false);
	return r == 0 ? lock_hand_on(lock, clock_wall(), false) : r;
}

/* Inside a write transaction. */
static int act(struct lock *lock, const struct lock_wait *wait)
{
	struct party mine;
	bool notify;
	int r = judge(lock, wait, &notify, &mine);

	if (r != ACT)
		return r;
	if (lock_is_free(&lock->now)) {
		r = take_free(lock, wait, notify, &mine);
	} else {
		r = notify ? 0 : lock_hand_on(lock, clock_wall(), true);
		/* Nobody in the line runs: a stopped one will find another owner. */
		if (r == 0 && !owner_alive(&lock->now.owner) && find_ticket(lock, wait, &notify, &mine) == 0)
			r = take(lock, notify, &mine, true);
	}
	if (r == 0)
		r = lock_save(lock);
	if (r == 0)
		r = judge(lock, wait, &notify, &mine);
	return r == ACT ? PKS_TIMED_OUT : r;
}

static int look(void *arg)
{
	const struct lock_wait *wait = arg;
	struct scope scope = {0};
	struct party mine;
	struct lock lock;
	bool notify;
	int r = lock_begin(&scope, wait->object, wait->base, LOOK, &lock);

	if (r == 0)
		r = scope_end(&scope, judge(&lock, wait, &notify, &mine));
	if (r != ACT)
		return r;
	do {
		r = lock_begin(&scope, wait->object, wait->base, CHECK_WRITE, &lock);
		if (r == 0)
			r = scope_end(&scope, act(&lock, wait));
	} while (scope_again(&scope, r));
	return r;
}

int lock_await(struct lock_wait *wait, int timeout_ms)
{
	return waiting_for_turn(wait->object->store, wake_turn(wait->lock_id, wait->ticket), look, wait, timeout_ms);
}

static int give_up(struct lock *lock, const struct lock_wait *wait, int why)
{
	int r = party_del(lock->txn, lock->state, PART_WAITING, wait->ticket);

	return r == PKS_NOT_FOUND ? served(lock, wait) : r < 0 ? r : why;
}

/* A commit that answers PKS_END has taken the ticket back. */
static int try_give_up(void *arg)
{
	const struct lock_wait *wait = arg;
	struct scope scope = {0};
	struct lock lock;
	int r;

	do {
		r = lock_begin(&scope, wait->object, wait->base, CHECK_WRITE, &lock);
		if (r == 0)
			r = scope_end(&scope, give_up(&lock, wait, PKS_END));
	} while (scope_again(&scope, r));
	return r;
}

int lock_give_up(struct lock_wait *wait, int r)
{
	int gone = waiting_insist(wait->object->store, try_give_up, wait);

	if (gone != PKS_END && gone >= 0)
		return gone;
	return r == PKS_TIMED_OUT ? error_set(r, "%s: the timeout passed", wait->object->path) : r;
}

int lock_line_up(struct lock *lock, struct lock_wait *wait, uint64_t now_ns)
{
	struct party party = {.owner = wait->self, .since_ns = now_ns};

	wait->lock_id = lock->state->id;
	party.number = wait->ticket = ++lock->now.last_ticket;
	return party_line_up(lock->txn, lock->state, 0, LOCK_NOTIFY, &party, lock_bury);
}
