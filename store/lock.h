/* SPDX-License-Identifier: MIT */
/* What a Condition shares with a Lock. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "lock_line.h"

/* pks_lock_acquire() and pks_lock_release(), also through a Condition. */
int lock_enter(struct pks_object *object, enum base base, int timeout_ms);
int lock_exit(struct pks_object *object, enum base base);

/* PKS_ERR_STATE, and a message that names the owner. */
int lock_not_yours(const struct lock *lock);

#endif
