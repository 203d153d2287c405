/* SPDX-License-Identifier: MIT */
/* Printing what a process has written. */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <pkstore/process.h>

#include <stdbool.h>

/*
 * Prints an entry of a process's output (pkstore/output.h): byte by byte as it was written, but for what a terminal
 * might obey when it goes to one. To stdout; `apart`: what was written to stderr to stderr.
 */
void output_print(const struct pks_value *entry, bool apart);

/* Prints what the process writes, stdout and stderr apart, until it has ended; a call that fails ends the program. */
void output_follow(struct pks_object *process, const char *what);

#endif
