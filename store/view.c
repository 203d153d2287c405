/* SPDX-License-Identifier: MIT */
#include "view.h"

#include "base/error.h"
#include "log_chunk.h"

static void attach(struct view *view, struct txn *txn)
{
	view->txn = txn;
	view->changes = txn->changes;
	view->next = txn->views;
	view->link = &txn->views;
	if (view->next)
		view->next->link = &view->next;
	txn->views = view;
}

static void detach(struct view *view)
{
	*view->link = view->next;
	if (view->next)
		view->next->link = view->link;
	view->txn = NULL;
}

int view_open(struct view *view, struct pks_store *store)
{
	struct txn *txn;
	int r = store_check(store);

	if (r < 0)
		return r;
	*view = (struct view){.store = store};
	txn = txn_current(store);
	if (txn)
		view->engine = txn->engine;
	else
		r = engine_begin(store->engine, false, &view->engine);
	if (r < 0)
		return r;
	r = engine_cursor_open(view->engine, &view->cursor);
	if (r < 0 && !txn)
		engine_abort(view->engine);
	if (r == 0 && txn)
		attach(view, txn);
	return r;
}

/* In a transaction, what it knows of the object; in a snapshot of the view's own, what is stored. */
int view_reload(struct view *view, uint64_t id, struct state *state_out)
{
	struct txn alone = {.store = view->store, .engine = view->engine};
	struct txn *txn = view->txn ? view->txn : &alone;
	struct state *state;
	int r = txn_state(txn, id, &state);

	if (r == 0 && txn->write)
		r = log_tail_flush(txn, state);
	if (r == 0)
		*state_out = *state;
	state_out->tail = NULL;
	states_release(&alone.states);
	return r;
}

int view_open_object(struct view *view, const struct pks_object *object, enum base base, struct state *state_out)
{
	int r = object_check(object, base);

	if (r == 0)
		r = view_open(view, object->store);
	if (r < 0)
		return r;
	r = view_reload(view, object->id, state_out);
	if (r == PKS_ERR_GONE)
		error_set(r, "%s: the object was dropped", object->path);
	if (r < 0)
		view_close(view);
	else
		view_moved(view);
	return r;
}

void view_close(struct view *view)
{
	bool own = !view->txn && view->cursor;

	/* In a forked child both belong to the parent; leaving them is all that can be done. */
	if (!view->cursor || store_check(view->store) < 0)
		return;
	engine_cursor_close(view->cursor);
	view->cursor = NULL;
	if (own)
		engine_abort(view->engine);
	else
		detach(view);
}

int view_refuse(const struct view *view)
{
	int r = store_check(view->store);

	if (r == 0)
		return error_set(PKS_ERR_USAGE, "%s: the iterator's transaction is over", view->store->path);
	return r;
}

void view_end_all(struct txn *txn)
{
	while (txn->views) {
		struct view *view = txn->views;

		engine_cursor_close(view->cursor);
		view->cursor = NULL;
		detach(view);
	}
}
