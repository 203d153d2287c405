/* SPDX-License-Identifier: MIT */
/* Limits of one object, and whether it has versions: elements of its header. */
#include "base/error.h"
#include "items.h"
#include "object.h"
#include "pipe.h"
#include "queue.h"

#include <limits.h>

/* What its count and its bytes can be limited by: only these ask items_room() before they grow. */
static bool has_entries(enum base base)
{
	return base == BASE_DICT || base == BASE_LOG || base == BASE_QUEUE || base == BASE_PIPE;
}

static bool has_bytes(enum base base)
{
	return has_entries(base) || base == BASE_VALUE || base == BASE_ARRAY || base == BASE_OBJECT;
}

static int check_limit(const struct pks_object *object, uint64_t entries, uint64_t bytes)
{
	if ((entries == 0 || has_entries(object->base)) && (bytes == 0 || has_bytes(object->base)))
		return 0;
	return error_set(PKS_ERR_TYPE, "%s: a %s can have no limit of %s", object->path, state_type_title(object->type),
	                 entries && !has_entries(object->base) ? "entries" : "bytes");
}

/* ---- who waits for room ---- */

void object_room_post(struct txn *txn, const struct state *state)
{
	if (state->base == BASE_QUEUE)
		txn_post(txn, queue_turn_of_putters(state->id), 0, INT_MAX);
	for (unsigned way = 0; state->base == BASE_PIPE && way < PIPE_ENDS; way++)
		txn_post(txn, pipe_turn(state->id, way, true), 0, INT_MAX);
}

/* ---- limits ---- */

static bool is_wider(uint64_t before, uint64_t now)
{
	return before && (now == 0 || now > before);
}

static int set_limit(struct scope *scope, struct state *state, uint64_t entries, uint64_t bytes)
{
	if (state->limit == entries && state->limit_bytes == bytes)
		return 0;
	txn_touch(scope->txn, state);
	if (is_wider(state->limit, entries) || is_wider(state->limit_bytes, bytes))
		object_room_post(scope->txn, state);
	state->limit = entries;
	state->limit_bytes = bytes;
	return 0;
}

int pks_object_set_limit(struct pks_object *object, uint64_t entries, uint64_t bytes)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_check(object, BASE_ANY);

	if (r == 0)
		r = check_limit(object, entries, bytes);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, object, BASE_ANY, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, set_limit(&scope, state, entries, bytes));
	} while (scope_again(&scope, r));
	return r;
}

/* The version moves with the change itself, in both directions: those who wait see that they cannot any more. */
static int set_versioned(struct scope *scope, struct state *state, bool versioned)
{
	if (state->unversioned != versioned)
		return 0;
	if (versioned)
		state->unversioned = false;
	txn_touch(scope->txn, state);
	state->unversioned = !versioned;
	return 0;
}

int pks_object_set_versioned(struct pks_object *object, bool versioned)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, object, BASE_ANY, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, set_versioned(&scope, state, versioned));
	} while (scope_again(&scope, r));
	return r;
}
