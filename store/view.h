/* SPDX-License-Identifier: MIT */
/*
 * What an iterator looks at: a cursor in a snapshot of its own, or in the thread's open transaction, with which it then
 * ends. In a write transaction the cursor may have been overtaken by changes; view_moved() tells, and the iterator
 * seeks its place again by key.
 */
#ifndef STORE_VIEW_H
#define STORE_VIEW_H

#include "object.h"

struct view {
	struct pks_store *store;
	struct txn *txn; /* the joined transaction; NULL: engine is the view's own, or the view is over */
	struct engine_txn *engine;
	struct engine_cursor *cursor; /* NULL: over */
	uint64_t changes;             /* the transaction's, when the cursor was last placed */
	uint64_t opened;              /* the store's handles_opened at the time, if the snapshot is its own */
	struct view *next, **link;    /* the transaction's views, or the store's */
};

/*
 * Opens a view on the store, and finds the object's state in the same snapshot, if one is asked for: *state_out is a
 * copy, whose tail is flushed. On failure there is nothing to close.
 */
int view_open(struct view *view, struct pks_store *store);
int view_open_object(struct view *view, const struct pks_object *object, enum base base, struct state *state_out);
/* The object's state once more, after view_moved(). */
int view_reload(struct view *view, uint64_t id, struct state *state_out);
/* False in a forked child, where the store still knows it: its memory must stay. */
bool view_close(struct view *view);

/* 0 while its transaction is open; PKS_ERR_USAGE once it is over, PKS_ERR_FORKED. */
int view_refuse(const struct view *view);
static inline int view_check(const struct view *view)
{
	return view->cursor && view->store->fork_mark == fork_current() ? 0 : view_refuse(view);
}

/* Whether view_check() is 0 and view_moved() false, without a call: for the shortest steps. */
static inline bool view_stays(const struct view *view)
{
	return view->cursor && fork_is_current(view->store->fork_mark) &&
	       (!view->txn || view->txn->changes == view->changes);
}

/* Whether the transaction has changed anything since the last call. */
static inline bool view_moved(struct view *view)
{
	if (!view->txn || view->txn->changes == view->changes)
		return false;
	view->changes = view->txn->changes;
	return true;
}

/* The transaction ends: so do its views. Only their owners free them. */
void view_end_all(struct txn *txn);
/* Ends those with a snapshot of their own that were opened after the mark. The store's handles_lock is held. */
void view_end_since(struct pks_store *store, uint64_t mark);

#endif
