/* SPDX-License-Identifier: MIT */
#include "half.h"

#include <math.h>
#include <string.h>

#define HALF_SIGN UINT16_C(0x8000)
#define HALF_BITS 10        /* of the fraction */
#define HALF_BIAS 15
#define HALF_EXPONENT 31    /* of what is infinite, or no number */
#define HALF_LEAST (-14)    /* the exponent of the smallest number that is not a subnormal one */

#define DOUBLE_BITS 52
#define DOUBLE_BIAS 1023
#define DOUBLE_EXPONENT 0x7ff

double half_to_double(uint16_t half)
{
	int exponent = half >> HALF_BITS & HALF_EXPONENT, fraction = half & ((1 << HALF_BITS) - 1);
	double number;

	if (exponent == HALF_EXPONENT)
		number = fraction ? (double)NAN : (double)INFINITY;
	else if (exponent == 0)
		number = ldexp(fraction, HALF_LEAST - HALF_BITS);
	else
		number = ldexp(fraction + (1 << HALF_BITS), exponent - HALF_BIAS - HALF_BITS);
	return half & HALF_SIGN ? -number : number;
}

/* Its bits from `shift` on, rounded by those below. */
static uint64_t shift_and_round(uint64_t bits, int shift)
{
	uint64_t rest = bits & ((UINT64_C(1) << shift) - 1), middle = UINT64_C(1) << (shift - 1);
	uint64_t kept = bits >> shift;

	return kept + (rest > middle || (rest == middle && (kept & 1)));
}

/* Without its sign. A fraction that is rounded up to a whole carries into the exponent, at its end to infinity. */
static uint16_t half_magnitude(int exponent, uint64_t fraction)
{
	uint64_t whole = fraction | UINT64_C(1) << DOUBLE_BITS;
	int shift = DOUBLE_BITS - HALF_BITS;

	if (exponent > HALF_BIAS)
		return HALF_INFINITY;
	if (exponent < HALF_LEAST - HALF_BITS - 1) /* less than half of the smallest one */
		return 0;
	if (exponent < HALF_LEAST)
		return (uint16_t)shift_and_round(whole, shift + HALF_LEAST - exponent);
	return (uint16_t)(((unsigned)(exponent + HALF_BIAS - 1) << HALF_BITS) + shift_and_round(whole, shift));
}

uint16_t half_from_double(double number)
{
	uint64_t bits, fraction;
	uint16_t sign;
	int exponent;

	memcpy(&bits, &number, sizeof(bits));
	sign = bits >> 63 ? HALF_SIGN : 0;
	exponent = (int)(bits >> DOUBLE_BITS & DOUBLE_EXPONENT);
	fraction = bits & ((UINT64_C(1) << DOUBLE_BITS) - 1);
	if (exponent == DOUBLE_EXPONENT)
		return sign | (fraction ? HALF_NAN : HALF_INFINITY);
	return sign | half_magnitude(exponent - DOUBLE_BIAS, fraction);
}
