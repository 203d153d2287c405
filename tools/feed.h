/* SPDX-License-Identifier: MIT */
/* Values, from arguments or from lines of stdin, on their way into an object that takes any number of them. */
#ifndef TOOLS_FEED_H
#define TOOLS_FEED_H

#include <pkstore/object.h>

#include <stdbool.h>
#include <stddef.h>

struct feed {
	const char *path;
	struct pks_object *(*open)(const struct feed *feed, struct pks_store *store, enum pks_mode mode);
	/* As a call of the library; in one transaction. */
	int (*put)(const struct feed *feed, struct pks_object *object, const struct pks_value *values, size_t count);
	/* An object that is not there is created in the transaction that puts the first values in: if these are refused,
	 * it is not there then, either. For a `put` that is one transaction, and does not wait in a new object. */
	bool whole;
	bool raw; /* not JSON: each is a text as it is, see args_raw() */
	const void *arg;
};

/*
 * Puts the values in, all in one transaction; a single "-" stands for the lines of stdin, which go in as they come, in
 * transactions of a bounded size: after a line that is wrong it ends the program, and what stood before it is in.
 */
void feed_run(const struct feed *feed, char **texts, size_t count);

#endif
