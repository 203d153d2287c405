/* SPDX-License-Identifier: MIT */
/*
 * A Pipe: of each direction the messages from its first to before its next sequence, all of them; and who has the ends
 * open. Holders that are dead are no fault: whoever comes next sees to them.
 */
#include "check.h"

#include <inttypes.h>

/* The header's own element: duplex, opened, last ticket, first 0, next 0, first 1, next 1. */
#define OWN_FORM "buuuuuu"
enum { OWN_DUPLEX, OWN_OPENED, OWN_TICKET, OWN_FIRST, OWN_NEXT, OWN_ELEMENTS = 7 };
#define OWN_OF(element, direction) ((element) + 2 * (direction))

#define DIRECTIONS 2
/* A holder's key: the end, and its ticket. */
#define END_SHIFT 56

static void check_holder(struct check_object *object, struct bytes name, struct bytes value)
{
	struct check_pipe *pipe = &object->seen.pipe;
	uint64_t key, numbers[2];

	if (check_numbered(object, name, &key)) {
		uint64_t end = key >> END_SHIFT, ticket = key & ((UINT64_C(1) << END_SHIFT) - 1);

		if (end >= DIRECTIONS)
			check_find(object->check, PKS_CHECK_KEY, NULL, "a Pipe has the ends 0 and 1 only");
		else
			pipe->open |= 1u << end;
		pipe->ticket = ticket > pipe->ticket ? ticket : pipe->ticket;
	}
	if (check_value(object->check, value) && (!check_list(value, "Pu", numbers) || !numbers[0]))
		check_find(object->check, PKS_CHECK_VALUE, NULL, "the record is not [owner, since] as it should be");
}

static void check_message(struct check_object *object, struct bytes name, struct bytes value)
{
	struct check_pipe *pipe = &object->seen.pipe;
	unsigned direction = name.size ? *(const uint8_t *)name.data : DIRECTIONS;
	uint64_t sequence;

	check_value(object->check, value);
	if (name.size != 1 + sizeof(sequence) || direction >= DIRECTIONS) {
		check_find(object->check, PKS_CHECK_KEY, NULL, "the key is no direction and sequence");
		return;
	}
	sequence = key_get_u64((const uint8_t *)name.data + 1);
	if (pipe->messages[direction]++ == 0)
		pipe->first[direction] = sequence;
	else if (sequence != pipe->next[direction])
		check_find(object->check, PKS_CHECK_CONTENT, NULL,
		           "message %" PRIu64 " follows one before %" PRIu64 ": there is a gap", sequence,
		           pipe->next[direction]);
	pipe->next[direction] = sequence + 1;
}

static void pipe_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	if (part == PART_HELD)
		check_holder(object, name, value);
	else
		check_message(object, name, value);
}

static void check_ends(struct check_object *object, const uint64_t *own)
{
	const struct check_pipe *pipe = &object->seen.pipe;

	if (own[OWN_OPENED] >> DIRECTIONS || pipe->open & ~own[OWN_OPENED])
		check_find(object->check, PKS_CHECK_STATE, NULL, "the header does not say which ends were ever opened");
	if (pipe->ticket > own[OWN_TICKET])
		check_find(object->check, PKS_CHECK_STATE, NULL,
		           "the last ticket is %" PRIu64 ", but somebody has %" PRIu64, own[OWN_TICKET], pipe->ticket);
}

static void pipe_end(struct check_object *object)
{
	const struct check_pipe *pipe = &object->seen.pipe;
	uint64_t own[OWN_ELEMENTS];

	if (!check_own(object, OWN_FORM, own))
		return;
	check_ends(object, own);
	for (int direction = 0; direction < DIRECTIONS; direction++) {
		uint64_t first = own[OWN_OF(OWN_FIRST, direction)], next = own[OWN_OF(OWN_NEXT, direction)];
		bool any = pipe->messages[direction] > 0;

		if (any ? pipe->first[direction] != first || pipe->next[direction] != next : first != next)
			check_find(object->check, PKS_CHECK_STATE, NULL,
			           "the header has the messages of end %d from %" PRIu64 " to before %" PRIu64
			           ", which they are not",
			           direction, first, next);
	}
}

const struct check_type check_pipe = {
	.base = BASE_PIPE,
	.keeps = true,
	.parts = 1u << PART_ITEM | 1u << PART_HELD,
	.record = pipe_record,
	.end = pipe_end,
};
