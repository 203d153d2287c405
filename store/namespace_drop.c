/* SPDX-License-Identifier: MIT */
/*
 * Dropping a namespace whole: batch after batch in the order of the paths, each in a transaction of its own. Each one
 * leaves the store whole, so whoever is killed has dropped a part, and nothing else is wrong.
 */
#include "namespace.h"

#include "base/error.h"
#include "catalog.h"

#include <pkstore/namespace.h>

#include <inttypes.h>

/*
 * What one transaction drops: so many objects, and no further one when they have had so many bytes. The pages that it
 * dirties then stay far below the number that LMDB keeps in memory; other writers wait some milliseconds.
 */
#define DROP_OBJECTS 256
#define DROP_BYTES ((uint64_t)16 << 20)

struct drop {
	struct pks_store *store;
	struct quota_path namespace;
	struct key position;
	bool end;
	uint64_t dropped;
};

static int check_pinned(const struct state *state)
{
	if (!state->pinned)
		return 0;
	return error_set(PKS_ERR_STATE, "%s: a %s that is in use cannot be dropped", state->path, state->type);
}

/*
 * Before anything is dropped. Each object is looked at in a transaction of its own, so that no state is kept: one that
 * gets in use meanwhile is found later, when it is its turn to be dropped.
 */
static int look_at_one(struct drop *drop, struct key *position)
{
	struct scope scope = {0};
	struct state *state;
	struct key key;
	uint64_t id;
	int r = scope_begin(&scope, drop->store, READ);

	if (r != 0)
		return r;
	r = namespace_next(scope.txn, drop->namespace, position, &key, &id);
	if (r == 0)
		r = txn_state(scope.txn, id, &state);
	if (r == 0)
		r = check_pinned(state);
	if (r == PKS_ERR_GONE) /* the catalog names what is not there: that is for the drop to say */
		r = 0;
	return scope_end(&scope, r);
}

static int look(struct drop *drop)
{
	struct key position = drop->position;
	int r;

	do
		r = look_at_one(drop, &position);
	while (r == 0);
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* One more; the position stays before one that cannot be dropped. */
static int drop_next(struct txn *txn, struct drop *drop, struct key *position, uint64_t *bytes)
{
	struct key next = *position, key;
	struct state *state;
	uint64_t id;
	int r = namespace_next(txn, drop->namespace, &next, &key, &id);

	if (r == 0)
		r = txn_state(txn, id, &state);
	if (r == PKS_ERR_GONE)
		return error_set(PKS_ERR_CORRUPT, "%s: the catalog names object %" PRIu64 ", which is not there",
		                 (const char *)key.data + 1, id);
	if (r != 0)
		return r;
	*bytes += state->bytes;
	r = catalog_drop(txn, state);
	if (r == 0)
		*position = next;
	return r;
}

/* What of it was done counts when it has committed. */
static int drop_batch(struct drop *drop, struct scope *scope)
{
	struct key position = drop->position;
	uint64_t dropped = 0, bytes = 0;
	int r = scope_begin(scope, drop->store, WRITE), end;

	if (r != 0)
		return r;
	while (r == 0 && dropped < DROP_OBJECTS && bytes < DROP_BYTES) {
		r = drop_next(scope->txn, drop, &position, &bytes);
		dropped += r == 0;
	}
	/* One that is in use ends the batch, and is the first one of the next, which fails. */
	end = r == PKS_ERR_STATE && dropped > 0 ? 0 : r;
	r = scope_end(scope, end == PKS_NOT_FOUND ? 0 : end);
	if (r < 0)
		return r;
	drop->position = position;
	drop->end = end == PKS_NOT_FOUND;
	drop->dropped += dropped;
	return 0;
}

static int drop_limits(struct txn *txn, struct quota_path namespace)
{
	struct key position, key;
	char path[PKS_PATH_MAX + 1];
	struct quota quota;
	uint64_t id;
	int r;

	namespace_prefix(&position, namespace);
	r = namespace_next(txn, namespace, &position, &key, &id);
	if (r != PKS_NOT_FOUND) /* somebody has created something: the limits stay with that */
		return r;
	for (r = namespace_limit(txn, namespace, path, &quota); r == 0;
	     r = namespace_limit_next(txn, namespace, path, &quota)) {
		r = quota_remove(txn, namespace_path(path));
		if (r < 0)
			return r;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

/* Whether there is anything to drop: PKS_NOT_FOUND. */
static int look_for_any(struct drop *drop)
{
	struct key position = drop->position, key;
	char path[PKS_PATH_MAX + 1];
	struct scope scope = {0};
	struct quota quota;
	uint64_t id;
	int r = scope_begin(&scope, drop->store, READ);

	if (r != 0)
		return r;
	r = namespace_next(scope.txn, drop->namespace, &position, &key, &id);
	if (r == PKS_NOT_FOUND)
		r = namespace_limit(scope.txn, drop->namespace, path, &quota);
	if (r == PKS_NOT_FOUND)
		error_set(r, "%.*s: there is no such namespace", (int)drop->namespace.size,
		          drop->namespace.text);
	return scope_end(&scope, r);
}

static int drop_all(struct drop *drop)
{
	struct scope scope = {0};
	int r = look(drop);

	while (r == 0 && !drop->end) {
		scope.tries = 0;
		do
			r = drop_batch(drop, &scope);
		while (scope_again(&scope, r));
	}
	if (r < 0)
		return r;
	scope.tries = 0;
	do {
		r = scope_begin(&scope, drop->store, WRITE);
		if (r == 0)
			r = scope_end(&scope, drop_limits(scope.txn, drop->namespace));
	} while (scope_again(&scope, r));
	return r;
}

int pks_namespace_drop(struct pks_store *store, const char *path, uint64_t *dropped_out)
{
	struct drop drop = {.store = store};
	int r = namespace_check(store, path, &drop.namespace);

	if (r == 0 && txn_current(store))
		r = error_set(PKS_ERR_USAGE, "%s: a namespace cannot be dropped inside a transaction or snapshot",
		              path ? path : store->path);
	if (r == 0) {
		namespace_prefix(&drop.position, drop.namespace);
		r = look_for_any(&drop);
	}
	if (r == 0)
		r = drop_all(&drop);
	if (dropped_out)
		*dropped_out = drop.dropped;
	return r;
}
