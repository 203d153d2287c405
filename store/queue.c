/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include "base/error.h"

#include <inttypes.h>
#include <limits.h>

/* ---- the own item ---- */

#define OWN_ELEMENTS 4

int queue_damaged(const struct state *state)
{
	return error_set(PKS_ERR_CORRUPT, "%s: the queue is damaged", state->path);
}

int queue_own_read(const struct state *state, struct queue_own *own_out)
{
	const uint8_t *at = state->own, *end = at + state->own_size;
	uint64_t numbers[OWN_ELEMENTS] = {0};
	struct item item;

	*own_out = (struct queue_own){0};
	if (state->own_size == 0)
		return 0;
	if (item_read(at, end, &item) < 0 || item.type != ITEM_ARRAY || item.number > OWN_ELEMENTS)
		return queue_damaged(state);
	at = item.next;
	for (uint64_t i = 0; i < item.number; i++)
		if (item_take_uint(&at, end, &numbers[i]) < 0)
			return queue_damaged(state);
	*own_out = (struct queue_own){numbers[0], numbers[1], numbers[2], numbers[3]};
	return 0;
}

int queue_own_write(struct state *state, const struct queue_own *own)
{
	const uint64_t numbers[OWN_ELEMENTS] = {own->next, own->unfinished, own->reserved, own->buried};
	unsigned count = OWN_ELEMENTS;
	struct buffer item = {0};
	int r;

	while (count > 0 && numbers[count - 1] == 0)
		count--;
	if (count > 0)
		item_put_array(&item, count);
	for (unsigned i = 0; i < count; i++)
		item_put_uint(&item, numbers[i]);
	r = state_set_own(state, &item);
	buffer_release(&item);
	return r;
}

/* ---- keys ---- */

/* A priority's sign bit, turned around: then the numbers sort as their bytes do. */
#define PRIORITY_SIGN (UINT64_C(1) << 63)

void queue_key(struct key *key, const struct state *state, enum part part, int64_t priority, uint64_t sequence)
{
	if (!queue_has_priorities(state)) {
		key_numbered(key, state->id, part, sequence);
		return;
	}
	key_numbered(key, state->id, part, (uint64_t)priority ^ PRIORITY_SIGN);
	key_put_u64(key->data + key->size, sequence);
	key->size += sizeof(sequence);
}

bool queue_key_read(const struct state *state, struct bytes key, int64_t *priority_out, uint64_t *sequence_out)
{
	const uint8_t *at = (const uint8_t *)key.data + KEY_OBJECT_SIZE;
	bool priorities = queue_has_priorities(state);

	if (key.size != KEY_OBJECT_SIZE + (priorities ? 2 : 1) * sizeof(uint64_t))
		return false;
	*priority_out = priorities ? (int64_t)(key_get_u64(at) ^ PRIORITY_SIGN) : 0;
	*sequence_out = key_get_u64(at + (priorities ? sizeof(uint64_t) : 0));
	return true;
}

/* ---- records ---- */

int queue_record_read(struct bytes bytes, enum part part, struct queue_record *record_out)
{
	const uint8_t *start = bytes.data, *end = start + bytes.size, *at = item_end_short(start, end);
	struct queue_record record = {0};
	int r = 0;

	if (!at)
		return PKS_ERR_CORRUPT;
	record.value = (struct bytes){start, (size_t)(at - start)};
	if (at < end || part == PART_HELD)
		r = item_take_uint(&at, end, &record.deliveries);
	if (r == 0 && part == PART_HELD)
		r = item_read_proc(at, end, &record.owner, &at);
	if (r == 0 && part == PART_HELD)
		r = item_take_uint(&at, end, &record.since_ns);
	if (r < 0 || at != end)
		return PKS_ERR_CORRUPT;
	*record_out = record;
	return 0;
}

void queue_record_write(struct buffer *buffer, enum part part, const struct queue_record *record)
{
	buffer_append(buffer, record->value.data, record->value.size);
	if (part == PART_HELD || record->deliveries > 0)
		item_put_uint(buffer, record->deliveries);
	if (part != PART_HELD)
		return;
	item_put_proc(buffer, &record->owner);
	item_put_uint(buffer, record->since_ns);
}

/* The record may point to the one that is deleted, so it is written to memory of its own first. */
int queue_move(struct txn *txn, struct state *state, struct key *key, enum part part, const struct queue_record *record)
{
	struct buffer buffer = {0};
	int r;

	queue_record_write(&buffer, part, record);
	r = buffer.failed ? error_set(PKS_ERR_MEMORY, "out of memory") : items_del(txn, state, key);
	if (r == PKS_NOT_FOUND)
		r = queue_damaged(state);
	queue_key_move(key, part);
	if (r == 0)
		r = items_put(txn, state, key, (struct bytes){buffer.data, buffer.size}, NULL);
	buffer_release(&buffer);
	return r;
}

/* ---- waking ---- */

static int sleepers(uint64_t items)
{
	return items < INT_MAX ? (int)items : INT_MAX;
}

void queue_wake_getters(struct txn *txn, const struct state *state, uint64_t items)
{
	txn_post(txn, queue_turn_of_getters(state->id), 0, sleepers(items));
}

void queue_wake_putters(struct txn *txn, const struct state *state, uint64_t items)
{
	if (items_limited(state))
		txn_post(txn, queue_turn_of_putters(state->id), 0, sleepers(items));
}

/* ---- the queue as a whole ---- */

static int init(struct txn *txn, struct state *state, const void *maxsize)
{
	state->limit = *(const uint64_t *)maxsize;
	return 0;
}

static struct pks_object *open_queue(struct pks_store *store, const char *path, const char *type, uint64_t maxsize,
                                     enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = type, .init = init, .arg = &maxsize}, mode);
}

struct pks_object *pks_queue_open(struct pks_store *store, const char *path, uint64_t maxsize, enum pks_mode mode)
{
	return open_queue(store, path, "queue", maxsize, mode);
}

struct pks_object *pks_lifoqueue_open(struct pks_store *store, const char *path, uint64_t maxsize, enum pks_mode mode)
{
	return open_queue(store, path, "lifoqueue", maxsize, mode);
}

struct pks_object *pks_priorityqueue_open(struct pks_store *store, const char *path, uint64_t maxsize,
                                          enum pks_mode mode)
{
	return open_queue(store, path, "priorityqueue", maxsize, mode);
}

int pks_queue_stats(struct pks_object *queue, struct pks_queue_stats *stats_out)
{
	struct scope scope = {0};
	struct queue_own own;
	struct state *state;
	int r = object_begin(&scope, queue, BASE_QUEUE, LOOK, &state);

	if (r != 0)
		return r;
	r = queue_own_read(state, &own);
	if (r == 0)
		*stats_out = (struct pks_queue_stats){.ready = state->count,
		                                      .reserved = own.reserved,
		                                      .buried = own.buried,
		                                      .unfinished = own.unfinished,
		                                      .maxsize = state->limit};
	return scope_end(&scope, r);
}

int pks_queue_count(struct pks_object *queue, uint64_t *count_out)
{
	struct pks_queue_stats stats;
	int r = pks_queue_stats(queue, &stats);

	if (r == 0)
		*count_out = stats.ready;
	return r;
}

/* A number that foreign writers have kept wrongly must not wrap around. */
static uint64_t less(uint64_t number, uint64_t by)
{
	return number > by ? number - by : 0;
}

static int clear(struct txn *txn, struct state *state)
{
	struct queue_own own;
	int r = queue_own_read(state, &own);

	if (r == 0)
		r = items_del_parts(txn, state, PART_ITEM, PART_ITEM + 1);
	if (r == 0)
		r = items_del_parts(txn, state, PART_BURIED, PART_BURIED + 1);
	if (r < 0)
		return r;
	queue_wake_putters(txn, state, state->count);
	own.unfinished = less(own.unfinished, state->count + own.buried);
	own.buried = 0;
	state->count = 0;
	return queue_own_write(state, &own);
}

int pks_queue_clear(struct pks_object *queue)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, queue, BASE_QUEUE, CHANGE, &state);
		if (r == 0)
			r = scope_end(&scope, clear(scope.txn, state));
	} while (scope_again(&scope, r));
	return r;
}

/* ---- what is done ---- */

static int finish(struct txn *txn, struct state *state, uint64_t count)
{
	struct queue_own own;
	int r = queue_own_read(state, &own);

	if (r == 0 && count > own.unfinished)
		r = error_set(PKS_ERR_STATE,
		              "%s: %" PRIu64 " items are said to be done, and %" PRIu64 " are unfinished", state->path,
		              count, own.unfinished);
	if (r < 0)
		return r;
	txn_touch(txn, state);
	own.unfinished -= count;
	return queue_own_write(state, &own);
}

int pks_queue_task_done(struct pks_object *queue, uint64_t count)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, queue, BASE_QUEUE, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, finish(scope.txn, state, count));
	} while (scope_again(&scope, r));
	return r;
}

static int look_unfinished(void *queue)
{
	struct pks_queue_stats stats;
	int r = pks_queue_stats(queue, &stats);

	return r == 0 && stats.unfinished > 0 ? PKS_TIMED_OUT : r;
}

int pks_queue_join(struct pks_object *queue, int timeout_ms)
{
	int r = object_check(queue, BASE_QUEUE);

	if (r == 0)
		r = waiting_check(queue->store);
	if (r < 0)
		return r;
	r = waiting_for_change(queue->store, wake_bit(queue->id), look_unfinished, queue, timeout_ms);
	return waiting_answer(queue, r, "not everything that was put in is done");
}
