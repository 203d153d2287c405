/* SPDX-License-Identifier: MIT */
#include "view.h"

#include "base/error.h"
#include "log_chunk.h"

static void link_into(struct view *view, struct view **list)
{
	view->next = *list;
	view->link = list;
	if (view->next)
		view->next->link = &view->next;
	*list = view;
}

static void unlink_view(struct view *view)
{
	*view->link = view->next;
	if (view->next)
		view->next->link = view->link;
	view->txn = NULL;
	view->cursor = NULL;
}

/* To the transaction that it looks at, or to the store, which ends it at the latest. */
static void attach(struct view *view, struct txn *txn)
{
	struct pks_store *store = view->store;

	view->txn = txn;
	if (txn) {
		view->changes = txn->changes;
		link_into(view, &txn->views);
		return;
	}
	pthread_mutex_lock(&store->handles_lock);
	view->opened = ++store->handles_opened;
	link_into(view, &store->views);
	pthread_mutex_unlock(&store->handles_lock);
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
	if (r == 0)
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

/*
 * Its cursor and its snapshot; the handles_lock is held. In a forked child they are the parent's, and are left alone.
 */
static void end_own(struct view *view)
{
	if (view->store->fork_mark == fork_current()) {
		engine_cursor_close(view->cursor);
		engine_abort(view->engine);
	}
	unlink_view(view);
}

void view_end_since(struct pks_store *store, uint64_t mark)
{
	while (store->views && store->views->opened > mark)
		end_own(store->views);
}

bool view_close(struct view *view)
{
	struct pks_store *store = view->store;

	if (!view->cursor)
		return true;
	/*
	 * What it looks at belongs to the parent, and the lock around the list may be held by a thread that is not
	 * here.
	 */
	if (store->fork_mark != fork_current())
		return false;
	if (view->txn) {
		engine_cursor_close(view->cursor);
		unlink_view(view);
		return true;
	}
	pthread_mutex_lock(&store->handles_lock);
	end_own(view);
	pthread_mutex_unlock(&store->handles_lock);
	return true;
}

/* A view that is over may have outlived its store, so that is not looked at. */
int view_refuse(const struct view *view)
{
	if (!view->cursor)
		return error_set(PKS_ERR_USAGE, "the iterator's transaction, or its store, is over");
	return store_check(view->store);
}

void view_end_all(struct txn *txn)
{
	while (txn->views) {
		engine_cursor_close(txn->views->cursor);
		unlink_view(txn->views);
	}
}
