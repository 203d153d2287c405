/* SPDX-License-Identifier: MIT */
/* UUIDs. identity_uuid.c is the one door to libuuid. */
#ifndef BASE_IDENTITY_H
#define BASE_IDENTITY_H

#include <pkstore/store.h>

#include <stdint.h>

/* A random one: RFC 9562, version 4. */
void identity_new(uint8_t uuid_out[16]);
/* One that is greater than those of earlier times, as bytes and as text: version 7. */
void identity_new_at(uint64_t time_ns, uint8_t uuid_out[16]);
void identity_text(const uint8_t uuid[16], char text_out[PKS_UUID_SIZE]);
/* 0, or PKS_ERR_SYNTAX without a message. */
int identity_parse(const char *text, uint8_t uuid_out[16]);

#endif
