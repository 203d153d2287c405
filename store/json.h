/* SPDX-License-Identifier: MIT */
/*
 * What the files about JSON share. json_read.c and json_write.c are the doors to cJSON, which has only doubles for
 * numbers and only C strings: what these cannot hold goes around it, as text in a map of one '$' key.
 */
#ifndef STORE_JSON_H
#define STORE_JSON_H

#include "value.h"

#include "base/buffer.h"

#include <pkstore/json.h>

/* ---- the text, before cJSON sees it ---- */

/*
 * How deep JSON may be nested: a map whose keys are not text takes three levels for one of the value's, and the numbers
 * of an array at the bottom three more. cJSON recurses, and stops at 1,000 by itself.
 */
#define JSON_DEPTH_MAX (3 * PKS_VALUE_DEPTH_MAX + 3)

/* Integers up to so many digits are exact in a double. */
#define JSON_DIGITS_EXACT 15

struct json_source {
	struct buffer text;    /* without blanks, the numbers that cJSON would spoil as {"$int"} and {"$float"} */
	struct buffer objects; /* where in the original each '{' stands, in their order; a size_t each */
};

/*
 * Checks that the text is JSON in all its details, and makes the source. Returns 0, PKS_ERR_SYNTAX (with the offset),
 * PKS_ERR_LIMIT, PKS_ERR_MEMORY. Release both buffers in any case.
 */
int json_scan(const char *json, size_t size, struct json_source *source);

/* ---- numbers ---- */

/* The longest text of a double: sign, 17 digits, point, exponent, NUL; rounded up. */
#define JSON_NUMBER_SIZE 32

/* The end of the JSON number at `at`, or NULL; whether it has a fraction or exponent, and how many digits before. */
const char *json_number_end(const char *at, const char *end, bool *real_out, size_t *digits_out);

/* The shortest text of the usual lengths that reads back as the same double (or float); always with a '.' or an 'e'. */
void json_number_print(double number, bool is_float, char text_out[JSON_NUMBER_SIZE]);
/* A number that JSON and a value have in common. */
struct json_number {
	bool is_real;
	double real;        /* when it is */
	bool negative;      /* else */
	uint64_t magnitude; /* up to 2^63 if negative */
};

/* {"$float": text}: any JSON number, "nan", "inf", "-inf". PKS_ERR_SYNTAX, PKS_ERR_RANGE; without a message. */
int json_real_parse(const char *text, struct json_number *number_out);
/* {"$int": text}. As above. */
int json_integer_parse(const char *text, struct json_number *number_out);

/* ---- numeric arrays ---- */

/* One number of an array, in the machine's order. */
void json_array_load(enum pks_number type, const void *from, struct json_number *number_out);
/* PKS_ERR_TYPE (a real one among integers), PKS_ERR_RANGE; without a message. */
int json_array_store(enum pks_number type, const struct json_number *number, void *to);
/* Whether "nan" would lose something of the number at `from`: a NaN's sign or payload. */
bool json_array_odd_nan(enum pks_number type, const void *from);

/* ---- times ---- */

/* "-YYYY" cannot happen: int64_t nanoseconds reach from 1677 to 2262. */
#define JSON_TIME_SIZE sizeof("2026-11-23T05:30:00.000000001Z")

void json_time_print(int64_t ns, char text_out[JSON_TIME_SIZE]);
/* PKS_ERR_SYNTAX, PKS_ERR_RANGE without a message. */
int json_time_parse(const char *text, int64_t *ns_out);

/* ---- base64 (RFC 4648, with padding) ---- */

/* Appends the text and a NUL. */
void json_base64_encode(const void *bytes, size_t size, struct buffer *text);
/* Appends the bytes. PKS_ERR_SYNTAX without a message. */
int json_base64_decode(const char *text, struct buffer *bytes);

#endif
