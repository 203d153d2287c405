/* SPDX-License-Identifier: MIT */
#include "txn.h"

#include "base/error.h"

static int join(struct scope *scope, struct txn *txn, enum access access)
{
	if (access == WRITE && !txn->write)
		return error_set(PKS_ERR_READ_ONLY, "%s: the thread is in a snapshot, which cannot write",
		                 txn->store->path);
	if (access == WRITE && txn->doomed)
		return error_set(PKS_ERR_ABORTED, "%s: something in the transaction failed or was aborted",
		                 txn->store->path);
	scope->txn = txn;
	scope->own = false;
	scope->changes = txn->changes;
	return 0;
}

int scope_begin(struct scope *scope, struct pks_store *store, enum access access)
{
	struct txn *txn = txn_current(store);
	int r;

	scope->store = store;
	if (txn)
		return join(scope, txn, access);
	r = txn_begin(store, access == WRITE, &scope->txn);
	scope->own = r == 0;
	scope->changes = 0;
	return r;
}

int scope_end(struct scope *scope, int r)
{
	struct txn *txn = scope->txn;

	if (!scope->own) {
		if (r < 0 && txn->changes != scope->changes)
			txn->doomed = true;
		return r;
	}
	if (r < 0) {
		txn_drop(txn);
		return r;
	}
	int committed = txn_commit(txn);

	return committed != 0 ? committed : r;
}

int scope_unpack(const struct scope *scope, struct bytes bytes, const char *format, va_list args)
{
	struct pks_value value = {.data = bytes.data, .size = bytes.size};

	if (scope->own && format && strpbrk(format, "Syv"))
		return error_set(PKS_ERR_USAGE, "the letters S, y and v borrow: they need an open snapshot");
	return pks_value_vunpack(&value, format, args);
}

int scope_hold(const struct scope *scope, const struct pks_value *value, struct pks_value *held_out)
{
	if (!scope->own && !value->owned)
		return pks_value_copy(value, held_out);
	*held_out = (struct pks_value){.data = value->data, .size = value->size};
	return 0;
}

/* How often a call is run again with a map twice as large. A value of 1 GiB fits a map of 1 MiB after this many. */
#define GROW_TRIES 12

bool scope_again(struct scope *scope, int r)
{
	return r == PKS_ERR_MAP_FULL && scope->own && scope->tries++ < GROW_TRIES &&
	       engine_grow(scope->store->engine) == 0;
}

int scope_lend(const struct scope *scope, struct bytes bytes, struct pks_value *value_out)
{
	struct pks_value borrowed = {.data = bytes.data, .size = bytes.size};

	if (scope->own)
		return pks_value_copy(&borrowed, value_out);
	*value_out = borrowed;
	return 0;
}
