/* SPDX-License-Identifier: MIT */
/*
 * What a process's options say about the place where its handler runs: working folder, environment, log level, output.
 * A worker is the same again for the next one: what was set for one process is taken back after it.
 */
#ifndef RUNTIME_SURROUNDINGS_H
#define RUNTIME_SURROUNDINGS_H

#include "output.h"
#include "process_options.h"

struct surroundings {
	char **environment; /* made for the process; NULL: the worker's own */
	char **own_environment; /* the worker's strings */
	int own_folder; /* a descriptor of it; -1: it was not left */
	int own_level;
	bool silent;
};

/*
 * Makes them as the options say. 0, or an error with a message, with nothing changed: PKS_ERR_IO and such when the
 * folder cannot be entered, PKS_ERR_CORRUPT when the environment is none.
 */
int surroundings_enter(struct surroundings *surroundings, struct pks_store *store,
		       const struct process_options *options);
void surroundings_leave(struct surroundings *surroundings, struct pks_store *store, const struct output *output);

/*
 * The environment that the options name, and the pool's mark: everything that a pool starts carries that. To be freed
 * with surroundings_free_environment(). NULL and the error.
 */
char **surroundings_environment(const struct pks_value *env);
void surroundings_free_environment(char **environment);

#endif
