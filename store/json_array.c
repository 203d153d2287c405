/* SPDX-License-Identifier: MIT */
/* The numbers of arrays, one by one. */
#include "half.h"
#include "json.h"
#include "value.h"

#include <math.h>
#include <string.h>

/* The one NaN that "nan" is read as. */
#define ARRAY_NAN_FLOAT UINT32_C(0x7fc00000)
#define ARRAY_NAN_DOUBLE UINT64_C(0x7ff8000000000000)

/* A number's bytes are at any address: they are copied in here first. */
union array_cell {
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int8_t i8;
	int16_t i16;
	int32_t i32;
	int64_t i64;
	float real32;
	double real64;
};

/* ---- loading ---- */

static struct json_number array_unsigned(uint64_t number)
{
	return (struct json_number){.magnitude = number};
}

static struct json_number array_signed(int64_t number)
{
	return (struct json_number){.negative = number < 0,
	                            .magnitude = number < 0 ? -(uint64_t)number : (uint64_t)number};
}

static struct json_number array_real(double number)
{
	return (struct json_number){.is_real = true, .real = number};
}

static struct json_number array_number(enum pks_number type, const union array_cell *cell)
{
	switch (type) {
	case PKS_UINT8:
	case PKS_UINT8_CLAMPED:
		return array_unsigned(cell->u8);
	case PKS_UINT16:
		return array_unsigned(cell->u16);
	case PKS_UINT32:
		return array_unsigned(cell->u32);
	case PKS_UINT64:
		return array_unsigned(cell->u64);
	case PKS_INT8:
		return array_signed(cell->i8);
	case PKS_INT16:
		return array_signed(cell->i16);
	case PKS_INT32:
		return array_signed(cell->i32);
	case PKS_INT64:
		return array_signed(cell->i64);
	case PKS_HALF:
		return array_real(half_to_double(cell->u16));
	case PKS_FLOAT:
		return array_real((double)cell->real32);
	default:
		return array_real(cell->real64);
	}
}

void json_array_load(enum pks_number type, const void *from, struct json_number *number_out)
{
	union array_cell cell;

	memcpy(&cell, from, pks_number_size(type));
	*number_out = array_number(type, &cell);
}

bool json_array_odd_nan(enum pks_number type, const void *from)
{
	union array_cell cell;

	memcpy(&cell, from, pks_number_size(type));
	if (type == PKS_HALF)
		return isnan(half_to_double(cell.u16)) && cell.u16 != HALF_NAN;
	if (type == PKS_FLOAT)
		return isnan(cell.real32) && cell.u32 != ARRAY_NAN_FLOAT;
	return type == PKS_DOUBLE && isnan(cell.real64) && cell.u64 != ARRAY_NAN_DOUBLE;
}

/* ---- storing ---- */

static double array_to_double(const struct json_number *number)
{
	if (number->is_real)
		return number->real;
	return number->negative ? -(double)number->magnitude : (double)number->magnitude;
}

static int array_store_real(enum pks_number type, const struct json_number *number, union array_cell *cell)
{
	double real = array_to_double(number);

	if (isnan(real)) {
		cell->u64 = ARRAY_NAN_DOUBLE;
		if (type == PKS_FLOAT)
			cell->u32 = ARRAY_NAN_FLOAT;
		if (type == PKS_HALF)
			cell->u16 = HALF_NAN;
		return 0;
	}
	if (type == PKS_HALF) {
		cell->u16 = half_from_double(real);
		return isinf(half_to_double(cell->u16)) && !isinf(real) ? PKS_ERR_RANGE : 0;
	}
	if (type == PKS_DOUBLE) {
		cell->real64 = real;
		return 0;
	}
	cell->real32 = (float)real;
	return isinf(cell->real32) && !isinf(real) ? PKS_ERR_RANGE : 0;
}

/* The largest magnitude that fits: of n bits without a sign 2^n - 1, with one 2^(n-1) - 1, or 2^(n-1) below zero. */
static uint64_t array_bound(enum pks_number type, bool negative)
{
	unsigned bits = (unsigned)(8 * pks_number_size(type));
	uint64_t all = UINT64_MAX >> (64 - bits);

	if (type <= PKS_UINT64 || type == PKS_UINT8_CLAMPED)
		return negative ? 0 : all;
	return (all >> 1) + negative;
}

static int array_store_integer(enum pks_number type, const struct json_number *number, union array_cell *cell)
{
	uint64_t bits = number->negative ? -number->magnitude : number->magnitude;
	uint64_t bound = array_bound(type, number->negative);

	if (number->is_real)
		return PKS_ERR_TYPE;
	if (number->magnitude > bound && type != PKS_UINT8_CLAMPED)
		return PKS_ERR_RANGE;
	if (number->magnitude > bound)
		bits = bound;
	switch (pks_number_size(type)) {
	case sizeof(uint8_t):
		cell->u8 = (uint8_t)bits;
		break;
	case sizeof(uint16_t):
		cell->u16 = (uint16_t)bits;
		break;
	case sizeof(uint32_t):
		cell->u32 = (uint32_t)bits;
		break;
	default:
		cell->u64 = bits;
	}
	return 0;
}

int json_array_store(enum pks_number type, const struct json_number *number, void *to)
{
	union array_cell cell;
	int r = value_array_is_real(type) ? array_store_real(type, number, &cell)
	                                  : array_store_integer(type, number, &cell);

	if (r == 0)
		memcpy(to, &cell, pks_number_size(type));
	return r;
}
