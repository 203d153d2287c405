/* SPDX-License-Identifier: MIT */
/* Targets: "MODULE:HANDLER" as a process stores it, or the name of a handler in this program. */
#ifndef RUNTIME_TARGET_H
#define RUNTIME_TARGET_H

#include <pkstore/store.h>

#include <stddef.h>

struct target {
	char module[PKS_STORE_PATH_SIZE];
	const char *handler; /* within the text that was parsed */
};

/* Returns 0, or PKS_ERR_MODULE with a message when it is not MODULE:HANDLER. */
int target_parse(const char *text, struct target *target_out);

/*
 * What to store for a target: the module's absolute path if it can be found, else as given. Returns 0, PKS_ERR_MODULE
 * (this program has no such handler), PKS_ERR_LIMIT.
 */
int target_resolve(const char *text, char text_out[PKS_STORE_PATH_SIZE]);

#endif
