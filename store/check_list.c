/* SPDX-License-Identifier: MIT */
/* Lists of a fixed form, in which types keep what is beside their items: own elements, holders, waiters. */
#include "check.h"

#include "base/proc.h"
#include "base/cbor.h"

/* [pid, start, boot, thread, start of the thread] */
#define BOOT_ELEMENT 2

static bool is_owner_element(uint64_t i, const struct item *item)
{
	bool id = i == 0 || i == CHECK_PROCESS; /* of the process, of the thread */

	if (i == BOOT_ELEMENT)
		return item->type == ITEM_BYTES && item->number == PROC_BOOT_SIZE;
	return item->type == ITEM_UINT && (!id || (item->number > 0 && item->number <= INT32_MAX));
}

unsigned check_owner(const uint8_t *at, const uint8_t *end)
{
	struct item list, item;

	if (item_read(at, end, &list) < 0 || list.type != ITEM_ARRAY ||
	    (list.number != CHECK_THREAD && list.number != CHECK_PROCESS))
		return 0;
	at = list.next;
	for (uint64_t i = 0; i < list.number; i++) {
		if (item_read(at, end, &item) < 0 || !is_owner_element(i, &item))
			return 0;
		at = item.next;
	}
	return (unsigned)list.number;
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
	case 't':
		return item.type == ITEM_NULL || check_owner(at, end) == CHECK_THREAD;
	case 'P':
		return check_owner(at, end) == CHECK_PROCESS;
	default:
		return check_owner(at, end) > 0;
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

/* As long as the form; nothing at all where a new object has nothing. */
static bool is_whole(const struct check_object *object, const char *form)
{
	const struct state *state = &object->state;
	struct item list;

	if (state->own_size == 0)
		return object->type->new_keeps_nothing;
	return item_read(state->own, state->own + state->own_size, &list) == 0 && list.number == strlen(form);
}

bool check_own(struct check_object *object, const char *form, uint64_t *numbers_out)
{
	const struct state *state = &object->state;

	if (is_whole(object, form) && check_list((struct bytes){state->own, state->own_size}, form, numbers_out))
		return true;
	check_find(object->check, PKS_CHECK_STATE, NULL, "the header's own element is not as it should be");
	return false;
}
