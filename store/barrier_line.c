/* SPDX-License-Identifier: MIT */
#include "barrier_line.h"

#include "base/clock.h"
#include "base/error.h"

enum barrier_extra { BARRIER_GENERATION };

int barrier_save(const struct barrier *barrier)
{
	struct buffer *own = &barrier->txn->scratch;

	txn_touch(barrier->txn, barrier->state);
	buffer_clear(own);
	barrier_state_encode(&barrier->now, own);
	return state_set_own(barrier->state, own);
}

int barrier_begin(struct scope *scope, const struct pks_object *object, enum touch touch, struct barrier *barrier_out)
{
	struct barrier barrier;
	int r = object_begin(scope, object, BASE_BARRIER, touch, &barrier.state);

	if (r != 0)
		return r;
	barrier.txn = scope->txn;
	if (barrier_state_decode((struct bytes){barrier.state->own, barrier.state->own_size}, &barrier.now) < 0)
		return scope_end(scope, error_set(PKS_ERR_CORRUPT, "%s: its state is damaged", object->path));
	*barrier_out = barrier;
	return 0;
}

/* ---- who waits ---- */

int barrier_line_up(struct barrier *barrier, const struct owner *owner, uint64_t *ticket_out)
{
	struct party party = {.owner = *owner, .since_ns = clock_wall()};

	party.number = *ticket_out = ++barrier->now.last_ticket;
	party.extra[BARRIER_GENERATION] = barrier->now.generation;
	return party_put(barrier->txn, barrier->state, PART_WAITING, &party);
}

bool barrier_awaits(const struct barrier *barrier, const struct party *party)
{
	return !barrier->now.broken && party->extra[BARRIER_GENERATION] == barrier->now.generation;
}

void barrier_wake(const struct barrier *barrier)
{
	int sleepers = barrier->state->count < INT32_MAX ? (int)barrier->state->count : INT32_MAX;

	if (sleepers)
		txn_post(barrier->txn, wake_turn(barrier->state->id, 0), 0, sleepers);
}

int barrier_has_dead(const struct barrier *barrier, bool *dead_out)
{
	struct party party;
	uint64_t from = 0;
	int r;

	*dead_out = false;
	while (!*dead_out &&
	       (r = party_first(barrier->txn, barrier->state, PART_WAITING, from, UINT64_MAX, &party)) == 0) {
		*dead_out = barrier_awaits(barrier, &party) && !owner_alive(&party.owner);
		from = party.number + 1;
	}
	return *dead_out || r == PKS_NOT_FOUND ? 0 : r;
}

int barrier_sweep(const struct barrier *barrier, bool *dead_out)
{
	struct party last;
	int r = 0;

	*dead_out = false;
	while (r == 0) {
		r = party_last(barrier->txn, barrier->state, PART_WAITING, 0, UINT64_MAX, &last);
		if (r != 0 || owner_alive(&last.owner))
			break;
		*dead_out = barrier_awaits(barrier, &last);
		if (*dead_out)
			break;
		r = party_leave(barrier->txn, barrier->state, &last);
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

int barrier_dismiss(const struct barrier *barrier, uint64_t generation)
{
	struct party party;
	uint64_t from = 0;
	int r;

	while ((r = party_first(barrier->txn, barrier->state, PART_WAITING, from, UINT64_MAX, &party)) == 0) {
		from = party.number + 1;
		if (party.extra[BARRIER_GENERATION] == generation || !owner_alive(&party.owner))
			r = party_leave(barrier->txn, barrier->state, &party);
		if (r < 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

int barrier_charge(const struct barrier *barrier, uint64_t ticket, struct party *party_out)
{
	int r = party_last(barrier->txn, barrier->state, PART_WAITING, 0, ticket, party_out);

	if (r == PKS_NOT_FOUND || (r == 0 && !barrier_awaits(barrier, party_out)))
		r = party_last(barrier->txn, barrier->state, PART_WAITING, 0, UINT64_MAX, party_out);
	return r;
}
