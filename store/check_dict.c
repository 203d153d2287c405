/* SPDX-License-Identifier: MIT */
/* Types of which nothing is to be checked beyond what all objects have; and those that this library does not know. */
#include "check.h"

const struct check_type check_dict = {.base = BASE_DICT, .parts = 1u << PART_ITEM};

/* A plain Object: attributes only. */
const struct check_type check_plain = {.base = BASE_OBJECT};

static void unknown_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	(void)object, (void)part, (void)name, (void)value;
}

const struct check_type check_unknown = {
	.base = BASE_UNKNOWN,
	.keeps = true,
	.parts = 1u << PART_ITEM | 1u << PART_HELD | 1u << PART_WAITING | 1u << PART_BURIED,
	.record = unknown_record,
};
