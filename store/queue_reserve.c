/* SPDX-License-Identifier: MIT */
/*
 * Reserving items of queues, and what becomes of a reservation.
 *
 * A reservation is known by the item's KEY and its number of deliveries: each reservation of an item raises that by
 * one, and it is kept until the item is gone. So who comes back with an old reservation, after its item was released
 * and is held again, even by the same process, is told so. The owner is the process, not the thread, and is compared,
 * too: after fork() the child, which copied it, cannot acknowledge what its parent holds.
 */
#include "base/clock.h"
#include "base/error.h"
#include "queue.h"

/* ---- reserve ---- */

struct reserve {
	struct queue_take take;
	struct proc self;
	struct pks_reservation reservation;
};

static void undo_reserve(struct queue_take *take)
{
	struct reserve *reserve = (struct reserve *)take;

	pks_value_clear(&reserve->reservation.value);
}

static int find_first(struct txn *txn, const struct state *state, struct key *key_out, struct queue_record *record_out)
{
	struct engine_cursor *cursor;
	struct bytes key, bytes;
	int r = engine_cursor_open(txn->engine, &cursor);

	if (r < 0)
		return r;
	r = queue_seek_first(cursor, state, &key, &bytes);
	if (r == PKS_NOT_FOUND || (r == 0 && queue_record_read(bytes, PART_ITEM, record_out) < 0))
		r = queue_damaged(state);
	if (r == 0)
		key_take(key_out, key);
	engine_cursor_close(cursor);
	return r;
}

static int note_reservation(struct reserve *reserve, const struct state *state, const struct key *key,
                            const struct queue_record *record)
{
	struct pks_reservation *to = &reserve->reservation;

	if (!queue_key_read(state, key_bytes(key), &to->priority, &to->sequence))
		return queue_damaged(state);
	to->deliveries = record->deliveries;
	return pks_value_copy(&(struct pks_value){.data = record->value.data, .size = record->value.size}, &to->value);
}

static int take_reserved(struct scope *scope, struct state *state, struct queue_take *take)
{
	struct reserve *reserve = (struct reserve *)take;
	struct queue_record record;
	struct queue_own own;
	struct key key;
	int r = queue_own_read(state, &own);

	if (r == 0)
		r = find_first(scope->txn, state, &key, &record);
	if (r < 0)
		return r;
	record.deliveries++;
	record.owner = reserve->self;
	record.since_ns = clock_wall();
	r = note_reservation(reserve, state, &key, &record);
	if (r == 0)
		r = queue_move(scope->txn, state, &key, PART_HELD, &record);
	if (r < 0)
		return r;
	own.reserved++;
	queue_take_away(scope->txn, state, 1);
	return queue_own_write(state, &own);
}

static int find_self(struct proc *self_out)
{
	struct owner owner;
	int r = owner_self(&owner);

	if (r == 0)
		*self_out = owner.proc;
	return r;
}

int pks_queue_reserve(struct pks_object *queue, int timeout_ms, struct pks_reservation *reservation_out)
{
	struct reserve reserve = {.take = {.queue = queue, .take = take_reserved, .undo = undo_reserve}};
	int r = object_check(queue, BASE_QUEUE);

	if (r == 0)
		r = find_self(&reserve.self);
	if (r == 0)
		r = queue_take(&reserve.take, timeout_ms);
	if (r == 0)
		*reservation_out = reserve.reservation;
	return r;
}

void pks_reservation_clear(struct pks_reservation *reservation)
{
	if (!reservation)
		return;
	pks_value_clear(&reservation->value);
	*reservation = (struct pks_reservation){0};
}

/* ---- ending it ---- */

enum end { ACK, RELEASE, BURY };

static int not_ours(const struct state *state, const struct pks_reservation *reservation)
{
	return error_set(PKS_ERR_STATE, "%s: the item %llu is not, or no more, reserved so by this process",
	                 state->path, (unsigned long long)reservation->sequence);
}

/* The record of the reservation, if it is the caller's. */
static int find_held(struct txn *txn, const struct state *state, const struct pks_reservation *reservation,
                     struct key *key_out, struct queue_record *record_out)
{
	struct bytes bytes;
	struct proc self;
	int r = find_self(&self);

	queue_key(key_out, state, PART_HELD, reservation->priority, reservation->sequence);
	if (r == 0)
		r = engine_get(txn->engine, key_bytes(key_out), &bytes);
	if (r == PKS_NOT_FOUND)
		return not_ours(state, reservation);
	if (r == 0 && queue_record_read(bytes, PART_HELD, record_out) < 0)
		r = queue_damaged(state);
	if (r == 0 && (record_out->deliveries != reservation->deliveries || !proc_equal(&record_out->owner, &self)))
		r = not_ours(state, reservation);
	return r;
}

static int end_held(struct txn *txn, struct state *state, struct key *key, const struct queue_record *record,
                    enum end end)
{
	if (end == ACK)
		return items_del(txn, state, key);
	if (end == BURY)
		return queue_move(txn, state, key, PART_BURIED, record);
	state->count++;
	queue_wake_getters(txn, state, 1);
	return queue_move(txn, state, key, PART_ITEM, record);
}

static int end_inside(struct txn *txn, struct state *state, const struct pks_reservation *reservation, enum end end)
{
	struct queue_record record;
	struct queue_own own;
	struct key key;
	int r = queue_own_read(state, &own);

	if (r == 0)
		r = find_held(txn, state, reservation, &key, &record);
	if (r < 0)
		return r;
	txn_touch(txn, state);
	r = end_held(txn, state, &key, &record, end);
	if (r < 0)
		return r;
	if (end == ACK && state->limit_bytes)
		queue_wake_putters(txn, state, 1);
	own.reserved -= own.reserved > 0;
	own.buried += end == BURY;
	own.unfinished -= end == ACK && own.unfinished > 0;
	return queue_own_write(state, &own);
}

static int end_reservation(struct pks_object *queue, const struct pks_reservation *reservation, enum end end)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_check(queue, BASE_QUEUE);

	if (r == 0 && !reservation)
		r = error_set(PKS_ERR_USAGE, "%s: the reservation is missing", queue->path);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, queue, BASE_QUEUE, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, end_inside(scope.txn, state, reservation, end));
	} while (scope_again(&scope, r));
	return r;
}

int pks_queue_ack(struct pks_object *queue, const struct pks_reservation *reservation)
{
	return end_reservation(queue, reservation, ACK);
}

int pks_queue_release(struct pks_object *queue, const struct pks_reservation *reservation)
{
	return end_reservation(queue, reservation, RELEASE);
}

int pks_queue_bury(struct pks_object *queue, const struct pks_reservation *reservation)
{
	return end_reservation(queue, reservation, BURY);
}

/* ---- kick ---- */

/* The first buried item. PKS_NOT_FOUND. */
static int find_buried(struct txn *txn, const struct state *state, struct key *key_out, struct queue_record *record_out)
{
	struct engine_cursor *cursor;
	struct bytes key, bytes;
	int r = engine_cursor_open(txn->engine, &cursor);

	if (r < 0)
		return r;
	key_part(key_out, state->id, PART_BURIED);
	r = engine_seek(cursor, key_bytes(key_out), &key, &bytes);
	if (r == 0 && !key_begins(key, key_bytes(key_out)))
		r = PKS_NOT_FOUND;
	if (r == 0 && queue_record_read(bytes, PART_BURIED, record_out) < 0)
		r = queue_damaged(state);
	if (r == 0)
		key_take(key_out, key);
	engine_cursor_close(cursor);
	return r;
}

static int kick(struct txn *txn, struct state *state, uint64_t max, uint64_t *kicked_out)
{
	struct queue_record record;
	struct queue_own own;
	struct key key;
	uint64_t kicked = 0;
	int r = queue_own_read(state, &own);

	for (; r == 0 && kicked < max && (r = find_buried(txn, state, &key, &record)) == 0; kicked++) {
		txn_touch(txn, state);
		r = queue_move(txn, state, &key, PART_ITEM, &record);
	}
	if (r < 0)
		return r;
	*kicked_out = kicked;
	if (kicked == 0)
		return 0;
	own.buried -= kicked < own.buried ? kicked : own.buried;
	state->count += kicked;
	queue_wake_getters(txn, state, kicked);
	return queue_own_write(state, &own);
}

int pks_queue_kick(struct pks_object *queue, uint64_t max, uint64_t *count_out)
{
	struct scope scope = {0};
	struct state *state;
	uint64_t kicked = 0;
	int r;

	do {
		r = object_begin(&scope, queue, BASE_QUEUE, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, kick(scope.txn, state, max, &kicked));
	} while (scope_again(&scope, r));
	if (r == 0 && count_out)
		*count_out = kicked;
	return r;
}
