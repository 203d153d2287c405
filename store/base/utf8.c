/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* The top bit of each byte of a word: none is set in eight bytes of ASCII. */
#define UTF8_HIGH_BITS UINT64_C(0x8080808080808080)

static const uint8_t *utf8_skip_ascii(const uint8_t *at, const uint8_t *end)
{
	while (end - at >= 8) {
		uint64_t word;

		memcpy(&word, at, sizeof(word));
		if (word & UTF8_HIGH_BITS)
			break;
		at += 8;
	}
	while (at < end && *at < 0x80)
		at++;
	return at;
}

/*
 * The bytes that a character takes by its first byte, and the range of the second byte, which is where overlong forms,
 * surrogates and what is above U+10FFFF show (RFC 3629, section 4). 0: no character begins so.
 */
static unsigned utf8_form(uint8_t first, uint8_t *low, uint8_t *high)
{
	*low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

static const uint8_t *utf8_character(const uint8_t *at, const uint8_t *end)
{
	uint8_t low, high;
	unsigned length = utf8_form(*at, &low, &high);

	if (length == 0 || end - at < (ptrdiff_t)length || at[1] < low || at[1] > high)
		return NULL;
	for (unsigned i = 2; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return NULL;
	}
	return at + length;
}

bool utf8_valid(const void *text, size_t size)
{
	const uint8_t *at = text, *end;

	if (size == 0)
		return true;
	end = at + size;
	while ((at = utf8_skip_ascii(at, end)) < end) {
		at = utf8_character(at, end);
		if (!at)
			return false;
	}
	return true;
}
