/* SPDX-License-Identifier: MIT */
/*
 * Values under a name in one part of an object: a Dict's items and every object's attributes are this, one record each.
 * So is what a Value holds, under no name at all.
 */
#ifndef STORE_NAMED_H
#define STORE_NAMED_H

#include "keys.h"
#include "object.h"

/* Where: the object, the part, the name. Made by named_at(), which checks the name. */
struct named {
	const struct pks_object *object;
	enum base base;
	enum part part;
	bool freely; /* a layer notes something: no limit of bytes keeps it from that */
	struct key key;
};

int named_at(struct named *named, const struct pks_object *object, enum base base, enum part part, const char *name);
/* The one item of a Value. */
int named_at_cell(struct named *named, const struct pks_object *cell);

/* The calls of the public headers, of one name. `format` forms take the values that `args` holds. */
int named_get(const struct named *named, struct pks_value *value_out);
int named_find(const struct named *named, struct pks_value *value_out); /* the same; PKS_NOT_FOUND has no message */
int named_vgetf(const struct named *named, const char *format, va_list args);
int named_set(const struct named *named, const struct pks_value *value);
int named_vsetf(const struct named *named, const char *format, va_list args);
int named_del(const struct named *named);
int named_add(const struct named *named, int64_t by, int64_t *sum_out);
int named_add_double(const struct named *named, double by, double *sum_out);
int named_compare_set(const struct named *named, const struct pks_value *expected, const struct pks_value *value);
int named_set_at_version(const struct named *named, const struct pks_value *value, uint64_t version);

/* What was looked for is not there: PKS_NOT_FOUND. */
int named_missing(const struct named *named);

/* Inside a scope. get answers PKS_NOT_FOUND with the error set; put keeps the count of items. */
int named_read(const struct scope *scope, const struct named *named, struct bytes *bytes_out);
int named_put(struct scope *scope, struct state *state, const struct named *named, const struct pks_value *value);
int named_remove(struct scope *scope, struct state *state, const struct named *named);

#endif
