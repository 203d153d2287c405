/* SPDX-License-Identifier: MIT */
/* Encodings written in hex, for the tests of values. */
#ifndef TESTS_UNIT_HEX_H
#define TESTS_UNIT_HEX_H

#include <pkstore/value.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	uint8_t *data, *end;
};

/* In memory of just their size: the sanitizer sees a read behind them. free() the data. */
static inline struct bytes hex(const char *digits)
{
	size_t size = strlen(digits) / 2;
	struct bytes bytes;

	bytes.data = malloc(size + (size == 0));
	bytes.end = bytes.data + size;
	for (size_t i = 0; i < size; i++) {
		unsigned byte;

		sscanf(digits + 2 * i, "%2x", &byte);
		bytes.data[i] = (uint8_t)byte;
	}
	return bytes;
}

/* A value with this encoding, unchecked; to be cleared. */
static inline struct pks_value hex_value(const char *digits)
{
	struct bytes bytes = hex(digits);

	return (struct pks_value){.data = bytes.data, .size = (size_t)(bytes.end - bytes.data), .owned = bytes.data};
}

/* The value has just this encoding; clears it. */
static inline void expect_hex(struct pks_value *value, const char *digits)
{
	struct pks_value expected = hex_value(digits);
	bool same = value->size == expected.size && memcmp(value->data, expected.data, expected.size) == 0;

	if (!same) {
		for (size_t i = 0; i < value->size; i++)
			fprintf(stderr, "%02x", ((const uint8_t *)value->data)[i]);
		fprintf(stderr, " is not %s\n", digits);
	}
	cr_expect(same, "not %s", digits);
	pks_value_clear(&expected);
	pks_value_clear(value);
}

#endif
