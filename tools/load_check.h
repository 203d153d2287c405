/* SPDX-License-Identifier: MIT */
/*
 * What `pkstore load` refuses before anything is created: looked at in the passes LOAD_CHECK and LOAD_REFER. Each ends
 * the program, with the line and the path, when it is wrong.
 */
#ifndef TOOLS_LOAD_CHECK_H
#define TOOLS_LOAD_CHECK_H

#include "load.h"

/* `least`: how short it may be. */
void load_check_key(struct load *load, const char *key, size_t least);
/* Reads the value that is next: `what` it is, and its key or NULL, for the message; `of_items`: of a kind's items. */
void load_check_value(struct load *load, const char *what, const char *key, bool of_items);
/* The value that was read is this member of the kind. */
void load_check_member(struct load *load, const struct kind_member *member);
/* Whether the object has all that it needs. */
void load_check_end(struct load *load);

#endif
