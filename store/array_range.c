/* SPDX-License-Identifier: MIT */
/* Array: ranges. */
#include "array.h"
#include "base/error.h"
#include "base/cbor.h"
#include "value.h"

#include <pkstore/array.h>

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>

/* What a view shows of a piece that is not there: as much of it at a time. Never written to. */
#define ZEROS_SIZE 4096
static const _Alignas(16) uint8_t zeros[ZEROS_SIZE];

/* ---- reading ---- */

/* From the machine's order or ours into ours or the machine's; what is checked is the range. */
static int read_range(const struct scope *scope, const struct state *state, const struct array_form *form,
                      uint64_t first, uint64_t count, uint8_t *to, bool machine_order)
{
	struct array_span span;
	const uint8_t *data;
	int r = 0;

	while (r == 0 && array_next_span(form, &first, &count, &span)) {
		size_t size = span.count * form->size;

		r = array_piece_get(scope, state, form, span.piece, &data);
		if (r < 0)
			return r;
		if (!data)
			memset(to, 0, size);
		else if (machine_order)
			array_move(form, to, data + span.at * form->size, span.count);
		else
			memcpy(to, data + span.at * form->size, size);
		to += size;
	}
	return r;
}

int pks_array_read(struct pks_object *array, enum pks_number number, uint64_t first, uint64_t count, void *numbers)
{
	struct scope scope = {0};
	struct array_form form;
	struct state *state;
	int r = array_begin(&scope, array, LOOK, &state, &form);

	if (r != 0)
		return r;
	r = array_check_number(array, &form, number);
	if (r == 0)
		r = array_check_range(array, &form, first, count);
	if (r == 0)
		r = read_range(&scope, state, &form, first, count, numbers, true);
	return scope_end(&scope, r);
}

static int make_value(const struct scope *scope, const struct state *state, const struct array_form *form,
                      uint64_t first, uint64_t count, struct pks_value *value_out)
{
	struct buffer buffer = {0};
	uint8_t *room;
	int r;

	if (count > (PKS_VALUE_SIZE_MAX - 2 * ITEM_HEAD_MAX) / form->size)
		return error_set(PKS_ERR_LIMIT, "%s: a value of %" PRIu64 " numbers; the limit is %zu bytes",
		                 state->path, count, PKS_VALUE_SIZE_MAX);
	item_put_tag(&buffer, value_array_tag(form->number));
	room = item_put_bytes_room(&buffer, count * form->size);
	r = room ? read_range(scope, state, form, first, count, room, false)
	         : error_set(PKS_ERR_MEMORY, "out of memory");
	if (r == 0)
		*value_out = (struct pks_value){.data = buffer.data, .size = buffer.size, .owned = buffer.data};
	else
		buffer_release(&buffer);
	return r;
}

int pks_array_value(struct pks_object *array, uint64_t first, uint64_t count, struct pks_value *value_out)
{
	struct scope scope = {0};
	struct array_form form;
	struct state *state;
	int r = array_begin(&scope, array, LOOK, &state, &form);

	if (r != 0)
		return r;
	r = array_check_range(array, &form, first, count);
	if (r == 0)
		r = make_value(&scope, state, &form, first, count, value_out);
	return scope_end(&scope, r);
}

/* ---- looking at numbers where they are ---- */

static int view(const struct scope *scope, const struct state *state, const struct array_form *form, uint64_t first,
                const void **numbers_out, uint64_t *count_out)
{
	uint64_t left = form->length - first;
	struct array_span span;
	const uint8_t *data;
	int r;

	array_next_span(form, &first, &left, &span);
	r = array_piece_get(scope, state, form, span.piece, &data);
	if (r < 0)
		return r;
	if (data && (uintptr_t)data % form->size != 0)
		return error_set(PKS_ERR_CORRUPT, "%s: its piece %" PRIu64 " has no page of its own", state->path,
		                 span.piece);
	if (!data && span.count > ZEROS_SIZE / form->size)
		span.count = ZEROS_SIZE / form->size;
	*numbers_out = data ? data + span.at * form->size : zeros;
	*count_out = span.count;
	return 0;
}

int pks_array_view(struct pks_object *array, enum pks_number number, uint64_t first, const void **numbers_out,
                   uint64_t *count_out)
{
	struct scope scope = {0};
	struct array_form form;
	struct state *state;
	int r = array_begin(&scope, array, LOOK, &state, &form);

	if (r != 0)
		return r;
	if (scope.own)
		r = error_set(PKS_ERR_USAGE, "%s: a view borrows: it needs an open snapshot", array->path);
	else if (BYTE_ORDER == BIG_ENDIAN && form.size > 1)
		r = error_set(PKS_ERR_USAGE, "%s: this machine's order is not the stored one", array->path);
	if (r == 0)
		r = array_check_number(array, &form, number);
	if (r == 0)
		r = array_check_range(array, &form, first, 1);
	if (r == 0)
		r = view(&scope, state, &form, first, numbers_out, count_out);
	return scope_end(&scope, r);
}

/* ---- writing ---- */

/* What a range is to become: the numbers from `numbers` on, or `one` over and over; in the machine's order. */
struct filling {
	const uint8_t *numbers;
	const void *one;
};

static void fill_span(const struct array_form *form, const struct array_span *span, struct filling *filling,
                      uint8_t *piece)
{
	uint8_t *at = piece + span->at * form->size;

	if (filling->one) {
		for (size_t i = 0; i < span->count; i++)
			array_move(form, at + i * form->size, filling->one, 1);
		return;
	}
	array_move(form, at, filling->numbers, span->count);
	filling->numbers += span->count * form->size;
}

static int write_range(struct scope *scope, struct state *state, const struct array_form *form, uint64_t first,
                       uint64_t count, struct filling filling)
{
	uint8_t piece[ARRAY_PIECE_MAX];
	struct array_span span;
	int r = 0;

	while (r == 0 && array_next_span(form, &first, &count, &span)) {
		r = array_piece_copy(scope, state, form, span.piece, piece);
		if (r < 0)
			return r;
		fill_span(form, &span, &filling, piece);
		r = array_piece_put(scope, state, form, span.piece, piece);
	}
	return r;
}

static int write_checked(struct scope *scope, struct state *state, const struct array_form *form, uint64_t first,
                         uint64_t count, struct filling filling)
{
	int r = array_room(scope, state, form, first, count);

	if (r != 0 || count == 0)
		return r;
	txn_touch(scope->txn, state);
	return write_range(scope, state, form, first, count, filling);
}

int pks_array_write(struct pks_object *array, enum pks_number number, uint64_t first, uint64_t count,
                    const void *numbers)
{
	struct scope scope = {0};
	struct array_form form;
	struct state *state;
	int r;

	do {
		r = array_begin(&scope, array, CHECK_WRITE, &state, &form);
		if (r != 0)
			return r;
		r = array_check_number(array, &form, number);
		if (r == 0)
			r = array_check_range(array, &form, first, count);
		if (r == 0)
			r = write_checked(&scope, state, &form, first, count, (struct filling){.numbers = numbers});
		r = scope_end(&scope, r);
	} while (scope_again(&scope, r));
	return r;
}

/* ---- filling ---- */

/* Within one piece; what is not there is zero already. */
static int clear_part(struct scope *scope, struct state *state, const struct array_form *form, uint64_t first,
                      uint64_t count)
{
	const uint8_t *data;
	int r = array_piece_get(scope, state, form, first / form->per_piece, &data);

	return r == 0 && data ? write_range(scope, state, form, first, count, (struct filling){.one = zeros}) : r;
}

/*
 * The pieces that the range covers are removed, and only what is left of it at both ends is written: nothing grows, so
 * no limit is in the way. The zeros behind the last number belong to the range that ends with it.
 */
static int clear_range(struct scope *scope, struct state *state, const struct array_form *form, uint64_t first,
                       uint64_t count)
{
	uint64_t end = first + count, per = form->per_piece;
	uint64_t from = (first + per - 1) / per, to = end == form->length ? (end + per - 1) / per : end / per;
	struct key from_key, to_key;
	int r = 0;

	txn_touch(scope->txn, state);
	if (from > to) /* both ends are inside one piece */
		return clear_part(scope, state, form, first, count);
	if (first < from * per)
		r = clear_part(scope, state, form, first, from * per - first);
	if (r == 0 && to * per < end)
		r = clear_part(scope, state, form, to * per, end - to * per);
	if (r < 0 || from == to)
		return r;
	key_numbered(&from_key, state->id, PART_ITEM, from);
	key_numbered(&to_key, state->id, PART_ITEM, to);
	return items_del_range(scope->txn, state, &from_key, &to_key);
}

static int fill(struct scope *scope, const struct pks_object *array, struct state *state, const struct array_form *form,
                uint64_t first, uint64_t count, const struct pks_value *value)
{
	_Alignas(8) uint8_t number[8];
	int r = array_check_range(array, form, first, count);

	if (r == 0)
		r = array_number_get(array, form, value, number);
	if (r < 0 || count == 0)
		return r;
	if (memcmp(number, zeros, form->size) == 0)
		return clear_range(scope, state, form, first, count);
	return write_checked(scope, state, form, first, count, (struct filling){.one = number});
}

int pks_array_fill(struct pks_object *array, uint64_t first, uint64_t count, const struct pks_value *value)
{
	struct scope scope = {0};
	struct array_form form;
	struct state *state;
	int r = object_check(array, BASE_ARRAY);

	if (r == 0)
		r = object_check_value(array, value);
	if (r < 0)
		return r;
	do {
		r = array_begin(&scope, array, CHECK_WRITE, &state, &form);
		if (r == 0)
			r = scope_end(&scope, fill(&scope, array, state, &form, first, count, value));
	} while (scope_again(&scope, r));
	return r;
}

int pks_array_fillf(struct pks_object *array, uint64_t first, uint64_t count, const char *format, ...)
{
	struct pks_value value = {0};
	va_list args;
	int r = object_check(array, BASE_ARRAY);

	if (r < 0)
		return r;
	va_start(args, format);
	r = pks_value_vpack(&value, format, args);
	va_end(args);
	if (r == 0)
		r = pks_array_fill(array, first, count, &value);
	pks_value_clear(&value);
	return r;
}
