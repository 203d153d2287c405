/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include <pkstore/error.h>

#include <uuid/uuid.h>

_Static_assert(PKS_UUID_SIZE == UUID_STR_LEN, "libuuid writes as many bytes as the public header promises");

void identity_new(uint8_t uuid_out[16])
{
	uuid_generate_random(uuid_out);
}

/*
 * RFC 9562, 5.7: 48 bits of milliseconds since 1970, the version, 12 bits that here are the fraction of the millisecond
 * (6.2, method 3), and random ones, the first two of which are the variant of both versions.
 */
void identity_new_at(uint64_t time_ns, uint8_t uuid_out[16])
{
	uint64_t ms = time_ns / 1000000, fraction = (time_ns % 1000000 << 12) / 1000000;

	uuid_generate_random(uuid_out);
	for (int i = 0; i < 6; i++)
		uuid_out[i] = (uint8_t)(ms >> (40 - 8 * i));
	uuid_out[6] = (uint8_t)(0x70 | fraction >> 8);
	uuid_out[7] = (uint8_t)fraction;
}

/* RFC 9562, 4. libuuid's own is an snprintf() of eleven numbers, and the path of a nameless process is made of this. */
void identity_text(const uint8_t uuid[16], char text_out[PKS_UUID_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		*text_out++ = digits[uuid[i] >> 4];
		*text_out++ = digits[uuid[i] & 15];
		if (i == 3 || i == 5 || i == 7 || i == 9)
			*text_out++ = '-';
	}
	*text_out = '\0';
}

int identity_parse(const char *text, uint8_t uuid_out[16])
{
	uuid_t uuid;

	if (uuid_parse(text, uuid) != 0)
		return PKS_ERR_SYNTAX;
	uuid_copy(uuid_out, uuid);
	return 0;
}
