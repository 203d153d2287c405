/* SPDX-License-Identifier: MIT */
#include "kind.h"

#include <string.h>

static const struct kind *const kinds[] = {
	&kind_array,
	&kind_dict,
	&kind_log,
	&kind_object,
	&kind_process,
	&kind_lifoqueue,
	&kind_priorityqueue,
	&kind_queue,
	&kind_value,
	&kind_lock,
	&kind_rlock,
	&kind_semaphore,
	&kind_boundedsemaphore,
	&kind_event,
	&kind_condition,
	&kind_barrier,
	&kind_pipe,
};

/* Of a type that a newer pkstore made: its items are not for us to read. */
static const struct kind kind_unknown = {.type = ""};

const struct kind *kind_find(const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i]->type, type))
			return kinds[i];
	return &kind_unknown;
}
