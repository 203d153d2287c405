/* SPDX-License-Identifier: MIT */
/*
 * What goes to stdout. A write that fails (a full disk) ends the program with FAIL_STORE and a message; a closed pipe
 * ends it quietly and with FAIL_OK: who reads may leave when he has seen enough.
 */
#ifndef TOOLS_PRINT_H
#define TOOLS_PRINT_H

#include <pkstore/json.h>

/* To be called at the end of the program, and whenever somebody waits for the output. */
void print_flush(void);

/* As it is: for text of our own. */
void print_bytes(const void *bytes, size_t size);
void print_string(const char *string);
void print_format(const char *format, ...) PKS_PRINTF(1, 2);

/* Foreign text, escaped for terminals. */
void print_text(const char *text);
/* JSON text, with what terminals might obey escaped as JSON does; `indent` blanks more after each newline. */
void print_json(const char *json, int indent);
/* A value as JSON, without a newline behind it. */
void print_value(const struct pks_value *value, struct pks_store *store, enum pks_json_style style, int indent);

#endif
