/* SPDX-License-Identifier: MIT */
/*
 * Daemons: processes that are tied to the life of who made them so, their keeper: a Unix process, or an attempt of a
 * process.
 *
 * The whole keeper stands in the process's option `daemon`: [pid, start, boot], and for an attempt the process's id and
 * the attempt's number behind it. So that nobody has to look through all processes for it, the same transaction notes
 * the keeper among the store's settings, under a name that is made of it. The supervisor watches the keepers that are
 * noted there. When one is gone, it terminates what is tied to it, whatever its status, and then takes the note away.
 *
 * Who dies where. The keeper can tie nothing more once it is gone: it writes no more, and an attempt's writes are
 * fenced. So what the supervisor finds then is all there is. The supervisor, before it has taken the note away: the
 * next one does it once more, and finds those that are left. A process that is restarted when its keeper is gone, and
 * the note with it, makes a new note by that (process.c), and is terminated again.
 */
#ifndef RUNTIME_DAEMON_H
#define RUNTIME_DAEMON_H

#include "base/proc.h"

#include <pkstore/object.h>

#include <stdbool.h>

#define DAEMON_OPTION "daemon"

/* Keepers that are noted: DAEMON_NOTES and more; the value is the keeper's. */
#define DAEMON_NOTES "daemon/"
/* A note's name: the boot in hexadecimal, and four numbers. */
#define DAEMON_NOTE_SIZE (sizeof(DAEMON_NOTES) + 2 * PROC_BOOT_SIZE + 4 * 21)

struct keeper {
	struct proc proc;
	uint64_t process; /* 0: it is the Unix process */
	uint32_t attempt;
};

/* Returns 0, or PKS_ERR_CORRUPT without a message. Pure. */
int daemon_keeper_read(const struct pks_value *value, struct keeper *keeper_out);
bool daemon_keeper_equal(const struct keeper *a, const struct keeper *b);
void daemon_note_name(const struct keeper *keeper, char name_out[DAEMON_NOTE_SIZE]);

/* Whether it is still there: 0, PKS_NOT_FOUND, or as a read. */
int daemon_keeper_lives(struct pks_store *store, const struct keeper *keeper);
/*
 * Inside a transaction, when a process is submitted: notes its keeper, if it has one. The note may be gone with the
 * keeper, of one that is restarted, or was copied or loaded; then the supervisor ends it at once.
 */
int daemon_note(struct pks_object *process);
/* Terminates all that is tied to it, and takes the note away. To be called again when it answers an error. */
int daemon_end_all(struct pks_store *store, const struct keeper *keeper);

#endif
