/* SPDX-License-Identifier: MIT */
/* IEEE 754's 16-bit floats, which few C compilers have a type for: their bits, and doubles. */
#ifndef STORE_HALF_H
#define STORE_HALF_H

#include <stdint.h>

/* The one NaN that is written; HALF_INFINITY with the sign's bit is the negative one. */
#define HALF_NAN UINT16_C(0x7e00)
#define HALF_INFINITY UINT16_C(0x7c00)

/* Exact. */
double half_to_double(uint16_t half);
/* The nearest one, of two that are as near the even one; an infinite one for what is too large. */
uint16_t half_from_double(double number);

#endif
