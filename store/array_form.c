/* SPDX-License-Identifier: MIT */
/* Array: what it is an array of, and its pieces. */
#include "array.h"
#include "base/error.h"
#include "base/cbor.h"
#include "number_list.h"
#include "value.h"

#include <pkstore/array.h>

#include <inttypes.h>

/* ---- the own item: [tag, length, numbers in a piece] ---- */

#define FORM_ELEMENTS 3

static int damaged(const struct state *state)
{
	return error_set(PKS_ERR_CORRUPT, "%s: its header does not say what it is an Array of", state->path);
}

/* A tag under which we write: the byte order is no choice. */
static bool take_tag(uint64_t tag, struct array_form *form)
{
	bool big_endian;

	if (!value_array_known(tag, &form->number, &big_endian) || value_array_tag(form->number) != tag)
		return false;
	form->size = pks_number_size(form->number);
	return true;
}

static bool form_holds(const struct array_form *form)
{
	return form->length > 0 && form->length <= PKS_ARRAY_SIZE_MAX / form->size && form->per_piece > 0 &&
	       form->per_piece <= ARRAY_PIECE_MAX / form->size;
}

int array_form_read(const struct state *state, struct array_form *form_out)
{
	uint64_t numbers[FORM_ELEMENTS];

	if (number_list_read((struct bytes){state->own, state->own_size}, "uuu", numbers) < 0)
		return damaged(state);
	form_out->length = numbers[1];
	form_out->per_piece = numbers[2];
	return take_tag(numbers[0], form_out) && form_holds(form_out) ? 0 : damaged(state);
}

int array_form(const struct state *state, struct array_form *form_out)
{
	int r = array_form_read(state, form_out);

	return r == 0 && form_out->length != state->count ? damaged(state) : r;
}

/* ---- opening ---- */

struct wish {
	enum pks_number number;
	uint64_t length;
};

static int check_wish(const struct state *state, const struct wish *wish)
{
	size_t size = pks_number_size(wish->number);

	if (size == 0 || wish->length == 0)
		return error_set(PKS_ERR_USAGE, "%s: a new Array needs a type of numbers and a length", state->path);
	if (wish->length > PKS_ARRAY_SIZE_MAX / size)
		return error_set(PKS_ERR_LIMIT, "%s: an Array of %" PRIu64 " numbers; the limit is %" PRIu64,
		                 state->path, wish->length, PKS_ARRAY_SIZE_MAX / size);
	return 0;
}

static int make(struct txn *txn, struct state *state, const void *arg)
{
	const struct wish *wish = arg;
	int r = check_wish(state, wish);

	if (r < 0)
		return r;
	state->count = wish->length;
	buffer_clear(&txn->scratch);
	item_put_array(&txn->scratch, FORM_ELEMENTS);
	item_put_uint(&txn->scratch, value_array_tag(wish->number));
	item_put_uint(&txn->scratch, wish->length);
	item_put_uint(&txn->scratch, engine_page_value(txn->store->engine) / pks_number_size(wish->number));
	return state_set_own(state, &txn->scratch);
}

static int check_form(struct pks_object *array, const struct wish *wish)
{
	struct scope scope = {0};
	struct array_form form;
	struct state *state;
	int r = array_begin(&scope, array, LOOK, &state, &form);

	if (r != 0)
		return r;
	if (wish->number)
		r = array_check_number(array, &form, wish->number);
	if (r == 0 && wish->length && wish->length != form.length)
		r = error_set(PKS_ERR_RANGE, "%s: has %" PRIu64 " numbers, not %" PRIu64, array->path, form.length,
		              wish->length);
	return scope_end(&scope, r);
}

struct pks_object *pks_array_open(struct pks_store *store, const char *path, enum pks_number number, uint64_t length,
                                  enum pks_mode mode)
{
	struct wish wish = {number, length};
	struct pks_object *array = object_open(store, path, &(struct object_kind){"array", make, &wish}, mode);

	if (!array || check_form(array, &wish) == 0)
		return array;
	pks_object_close(array);
	return NULL;
}

int array_begin(struct scope *scope, const struct pks_object *array, enum touch touch, struct state **state_out,
                struct array_form *form_out)
{
	int r = object_begin(scope, array, BASE_ARRAY, touch, state_out);

	if (r != 0)
		return r;
	r = array_form(*state_out, form_out);
	return r < 0 ? scope_end(scope, r) : 0;
}

int pks_array_type(struct pks_object *array, enum pks_number *number_out, uint64_t *length_out)
{
	struct scope scope = {0};
	struct array_form form;
	struct state *state;
	int r = array_begin(&scope, array, LOOK, &state, &form);

	if (r != 0)
		return r;
	if (number_out)
		*number_out = form.number;
	if (length_out)
		*length_out = form.length;
	return scope_end(&scope, 0);
}

/* ---- checks ---- */

int array_check_range(const struct pks_object *array, const struct array_form *form, uint64_t first, uint64_t count)
{
	if (first <= form->length && count <= form->length - first)
		return 0;
	return error_set(PKS_ERR_RANGE, "%s: numbers %" PRIu64 " to %" PRIu64 " of only %" PRIu64, array->path, first,
	                 first + count, form->length);
}

int array_check_number(const struct pks_object *array, const struct array_form *form, enum pks_number number)
{
	if (number == form->number)
		return 0;
	if (pks_number_size(number) == 0)
		return error_set(PKS_ERR_USAGE, "%s: %d is no type of numbers", array->path, (int)number);
	return error_set(PKS_ERR_TYPE, "%s: is an Array of %s, not of %s", array->path, pks_number_name(form->number),
	                 pks_number_name(number));
}

/* ---- pieces ---- */

bool array_next_span(const struct array_form *form, uint64_t *first, uint64_t *left, struct array_span *span_out)
{
	uint64_t at = *first % form->per_piece, room = form->per_piece - at;

	if (*left == 0)
		return false;
	span_out->piece = *first / form->per_piece;
	span_out->at = at;
	span_out->count = *left < room ? *left : room;
	*first += span_out->count;
	*left -= span_out->count;
	return true;
}

int array_piece_get(const struct scope *scope, const struct state *state, const struct array_form *form,
                    uint64_t piece, const uint8_t **data_out)
{
	struct bytes bytes;
	struct key key;
	int r;

	key_numbered(&key, state->id, PART_ITEM, piece);
	r = engine_get(scope->txn->engine, key_bytes(&key), &bytes);
	if (r < 0)
		return r;
	if (r == 0 && bytes.size != array_piece_size(form))
		return error_set(PKS_ERR_CORRUPT, "%s: its piece %" PRIu64 " has %zu bytes, not %zu", state->path,
		                 piece, bytes.size, array_piece_size(form));
	*data_out = r == 0 ? bytes.data : NULL;
	return 0;
}

int array_piece_copy(const struct scope *scope, const struct state *state, const struct array_form *form,
                     uint64_t piece, uint8_t *copy_out)
{
	const uint8_t *data;
	int r = array_piece_get(scope, state, form, piece, &data);

	if (r < 0)
		return r;
	if (data)
		memcpy(copy_out, data, array_piece_size(form));
	else
		memset(copy_out, 0, array_piece_size(form));
	return 0;
}

int array_piece_put(struct scope *scope, struct state *state, const struct array_form *form, uint64_t piece,
                    const uint8_t *data)
{
	struct key key;

	key_numbered(&key, state->id, PART_ITEM, piece);
	return items_put(scope->txn, state, &key, (struct bytes){data, array_piece_size(form)}, NULL);
}

int array_room(const struct scope *scope, const struct state *state, const struct array_form *form, uint64_t first,
               uint64_t count)
{
	struct array_span span;
	uint64_t missing = 0;
	const uint8_t *data;
	int r = 0;

	if (!items_limited(state))
		return 0;
	while (r == 0 && array_next_span(form, &first, &count, &span)) {
		r = array_piece_get(scope, state, form, span.piece, &data);
		missing += r == 0 && !data;
	}
	return r < 0 ? r : items_room(state, 0, missing * (sizeof(uint64_t) + array_piece_size(form)));
}
