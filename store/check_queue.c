/* SPDX-License-Identifier: MIT */
/*
 * Queues: what can be had, is held or is buried, each under its place; the header counts all three, and knows a
 * sequence that no item has had.
 */
#include "check.h"

#include "base/cbor.h"

#include <inttypes.h>

/* The header's own element. */
enum { OWN_NEXT, OWN_UNFINISHED, OWN_RESERVED, OWN_BURIED, OWN_ELEMENTS };

#define SEQUENCE_SIZE sizeof(uint64_t)

/* The sequence is at the end of the place. */
static bool take_place(struct check_object *object, struct bytes name, uint64_t *sequence_out)
{
	bool priorities = strcmp(object->state.type, "priorityqueue") == 0;
	size_t before = priorities ? SEQUENCE_SIZE : 0;

	if (name.size == before + SEQUENCE_SIZE) {
		*sequence_out = key_get_u64((const uint8_t *)name.data + before);
		return true;
	}
	check_find(object->check, PKS_CHECK_KEY, NULL, "the key is no place of %zu bytes", before + SEQUENCE_SIZE);
	return false;
}

static bool is_item(const uint8_t *at, const uint8_t *end, enum item_type type)
{
	struct item item;

	return item_read(at, end, &item) == 0 && item.type == type;
}

/* Behind the value: the deliveries, unless it was never reserved; of a held item, who holds it and since when. */
static bool is_rest(enum part part, const uint8_t *at, const uint8_t *end)
{
	const uint8_t *behind;

	if (at == end)
		return part != PART_HELD;
	if (!is_item(at, end, ITEM_UINT) || (part == PART_HELD && *at == 0))
		return false;
	at = item_end(at, end);
	if (part != PART_HELD)
		return at == end;
	behind = item_end(at, end);
	return behind && check_owner(at, behind) == CHECK_PROCESS && is_item(behind, end, ITEM_UINT) &&
	       item_end(behind, end) == end;
}

static void queue_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	const uint8_t *at = value.data, *end = at + value.size, *behind = item_end(at, end);
	struct check_queue *queue = &object->seen.queue;
	uint64_t sequence;

	if (take_place(object, name, &sequence) && sequence >= queue->next)
		queue->next = sequence + 1;
	if (part == PART_HELD || part == PART_BURIED)
		check_once(object, PART_ITEM, name);
	if (part == PART_BURIED)
		check_once(object, PART_HELD, name);
	if (!behind)
		check_value(object->check, value);
	else if (check_value(object->check, (struct bytes){at, (size_t)(behind - at)}) && !is_rest(part, behind, end))
		check_find(object->check, PKS_CHECK_VALUE, NULL,
		           "what stands behind the value is not as it should be in this part");
}

static void set_own(struct check_object *object, const uint64_t *numbers)
{
	struct state *right = &object->right;
	struct buffer item = {0};
	unsigned elements = OWN_ELEMENTS;

	while (elements > 0 && numbers[elements - 1] == 0)
		elements--;
	item_put_array(&item, elements);
	for (unsigned i = 0; i < elements; i++)
		item_put_uint(&item, numbers[i]);
	if (item.failed)
		check_fail(object->check, PKS_ERR_MEMORY);
	else
		memcpy(right->own, item.data, item.size);
	right->own_size = elements > 0 && !item.failed ? item.size : 0;
	buffer_release(&item);
}

static void queue_end(struct check_object *object)
{
	static const char repair[] = "the header is rewritten";
	const struct state *state = &object->state;
	const uint64_t *records = object->records;
	uint64_t own[OWN_ELEMENTS], next = object->seen.queue.next;
	bool good = check_list((struct bytes){state->own, state->own_size}, "uuuu", own);

	if (!good) {
		check_find(object->check, PKS_CHECK_STATE, repair, "the header's own element is not as it should be");
		own[OWN_NEXT] = 0;
		own[OWN_UNFINISHED] = records[PART_ITEM] + records[PART_HELD] + records[PART_BURIED];
	} else if (own[OWN_NEXT] < next) {
		check_find(object->check, PKS_CHECK_STATE, repair,
		           "the next item is to get the sequence %" PRIu64 ", but there is one with %" PRIu64,
		           own[OWN_NEXT], next - 1);
	}
	if (good && (own[OWN_RESERVED] != records[PART_HELD] || own[OWN_BURIED] != records[PART_BURIED]))
		check_find(object->check, PKS_CHECK_COUNT, repair,
		           "the header counts %" PRIu64 " reserved and %" PRIu64 " buried items, there are %" PRIu64
		           " and %" PRIu64,
		           own[OWN_RESERVED], own[OWN_BURIED], records[PART_HELD], records[PART_BURIED]);
	own[OWN_NEXT] = own[OWN_NEXT] < next ? next : own[OWN_NEXT];
	own[OWN_RESERVED] = records[PART_HELD];
	own[OWN_BURIED] = records[PART_BURIED];
	set_own(object, own);
}

const struct check_type check_queue = {
	.base = BASE_QUEUE,
	.keeps = true,
	.parts = 1u << PART_ITEM | 1u << PART_HELD | 1u << PART_BURIED,
	.record = queue_record,
	.end = queue_end,
};
