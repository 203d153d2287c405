/* SPDX-License-Identifier: MIT */
/*
 * Event: a flag that any number of threads wait for.
 *
 *     struct pks_object *ready = pks_event_open(store, "example/ready", PKS_OPEN_OR_CREATE);
 *     pks_event_wait(ready, -1);                  // in one program
 *     pks_event_set(ready);                       // in another one
 *
 * Setting releases all who wait at that moment, even if it is cleared before they have come to run. Waiting,
 * transactions and the codes that every call may return are as in sync.h.
 */
#ifndef PKSTORE_EVENT_H
#define PKSTORE_EVENT_H

#include <pkstore/sync.h>

PKS_BEGIN_DECLS

/* As pks_dict_open(); an anonymous one is `event-<uuid>`. A new one is not set. */
PKS_EXPORT struct pks_object *pks_event_open(struct pks_store *store, const char *path, enum pks_mode mode);

/* Both do nothing when it is so already. */
PKS_EXPORT int pks_event_set(struct pks_object *event);
PKS_EXPORT int pks_event_clear(struct pks_object *event);

PKS_EXPORT int pks_event_is_set(struct pks_object *event, bool *set_out);

/*
 * Waits until it is set. Returns 0, PKS_TIMED_OUT, PKS_ERR_USAGE (it is not set, and the thread has a transaction or a
 * snapshot open).
 */
PKS_EXPORT int pks_event_wait(struct pks_object *event, int timeout_ms);

PKS_END_DECLS
#endif
