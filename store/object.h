/* SPDX-License-Identifier: MIT */
/* Handles, and how a call on one begins. */
#ifndef STORE_OBJECT_H
#define STORE_OBJECT_H

#include "base/fork.h"
#include "txn.h"

#include <pkstore/object.h>

struct pks_object {
	struct pks_store *store;
	uint64_t id;
	enum base base;
	char type[PKS_TYPE_MAX + 1];
	char class[PKS_TYPE_MAX + 1]; /* "": none */
	uint64_t opened; /* the store's handles_opened at the time: tells old from new ones */
	_Atomic(int64_t) looked_after; /* of a queue: when items of the dead were last looked for (CLOCK_MONOTONIC) */
	struct pks_object *next, **link;
	char path[]; /* when it was opened: for messages */
};

/* 0 when the handle is usable here and its object has the base; else sets the error. */
int object_refuse(const struct pks_object *object, enum base base);
static inline int object_check(const struct pks_object *object, enum base base)
{
	if (object && (base == BASE_ANY || object->base == base) && object->store->fork_mark == fork_current())
		return 0;
	return object_refuse(object, base);
}

/*
 * Begins a call on an object: checks the handle, begins the scope and finds the object's state; for WRITE, moves its
 * version. On failure there is nothing to end. To be used as
 *
 *     do {
 *             r = object_begin(&scope, object, BASE_DICT, WRITE, &state);
 *             if (r == 0)
 *                     r = scope_end(&scope, change(...));
 *     } while (scope_again(&scope, r));
 *
 * A call that may turn out to change nothing begins with CHECK_WRITE instead, and calls txn_touch() when it does.
 */
enum touch { LOOK, CHECK_WRITE, CHANGE };
int object_begin(struct scope *scope, const struct pks_object *object, enum base base, enum touch touch,
                 struct state **state_out);

/*
 * Has all who wait for room in a Queue or a Pipe look again, when the transaction has committed: its limits have become
 * wider, or something else than an item has given bytes back. object_shrank(): if it has.
 */
void object_room_post(struct txn *txn, const struct state *state);
static inline void object_shrank(struct txn *txn, const struct state *state, uint64_t bytes_before)
{
	if (state->limit_bytes && state->bytes < bytes_before)
		object_room_post(txn, state);
}

/* A new handle for what the state describes; NULL and the error when out of memory. */
struct pks_object *object_handle(struct pks_store *store, const struct state *state);
/* One that the store does not know of, and so does not close. */
struct pks_object *object_handle_alone(struct pks_store *store, const struct state *state);

/*
 * Opens, and creates, as the mode says; a NULL path is anonymous. The type must match. A new object is made ready by
 * init(), in the transaction that creates it; NULL: nothing is to be done.
 */
struct object_kind {
	const char *type;
	int (*init)(struct txn *txn, struct state *state, const void *arg);
	const void *arg;
};
struct pks_object *object_open(struct pks_store *store, const char *path, const struct object_kind *kind,
                               enum pks_mode mode);

/* PKS_ERR_USAGE for what is none. */
int object_mode_check(enum pks_mode mode);

/* Frees every handle of a store that is being closed. */
void object_free_all(struct pks_store *store);

/* For values handed in: PKS_ERR_USAGE for NULL and {0}, PKS_ERR_LIMIT when too large. */
int object_check_value(const struct pks_object *object, const struct pks_value *value);
/* For keys and attribute names: their length in *size_out. PKS_ERR_USAGE for NULL, PKS_ERR_LIMIT, PKS_ERR_SYNTAX. */
int object_check_key(const struct pks_object *object, const char *key, size_t *size_out);

#endif
