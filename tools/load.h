/* SPDX-License-Identifier: MIT */
/*
 * Reading what `pkstore dump` writes. The input is read several times, as references name objects that may stand
 * anywhere in it, behind them, too. The first two passes need no store: input that is rejected shall not create one.
 *
 *     check     the form of it all, that each object has a path and a known type, and that no path is taken
 *     refer     that what is referred to is in the input or in the store; left out when nothing is
 *     create    the objects, empty
 *     fill      attributes, metadata and items
 *
 * The limits of namespaces are remembered by the first pass, and set behind the last one.
 */
#ifndef TOOLS_LOAD_H
#define TOOLS_LOAD_H

#include "load_batch.h"
#include "load_limits.h"
#include "load_refs.h"
#include "scan.h"

enum load_pass {
	LOAD_CHECK,
	LOAD_REFER,
	LOAD_MAKE,
	LOAD_FILL,
};

struct load {
	struct scan scan;
	struct load_batch batch; /* its store is NULL as long as there is none */
	struct load_paths paths; /* of the input's objects */
	struct load_limits limits;
	unsigned long long references;
	enum load_pass pass;

	/* The object that is being read. */
	char *path, *type, *target;
	const struct kind *kind;
	struct pks_object *object; /* in the last pass */

	/* It is not an object: the limits of a namespace, whose path it has. */
	bool of_namespace;
	struct load_limit limit;

	unsigned long long started; /* processes that had been started, and are just created now */
};

/* One pass over the whole input. Returns how many objects it has. Ends the program on an error. */
unsigned long long load_pass(struct load *load, enum load_pass pass);

#endif
