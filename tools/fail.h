/* SPDX-License-Identifier: MIT */
/*
 * How the tool ends when something is wrong: one line `pkstore: path: reason` on stderr, and an exit code that a script
 * can tell apart. What the program opened is closed by exit(3), see open.h.
 */
#ifndef TOOLS_FAIL_H
#define TOOLS_FAIL_H

#include "command.h"

#include <pkstore/error.h>

#include <stddef.h>

enum fail_exit {
	FAIL_OK = 0,
	FAIL_NO = 1,     /* the answer is no: not there, timed out */
	FAIL_MISUSE = 2, /* called wrongly, then the usage goes to stderr, too; or with data that can never be right */
	FAIL_STORE = 3,  /* the store, or the system, failed */
};

/* Whose usage is printed after FAIL_MISUSE; NULL: that of the tool as a whole. */
void fail_set_command(const struct command *command);

/* Prints the line, escaped, and for FAIL_MISUSE the usage; returns the exit code. */
int fail_warn(int exit_code, const char *format, ...) PKS_PRINTF(2, 3);
/* The same, and exits. */
_Noreturn void fail(int exit_code, const char *format, ...) PKS_PRINTF(2, 3);

/*
 * The same without the usage: a path or JSON is wrong, not how the command was called, and the message alone is what
 * helps.
 */
int fail_warn_data(int exit_code, const char *format, ...) PKS_PRINTF(2, 3);
_Noreturn void fail_data(int exit_code, const char *format, ...) PKS_PRINTF(2, 3);

/* The exit code for a code of the library. Codes that say that what was given can never be right are misuse. */
int fail_exit_of(int code);

/*
 * For what a call of the library returned, not 0; `what` it was about, usually a path. For negative codes,
 * PKS_FULL and PKS_NOT_FOUND the library's own message is printed.
 */
int fail_warn_code(int code, const char *what);
_Noreturn void fail_code(int code, const char *what);
/* fail_code() unless code is 0. */
void fail_if(int code, const char *what);
/* For a NULL handle: prints the library's message. */
_Noreturn void fail_handle(const char *what);

/* Forwards what malloc() and the like returned, unless it is NULL: then the program ends. */
void *fail_no_memory(void *memory);

#endif
