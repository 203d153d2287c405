/* SPDX-License-Identifier: MIT */
/*
 * Commands: processes whose target is a list of texts, a program and its arguments.
 *
 * A command is a child of the worker, which waits for it, rather than being executed in the worker's place: so its
 * status is known exactly, its end is recorded in the one commit that also claims the next process, and a worker costs
 * nothing anew for it. It stays in the worker's process group and has its mark, so that what ends a worker's tree ends
 * the command: killed with the worker when that is killed. SIGTERM is for the command, which may catch it and end as it
 * likes: the worker itself holds it off meanwhile.
 */
#ifndef RUNTIME_COMMAND_H
#define RUNTIME_COMMAND_H

#include <pkstore/process.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

/* As a shell tells it. */
#define COMMAND_EXIT_NOT_EXECUTABLE 126
#define COMMAND_EXIT_NOT_FOUND 127

/* The arguments of a command, each with a NUL; ends with NULL. To be freed with command_free(). */
int command_read(struct pks_object *process, char ***argv_out);
void command_free(char **argv);

/* Whether its target is a list. */
bool command_is(struct pks_object *process);
/* The list as one line, as far as it fits, for people. */
void command_describe(const struct pks_value *target, char *text, size_t size);

struct command_end {
	int exitcode;        /* when it could not be executed: as a shell tells it */
	bool started;        /* then wait_status tells how it ended */
	int wait_status;
	struct rusage usage; /* of the command, and of children that it has waited for */
	char reason[512];    /* why it was not */
};

/*
 * Runs it in the present folder and environment, with `input`, a text or bytes, on its stdin ({0}: /dev/null), and
 * waits for its end. 0, or an error of the system.
 */
int command_run(char *const argv[], const struct pks_value *input, struct command_end *end_out);

#endif
