/* SPDX-License-Identifier: MIT */
#ifndef STORE_DICT_H
#define STORE_DICT_H

#include "named.h"

/* named_at() for a Dict's item. */
static inline int dict_item(struct named *named, const struct pks_object *dict, const char *key)
{
	return named_at(named, dict, BASE_DICT, PART_ITEM, key);
}

#endif
