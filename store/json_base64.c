/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <string.h>

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Three bytes are four digits of six bits. */
#define BASE64_BYTES 3
#define BASE64_DIGITS 4
#define BASE64_MASK 0x3f

void json_base64_encode(const void *bytes, size_t size, struct buffer *text)
{
	const uint8_t *from = bytes;
	uint8_t *to = buffer_add(text, (size + BASE64_BYTES - 1) / BASE64_BYTES * BASE64_DIGITS + 1);

	if (!to)
		return;
	for (size_t i = 0; i < size; i += BASE64_BYTES) {
		size_t left = size - i;
		uint32_t group = (uint32_t)from[i] << 16;

		group |= left > 1 ? (uint32_t)from[i + 1] << 8 : 0;
		group |= left > 2 ? from[i + 2] : 0;
		*to++ = (uint8_t)base64_digits[group >> 18];
		*to++ = (uint8_t)base64_digits[group >> 12 & BASE64_MASK];
		*to++ = left > 1 ? (uint8_t)base64_digits[group >> 6 & BASE64_MASK] : '=';
		*to++ = left > 2 ? (uint8_t)base64_digits[group & BASE64_MASK] : '=';
	}
	*to = '\0';
}

static int base64_value(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

/* One group of four; `digits` of them are not padding. Bits behind the last byte must be 0: one text for each value. */
static bool base64_group(const char *text, unsigned digits, uint8_t *to)
{
	uint32_t group = 0;

	for (unsigned i = 0; i < BASE64_DIGITS; i++) {
		int value = i < digits ? base64_value(text[i]) : 0;

		if (value < 0)
			return false;
		group = group << 6 | (uint32_t)value;
	}
	for (unsigned i = 0; i + 1 < digits; i++)
		to[i] = (uint8_t)(group >> (16 - 8 * i));
	return digits == BASE64_DIGITS || (group & (UINT32_MAX >> (8 + 8 * (digits - 1)))) == 0;
}

static unsigned base64_padding(const char *text, size_t size)
{
	if (size == 0 || text[size - 1] != '=')
		return 0;
	return text[size - 2] == '=' ? 2 : 1;
}

int json_base64_decode(const char *text, struct buffer *bytes)
{
	size_t size = strlen(text), groups = size / BASE64_DIGITS;
	unsigned padding;
	uint8_t *to;

	if (size % BASE64_DIGITS != 0)
		return PKS_ERR_SYNTAX;
	padding = base64_padding(text, size);
	to = buffer_add(bytes, groups * BASE64_BYTES - padding);
	if (!to)
		return PKS_ERR_MEMORY;
	for (size_t i = 0; i < groups; i++) {
		unsigned digits = BASE64_DIGITS - (i + 1 == groups ? padding : 0);

		if (!base64_group(text + i * BASE64_DIGITS, digits, to + i * BASE64_BYTES))
			return PKS_ERR_SYNTAX;
	}
	return 0;
}
