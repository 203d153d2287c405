/* SPDX-License-Identifier: MIT */
/*
 * Builds a value step by step, where a format cannot: loops, optional parts.
 *
 *     struct pks_builder *b = pks_builder_new();
 *     pks_build_list(b);
 *     for (int i = 0; i < n; i++)
 *             pks_build_int(b, numbers[i]);
 *     pks_build_end(b);
 *     int r = pks_builder_finish(b, &value);      // also tells what went wrong on the way
 *     pks_builder_free(b);
 *
 * Errors stick: after the first, every call returns it again and does nothing. In a map keys and values alternate.
 * A builder is for one thread at a time.
 *
 * Every call returns 0, PKS_ERR_LIMIT (size, depth), PKS_ERR_SYNTAX (text that is not UTF-8), PKS_ERR_USAGE (an end
 * without a beginning, a key without a value, a key twice), PKS_ERR_MEMORY.
 */
#ifndef PKSTORE_BUILDER_H
#define PKSTORE_BUILDER_H

#include <pkstore/value.h>

PKS_BEGIN_DECLS

struct pks_builder;

/* A new builder, or NULL and PKS_ERR_MEMORY. */
PKS_EXPORT struct pks_builder *pks_builder_new(void);
/* NULL does nothing. */
PKS_EXPORT void pks_builder_free(struct pks_builder *builder);

PKS_EXPORT int pks_build_null(struct pks_builder *builder);
PKS_EXPORT int pks_build_bool(struct pks_builder *builder, bool boolean);
PKS_EXPORT int pks_build_int(struct pks_builder *builder, int64_t number);
PKS_EXPORT int pks_build_uint(struct pks_builder *builder, uint64_t number);
PKS_EXPORT int pks_build_double(struct pks_builder *builder, double number);
PKS_EXPORT int pks_build_string(struct pks_builder *builder, const char *string);
PKS_EXPORT int pks_build_text(struct pks_builder *builder, const char *text, size_t size);
PKS_EXPORT int pks_build_bytes(struct pks_builder *builder, const void *bytes, size_t size);
/* Nanoseconds since 1970, UTC. */
PKS_EXPORT int pks_build_time(struct pks_builder *builder, int64_t ns);
PKS_EXPORT int pks_build_ref(struct pks_builder *builder, const struct pks_object *object);
PKS_EXPORT int pks_build_ref_id(struct pks_builder *builder, uint64_t id);
/* `count` numbers in the machine's own order; stored little-endian (RFC 8746). */
PKS_EXPORT int pks_build_array(struct pks_builder *builder, enum pks_number number, const void *numbers, size_t count);
/* A copy of a value. The empty value {0} is PKS_ERR_USAGE, one that is not well-formed PKS_ERR_CORRUPT. */
PKS_EXPORT int pks_build_value(struct pks_builder *builder, const struct pks_value *value);

/* Begin a list or a map; pks_build_end() ends the innermost. */
PKS_EXPORT int pks_build_list(struct pks_builder *builder);
PKS_EXPORT int pks_build_map(struct pks_builder *builder);
PKS_EXPORT int pks_build_end(struct pks_builder *builder);

/*
 * Moves what was built into *value_out, which then owns it, and makes the builder empty again.
 * Returns 0, the first error of the calls before, or PKS_ERR_USAGE when it is not exactly one whole value.
 */
PKS_EXPORT int pks_builder_finish(struct pks_builder *builder, struct pks_value *value_out);

PKS_END_DECLS
#endif
