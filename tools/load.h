/* SPDX-License-Identifier: MIT */
/*
 * Reading what `pkstore dump` writes. The input is read three times, as references name objects that may stand
 * anywhere in it, behind them, too:
 *
 *     check     the form of it all, that each object has a path and a known type, and that no path is taken
 *     create    the objects, empty
 *     fill      attributes, metadata and items
 */
#ifndef TOOLS_LOAD_H
#define TOOLS_LOAD_H

#include "load_batch.h"
#include "scan.h"

enum load_pass {
	LOAD_CHECK,
	LOAD_MAKE,
	LOAD_FILL,
};

struct load {
	struct scan scan;
	struct load_batch batch;
	enum load_pass pass;

	/* The object that is being read. */
	char *path, *type, *target;
	struct pks_object *object; /* in the last pass */

	unsigned long long started; /* processes that had been started, and are just created now */
};

/* One pass over the whole input. Returns how many objects it has. Ends the program on an error. */
unsigned long long load_pass(struct load *load, enum load_pass pass);

#endif
