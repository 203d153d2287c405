/* SPDX-License-Identifier: MIT */
/* The public calls: transactions and snapshots that a thread begins and ends itself. */
#include "base/error.h"
#include "txn.h"

#include <pkstore/transaction.h>

static int begin_explicit(struct pks_store *store, enum access access, struct txn **txn_out)
{
	struct scope scope = {0};
	int r = store_check(store);

	if (r == 0)
		r = scope_begin(&scope, store, access);
	if (r == 0)
		*txn_out = scope.txn;
	return r;
}

int pks_begin(struct pks_store *store)
{
	struct txn *txn;
	int r = begin_explicit(store, WRITE, &txn);

	if (r == 0)
		txn->begins++;
	return r;
}

int pks_snapshot_begin(struct pks_store *store)
{
	struct txn *txn;
	int r = begin_explicit(store, READ, &txn);

	if (r == 0)
		txn->snapshots++;
	return r;
}

/* The thread's transaction with something of that kind to end; a snapshot inside a transaction ends before it. */
static int require_begun(struct pks_store *store, struct txn **txn_out)
{
	struct txn *txn;
	int r = store_check(store);

	if (r < 0)
		return r;
	txn = txn_current(store);
	if (!txn || txn->begins == 0)
		return error_set(PKS_ERR_USAGE, "%s: this thread has no transaction open", store->path);
	if (txn->begins == 1 && txn->snapshots > 0)
		return error_set(PKS_ERR_USAGE, "%s: a snapshot inside the transaction is still open", store->path);
	*txn_out = txn;
	return 0;
}

/* A transaction that met a full map has room when it is run again. If the map cannot grow now, that one will say so. */
static void drop_and_grow(struct txn *txn)
{
	struct pks_store *store = txn->store;
	bool full = txn->map_full;

	txn_drop(txn);
	if (full)
		engine_grow(store->engine);
}

int pks_commit(struct pks_store *store)
{
	struct txn *txn = NULL;
	int r = require_begun(store, &txn);
	bool full;

	if (r < 0 || --txn->begins > 0)
		return r;
	full = txn->map_full;
	r = txn_commit(txn);
	if (full || r == PKS_ERR_MAP_FULL)
		engine_grow(store->engine);
	return r;
}

int pks_abort(struct pks_store *store)
{
	struct txn *txn = NULL;
	int r = require_begun(store, &txn);

	if (r < 0)
		return r;
	txn->doomed = true;
	if (--txn->begins == 0)
		drop_and_grow(txn);
	return 0;
}

int pks_snapshot_end(struct pks_store *store)
{
	struct txn *txn;
	int r = store_check(store);

	if (r < 0)
		return r;
	txn = txn_current(store);
	if (!txn || txn->snapshots == 0)
		return error_set(PKS_ERR_USAGE, "%s: this thread has no snapshot open", store->path);
	if (--txn->snapshots == 0 && txn->begins == 0)
		txn_drop(txn);
	return 0;
}

/* As often as other writers may plausibly win in a row; each of them has then got its work done. */
#define ATOMICALLY_TRIES 100

/* Counts on with every change of the transaction, or of an object's state in it. */
static uint64_t progress(const struct txn *txn)
{
	return txn ? txn->changes + txn->touches : 0;
}

/* A part of another transaction that refused before it changed anything has nothing to abort, and dooms nobody. */
static void give_up(struct pks_store *store, struct txn *outer, uint64_t before)
{
	if (outer && outer->begins > 1 && progress(outer) == before)
		outer->begins--;
	else
		pks_abort(store);
}

static int run_once(struct pks_store *store, int (*fn)(struct pks_store *store, void *arg), void *arg)
{
	struct txn *outer = txn_current(store);
	uint64_t before = progress(outer);
	int r = pks_begin(store);

	if (r < 0)
		return r;
	r = fn(store, arg);
	if (r == 0)
		return pks_commit(store);
	give_up(store, outer, before);
	return r;
}

int pks_atomically(struct pks_store *store, int (*fn)(struct pks_store *store, void *arg), void *arg)
{
	int r = store_check(store), tries = ATOMICALLY_TRIES;

	if (r < 0)
		return r;
	/* Joined, it is for the outermost to be run again. */
	if (txn_current(store))
		tries = 1;
	do
		r = run_once(store, fn, arg);
	while ((r == PKS_ERR_CONFLICT || r == PKS_ERR_MAP_FULL) && --tries > 0);
	return r;
}
