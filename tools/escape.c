/* SPDX-License-Identifier: MIT */
#include "escape.h"

#include "fail.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

size_t escape_char(const char *text, size_t size, uint32_t *point_out)
{
	const unsigned char *at = (const unsigned char *)text;
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = at[0] < 0x80 ? 1 : at[0] >> 5 == 0x6 ? 2 : at[0] >> 4 == 0xe ? 3 : at[0] >> 3 == 0x1e ? 4 : 0;
	uint32_t point = length > 1 ? at[0] & (0xffu >> (length + 1)) : at[0];

	*point_out = UINT32_MAX;
	if (length == 0 || length > size)
		return 1;
	for (size_t i = 1; i < length; i++) {
		if (at[i] >> 6 != 0x2)
			return 1;
		point = point << 6 | (at[i] & 0x3f);
	}
	if (point < smallest[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 1;
	*point_out = point;
	return length;
}

/* Whether a terminal may do something else with the character than to show it. */
static bool escape_unsafe(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x200e && point <= 0x200f) ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == UINT32_MAX;
}

static bool escape_keeps(uint32_t point, enum escape_style style)
{
	return !escape_unsafe(point) || (style == ESCAPE_JSON && point == '\n');
}

static size_t escape_one(char out[ESCAPE_MAX], unsigned char byte, uint32_t point, enum escape_style style)
{
	const char *letter = style == ESCAPE_TEXT && point && point < 0x20 ? strchr("\nn\tt\rr", (int)point) : NULL;
	unsigned number = point == UINT32_MAX ? 0xfffd : point & 0xffff;

	if (letter)
		return (size_t)snprintf(out, ESCAPE_MAX, "\\%c", letter[1]);
	if (style == ESCAPE_TEXT && (point < 0x80 || point == UINT32_MAX))
		return (size_t)snprintf(out, ESCAPE_MAX, "\\x%02x", byte);
	return (size_t)snprintf(out, ESCAPE_MAX, "\\u%04x", number);
}

const char *escape_next(struct escape_pieces *pieces, size_t *size_out)
{
	const char *piece = pieces->text;
	size_t run = 0, length;
	uint32_t point;

	if (pieces->size == 0)
		return NULL;
	for (; run < pieces->size; run += length) {
		length = escape_char(piece + run, pieces->size - run, &point);
		if (!escape_keeps(point, pieces->style))
			break;
	}
	if (run == 0) {
		*size_out = escape_one(pieces->escaped, (unsigned char)*piece, point, pieces->style);
		piece = pieces->escaped;
		run = length;
	} else {
		*size_out = run;
	}
	pieces->text += run;
	pieces->size -= run;
	return piece;
}

char *escape(const char *text, size_t size, enum escape_style style)
{
	struct escape_pieces pieces = {.text = text, .size = size, .style = style};
	char *out = fail_no_memory(malloc(size * (ESCAPE_MAX - 1) + 1));
	size_t used = 0, piece_size;

	for (const char *piece; (piece = escape_next(&pieces, &piece_size)) != NULL; used += piece_size)
		memcpy(out + used, piece, piece_size);
	out[used] = '\0';
	return out;
}

size_t escape_width(const char *text)
{
	size_t width = 0;
	uint32_t point;

	for (size_t size = strlen(text), length; size > 0; text += length, size -= length) {
		length = escape_char(text, size, &point);
		int columns = wcwidth((wchar_t)point);
		width += columns < 0 ? 1 : (size_t)columns;
	}
	return width;
}
