/* SPDX-License-Identifier: MIT */
/*
 * Copying an object: one transaction, so that the copy is what its source was at one moment, and a copier that is
 * killed leaves nothing. What it dirties is what the copy takes, which PKS_OBJECT_COPY_MAX bounds.
 */
#include "base/error.h"
#include "catalog.h"
#include "base/cbor.h"
#include "items.h"
#include "layer.h"
#include "log_chunk.h"
#include "object.h"
#include "queue.h"

#include <inttypes.h>

struct copying {
	struct txn *txn;
	const struct state *from;
	struct state *to;
	const char *const *without;
	struct buffer key, value; /* of the record at hand: what the engine lends moves with the next change */
};

/* ---- what the type keeps beside the items ---- */

/* Nobody has taken anything from the copy: only what can be had, and what is buried, is in it. */
static int copy_queue(const struct copying *copying)
{
	struct queue_own own;
	int r = queue_own_read(copying->from, &own);

	if (r < 0)
		return r;
	own.unfinished = copying->from->count + own.buried;
	own.reserved = 0;
	return queue_own_write(copying->to, &own);
}

static int copy_verbatim(const struct copying *copying)
{
	memcpy(copying->to->own, copying->from->own, copying->from->own_size);
	copying->to->own_size = copying->from->own_size;
	return 0;
}

/* The own items of the types below are lists of numbers and booleans. */
#define OWN_ELEMENTS 8

struct own_list {
	struct item items[OWN_ELEMENTS];
	uint64_t count;
};

static int read_list(const struct state *state, struct own_list *list_out)
{
	const uint8_t *at = state->own, *end = at + state->own_size;
	struct item item;

	*list_out = (struct own_list){0};
	if (state->own_size == 0)
		return 0;
	if (item_read(at, end, &item) < 0 || item.type != ITEM_ARRAY || item.number > OWN_ELEMENTS)
		return error_set(PKS_ERR_CORRUPT, "%s: what its header keeps for its type is damaged", state->path);
	list_out->count = item.number;
	for (uint64_t i = 0; i < list_out->count; i++) {
		if (item_read(item.next, end, &item) < 0 || (item.type != ITEM_UINT && item.type != ITEM_BOOL))
			return error_set(PKS_ERR_CORRUPT, "%s: what its header keeps for its type is damaged",
			                 state->path);
		list_out->items[i] = item;
	}
	return 0;
}

static int write_list(struct state *state, const struct own_list *list)
{
	struct buffer own = {0};
	int r;

	if (list->count > 0)
		item_put_array(&own, list->count);
	for (uint64_t i = 0; i < list->count; i++) {
		if (list->items[i].type == ITEM_BOOL)
			item_put_bool(&own, list->items[i].number != 0);
		else
			item_put_uint(&own, list->items[i].number);
	}
	r = state_set_own(state, &own);
	buffer_release(&own);
	return r;
}

/* [value, initial, ...]: the permits that are held come back. */
static void free_semaphore(struct own_list *list)
{
	if (list->count > 1 && list->items[0].number < list->items[1].number)
		list->items[0].number = list->items[1].number;
}

/* [parties, ...]: a new meeting. */
static void free_barrier(struct own_list *list)
{
	for (uint64_t i = 1; i < list->count; i++)
		list->items[i].number = 0;
}

/* [duplex, opened, ...]: nobody has opened an end of it yet. */
static void free_pipe(struct own_list *list)
{
	if (list->count > 1)
		list->items[1].number = 0;
}

static int copy_freed(const struct copying *copying, void (*set_free)(struct own_list *list))
{
	struct own_list list;
	int r = read_list(copying->from, &list);

	if (r < 0)
		return r;
	set_free(&list);
	return write_list(copying->to, &list);
}

/* A list is the owner, and so on, of a lock: a new one has nothing. Else it is a Condition's reference to its lock. */
static int copy_lock(const struct copying *copying)
{
	struct item item;
	const uint8_t *own = copying->from->own;

	if (copying->from->own_size > 0 && item_read(own, own + copying->from->own_size, &item) == 0 &&
	    item.type != ITEM_ARRAY)
		return copy_verbatim(copying);
	return 0;
}

static int copy_own(const struct copying *copying)
{
	switch (copying->from->base) {
	case BASE_DICT:
	case BASE_LOG:
	case BASE_OBJECT:
	case BASE_VALUE:
	case BASE_ARRAY:
	case BASE_EVENT:
		return copy_verbatim(copying);
	case BASE_QUEUE:
		return copy_queue(copying);
	case BASE_LOCK:
	case BASE_CONDITION:
		return copy_lock(copying);
	case BASE_SEMAPHORE:
		return copy_freed(copying, free_semaphore);
	case BASE_BARRIER:
		return copy_freed(copying, free_barrier);
	case BASE_PIPE:
		return copy_freed(copying, free_pipe);
	default:
		return error_set(PKS_ERR_TYPE, "%s: a %s cannot be copied", copying->from->path,
		                 state_type_title(copying->from->type));
	}
}

/* What the count of a type like this one counts is who waits. */
static bool counts_waiters(enum base base)
{
	return base == BASE_LOCK || base == BASE_SEMAPHORE || base == BASE_EVENT || base == BASE_CONDITION ||
	       base == BASE_BARRIER;
}

/* Not its place in an index, and not what keeps it from being dropped: those are its layer's to give. */
static int copy_header(const struct copying *copying)
{
	const struct state *from = copying->from;
	struct state *to = copying->to;

	to->count = counts_waiters(from->base) ? 0 : from->count;
	to->first = from->first;
	to->cap = from->cap;
	to->limit = from->limit;
	to->limit_bytes = from->limit_bytes;
	to->unversioned = from->unversioned;
	strcpy(to->class, from->class);
	return copy_own(copying);
}

/* ---- records ---- */

static bool is_left_out(const struct copying *copying, enum part part, struct bytes name)
{
	for (const char *const *at = copying->without; part == PART_ATTRIBUTE && at && *at; at++)
		if (strlen(*at) == name.size && memcmp(*at, name.data, name.size) == 0)
			return true;
	return false;
}

static int put_record(struct copying *copying, enum part part)
{
	struct bytes name = {copying->key.data + KEY_OBJECT_SIZE, copying->key.size - KEY_OBJECT_SIZE};
	struct bytes value = {copying->value.data, copying->value.size};
	struct key key;

	if (is_left_out(copying, part, name))
		return 0;
	key_named(&key, copying->to->id, part, name.data, name.size);
	return items_put(copying->txn, copying->to, &key, value, NULL);
}

/* The first record of the part behind the one at hand, into memory of our own. PKS_NOT_FOUND. */
static int take_record(struct copying *copying, const struct key *prefix)
{
	struct bytes from = {copying->key.data, copying->key.size}, key, value;
	struct engine_cursor *cursor;
	int r = engine_cursor_open(copying->txn->engine, &cursor);

	if (r < 0)
		return r;
	r = engine_seek(cursor, from, &key, &value);
	engine_cursor_close(cursor);
	if (r == 0 && !key_begins(key, key_bytes(prefix)))
		r = PKS_NOT_FOUND;
	if (r != 0)
		return r;
	buffer_clear(&copying->key);
	buffer_clear(&copying->value);
	buffer_append(&copying->key, key.data, key.size);
	buffer_append(&copying->value, value.data, value.size);
	return copying->key.failed || copying->value.failed ? error_set(PKS_ERR_MEMORY, "out of memory") : 0;
}

static int copy_part(struct copying *copying, enum part part)
{
	struct key prefix;
	int r;

	key_part(&prefix, copying->from->id, part);
	buffer_clear(&copying->key);
	buffer_append(&copying->key, prefix.data, prefix.size);
	while ((r = take_record(copying, &prefix)) == 0) {
		r = put_record(copying, part);
		if (r < 0)
			return r;
		buffer_append(&copying->key, "", 1); /* the next possible key */
		if (copying->key.failed)
			return error_set(PKS_ERR_MEMORY, "out of memory");
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* What somebody has taken, and who waits, is between them and the source. */
static int copy_records(struct copying *copying)
{
	static const enum part parts[] = {PART_ATTRIBUTE, PART_METADATA, PART_ITEM, PART_BURIED};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(*parts); i++)
		r = copy_part(copying, parts[i]);
	buffer_release(&copying->key);
	buffer_release(&copying->value);
	return r;
}

/* ---- the whole ---- */

static int check(struct txn *txn, struct state *from, const char *path)
{
	uint64_t taken_by;
	int r = path ? catalog_find(txn, path, &taken_by) : PKS_NOT_FOUND;

	if (r == 0)
		return error_set(PKS_EXISTS, "%s: there already is an object at this path", path);
	if (r < 0)
		return r;
	r = log_tail_flush(txn, from);
	if (r == 0 && from->bytes > PKS_OBJECT_COPY_MAX)
		r = error_set(PKS_ERR_LIMIT, "%s: %" PRIu64 " bytes cannot be copied at once; the limit is %" PRIu64,
		              from->path, from->bytes, PKS_OBJECT_COPY_MAX);
	return r;
}

static int copy(struct scope *scope, struct state *from, const char *path, const char *const *without,
                struct pks_object **copy_out)
{
	struct copying copying = {.txn = scope->txn, .from = from, .without = without};
	int r = check(scope->txn, from, path);

	if (r == 0)
		r = catalog_create(scope->txn, path, from->type, &copying.to);
	if (r == 0)
		r = copy_header(&copying);
	if (r == 0)
		r = copy_records(&copying);
	if (r != 0)
		return r;
	*copy_out = object_handle(scope->store, copying.to);
	return *copy_out ? 0 : PKS_ERR_MEMORY;
}

struct pks_object *layer_copy(struct pks_object *object, const char *path, const char *const *without)
{
	struct pks_object *made = NULL;
	struct scope scope = {0};
	struct state *state;
	int r = path ? pks_path_check(path) : 0;

	if (r < 0)
		return NULL;
	do {
		pks_object_close(made);
		made = NULL;
		r = object_begin(&scope, object, BASE_ANY, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, copy(&scope, state, path, without, &made));
	} while (scope_again(&scope, r));
	if (r == 0)
		return made;
	pks_object_close(made);
	return NULL;
}
