/* SPDX-License-Identifier: MIT */
/* Records that are a list of a fixed form, of numbers: most of what types keep in their header's own item. */
#ifndef STORE_NUMBER_LIST_H
#define STORE_NUMBER_LIST_H

#include "engine.h"

/*
 * Reads a record with an element for each letter of `form`: 'u' an unsigned number, 'b' a boolean, which is 0 or 1.
 * PKS_ERR_CORRUPT without a message.
 */
int number_list_read(struct bytes record, const char *form, uint64_t *numbers_out);

#endif
