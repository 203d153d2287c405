/* SPDX-License-Identifier: MIT */
/* Log: appending, trimming, reading one entry. */
#include "base/error.h"
#include "items.h"
#include "log_chunk.h"
#include "object.h"

#include <pkstore/log.h>

#include <stdlib.h>

/* ---- appending ---- */

/* Every two chunks hold more than LOG_CHUNK_SIZE bytes, and each has its position in its key. */
static uint64_t bytes_needed(uint64_t size)
{
	return size + sizeof(uint64_t) * (2 + 2 * size / LOG_CHUNK_SIZE);
}

/*
 * Before any of them is appended, as a call that finds no room changes nothing. A Log that drops its oldest entries in
 * time never has too many.
 */
static int make_ready(struct txn *txn, struct state *state, uint64_t entries, uint64_t size)
{
	bool drops = state->cap && state->cap <= state->limit;
	int r = items_limited(state) ? log_tail_flush(txn, state) : 0; /* counts what it has gathered */

	if (r == 0)
		r = items_room(state, drops ? 0 : entries, bytes_needed(size));
	if (r == 0)
		txn_touch(txn, state);
	return r;
}

static uint64_t total_size(const struct pks_value *values, size_t count)
{
	uint64_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += values[i].size;
	return size;
}

static int append_all(struct scope *scope, struct state *state, const struct pks_value *values, size_t count)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = log_tail_append(scope->txn, state, (struct bytes){values[i].data, values[i].size});
	return r;
}

/* All of them are held before the first is appended: that may move what the others borrow. */
static int hold_and_append(struct scope *scope, struct state *state, const struct pks_value *values, size_t count)
{
	struct pks_value one = {0}, *held = count == 1 ? &one : calloc(count, sizeof(*held));
	int r = held ? 0 : error_set(PKS_ERR_MEMORY, "out of memory");

	if (r == 0)
		r = make_ready(scope->txn, state, count, total_size(values, count));
	for (size_t i = 0; r == 0 && i < count; i++)
		r = scope_hold(scope, &values[i], &held[i]);
	if (r == 0)
		r = append_all(scope, state, held, count);
	for (size_t i = 0; held && i < count; i++)
		pks_value_clear(&held[i]);
	if (held != &one)
		free(held);
	return r;
}

int pks_log_extend(struct pks_object *log, const struct pks_value *values, size_t count)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_check(log, BASE_LOG);

	for (size_t i = 0; r == 0 && i < count; i++)
		r = object_check_value(log, &values[i]);
	if (r < 0 || count == 0)
		return r;
	do {
		r = object_begin(&scope, log, BASE_LOG, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, hold_and_append(&scope, state, values, count));
	} while (scope_again(&scope, r));
	return r;
}

int pks_log_append(struct pks_object *log, const struct pks_value *value)
{
	return pks_log_extend(log, value, 1);
}

int pks_log_appendf(struct pks_object *log, const char *format, ...)
{
	struct pks_value value = {0};
	va_list args;
	int r = object_check(log, BASE_LOG);

	if (r < 0)
		return r;
	va_start(args, format);
	r = pks_value_vpack(&value, format, args);
	va_end(args);
	if (r == 0)
		r = pks_log_append(log, &value);
	pks_value_clear(&value);
	return r;
}

static int append_list(struct scope *scope, struct state *state, const struct pks_value *list)
{
	struct pks_value_iter elements;
	struct pks_value held, element;
	size_t count;
	int r = pks_value_count(list, &count);

	if (r == 0)
		r = make_ready(scope->txn, state, count, list->size);
	if (r != 0)
		return r;
	r = scope_hold(scope, list, &held);
	if (r == 0)
		r = pks_value_iter_init(&elements, &held);
	while (r == 0 && (r = pks_value_next(&elements, NULL, &element)) == 0)
		r = append_all(scope, state, &element, 1);
	pks_value_clear(&held);
	return r == PKS_END ? 0 : r;
}

int pks_log_extend_list(struct pks_object *log, const struct pks_value *list)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_check(log, BASE_LOG);

	if (r == 0)
		r = object_check_value(log, list);
	if (r == 0 && pks_value_kind(list) != PKS_KIND_LIST)
		r = error_set(PKS_ERR_TYPE, "%s: a Log is extended with a list", log->path);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, log, BASE_LOG, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, append_list(&scope, state, list));
	} while (scope_again(&scope, r));
	return r;
}

/* ---- reading ---- */

/* The entry's bytes, in the transaction's memory. PKS_NOT_FOUND. */
static int read_entry(struct txn *txn, struct state *state, uint64_t position, struct bytes *entry_out)
{
	struct engine_cursor *cursor;
	struct log_place place;
	const uint8_t *end = NULL;
	int r = txn->write ? log_tail_flush(txn, state) : 0;

	if (r == 0)
		r = engine_cursor_open(txn->engine, &cursor);
	if (r < 0)
		return r;
	r = log_place_find(cursor, state, position, &place);
	engine_cursor_close(cursor);
	if (r == 0)
		end = log_place_entry_end(&place, state->path);
	if (r < 0 || !end)
		return r < 0 ? r : PKS_ERR_CORRUPT;
	*entry_out = (struct bytes){place.at, (size_t)(end - place.at)};
	return 0;
}

static int read_index(struct txn *txn, struct state *state, int64_t index, struct bytes *entry_out)
{
	uint64_t back = index < 0 ? 0 - (uint64_t)index : 0;

	if (index < 0 ? back > state->count : (uint64_t)index >= state->count)
		return error_set(PKS_NOT_FOUND, "%s: there is no entry %lld", state->path, (long long)index);
	return read_entry(txn, state, state->first + (index < 0 ? state->count - back : (uint64_t)index), entry_out);
}

int pks_log_get(struct pks_object *log, int64_t index, struct pks_value *value_out)
{
	struct scope scope = {0};
	struct state *state;
	struct bytes entry;
	int r = object_begin(&scope, log, BASE_LOG, LOOK, &state);

	if (r != 0)
		return r;
	r = read_index(scope.txn, state, index, &entry);
	if (r == 0)
		r = scope_lend(&scope, entry, value_out);
	return scope_end(&scope, r);
}

int pks_log_getf(struct pks_object *log, int64_t index, const char *format, ...)
{
	struct scope scope = {0};
	struct state *state;
	struct bytes entry;
	va_list args;
	int r = object_begin(&scope, log, BASE_LOG, LOOK, &state);

	if (r != 0)
		return r;
	r = read_index(scope.txn, state, index, &entry);
	va_start(args, format);
	if (r == 0) {
		r = scope_unpack(&scope, entry, format, args);
		if (r != 0)
			error_about(r, "%s: entry %lld", log->path, (long long)index);
	}
	va_end(args);
	return scope_end(&scope, r);
}

int pks_log_positions(struct pks_object *log, uint64_t *first_out, uint64_t *next_out)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, log, BASE_LOG, LOOK, &state);

	if (r != 0)
		return r;
	if (first_out)
		*first_out = state->first;
	if (next_out)
		*next_out = state->first + state->count;
	return scope_end(&scope, 0);
}

int pks_log_count(struct pks_object *log, uint64_t *count_out)
{
	uint64_t first, next;
	int r = pks_log_positions(log, &first, &next);

	if (r == 0)
		*count_out = next - first;
	return r;
}

/* ---- trimming ---- */

/* With nothing left, the last chunk goes, too: its entries are all before the next position. */
static int trim(struct txn *txn, struct state *state, uint64_t keep)
{
	int r;

	if (keep >= state->count)
		return 0;
	txn_touch(txn, state);
	r = log_tail_flush(txn, state);
	if (r < 0)
		return r;
	state->first += state->count - keep;
	state->count = keep;
	if (keep > 0)
		return log_chunks_trim(txn, state);
	log_tail_reset(state);
	return items_del_parts(txn, state, PART_ITEM, PART_ITEM + 1);
}

int pks_log_trim(struct pks_object *log, uint64_t keep)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, log, BASE_LOG, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, trim(scope.txn, state, keep));
	} while (scope_again(&scope, r));
	return r;
}

int pks_log_clear(struct pks_object *log)
{
	return pks_log_trim(log, 0);
}

static int set_cap(struct txn *txn, struct state *state, uint64_t entries)
{
	txn_touch(txn, state);
	state->cap = entries;
	return entries ? trim(txn, state, entries) : 0;
}

int pks_log_set_cap(struct pks_object *log, uint64_t entries)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, log, BASE_LOG, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, set_cap(scope.txn, state, entries));
	} while (scope_again(&scope, r));
	return r;
}

int pks_log_cap(struct pks_object *log, uint64_t *entries_out)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, log, BASE_LOG, LOOK, &state);

	if (r != 0)
		return r;
	*entries_out = state->cap;
	return scope_end(&scope, 0);
}
