/* SPDX-License-Identifier: MIT */
/* The types of objects: what each is based on, how messages write it, what belongs to it. */
#include "state.h"

#include <string.h>

/* Attributes that only a layer may change. */
static const char *const process_reserved[] = {"state", "history", "report", "progress", NULL};

static const struct type {
	const char *name;
	const char *title; /* as messages write it */
	enum base base;
	const char *const *reserved; /* NULL: none */
} types[] = {
	{"dict", "Dict", BASE_DICT, NULL},
	{"log", "Log", BASE_LOG, NULL},
	{"process", "Process", BASE_DICT, process_reserved},
	{"queue", "Queue", BASE_QUEUE, NULL},
	{"lifoqueue", "LifoQueue", BASE_QUEUE, NULL},
	{"priorityqueue", "PriorityQueue", BASE_QUEUE, NULL},
	{"value", "Value", BASE_VALUE, NULL},
	{"array", "Array", BASE_ARRAY, NULL},
	{"pipe", "Pipe", BASE_PIPE, NULL},
	{"lock", "Lock", BASE_LOCK, NULL},
	{"rlock", "RLock", BASE_LOCK, NULL},
	{"semaphore", "Semaphore", BASE_SEMAPHORE, NULL},
	{"boundedsemaphore", "BoundedSemaphore", BASE_SEMAPHORE, NULL},
	{"event", "Event", BASE_EVENT, NULL},
	{"condition", "Condition", BASE_CONDITION, NULL},
	{"barrier", "Barrier", BASE_BARRIER, NULL},
	{"object", "Object", BASE_OBJECT, NULL},
};

static const struct type *find_type(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

enum base state_base(const char *type)
{
	const struct type *found = find_type(type);

	return found ? found->base : BASE_UNKNOWN;
}

const char *state_type_title(const char *type)
{
	const struct type *found = find_type(type);

	return found ? found->title : type;
}

const char *state_base_title(enum base base)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].base == base)
			return types[i].title;
	return "object";
}

bool state_reserves(const char *type, const char *attribute)
{
	const struct type *found = find_type(type);

	for (const char *const *at = found ? found->reserved : NULL; at && *at; at++)
		if (strcmp(*at, attribute) == 0)
			return true;
	return false;
}

const char *state_owned(const char *type)
{
	return strcmp(type, "process") == 0 ? "output" : NULL;
}
