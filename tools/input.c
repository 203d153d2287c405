/* SPDX-License-Identifier: MIT */
#include "input.h"

#include "fail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of stdin is read at once. */
#define INPUT_CHUNK ((size_t)64 * 1024)

char *input_read_all(size_t *size_out)
{
	char *text = NULL;
	size_t size = 0, capacity = 0, got;

	do {
		if (capacity - size < INPUT_CHUNK + 1) {
			capacity = capacity * 2 + INPUT_CHUNK + 1;
			text = fail_no_memory(realloc(text, capacity));
		}
		got = fread(text + size, 1, INPUT_CHUNK, stdin);
		size += got;
	} while (got > 0);
	if (ferror(stdin))
		fail(FAIL_STORE, "standard input: %s", strerror(errno));
	text[size] = '\0';
	*size_out = size;
	return text;
}
