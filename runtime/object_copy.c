/* SPDX-License-Identifier: MIT */
/* Copying an object. It is here for the sake of Processes, whose state is not the store's to make. */
#include "record.h"

#include "layer.h"

#include <pkstore/transaction.h>

#include <string.h>

/* What a Process that has not been started yet does not have. */
static const char *const run_attributes[] = {"state", "result", "error",  "parent", "stop",
                                             "history", "report", "output", NULL};

struct object_copy {
	struct pks_object *object, *made;
	const char *path;
};

/* It is to run what its source ran, as urgently. */
static int copy_process(struct object_copy *copy)
{
	struct process_state from, to;
	int r = record_read(copy->object, &from);

	if (r == 0)
		r = record_create(copy->made);
	if (r == 0)
		r = record_read(copy->made, &to);
	if (r < 0)
		return r;
	to.priority = from.priority;
	return record_write(copy->made, &to);
}

/* May be run again. */
static int copy_object(struct pks_store *store, void *arg)
{
	struct object_copy *copy = arg;
	bool process = strcmp(pks_object_type(copy->object), RECORD_TYPE) == 0;

	(void)store;
	pks_object_close(copy->made);
	copy->made = layer_copy(copy->object, copy->path, process ? run_attributes : NULL);
	if (!copy->made)
		return pks_error_code();
	return process ? copy_process(copy) : 0;
}

struct pks_object *pks_object_copy(struct pks_object *object, const char *path)
{
	struct object_copy copy = {.object = object, .path = path};

	if (!object)
		return layer_copy(NULL, path, NULL); /* refuses it */
	if (pks_atomically(pks_object_store(object), copy_object, &copy) == 0)
		return copy.made;
	pks_object_close(copy.made);
	return NULL;
}
