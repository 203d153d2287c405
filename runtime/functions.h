/* SPDX-License-Identifier: MIT */
/*
 * What this program has forked for which process: a function is nothing that could be stored, so that only who has it
 * in its memory can run it once more.
 */
#ifndef RUNTIME_FUNCTIONS_H
#define RUNTIME_FUNCTIONS_H

#include <pkstore/method.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct function {
	uint64_t process;
	pks_function_fn run; /* NULL: the process's own target */
	void *arg;
	unsigned flags; /* of pks_process_fork() */
};

struct functions {
	pthread_mutex_t lock;
	struct function *items;
	size_t count, room;
};

void functions_init(struct functions *functions);
void functions_release(struct functions *functions);

/* Keeps it as long as the process is there; without memory for that nobody can find it. Not in a transaction. */
void functions_note(struct pks_store *store, const struct function *function);
bool functions_find(struct pks_store *store, uint64_t process, struct function *function_out);

#endif
