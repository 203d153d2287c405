/* SPDX-License-Identifier: MIT */
/*
 * Programs within a command: what a process runs that is a command, and whatever that starts. They know whose they are
 * by their environment, "PKSTORE_PROCESS=<store's uuid>/<process's id>/<attempt>", so that what they create has that
 * process for its parent, and its place in the pool is free while they wait for others.
 *
 * Several programs of one command may wait at once. Each says so at the beginning, and each end takes it back; who waits
 * still says it again as often as it looks around. One that is killed while it waits leaves it said, and the pool a
 * place too many until the command ends.
 */
#ifndef RUNTIME_WITHIN_H
#define RUNTIME_WITHIN_H

#include <pkstore/store.h>

#include <stdatomic.h>
#include <stdbool.h>

#define WITHIN_ENV "PKSTORE_PROCESS"
/* With the NUL. */
#define WITHIN_SIZE (PKS_UUID_SIZE + sizeof("/18446744073709551615/4294967295"))

struct within {
	uint64_t id; /* 0: of none of this store's */
	uint32_t attempt;
	atomic_uint waiting; /* threads of this program */
};

/* What this program's environment says of the store. */
void within_read(const char *uuid, struct within *within_out);
/* For a command's environment. */
void within_write(const char *uuid, uint64_t id, uint32_t attempt, char text_out[WITHIN_SIZE]);

/* False: this program is within no command, and there is nothing to be resumed. */
bool within_pause(struct pks_store *store);
void within_resume(struct pks_store *store);
/* Who waits looks around. */
void within_say_again(struct pks_store *store);

#endif
