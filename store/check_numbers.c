/* SPDX-License-Identifier: MIT */
/*
 * A Value: one record, under no key. An Array: whole pieces, and no more than its length needs; that is told by its own
 * item, which nothing else tells: a header without it cannot be repaired.
 */
#include "array.h"
#include "check.h"

#include <inttypes.h>

static void value_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	(void)part;
	if (name.size > 0)
		check_find(object->check, PKS_CHECK_KEY, NULL, "a Value has one record, and this is not it");
	check_value(object->check, value);
}

const struct check_type check_cell = {
	.base = BASE_VALUE,
	.parts = 1u << PART_ITEM,
	.record = value_record,
};

static void array_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	struct array_form form;
	uint64_t piece;

	(void)part;
	if (!check_numbered(object, name, &piece) || array_form_read(&object->state, &form) < 0)
		return;
	if (piece > (form.length - 1) / form.per_piece)
		check_find(object->check, PKS_CHECK_KEY, NULL, "a piece behind the end of the Array");
	if (value.size != array_piece_size(&form))
		check_find(object->check, PKS_CHECK_CONTENT, NULL, "the piece has %zu bytes, not %zu", value.size,
		           array_piece_size(&form));
}

static void array_end(struct check_object *object)
{
	struct array_form form;
	struct key key;

	if (array_form_read(&object->state, &form) == 0) {
		object->right.count = form.length;
		return;
	}
	key_part(&key, object->id, PART_HEADER);
	object->check->key = key_bytes(&key);
	check_find(object->check, PKS_CHECK_HEADER, NULL, "the header does not say what it is an Array of");
	object->right.count = object->state.count;
}

const struct check_type check_array = {
	.base = BASE_ARRAY,
	.parts = 1u << PART_ITEM,
	.record = array_record,
	.end = array_end,
};
