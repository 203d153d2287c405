/* SPDX-License-Identifier: MIT */
/* Putting values into queues. */
#include "base/error.h"
#include "queue.h"

#include <stdlib.h>

struct put {
	struct pks_object *queue;
	const struct pks_value *values;
	size_t count;
	int64_t priority;
	/* Of pks_queue_put_item(). */
	uint64_t deliveries;
	bool buried;
};

/* A PriorityQueue's key is the longer one; a number of deliveries is rare, and a few bytes. */
static uint64_t bytes_needed(const struct put *put, const struct state *state)
{
	size_t key = (queue_has_priorities(state) ? 2 : 1) * sizeof(uint64_t);
	uint64_t size = put->deliveries ? ITEM_HEAD_MAX : 0;

	for (size_t i = 0; i < put->count; i++)
		size += key + put->values[i].size;
	return size;
}

/* What will never fit must not be waited for. */
static int refuse_size(const struct state *state, const char *what, uint64_t size, uint64_t limit)
{
	return error_set(PKS_ERR_LIMIT, "%s: %llu %s at once will never fit its limit of %llu", state->path,
	                 (unsigned long long)size, what, (unsigned long long)limit);
}

static int check_room(const struct put *put, const struct state *state)
{
	size_t entries = put->buried ? 0 : put->count;
	uint64_t bytes = bytes_needed(put, state);

	if (state->limit && entries > state->limit)
		return refuse_size(state, "items", entries, state->limit);
	if (state->limit_bytes && bytes > state->limit_bytes)
		return refuse_size(state, "bytes", bytes, state->limit_bytes);
	return items_room(state, entries, bytes);
}

static int put_record(struct txn *txn, struct state *state, const struct put *put, struct bytes value,
                      uint64_t sequence)
{
	const struct queue_record record = {.value = value, .deliveries = put->deliveries};
	enum part part = put->buried ? PART_BURIED : PART_ITEM;
	struct buffer buffer = {0};
	struct key key;
	int r;

	queue_key(&key, state, part, put->priority, sequence);
	if (put->deliveries == 0)
		return items_put(txn, state, &key, value, NULL);
	queue_record_write(&buffer, part, &record);
	r = buffer.failed ? error_set(PKS_ERR_MEMORY, "out of memory")
	                  : items_put(txn, state, &key, (struct bytes){buffer.data, buffer.size}, NULL);
	buffer_release(&buffer);
	return r;
}

static int put_values(struct txn *txn, struct state *state, const struct put *put, const struct pks_value *values)
{
	struct queue_own own;
	int r = queue_own_read(state, &own);

	for (size_t i = 0; r == 0 && i < put->count; i++)
		r = put_record(txn, state, put, (struct bytes){values[i].data, values[i].size}, own.next + i);
	if (r < 0)
		return r;
	own.next += put->count;
	own.unfinished += put->count;
	if (put->buried)
		own.buried += put->count;
	else
		state->count += put->count;
	if (!put->buried)
		queue_wake_getters(txn, state, put->count);
	return queue_own_write(state, &own);
}

/* In a joined transaction all of them are held before the first is put: that may move what the others borrow. */
static int hold_and_put(struct scope *scope, struct state *state, const struct put *put)
{
	struct pks_value one = {0}, *held = put->count == 1 ? &one : calloc(put->count, sizeof(*held));
	int r = held ? 0 : error_set(PKS_ERR_MEMORY, "out of memory");

	for (size_t i = 0; r == 0 && i < put->count; i++)
		r = scope_hold(scope, &put->values[i], &held[i]);
	if (r == 0)
		r = put_values(scope->txn, state, put, held);
	for (size_t i = 0; held && i < put->count; i++)
		pks_value_clear(&held[i]);
	if (held != &one)
		free(held);
	return r;
}

static int put_all(struct scope *scope, struct state *state, const struct put *put)
{
	int r = check_room(put, state);

	if (r != 0)
		return r;
	txn_touch(scope->txn, state);
	return scope->own ? put_values(scope->txn, state, put, put->values) : hold_and_put(scope, state, put);
}

static int put_now(const struct put *put)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, put->queue, BASE_QUEUE, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, put_all(&scope, state, put));
	} while (scope_again(&scope, r));
	return r;
}

static int look_for_room(void *put)
{
	int r = put_now(put);

	return r == PKS_FULL ? PKS_TIMED_OUT : r;
}

/* Tries at once, so that a queue with room is put into inside a transaction, too. */
static int put_waiting(struct put *put, int timeout_ms)
{
	struct pks_object *queue = put->queue;
	int r = put_now(put);

	if (r != PKS_FULL || timeout_ms == 0)
		return r;
	r = waiting_check(queue->store);
	if (r == 0)
		r = waiting_for_turn(queue->store, queue_turn_of_putters(queue->id), look_for_room, put, timeout_ms);
	return r == PKS_TIMED_OUT ? error_tell(PKS_FULL, queue->path, "the queue is full") : r;
}

static int put_checked(struct put *put, int timeout_ms)
{
	int r = object_check(put->queue, BASE_QUEUE);

	if (r == 0 && put->count > 0 && !put->values)
		r = error_set(PKS_ERR_USAGE, "%s: the values are missing", put->queue->path);
	for (size_t i = 0; r == 0 && i < put->count; i++)
		r = object_check_value(put->queue, &put->values[i]);
	return r < 0 || put->count == 0 ? r : put_waiting(put, timeout_ms);
}

int pks_queue_put(struct pks_object *queue, const struct pks_value *value, int timeout_ms)
{
	return put_checked(&(struct put){.queue = queue, .values = value, .count = 1}, timeout_ms);
}

int pks_queue_putf(struct pks_object *queue, int timeout_ms, const char *format, ...)
{
	struct pks_value value = {0};
	va_list args;
	int r = object_check(queue, BASE_QUEUE);

	if (r < 0)
		return r;
	va_start(args, format);
	r = pks_value_vpack(&value, format, args);
	va_end(args);
	if (r == 0)
		r = pks_queue_put(queue, &value, timeout_ms);
	pks_value_clear(&value);
	return r;
}

int pks_queue_put_many(struct pks_object *queue, const struct pks_value *values, size_t count, int timeout_ms)
{
	return put_checked(&(struct put){.queue = queue, .values = values, .count = count}, timeout_ms);
}

int pks_queue_put_priority(struct pks_object *queue, int64_t priority, const struct pks_value *value, int timeout_ms)
{
	return pks_queue_put_many_priority(queue, priority, value, 1, timeout_ms);
}

int pks_queue_put_many_priority(struct pks_object *queue, int64_t priority, const struct pks_value *values,
                                size_t count, int timeout_ms)
{
	int r = layer_check(queue, "priorityqueue");

	if (r < 0)
		return r;
	return put_checked(&(struct put){.queue = queue, .values = values, .count = count, .priority = priority},
	                   timeout_ms);
}

int pks_queue_put_item(struct pks_object *queue, const struct pks_queue_item *item)
{
	int r = object_check(queue, BASE_QUEUE);

	if (r == 0 && !item)
		r = error_set(PKS_ERR_USAGE, "%s: the item is missing", queue->path);
	if (r < 0)
		return r;
	return put_checked(&(struct put){.queue = queue,
	                                 .values = &item->value,
	                                 .count = 1,
	                                 .priority = item->priority,
	                                 .deliveries = item->deliveries,
	                                 .buried = item->place == PKS_QUEUE_BURIED},
	                   0);
}
