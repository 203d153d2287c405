/* SPDX-License-Identifier: MIT */
/*
 * Waiting for objects to change. A waiter sleeps in the kernel and is woken by the commit, within microseconds. Changes
 * by programs that write the files without libpkstore, and wake-ups that a killed program could not send, are
 * noticed within PKS_RECHECK_MS. Nothing is missed: a version that has moved already returns at once.
 *
 * Timeouts are milliseconds; 0 does not wait, a negative one waits for ever. Inside a transaction or a snapshot the
 * thread would never see a change, so waiting there is PKS_ERR_USAGE; so is to wait for an object that is unversioned
 * (pks_object_set_versioned()).
 */
#ifndef PKSTORE_WAIT_H
#define PKSTORE_WAIT_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

/*
 * The longest time a waiter sleeps before it looks at the store itself: half of the tenth of a second within which a
 * change that nobody wakes for is to be seen, as the other half may pass until a busy machine has a CPU for the waiter.
 * Twenty looks in a second, of some ten microseconds each, are no load.
 */
#define PKS_RECHECK_MS 50

/*
 * Waits until the object's version is not `seen` any more. `version_out` may be NULL.
 * Returns 0, PKS_TIMED_OUT, PKS_ERR_GONE (dropped), PKS_ERR_USAGE, PKS_ERR_FORKED.
 */
PKS_EXPORT int pks_wait(struct pks_object *object, uint64_t seen, int timeout_ms, uint64_t *version_out);

struct pks_wait_item {
	struct pks_object *object;
	uint64_t version; /* the version that the caller saw; moved to the new one when it is this one that changed */
};

/*
 * Waits until any of the objects has another version than the caller saw. *index_out is the first such item; one
 * that was dropped counts as changed, and the code is then PKS_ERR_GONE.
 * All objects must be of one store. Returns 0, PKS_TIMED_OUT, PKS_ERR_GONE, PKS_ERR_USAGE, PKS_ERR_FORKED.
 */
PKS_EXPORT int pks_wait_any(struct pks_wait_item *items, size_t count, int timeout_ms, size_t *index_out);

/*
 * Waits until predicate(arg) holds. It is asked in a snapshot of its own, first at once and then whenever any of the
 * objects changed: it returns 1 when it holds, 0 when it does not yet, negative to end the wait with that code.
 * Returns 0, PKS_TIMED_OUT, what the predicate returned, PKS_ERR_USAGE, PKS_ERR_FORKED.
 */
PKS_EXPORT int pks_wait_until(struct pks_object *const *objects, size_t count, int (*predicate)(void *arg), void *arg,
                              int timeout_ms);

PKS_END_DECLS
#endif
