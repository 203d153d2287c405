/* SPDX-License-Identifier: MIT */
#include "output_lines.h"

#include "base/utf8.h"

#include <string.h>

/* The longest character of UTF-8, in bytes. */
#define CHARACTER_MAX 4

/* Where to cut a line that is too long: not inside a character, if it is UTF-8 up to there. */
static size_t cut(const char *data)
{
	size_t size = OUTPUT_LINE_MAX;

	for (int i = 1; i < CHARACTER_MAX && ((unsigned char)data[size] & 0xc0) == 0x80; i++)
		size--;
	return ((unsigned char)data[size] & 0xc0) == 0x80 ? OUTPUT_LINE_MAX : size;
}

static size_t find(const char *data, size_t size, bool last, struct output_line *line)
{
	size_t looked_at = size > OUTPUT_LINE_MAX ? OUTPUT_LINE_MAX + 1 : size;
	const char *end = memchr(data, '\n', looked_at);

	*line = (struct output_line){.text = data, .size = looked_at, .open = true};
	if (end) {
		line->size = (size_t)(end - data);
		line->open = false;
		return line->size + 1;
	}
	if (size > OUTPUT_LINE_MAX)
		return line->size = cut(data);
	return last ? size : 0;
}

size_t output_line_next(const char *data, size_t size, bool last, struct output_line *line_out)
{
	size_t used = size ? find(data, size, last, line_out) : 0;

	if (used)
		line_out->utf8 = utf8_valid(line_out->text, line_out->size);
	return used;
}

size_t output_lines_count(const char *data, size_t size, bool last, size_t *count_out)
{
	struct output_line line;
	size_t at = 0, used;

	*count_out = 0;
	while (at < size && (used = find(data + at, size - at, last, &line)) > 0) {
		at += used;
		++*count_out;
	}
	return at;
}
