/* SPDX-License-Identifier: MIT */
/*
 * Who created a process: one number in its state, so that it costs no record.
 *
 *     > 0    the id of the Process whose handler did, or whose command or what that has started (within.h)
 *     < 0    a Unix process, whose identity (pid, start and boot) it is a hash of. Different ones have different
 *            numbers but for one pair in four thousand million, so it tells a program which processes are its own,
 *            and is nothing to be trusted with anybody's life: what ends a process has the whole identity (daemon.h)
 *     0      nobody knows
 */
#ifndef RUNTIME_PARENT_H
#define RUNTIME_PARENT_H

#include "base/proc.h"

#include <pkstore/store.h>

/* The number of whoever runs here now: the handler's or the command's process, or this Unix process. */
int64_t parent_here(struct pks_store *store);
/* The number of a Unix process. Pure. */
int64_t parent_number(const struct proc *proc);

#endif
