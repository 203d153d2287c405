/* SPDX-License-Identifier: MIT */
/*
 * Text of foreign origin made safe for terminals: control characters, those of C1 too, what turns the writing direction
 * around, and bytes that are not UTF-8 come out as escapes. Anything else stays as it is.
 */
#ifndef TOOLS_ESCAPE_H
#define TOOLS_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

enum escape_style {
	ESCAPE_TEXT, /* \n, \t, \x1b, \u202e */
	ESCAPE_JSON, /* of JSON text: \u001b, and the newlines between its tokens stay */
};

/* The longest escape, "\\u202e", with its NUL. */
#define ESCAPE_MAX 7

/* Text that is taken apart into pieces: runs that are safe, and escapes of what is not. */
struct escape_pieces {
	const char *text; /* what is left of it */
	size_t size;
	enum escape_style style;
	char escaped[ESCAPE_MAX];
};

/* The next piece, valid until the next call, and its size; NULL behind the last one. */
const char *escape_next(struct escape_pieces *pieces, size_t *size_out);

/* The escaped text, to be freed with free(); never NULL: it ends the program when there is no memory. */
char *escape(const char *text, size_t size, enum escape_style style);

/* How many columns of a terminal the escaped text takes. */
size_t escape_width(const char *text);

/* The bytes of the UTF-8 character at `text`, 1 for a byte that begins none; *point_out is then UINT32_MAX. */
size_t escape_char(const char *text, size_t size, uint32_t *point_out);

#endif
