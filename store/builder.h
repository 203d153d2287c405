/* SPDX-License-Identifier: MIT */
/* The inside of a builder, for those that keep one on their stack. */
#ifndef STORE_BUILDER_H
#define STORE_BUILDER_H

#include "base/buffer.h"

#include <pkstore/builder.h>

/* A list or a map that has not ended; the first level stands for the whole value. */
struct builder_level {
	size_t head;    /* the offset of the byte kept for its head */
	size_t keys;    /* where its keys begin among all */
	uint64_t items; /* of a map: keys and values */
	bool map;
};

/* Nearly all values nest less deeply: so small a builder malloc() gives and takes back in a few nanoseconds. */
#define BUILDER_FEW 16

/* Stays where it was initialized. */
struct pks_builder {
	struct buffer bytes;
	struct buffer keys; /* of the open maps; see value_keys.h */
	int error;          /* the first one, and its message: NULL where the thread's own stays */
	const char *why;
	unsigned depth;
	struct builder_level *levels; /* `few`, or malloc'd for all; not initialized above `depth` */
	struct builder_level few[BUILDER_FEW];
};

void builder_init(struct pks_builder *builder);
void builder_release(struct pks_builder *builder);

/* The innermost list or map; NULL outside of any. */
static inline const struct builder_level *builder_open(const struct pks_builder *builder)
{
	return builder->depth ? &builder->levels[builder->depth] : NULL;
}

#endif
