/* SPDX-License-Identifier: MIT */
/*
 * A Value: one record at most, under no name. An Array: pieces of one size, of which any may be missing, and behind the
 * last number zeros. Written from FORMAT.md, not from the Array's own functions.
 */
#include "check.h"

#include "value.h"

#include <pkstore/array.h>

#include <inttypes.h>

static void value_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	if (name.size > 0)
		check_find(object->check, PKS_CHECK_KEY, NULL, "a Value has one record only, and this is not it");
	check_value(object->check, value);
}

const struct check_type check_cell = {.base = BASE_VALUE, .parts = 1u << PART_ITEM, .record = value_record};

/* ---- Array ---- */

/* The header's own element: never changed, so nothing else tells what it was. */
enum { OWN_TAG, OWN_LENGTH, OWN_PIECE, OWN_ELEMENTS };

struct shape {
	uint64_t length, piece; /* in numbers */
	size_t size;            /* of a number, in bytes */
};

static bool take_shape(const struct check_object *object, struct shape *shape_out)
{
	struct bytes own = {object->state.own, object->state.own_size};
	uint64_t numbers[OWN_ELEMENTS];
	enum pks_number number;
	bool big_endian;

	if (!check_list(own, "uuu", numbers) || !value_array_known(numbers[OWN_TAG], &number, &big_endian) ||
	    big_endian)
		return false;
	*shape_out = (struct shape){numbers[OWN_LENGTH], numbers[OWN_PIECE], pks_number_size(number)};
	return shape_out->length > 0 && shape_out->length <= PKS_ARRAY_SIZE_MAX / shape_out->size &&
	       shape_out->piece == engine_page_value(object->check->store->engine) / shape_out->size;
}

static bool all_zero(const uint8_t *at, const uint8_t *end)
{
	while (at < end && *at == 0)
		at++;
	return at == end;
}

/* Behind the Array's last number. */
static void check_rest(struct check_object *object, const struct shape *shape, uint64_t piece, struct bytes value)
{
	uint64_t numbers = shape->length - piece * shape->piece;
	const uint8_t *data = value.data;

	if (numbers < shape->piece && !all_zero(data + numbers * shape->size, data + value.size))
		check_find(object->check, PKS_CHECK_CONTENT, NULL,
		           "the piece has something behind the Array's last number");
}

static void array_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	struct shape shape;
	uint64_t piece;

	if (!check_numbered(object, name, &piece) || !take_shape(object, &shape))
		return;
	if (piece > (shape.length - 1) / shape.piece)
		check_find(object->check, PKS_CHECK_KEY, NULL, "the Array has no piece %" PRIu64, piece);
	else if (value.size != shape.piece * shape.size)
		check_find(object->check, PKS_CHECK_VALUE, NULL, "the piece has %zu bytes instead of %" PRIu64,
		           value.size, shape.piece * shape.size);
	else
		check_rest(object, &shape, piece, value);
}

static void array_end(struct check_object *object)
{
	struct shape shape;

	object->right.count = object->state.count;
	if (take_shape(object, &shape))
		object->right.count = shape.length;
	else
		check_find(object->check, PKS_CHECK_STATE, NULL, "the header's own element is not as it should be");
}

const struct check_type check_array = {
	.base = BASE_ARRAY,
	.keeps = true,
	.parts = 1u << PART_ITEM,
	.record = array_record,
	.end = array_end,
};
