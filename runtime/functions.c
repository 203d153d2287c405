/* SPDX-License-Identifier: MIT */
#include "functions.h"

#include "pool.h"

#include <stdlib.h>

#define ROOM_FIRST 16

void functions_init(struct functions *functions)
{
	pthread_mutex_init(&functions->lock, NULL);
	functions->items = NULL;
	functions->count = functions->room = 0;
}

void functions_release(struct functions *functions)
{
	free(functions->items);
	pthread_mutex_destroy(&functions->lock);
}

static struct function *find(const struct functions *functions, uint64_t process)
{
	for (size_t i = functions->count; i-- > 0;)
		if (functions->items[i].process == process)
			return &functions->items[i];
	return NULL;
}

static bool is_dropped(struct pks_store *store, uint64_t process)
{
	struct pks_object *object = pks_object_from_id(store, process);
	bool dropped = !object && pks_error_code() == PKS_ERR_GONE;

	pks_object_close(object);
	return dropped;
}

/* Only when it is full: so each of them is looked at a few times at most. */
static void forget_dropped(struct pks_store *store, struct functions *functions)
{
	size_t kept = 0;

	for (size_t i = 0; i < functions->count; i++)
		if (!is_dropped(store, functions->items[i].process))
			functions->items[kept++] = functions->items[i];
	functions->count = kept;
}

/* More than half full after that it would have to be looked through again soon. */
static bool make_room(struct pks_store *store, struct functions *functions)
{
	size_t room = functions->room ? 2 * functions->room : ROOM_FIRST;
	struct function *items;

	forget_dropped(store, functions);
	if (functions->room && functions->count <= functions->room / 2)
		return true;
	items = realloc(functions->items, room * sizeof(*items));
	if (!items)
		return functions->count < functions->room;
	functions->items = items;
	functions->room = room;
	return true;
}

static struct function *add(struct pks_store *store, struct functions *functions)
{
	if (functions->count == functions->room && !make_room(store, functions))
		return NULL;
	return &functions->items[functions->count++];
}

void functions_note(struct pks_store *store, const struct function *function)
{
	struct functions *functions = &pool_of(store)->functions;
	struct function *at;

	pthread_mutex_lock(&functions->lock);
	at = find(functions, function->process);
	if (!at)
		at = add(store, functions);
	if (at)
		*at = *function;
	pthread_mutex_unlock(&functions->lock);
}

bool functions_find(struct pks_store *store, uint64_t process, struct function *function_out)
{
	struct pool *pool = pool_of(store);
	const struct function *found;

	if (!pool)
		return false;
	pthread_mutex_lock(&pool->functions.lock);
	found = find(&pool->functions, process);
	if (found)
		*function_out = *found;
	pthread_mutex_unlock(&pool->functions.lock);
	return found;
}
