/* SPDX-License-Identifier: MIT */
/* The objects that what was written refers to: each once, in the order in which they were met. */
#ifndef TOOLS_FOLLOW_H
#define TOOLS_FOLLOW_H

#include <pkstore/value.h>

#include <stdbool.h>

/* Ids by open addressing; 0: free. */
struct follow_set {
	uint64_t *places;
	size_t count, capacity;
};

struct follow {
	struct follow_set written, met;
	uint64_t *ids; /* those met, in order */
	size_t room, next; /* the first that was not given out */
};

/* An object that is written. */
void follow_written(struct follow *follow, uint64_t id);
/* All references in the value, however deep. */
void follow_value(struct follow *follow, const struct pks_value *value);
/* The next object that was referred to and is not written yet; 0: there is none. */
uint64_t follow_next(struct follow *follow);
void follow_release(struct follow *follow);

#endif
