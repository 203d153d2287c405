/* SPDX-License-Identifier: MIT */
/* Numeric arrays: byte strings under one of the tags 64 to 87 (RFC 8746). */
#include "value.h"

#include "base/error.h"

#include <endian.h>
#include <string.h>

#define ARRAY_TAG_FIRST 64
#define ARRAY_TAG_LAST 87
/* Whether a tag of more than one byte's numbers is of little-endian ones. */
#define ARRAY_TAG_LITTLE 0x04

/*
 * By tag. Left out: 76 (reserved), and 83 and 87 (128 bit floats), which have no type in C to copy them to.
 */
static const uint8_t array_numbers[ARRAY_TAG_LAST + 1 - ARRAY_TAG_FIRST] = {
	[64 - 64] = PKS_UINT8, [65 - 64] = PKS_UINT16, [66 - 64] = PKS_UINT32, [67 - 64] = PKS_UINT64,
	[68 - 64] = PKS_UINT8_CLAMPED, [80 - 64] = PKS_HALF, [84 - 64] = PKS_HALF,
	[69 - 64] = PKS_UINT16, [70 - 64] = PKS_UINT32, [71 - 64] = PKS_UINT64, [72 - 64] = PKS_INT8,
	[73 - 64] = PKS_INT16, [74 - 64] = PKS_INT32, [75 - 64] = PKS_INT64, [77 - 64] = PKS_INT16,
	[78 - 64] = PKS_INT32, [79 - 64] = PKS_INT64, [81 - 64] = PKS_FLOAT, [82 - 64] = PKS_DOUBLE,
	[85 - 64] = PKS_FLOAT, [86 - 64] = PKS_DOUBLE,
};

/* What each number takes, and the tag under which we write it: the little-endian one. */
static const struct {
	uint8_t size, tag;
	const char *name;
} array_forms[] = {
	[PKS_UINT8] = {1, 64, "uint8"},   [PKS_UINT16] = {2, 69, "uint16"}, [PKS_UINT32] = {4, 70, "uint32"},
	[PKS_UINT64] = {8, 71, "uint64"}, [PKS_INT8] = {1, 72, "int8"},     [PKS_INT16] = {2, 77, "int16"},
	[PKS_INT32] = {4, 78, "int32"},   [PKS_INT64] = {8, 79, "int64"},   [PKS_FLOAT] = {4, 85, "float"},
	[PKS_DOUBLE] = {8, 86, "double"}, [PKS_UINT8_CLAMPED] = {1, 68, "uint8clamped"}, [PKS_HALF] = {2, 84, "half"},
};

#define ARRAY_FORMS (sizeof(array_forms) / sizeof(array_forms[0]))

size_t pks_number_size(enum pks_number number)
{
	return (size_t)number < ARRAY_FORMS ? array_forms[number].size : 0;
}

const char *pks_number_name(enum pks_number number)
{
	return number && (size_t)number < ARRAY_FORMS ? array_forms[number].name : "unknown";
}

enum pks_number pks_number_named(const char *name)
{
	for (size_t i = PKS_UINT8; name && i < ARRAY_FORMS; i++)
		if (strcmp(name, array_forms[i].name) == 0)
			return (enum pks_number)i;
	return (enum pks_number)0;
}

bool value_array_is_real(enum pks_number number)
{
	return number == PKS_FLOAT || number == PKS_DOUBLE || number == PKS_HALF;
}

uint64_t value_array_tag(enum pks_number number)
{
	return (size_t)number < ARRAY_FORMS ? array_forms[number].tag : 0;
}

bool value_array_known(uint64_t tag, enum pks_number *number_out, bool *big_endian_out)
{
	enum pks_number number;

	if (tag < ARRAY_TAG_FIRST || tag > ARRAY_TAG_LAST || array_numbers[tag - ARRAY_TAG_FIRST] == 0)
		return false;
	number = (enum pks_number)array_numbers[tag - ARRAY_TAG_FIRST];
	*number_out = number;
	*big_endian_out = pks_number_size(number) > 1 && !(tag & ARRAY_TAG_LITTLE);
	return true;
}

static void array_turn(uint8_t *to, const uint8_t *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = from[size - 1 - i];
}

void value_array_move(void *to, const void *from, size_t count, size_t size, bool swap)
{
	uint8_t *target = to;
	const uint8_t *source = from;

	if (count == 0)
		return;
	if (!swap) {
		memcpy(target, source, count * size);
		return;
	}
	for (size_t i = 0; i < count; i++)
		array_turn(target + i * size, source + i * size, size);
}

int pks_value_array(const struct pks_value *value, enum pks_number *number_out, size_t *count_out,
                    const void **data_out, bool *big_endian_out)
{
	struct value_face face;
	enum pks_number number = (enum pks_number)0;
	bool big_endian = false;
	int r = value_expect(value, PKS_KIND_ARRAY, &face);

	if (r < 0)
		return r;
	value_array_known(face.tag, &number, &big_endian);
	if (number_out)
		*number_out = number;
	if (count_out)
		*count_out = face.item.number / pks_number_size(number);
	if (data_out)
		*data_out = face.item.data;
	if (big_endian_out)
		*big_endian_out = big_endian;
	return 0;
}

int pks_value_array_copy(const struct pks_value *value, enum pks_number number, size_t first, size_t count,
                         void *numbers)
{
	enum pks_number stored;
	size_t size, have;
	const void *data;
	bool big_endian;
	int r = pks_value_array(value, &stored, &have, &data, &big_endian);

	if (r < 0)
		return r;
	if (stored != number)
		return error_set(PKS_ERR_TYPE, "an array of other numbers");
	if (first > have || count > have - first)
		return error_set(PKS_ERR_RANGE, "an array of only %zu numbers", have);
	size = pks_number_size(number);
	value_array_move(numbers, (const uint8_t *)data + first * size, count, size,
	                 big_endian != (BYTE_ORDER == BIG_ENDIAN));
	return 0;
}
