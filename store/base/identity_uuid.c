/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include <pkstore/error.h>

#include <uuid/uuid.h>

_Static_assert(PKS_UUID_SIZE == UUID_STR_LEN, "libuuid writes as many bytes as the public header promises");

void identity_new(uint8_t uuid_out[16])
{
	uuid_generate_random(uuid_out);
}

void identity_text(const uint8_t uuid[16], char text_out[PKS_UUID_SIZE])
{
	uuid_unparse_lower(uuid, text_out);
}

int identity_parse(const char *text, uint8_t uuid_out[16])
{
	uuid_t uuid;

	if (uuid_parse(text, uuid) != 0)
		return PKS_ERR_SYNTAX;
	uuid_copy(uuid_out, uuid);
	return 0;
}
