/* SPDX-License-Identifier: MIT */
/*
 * The stores that this process has open, by device and inode of their directories. A second environment of one
 * directory in one process would drop the first one's locks (they are POSIX locks, which any close of the file gives
 * up), so each opening looks here first, and opening and closing happen under the one lock.
 */
#ifndef STORE_REGISTRY_H
#define STORE_REGISTRY_H

#include "store.h"

void registry_lock(void);
void registry_unlock(void);

/* All under the lock. */

/* The open store of that directory, or NULL. What a forked child inherited does not count: it cannot be used there. */
struct pks_store *registry_find(dev_t device, ino_t inode);
void registry_add(struct pks_store *store);
void registry_remove(struct pks_store *store);

#endif
