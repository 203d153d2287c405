/* SPDX-License-Identifier: MIT */
/*
 * JSON, the face of values for people: both ways without loss. What JSON (RFC 8259) has no form for is written as a
 * map of one key that begins with '$':
 *
 *     {"$bytes": "base64"}             bytes                  {"$int": "-9007199254740993"}   beyond 2^53
 *     {"$time": "2026-11-23T05:30:00.000000001Z"}             {"$float": "nan" | "inf" | "-inf"}
 *     {"$ref": "example/log"}          a reference            {"$ref": 17}    whose object was dropped
 *     {"$array": "int32", "values": [1, 2]}                   {"$map": [[key, value], ...]}   keys that are not text,
 *     {"$text": "base64"}              text with a NUL                                        or begin with '$'
 *     {"$cbor": "base64"}              other CBOR
 *
 * An array's name is uint8, uint16, uint32, uint64, int8, int16, int32, int64, float, double, uint8clamped or half. Any
 * other map with a key that begins with '$' is refused; {"$map": ...} takes it. What JSON would lose otherwise, such as
 * a time outside 1677 to 2262 or a NaN with a payload in an array, is "$cbor" too.
 *
 * A number with a fraction or an exponent is a double, any other an integer.
 */
#ifndef PKSTORE_JSON_H
#define PKSTORE_JSON_H

#include <pkstore/store.h>
#include <pkstore/value.h>

PKS_BEGIN_DECLS

enum pks_json_style {
	PKS_JSON_LINE = 0,   /* on one line */
	PKS_JSON_INDENT = 1, /* for people */
};

/*
 * Writes the value as JSON. `store` gives references their paths; without one (NULL) they are written as ids.
 * The text in *json_out is to be freed with free(). Returns 0, PKS_ERR_TYPE (the empty value), PKS_ERR_CORRUPT,
 * PKS_ERR_MEMORY, and what a read of the store returns.
 */
PKS_EXPORT int pks_value_to_json(const struct pks_value *value, struct pks_store *store, enum pks_json_style style,
                                 char **json_out);

/*
 * Reads one JSON text of `size` bytes, with nothing but blanks behind it. References by path need the store.
 * Returns 0, PKS_ERR_SYNTAX (the message tells the offset), PKS_NOT_FOUND (a reference to no object), PKS_ERR_PATH,
 * PKS_ERR_USAGE (a reference by path, and no store), PKS_ERR_LIMIT, PKS_ERR_RANGE (a number that nothing holds),
 * PKS_ERR_MEMORY, and what a read of the store returns.
 */
PKS_EXPORT int pks_value_from_json(const char *json, size_t size, struct pks_store *store, struct pks_value *value_out);

PKS_END_DECLS
#endif
