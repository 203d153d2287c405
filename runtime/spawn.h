/* SPDX-License-Identifier: MIT */
/*
 * Starting programs from a process that may have any number of threads: nothing of this process but the descriptors
 * named here goes into the new one, and its signals are as a login leaves them.
 */
#ifndef RUNTIME_SPAWN_H
#define RUNTIME_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

struct spawn {
	const char *program;    /* absolute */
	const char *argument;   /* the only one; NULL: none */
	const char *const *set; /* "NAME=value" to set in the environment, or "NAME" to remove; ends with NULL */
	int output; /* becomes the descriptor `output_as`; -1: none. What of 0, 1 and 2 it is not is /dev/null */
	int output_as;
	bool own_group; /* the leader of a process group of its own */
};

/*
 * The new process is the caller's child. 0, or PKS_ERR_POOL with a message: also when the program cannot be executed.
 */
int spawn_start(const struct spawn *spawn, pid_t *pid_out);

/* The present environment changed by `set`; to be freed with free(): its strings are borrowed. NULL: out of memory. */
char **spawn_environment(const char *const *set);

/*
 * Reads the descriptor to its end and cuts off what does not fit; the text ends with a NUL. False when the timeout
 * passed first.
 */
bool spawn_read_all(int fd, int timeout_ms, char *text, size_t size, size_t *size_out);

#endif
