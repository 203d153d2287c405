/* SPDX-License-Identifier: MIT */
/*
 * Changes that `pkstore load` collects and makes together: one transaction for many small objects, several for a large
 * one. Nothing is read from the input while a transaction is open.
 */
#ifndef TOOLS_LOAD_BATCH_H
#define TOOLS_LOAD_BATCH_H

#include "kind.h"

enum load_kind {
	LOAD_CREATE,    /* an object of the kind at the path `key`; a process with `target` */
	LOAD_ATTRIBUTE, /* `key`, `value` */
	LOAD_METADATA,  /* `value` */
	LOAD_STATE,     /* of a process: `value` is its attribute "state" */
	LOAD_MEMBER,    /* of the kind: `member`, `value` */
	LOAD_ITEM,      /* `value`, and its `key` in a map */
	LOAD_DONE,      /* nothing more of this object comes: its handle can be closed */
};

struct load_change {
	enum load_kind kind;
	const struct kind *of;
	struct pks_object *object;
	const struct kind_member *member;
	char *key, *target; /* the batch frees them, and the value */
	struct pks_value value;
};

struct load_batch {
	struct pks_store *store;
	struct load_change *changes;
	size_t count, capacity;
	size_t bytes;  /* of the values */
	size_t failed; /* the change that failed in the transaction */
};

/* Adds a change, and commits the batch when it has become large. Ends the program on an error. */
void load_batch_add(struct load_batch *batch, const struct load_change *change);
void load_batch_commit(struct load_batch *batch);
void load_batch_release(struct load_batch *batch);

#endif
