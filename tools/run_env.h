/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_RUN_ENV_H
#define TOOLS_RUN_ENV_H

#include <pkstore/process_options.h>

/* Gives the process our environment, with some more: texts NAME=TEXT, which replace ours. As a call of the library. */
int run_env_set(struct pks_object *process, char **added, size_t added_count);

#endif
