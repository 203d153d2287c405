/* SPDX-License-Identifier: MIT */
/*
 * Waiting for something to hold in the store, without missing it and without using the CPU (wait.c argues why).
 */
#ifndef STORE_WAITING_H
#define STORE_WAITING_H

#include "store.h"

/*
 * What one wait looks at, each time it looks; it may take what it finds, in a transaction of its own. 0 or another
 * answer than PKS_TIMED_OUT ends the wait and is forwarded; PKS_TIMED_OUT: not yet.
 */
typedef int (*look_fn)(void *arg);

/* 0, or PKS_ERR_USAGE inside a transaction or a snapshot of the thread, in which nothing new would be seen. */
int waiting_check(const struct pks_store *store);

/*
 * Looks at once, and then whenever an object of these bits has changed (wake_bit()), and every PKS_RECHECK_MS, until it
 * holds or the timeout has passed: PKS_TIMED_OUT, after a last look, and without a message.
 */
int waiting_for_change(struct pks_store *store, uint32_t bits, look_fn look, void *arg, int timeout_ms);
/* The same, woken when it is the waiter's turn (wake_turn(), txn_post()). */
int waiting_for_turn(struct pks_store *store, uint64_t turn, look_fn look, void *arg, int timeout_ms);

/* What the wait for an object has answered, with a message if that is PKS_TIMED_OUT. */
int waiting_answer(const struct pks_object *object, int r, const char *why);

/*
 * Has something done that must not be left undone, such as taking back what a waiter has written down: does it again,
 * every PKS_RECHECK_MS, as long as it fails with what may pass: another writer, a full filesystem. What else it answers
 * is forwarded.
 */
int waiting_insist(struct pks_store *store, look_fn act, void *arg);

#endif
