/* SPDX-License-Identifier: MIT */
/* Lists of a fixed form, in which types keep what is beside their items: own elements, holders, waiters. */
#include "check.h"

#include "base/proc.h"
#include "cbor.h"

/* A thread, [pid, start, boot, thread, start of the thread], or a process: the first three. */
#define THREAD_ELEMENTS 5
#define PROCESS_ELEMENTS 3
#define BOOT_ELEMENT 2

bool check_owner(const uint8_t *at, const uint8_t *end)
{
	struct item list, item;

	if (item_read(at, end, &list) < 0 || list.type != ITEM_ARRAY ||
	    (list.number != THREAD_ELEMENTS && list.number != PROCESS_ELEMENTS))
		return false;
	at = list.next;
	for (uint64_t i = 0; i < list.number; i++) {
		if (item_read(at, end, &item) < 0)
			return false;
		if (i == BOOT_ELEMENT ? item.type != ITEM_BYTES || item.number != PROC_BOOT_SIZE
		                      : item.type != ITEM_UINT)
			return false;
		at = item.next;
	}
	return true;
}

static bool is_element(char form, const uint8_t *at, const uint8_t *end, uint64_t *number_out)
{
	struct item item;

	if (item_read(at, end, &item) < 0)
		return false;
	*number_out = item.type == ITEM_NULL ? 0 : item.number;
	switch (form) {
	case 'u':
		return item.type == ITEM_UINT;
	case 'b':
		return item.type == ITEM_BOOL;
	case 'o':
		return item.type == ITEM_NULL || check_owner(at, end);
	default:
		return check_owner(at, end);
	}
}

bool check_list(struct bytes value, const char *form, uint64_t *numbers_out)
{
	const uint8_t *at = value.data, *end = at + value.size;
	struct item list;

	memset(numbers_out, 0, strlen(form) * sizeof(*numbers_out));
	if (value.size == 0) /* a header's own element that is null */
		return true;
	if (item_end(at, end) != end || item_read(at, end, &list) < 0 || list.type != ITEM_ARRAY ||
	    list.number > strlen(form))
		return false;
	at = list.next;
	for (uint64_t i = 0; i < list.number; i++) {
		if (!is_element(form[i], at, end, &numbers_out[i]))
			return false;
		at = item_end(at, end);
	}
	return true;
}

bool check_own(struct check_object *object, const char *form, uint64_t *numbers_out)
{
	const struct state *state = &object->state;

	if (check_list((struct bytes){state->own, state->own_size}, form, numbers_out))
		return true;
	check_find(object->check, PKS_CHECK_STATE, NULL, "the header's own element is not as it should be");
	return false;
}
