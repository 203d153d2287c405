/* SPDX-License-Identifier: MIT */
/* Output, cut into entries of a Log. Pure. */
#ifndef RUNTIME_OUTPUT_LINES_H
#define RUNTIME_OUTPUT_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* A longer line makes several entries, each of which shares a page of the store with others, or nearly fills one. */
#define OUTPUT_LINE_MAX 3968

struct output_line {
	const char *text; /* without its newline */
	size_t size;
	bool open; /* no newline came behind it: the next entry of the stream goes on with the line */
	bool utf8;
};

/*
 * The first line of `data`: how many bytes it takes, its newline included. 0: there is no whole one yet; when it is the
 * `last` that will ever come, what there is counts as one.
 */
size_t output_line_next(const char *data, size_t size, bool last, struct output_line *line_out);

/* How many bytes of `data` are whole lines in this sense, and how many lines that is. */
size_t output_lines_count(const char *data, size_t size, bool last, size_t *count_out);

#endif
