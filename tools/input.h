/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_INPUT_H
#define TOOLS_INPUT_H

#include <stddef.h>

/* All that there is on stdin, with a NUL behind it; to be freed. What cannot be read ends the program. */
char *input_read_all(size_t *size_out);

#endif
