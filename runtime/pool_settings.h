/* SPDX-License-Identifier: MIT */
/*
 * What the store remembers about its pools, in the meta room, as pool/NAME/SETTING. What changes here is called inside
 * a transaction, or in one of its own.
 *
 * A pool is there from its first setting, or its first process, on: it then has the setting `channel`. The default one
 * is always there.
 */
#ifndef RUNTIME_POOL_SETTINGS_H
#define RUNTIME_POOL_SETTINGS_H

#include "pool.h"
#include "pool_name.h"

/* An integer: how many workers it has. Without it: pool_default_size(). */
#define POOL_SETTING_SIZE "size"
/* True: it starts nothing. Without it: it does. */
#define POOL_SETTING_PAUSED "paused"
/* A map: how its workers are (pool_outfit.h). Without it: as the supervisor. */
#define POOL_SETTING_OUTFIT "workers"
/* An integer: the channel on which its idle workers sleep. */
#define POOL_SETTING_CHANNEL "channel"

/* Who keeps them all: [pid, start, boot], as of a worker in a process's state. */
#define POOL_SUPERVISOR "supervisor"

/* max(POOL_SIZE_LEAST, CPUs): handlers also wait. One system call. */
#define POOL_SIZE_LEAST 4
unsigned pool_default_size(void);

/* `pool` is a valid name in all of these. PKS_NOT_FOUND when it is not set. */
int pool_setting_get(struct pks_store *store, const char *pool, const char *setting, struct pks_value *value_out);
int pool_setting_set(struct pks_store *store, const char *pool, const char *setting, const struct pks_value *value);
int pool_setting_del(struct pks_store *store, const char *pool, const char *setting); /* PKS_NOT_FOUND */

/* PKS_NOT_FOUND when there is no such pool. */
int pool_check(struct pks_store *store, const char *pool);
/* Whether it starts nothing. A damaged setting does not stop it. */
bool pool_is_paused(struct pks_store *store, const char *pool);
/* Makes it, unless it is there. */
int pool_register(struct pks_store *store, const char *pool);
/*
 * Its size as set, else `size_default`: a worker's own CPUs say nothing about the pool. 0, PKS_NOT_FOUND when there is
 * no such pool, PKS_ERR_CORRUPT.
 */
int pool_size(struct pks_store *store, const char *pool, unsigned size_default, unsigned *size_out);

/* Calls each(name, arg) for every pool, the default one first, until it returns another value than 0. */
int pool_each(struct pks_store *store, int (*each)(const char *name, void *arg), void *arg);

/*
 * Channels: the default pool has the first, others get one of their own as long as there are any. The last one is for
 * all those that came too late: a post on it wakes everybody who sleeps there.
 */
#define POOL_CHANNEL_DEFAULT 0
#define POOL_CHANNEL_SHARED 63

unsigned pool_channel(struct pks_store *store, const char *pool);
/* Wakes as many of the pool's idle workers; inside a transaction: when it commits. */
void pool_post(struct pks_store *store, const char *pool, int sleepers);
/* Has all of the pool look at its settings when the transaction commits. */
int pool_tell(struct pks_store *store, const char *pool);

#endif
