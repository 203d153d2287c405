/* SPDX-License-Identifier: MIT */
#include "object.h"

#include "base/error.h"
#include "base/utf8.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

/* ---- handles ---- */

struct pks_object *object_handle_alone(struct pks_store *store, const struct state *state)
{
	size_t size = strlen(state->path) + 1;
	struct pks_object *object = malloc(sizeof(*object) + size);

	if (!object) {
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	object->store = store;
	object->id = state->id;
	atomic_init(&object->looked_after, 0);
	object->base = state->base;
	memcpy(object->type, state->type, sizeof(object->type));
	memcpy(object->class, state->class, sizeof(object->class));
	memcpy(object->path, state->path, size);
	object->opened = 0;
	object->next = NULL;
	object->link = &object->next; /* of no list: to be taken out of it changes nothing */
	return object;
}

struct pks_object *object_handle(struct pks_store *store, const struct state *state)
{
	struct pks_object *object = object_handle_alone(store, state);

	if (!object)
		return NULL;
	pthread_mutex_lock(&store->handles_lock);
	object->opened = ++store->handles_opened;
	object->next = store->handles;
	object->link = &store->handles;
	if (object->next)
		object->next->link = &object->next;
	store->handles = object;
	pthread_mutex_unlock(&store->handles_lock);
	return object;
}

/* The lock is held. */
static void unlink_handle(struct pks_object *object)
{
	*object->link = object->next;
	if (object->next)
		object->next->link = object->link;
	free(object);
}

void pks_object_close(struct pks_object *object)
{
	struct pks_store *store;

	if (!object)
		return;
	store = object->store;
	/* In a forked child the lock may be held by a thread that is not there. */
	if (store->fork_mark != fork_current())
		return;
	pthread_mutex_lock(&store->handles_lock);
	unlink_handle(object);
	pthread_mutex_unlock(&store->handles_lock);
}

void object_free_all(struct pks_store *store)
{
	layer_handles_close_since(store, 0);
}

uint64_t layer_handles_mark(struct pks_store *store)
{
	uint64_t mark;

	pthread_mutex_lock(&store->handles_lock);
	mark = store->handles_opened;
	pthread_mutex_unlock(&store->handles_lock);
	return mark;
}

void layer_handles_close_since(struct pks_store *store, uint64_t mark)
{
	pthread_mutex_lock(&store->handles_lock);
	while (store->handles && store->handles->opened > mark)
		unlink_handle(store->handles);
	view_end_since(store, mark);
	pthread_mutex_unlock(&store->handles_lock);
}

/* ---- checks ---- */

/* "an Event": how messages name a type. */
static const char *article(const char *title)
{
	return title[0] && strchr("AEIOaeio", title[0]) ? "an" : "a";
}

static int refuse_type(const struct pks_object *object, const char *wanted)
{
	const char *is = state_type_title(object->type);

	return error_set(PKS_ERR_TYPE, "%s: is %s %s, not %s %s", object->path, article(is), is, article(wanted),
	                 wanted);
}

int object_refuse(const struct pks_object *object, enum base base)
{
	int r = object ? store_check(object->store) : error_again();

	return r < 0 ? r : refuse_type(object, state_base_title(base));
}

const char *layer_path(const struct pks_object *object)
{
	return object ? object->path : "";
}

int layer_check(const struct pks_object *object, const char *type)
{
	int r = object_check(object, BASE_ANY);

	if (r < 0 || strcmp(object->type, type) == 0)
		return r;
	return refuse_type(object, state_type_title(type));
}

int object_check_value(const struct pks_object *object, const struct pks_value *value)
{
	if (!value || value->size == 0)
		return error_set(PKS_ERR_USAGE, "%s: the value is empty", object->path);
	if (value->size > PKS_VALUE_SIZE_MAX)
		return error_set(PKS_ERR_LIMIT, "%s: a value of %zu bytes; the limit is %zu", object->path, value->size,
		                 PKS_VALUE_SIZE_MAX);
	return 0;
}

int object_check_key(const struct pks_object *object, const char *key, size_t *size_out)
{
	size_t size;

	if (!key)
		return error_set(PKS_ERR_USAGE, "%s: the key is missing", object->path);
	size = strlen(key);
	if (size > PKS_KEY_MAX)
		return error_set(PKS_ERR_LIMIT, "%s: a key of %zu bytes; the limit is %d", object->path, size,
		                 PKS_KEY_MAX);
	if (!utf8_valid(key, size))
		return error_set(PKS_ERR_SYNTAX, "%s: a key that is not UTF-8", object->path);
	*size_out = size;
	return 0;
}

/* ---- how a call begins ---- */

int object_begin(struct scope *scope, const struct pks_object *object, enum base base, enum touch touch,
                 struct state **state_out)
{
	struct state *state;
	int r = object_check(object, base);

	if (r == 0)
		r = scope_begin(scope, object->store, touch == LOOK ? READ : WRITE);
	if (r != 0)
		return r;
	r = txn_state(scope->txn, object->id, &state);
	if (r == PKS_ERR_GONE)
		error_set(r, "%s: the object was dropped", object->path);
	if (r < 0)
		return scope_end(scope, r);
	if (touch == CHANGE)
		txn_touch(scope->txn, state);
	*state_out = state;
	return 0;
}
