/* SPDX-License-Identifier: MIT */
/*
 * Getting values out of queues.
 *
 * A get looks first, in a snapshot: most that find nothing need not become writers. Then it takes, in a write
 * transaction that looks again, as another may have been faster; then it has found nothing after all.
 *
 * Nobody is missed. A getter reads its wake word before it looks (wait.c). Each commit that makes an item ready (put,
 * release, kick, the return of what the dead held) posts as many wake-ups as items. One who is woken and is killed
 * before it takes, or finds that a getter who did not sleep was faster, leaves the item in the store: the next that
 * looks has it, and all who sleep look again within PKS_RECHECK_MS.
 *
 * When to look after the dead. An item must not stay with a holder that died, and to ask for each get whether all
 * holders live would cost more than the get. So: where items are reserved, at most every PKS_RECHECK_MS through one
 * handle, and always before a call's first answer that there is nothing, be it PKS_EMPTY or the beginning of a sleep. A
 * sleeper looks every PKS_RECHECK_MS, and so after the dead as well. Where a queue is never empty, an item of the dead
 * is late by PKS_RECHECK_MS at most, and then has its place before all that came behind it.
 */
#include "base/clock.h"
#include "base/error.h"
#include "queue.h"
#include "value.h"

#include <pkstore/wait.h>

#include <stdlib.h>

/* ---- looking ---- */

static bool is_dead_due(struct queue_take *take, const struct state *state)
{
	int64_t now = clock_monotonic(), before = atomic_load(&take->queue->looked_after);

	if (now - before < PKS_RECHECK_MS * CLOCK_NS_PER_MS && (state->count > 0 || take->looked))
		return false;
	atomic_store(&take->queue->looked_after, now);
	return true;
}

static int look_inside(struct scope *scope, struct state *state, struct queue_take *take, struct queue_dead *dead_out)
{
	struct queue_own own;
	int r = queue_own_read(state, &own);

	if (r == 0 && own.reserved > 0 && is_dead_due(take, state))
		r = queue_dead_find(scope->txn, state, dead_out);
	return r == 0 && state->count == 0 && dead_out->count == 0 ? PKS_EMPTY : r;
}

static int look_first(struct queue_take *take, struct queue_dead *dead_out)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, take->queue, BASE_QUEUE, LOOK, &state);

	return r != 0 ? r : scope_end(&scope, look_inside(&scope, state, take, dead_out));
}

/* ---- taking ---- */

static int take_inside(struct scope *scope, struct state *state, struct queue_take *take, const struct queue_dead *dead)
{
	int r = dead->count ? queue_dead_return(scope->txn, state, dead) : 0;

	if (r < 0)
		return r;
	return state->count > 0 ? take->take(scope, state, take) : PKS_EMPTY;
}

static int take_now(struct queue_take *take, const struct queue_dead *dead)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, take->queue, BASE_QUEUE, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, take_inside(&scope, state, take, dead));
		if (r != 0)
			take->undo(take);
	} while (scope_again(&scope, r));
	return r;
}

static int take_once(struct queue_take *take)
{
	struct queue_dead dead = {0};
	int r = look_first(take, &dead);

	if (r == 0)
		r = take_now(take, &dead);
	take->looked = true;
	return r;
}

static int look_for_item(void *take)
{
	int r = take_once(take);

	return r == PKS_EMPTY ? PKS_TIMED_OUT : r;
}

int queue_take(struct queue_take *take, int timeout_ms)
{
	struct pks_object *queue = take->queue;
	int r = take_once(take);

	if (r == PKS_EMPTY && timeout_ms != 0) {
		r = waiting_check(queue->store);
		if (r == 0)
			r = waiting_for_turn(queue->store, queue_turn_of_getters(queue->id), look_for_item, take,
			                     timeout_ms);
	}
	return r == PKS_EMPTY || r == PKS_TIMED_OUT ? error_tell(PKS_EMPTY, queue->path, "the queue is empty") : r;
}

/* ---- the order ---- */

static int inside(const struct state *state, struct bytes key, int r)
{
	struct key part;

	key_part(&part, state->id, PART_ITEM);
	return r == 0 && !key_begins(key, key_bytes(&part)) ? PKS_NOT_FOUND : r;
}

int queue_seek_first(struct engine_cursor *cursor, const struct state *state, struct bytes *key_out,
                     struct bytes *value_out)
{
	struct key part;
	int r;

	key_part(&part, state->id, queue_is_lifo(state) ? PART_ITEM + 1 : PART_ITEM);
	r = queue_is_lifo(state) ? engine_seek_before(cursor, key_bytes(&part), key_out, value_out)
	                         : engine_seek(cursor, key_bytes(&part), key_out, value_out);
	return inside(state, *key_out, r);
}

int queue_seek_next(struct engine_cursor *cursor, const struct state *state, struct bytes *key_out,
                    struct bytes *value_out)
{
	int r = queue_is_lifo(state) ? engine_prev(cursor, key_out, value_out)
	                             : engine_next(cursor, key_out, value_out);

	return inside(state, *key_out, r);
}

void queue_take_away(struct txn *txn, struct state *state, uint64_t items)
{
	txn_touch(txn, state);
	state->count -= items;
	queue_wake_putters(txn, state, items);
}

/* ---- get ---- */

struct get {
	struct queue_take take;
	struct pks_value *values;
	size_t max, count;
	const char *format; /* of pks_queue_getf(): the form that the value must have */
	va_list *args;
};

static void undo_get(struct queue_take *take)
{
	struct get *get = (struct get *)take;

	while (get->count > 0)
		pks_value_clear(&get->values[--get->count]);
}

/* Copies the value, whose memory is given up with the item. */
static int copy_value(struct get *get, const struct state *state, struct bytes bytes)
{
	struct pks_value *value = &get->values[get->count];
	struct queue_record record;
	int r;

	if (queue_record_read(bytes, PART_ITEM, &record) < 0)
		return queue_damaged(state);
	r = pks_value_copy(&(struct pks_value){.data = record.value.data, .size = record.value.size}, value);
	if (r < 0)
		return r;
	get->count++;
	r = get->format ? value_check_unpack(value, get->format, *get->args) : 0;
	return r == 0 ? 0 : error_about(r, "%s: the next item", state->path);
}

/* Copies what it can have; *first_out and *last_out are the keys of the ends of it, in the order in which it is had. */
static int copy_values(struct get *get, struct engine_cursor *cursor, const struct state *state, struct key *first_out,
                       struct key *last_out)
{
	uint64_t max = get->max < state->count ? get->max : state->count;
	struct bytes key, bytes;
	int r = queue_seek_first(cursor, state, &key, &bytes);

	if (r == 0)
		key_take(first_out, key);
	while (r == 0 && (r = copy_value(get, state, bytes)) == 0) {
		key_take(last_out, key);
		if (get->count == max)
			return 0;
		r = queue_seek_next(cursor, state, &key, &bytes);
	}
	return r == PKS_NOT_FOUND ? queue_damaged(state) : r;
}

/* One is by far the most frequent number; several lie side by side. */
static int remove_values(struct txn *txn, struct state *state, const struct get *get, const struct key *first,
                         const struct key *last)
{
	const struct key *low = queue_is_lifo(state) ? last : first;
	struct key behind = queue_is_lifo(state) ? *first : *last;

	if (get->count == 1)
		return items_del(txn, state, first);
	key_successor(&behind);
	return items_del_range(txn, state, low, &behind);
}

static int take_values(struct scope *scope, struct state *state, struct queue_take *take)
{
	struct get *get = (struct get *)take;
	struct engine_cursor *cursor;
	struct key first, last;
	int r = engine_cursor_open(scope->txn->engine, &cursor);

	if (r < 0)
		return r;
	r = copy_values(get, cursor, state, &first, &last);
	engine_cursor_close(cursor);
	if (r == 0)
		r = remove_values(scope->txn, state, get, &first, &last);
	if (r == 0)
		queue_take_away(scope->txn, state, get->count);
	return r;
}

static int get_checked(struct get *get, int timeout_ms)
{
	int r = object_check(get->take.queue, BASE_QUEUE);

	get->take.take = take_values;
	get->take.undo = undo_get;
	return r < 0 ? r : queue_take(&get->take, timeout_ms);
}

int pks_queue_get(struct pks_object *queue, int timeout_ms, struct pks_value *value_out)
{
	struct pks_value value = {0};
	struct get get = {.take.queue = queue, .values = &value, .max = 1};
	int r = get_checked(&get, timeout_ms);

	if (r == 0)
		*value_out = value;
	return r;
}

int pks_queue_get_many(struct pks_object *queue, struct pks_value *values, size_t max, int timeout_ms,
                       size_t *count_out)
{
	struct get get = {.take.queue = queue, .values = values, .max = max};
	int r = object_check(queue, BASE_QUEUE);

	if (r == 0 && (max == 0 || !values))
		r = error_set(PKS_ERR_USAGE, "%s: there is no room for what is to be got", queue->path);
	if (r == 0)
		r = get_checked(&get, timeout_ms);
	if (r == 0)
		*count_out = get.count;
	return r;
}

/* What is got is unpacked when it is certain that it is; whether it can be was seen before it was taken. */
static int get_unpacked(struct get *get, int timeout_ms)
{
	int r = get_checked(get, timeout_ms);

	if (r == 0)
		r = pks_value_vunpack(get->values, get->format, *get->args);
	pks_value_clear(get->values);
	return r;
}

int pks_queue_getf(struct pks_object *queue, int timeout_ms, const char *format, ...)
{
	struct pks_value value = {0};
	struct get get = {.take.queue = queue, .values = &value, .max = 1, .format = format};
	va_list args;
	int r = object_check(queue, BASE_QUEUE);

	if (r == 0 && !format)
		r = error_set(PKS_ERR_SYNTAX, "the format is missing");
	if (r == 0 && strpbrk(format, "Syv"))
		r = error_set(PKS_ERR_USAGE, "%s: the letters S, y and v borrow, and the item will be gone",
		              queue->path);
	if (r < 0)
		return r;
	va_start(args, format);
	get.args = &args;
	r = get_unpacked(&get, timeout_ms);
	va_end(args);
	return r;
}

/* ---- peek ---- */

static int peek(struct scope *scope, const struct state *state, struct pks_value *value_out)
{
	struct queue_record record;
	struct engine_cursor *cursor;
	struct bytes key, bytes;
	int r = engine_cursor_open(scope->txn->engine, &cursor);

	if (r < 0)
		return r;
	r = queue_seek_first(cursor, state, &key, &bytes);
	if (r == PKS_NOT_FOUND)
		r = error_tell(PKS_EMPTY, state->path, "the queue is empty");
	if (r == 0 && queue_record_read(bytes, PART_ITEM, &record) < 0)
		r = queue_damaged(state);
	if (r == 0)
		r = scope_lend(scope, record.value, value_out);
	engine_cursor_close(cursor);
	return r;
}

int pks_queue_peek(struct pks_object *queue, struct pks_value *value_out)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, queue, BASE_QUEUE, LOOK, &state);

	return r != 0 ? r : scope_end(&scope, peek(&scope, state, value_out));
}
