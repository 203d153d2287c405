/* SPDX-License-Identifier: MIT */
/*
 * The transactions of a thread. Each store has at most one open in a thread; what the thread does with the store's
 * objects joins it. The calls on objects work in a `struct scope`: it joins what is open, or begins a transaction for
 * just this call.
 */
#ifndef STORE_TXN_H
#define STORE_TXN_H

#include "base/buffer.h"
#include "keys.h"
#include "state.h"
#include "store.h"

struct view;

/* Functions that a layer can have called after one commit (layer_after_commit): the runtime has a handful. */
#define TXN_AFTER_COMMIT_MAX 8

struct txn_post {
	uint64_t turn; /* 0: the channel */
	unsigned channel;
	int sleepers;
};

struct txn {
	struct pks_store *store;
	struct txn *outer; /* the thread's next open transaction, on another store */
	struct engine_txn *engine;
	bool write;
	bool doomed;                /* can only be aborted */
	bool map_full;              /* a change met a full map: to be grown when it is over */
	unsigned begins, snapshots; /* of the public calls that are not ended yet; none in a scope of its own */
	uint64_t changes;           /* counts what was changed: what was borrowed before a change may have moved */
	bool written;               /* for certain: of all changes, some may have found nothing to change */
	uint64_t touches;           /* counts txn_touch() */
	uint32_t wake_bits;
	struct states states;
	/* Of which commit on which store the states are that are there before it has begun; 0: there are none. */
	uint64_t states_store, states_commit;
	bool states_bypassed; /* headers were changed by others than the states: these are for nobody else */
	struct view *views;    /* iterators that must end with it */
	struct buffer scratch; /* for encoding one record */

	bool ids_loaded, ids_dirty; /* of the two counters in the meta room */
	uint64_t next_id, objects;

	struct txn_post *posts; /* what to wake when it has committed */
	size_t post_count;
	int (*after_commit[TXN_AFTER_COMMIT_MAX])(struct pks_store *store);
	size_t after_count;
};

/* The calling thread's open transaction on the store, or NULL. */
struct txn *txn_current(const struct pks_store *store);

/* Begins one in the calling thread, which has none open on the store. */
int txn_begin(struct pks_store *store, bool write, struct txn **txn_out);
/* Both end it, whatever they answer; drop without a commit. */
int txn_commit(struct txn *txn);
void txn_drop(struct txn *txn);
/* Aborts what the calling thread has open on the store; in a forked child it only forgets it. */
void txn_abort_thread(struct pks_store *store);

/*
 * Before headers are written without regard to the states, of which there must be none that is changed: forgets them,
 * and what is read from now on is not kept for the next transaction.
 */
void txn_bypass_states(struct txn *txn);

/* The object's state as the transaction sees it. PKS_ERR_GONE when there is no such object. */
int txn_state(struct txn *txn, uint64_t id, struct state **state_out);
/* As txn_state(), before a change of the object: its version moves, once, and its waiters are woken at the commit. */
void txn_touch(struct txn *txn, struct state *state);

/* Changes go through these: they count, and doom the transaction when they fail half-way. */
int txn_put(struct txn *txn, const struct key *key, struct bytes value);
int txn_del(struct txn *txn, const struct key *key); /* PKS_NOT_FOUND */
int txn_del_range(struct txn *txn, const struct key *from, const struct key *to);
/* What a change through the engine answered: for items.c, which asks the engine more. */
int txn_changed(struct txn *txn, int r);

/*
 * Has `sleepers` more of those woken, once the transaction has committed, who wait for the turn, or else on the
 * channel. Without memory for it the wake-up is left out: the sleepers' own recheck then finds the change.
 */
void txn_post(struct txn *txn, uint64_t turn, unsigned channel, int sleepers);

/* ---- scopes ---- */

enum access { READ, WRITE };

struct scope {
	struct pks_store *store;
	struct txn *txn;
	uint64_t changes; /* of the transaction, when the scope began */
	bool own;         /* it began the transaction, and ends it */
	unsigned tries;
};

/* `struct scope scope = {0};` first. On failure there is nothing to end. */
int scope_begin(struct scope *scope, struct pks_store *store, enum access access);
/*
 * Ends the scope and answers `r`, or why the commit failed. A transaction of its own commits when r >= 0; in a joined
 * one an error after a change dooms it, so that no part of a call that failed can be committed.
 */
int scope_end(struct scope *scope, int r);
/* Whether to run the scope again: its own transaction met a full map, which has been made larger. */
bool scope_again(struct scope *scope, int r);

/*
 * Hands out bytes of the transaction as a value: borrowed in a joined transaction, a copy in one of the scope's own,
 * which is about to end.
 */
int scope_lend(const struct scope *scope, struct bytes bytes, struct pks_value *value_out);
/*
 * Unpacks such bytes. In a transaction of the scope's own, letters that borrow are PKS_ERR_USAGE. The message does not
 * tell which object, or item, it is about: that is for the caller, see error_about().
 */
int scope_unpack(const struct scope *scope, struct bytes bytes, const char *format, va_list args);

/*
 * For a value that is to be written: what a caller borrowed from the joined transaction moves with the first change, so
 * it is copied before; anything else stays as it is. Clear *held_out when done.
 */
int scope_hold(const struct scope *scope, const struct pks_value *value, struct pks_value *held_out);

#endif
