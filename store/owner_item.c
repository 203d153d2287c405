/* SPDX-License-Identifier: MIT */
#include "owner_item.h"

#include <pkstore/error.h>

#include <string.h>

#define OWNER_ELEMENTS 5

void item_put_owner(struct buffer *buffer, const struct owner *owner)
{
	item_put_array(buffer, OWNER_ELEMENTS);
	item_put_int(buffer, owner->proc.pid);
	item_put_uint(buffer, owner->proc.start);
	item_put_bytes(buffer, owner->proc.boot, PROC_BOOT_SIZE);
	item_put_int(buffer, owner->tid);
	item_put_uint(buffer, owner->tid_start);
}

static int read_number(const uint8_t **at, const uint8_t *end, uint64_t max, uint64_t *number_out)
{
	struct item item;

	if (item_read(*at, end, &item) < 0 || item.type != ITEM_UINT || item.number > max)
		return PKS_ERR_CORRUPT;
	*at = item.next;
	*number_out = item.number;
	return 0;
}

static int read_boot(const uint8_t **at, const uint8_t *end, uint8_t boot_out[PROC_BOOT_SIZE])
{
	struct item item;

	if (item_read(*at, end, &item) < 0 || item.type != ITEM_BYTES || item.number != PROC_BOOT_SIZE)
		return PKS_ERR_CORRUPT;
	memcpy(boot_out, item.data, PROC_BOOT_SIZE);
	*at = item.next;
	return 0;
}

static int read_elements(const uint8_t **at, const uint8_t *end, struct owner *owner)
{
	uint64_t pid = 0, tid = 0;
	int r = read_number(at, end, INT32_MAX, &pid);

	if (r == 0)
		r = read_number(at, end, UINT64_MAX, &owner->proc.start);
	if (r == 0)
		r = read_boot(at, end, owner->proc.boot);
	if (r == 0)
		r = read_number(at, end, INT32_MAX, &tid);
	if (r == 0)
		r = read_number(at, end, UINT64_MAX, &owner->tid_start);
	owner->proc.pid = (int64_t)pid;
	owner->tid = (int64_t)tid;
	return r;
}

int item_read_owner(const uint8_t *at, const uint8_t *end, struct owner *owner_out, const uint8_t **next_out)
{
	struct owner owner = {0};
	struct item item;
	int r = item_read(at, end, &item);

	if (r == 0 && item.type != ITEM_NULL && (item.type != ITEM_ARRAY || item.number != OWNER_ELEMENTS))
		r = PKS_ERR_CORRUPT;
	if (r < 0)
		return r;
	at = item.next;
	if (item.type != ITEM_NULL)
		r = read_elements(&at, end, &owner);
	if (r == 0) {
		*owner_out = owner;
		*next_out = at;
	}
	return r;
}
