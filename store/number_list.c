/* SPDX-License-Identifier: MIT */
#include "number_list.h"

#include "base/cbor.h"

#include <pkstore/error.h>

#include <string.h>

int number_list_read(struct bytes record, const char *form, uint64_t *numbers_out)
{
	const uint8_t *end = (const uint8_t *)record.data + record.size;
	struct item item;

	if (record.size == 0 || item_read(record.data, end, &item) < 0 || item.type != ITEM_ARRAY ||
	    item.number != strlen(form))
		return PKS_ERR_CORRUPT;
	for (; *form; form++) {
		if (item_read(item.next, end, &item) < 0 || item.type != (*form == 'u' ? ITEM_UINT : ITEM_BOOL))
			return PKS_ERR_CORRUPT;
		*numbers_out++ = item.number;
	}
	return item.next == end ? 0 : PKS_ERR_CORRUPT;
}
