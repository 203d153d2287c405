/* SPDX-License-Identifier: MIT */
/*
 * Owners as they are stored: a thread, [pid, start, boot, tid, start of the thread]; or a process, [pid, start, boot].
 * An owner whose tid is 0 is a process as a whole.
 */
#ifndef STORE_OWNER_ITEM_H
#define STORE_OWNER_ITEM_H

#include "base/owner.h"
#include "base/cbor.h"

/* The longest one, in bytes: six heads, and the boot. */
#define OWNER_ITEM_MAX (6 * ITEM_HEAD_MAX + PROC_BOOT_SIZE)

/* Where there is room for OWNER_ITEM_MAX bytes; returns its end. */
uint8_t *item_write_owner(uint8_t *to, const struct owner *owner);
void item_put_owner(struct buffer *buffer, const struct owner *owner);
/*
 * Reads one at `at`, or null as an owner whose pid is 0; *next_out is behind it. 0, or PKS_ERR_CORRUPT without a
 * message.
 */
int item_read_owner(const uint8_t *at, const uint8_t *end, struct owner *owner_out, const uint8_t **next_out);

void item_put_proc(struct buffer *buffer, const struct proc *proc);
/* Likewise; null is no process. */
int item_read_proc(const uint8_t *at, const uint8_t *end, struct proc *proc_out, const uint8_t **next_out);

#endif
