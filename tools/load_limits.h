/* SPDX-License-Identifier: MIT */
/*
 * The limits of namespaces in the input of `pkstore load`. They are set when all objects are there: what was above its
 * limit, since that was set later, is so again.
 */
#ifndef TOOLS_LOAD_LIMITS_H
#define TOOLS_LOAD_LIMITS_H

#include <pkstore/store.h>

#include <stddef.h>
#include <stdint.h>

struct load_limit {
	char *namespace; /* "": the top */
	uint64_t objects, bytes;
};

struct load_limits {
	struct load_limit *limits;
	size_t count, capacity;
};

/* Takes the namespace's text. */
void load_limits_add(struct load_limits *limits, const struct load_limit *limit);
/* Sorts them; returns a namespace that is there twice, or NULL. */
const char *load_limits_sort(struct load_limits *limits);
/* Ends the program on an error. */
void load_limits_set(const struct load_limits *limits, struct pks_store *store);
void load_limits_release(struct load_limits *limits);

#endif
