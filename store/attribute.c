/* SPDX-License-Identifier: MIT */
/* Attributes and metadata. */
#include "base/error.h"
#include "base/cbor.h"
#include "items.h"
#include "iter.h"
#include "named.h"

int pks_attr_get(struct pks_object *object, const char *name, struct pks_value *value_out)
{
	struct named named;
	int r = named_at(&named, object, BASE_ANY, PART_ATTRIBUTE, name);

	return r < 0 ? r : named_get(&named, value_out);
}

int layer_attr_find(struct pks_object *object, const char *name, struct pks_value *value_out)
{
	struct named named;
	int r = named_at(&named, object, BASE_ANY, PART_ATTRIBUTE, name);

	return r < 0 ? r : named_find(&named, value_out);
}

int pks_attr_getf(struct pks_object *object, const char *name, const char *format, ...)
{
	struct named named;
	va_list args;
	int r = named_at(&named, object, BASE_ANY, PART_ATTRIBUTE, name);

	if (r < 0)
		return r;
	va_start(args, format);
	r = named_vgetf(&named, format, args);
	va_end(args);
	return r;
}

static int attribute_to_change(struct named *named, const struct pks_object *object, const char *name)
{
	int r = named_at(named, object, BASE_ANY, PART_ATTRIBUTE, name);

	if (r == 0 && state_reserves(object->type, name))
		return error_set(PKS_ERR_USAGE, "%s: the attribute '%s' of a %s is not for others to change",
		                 object->path, name, object->type);
	return r;
}

int pks_attr_set(struct pks_object *object, const char *name, const struct pks_value *value)
{
	struct named named;
	int r = attribute_to_change(&named, object, name);

	return r < 0 ? r : named_set(&named, value);
}

int pks_attr_setf(struct pks_object *object, const char *name, const char *format, ...)
{
	struct named named;
	va_list args;
	int r = attribute_to_change(&named, object, name);

	if (r < 0)
		return r;
	va_start(args, format);
	r = named_vsetf(&named, format, args);
	va_end(args);
	return r;
}

int pks_attr_del(struct pks_object *object, const char *name)
{
	struct named named;
	int r = attribute_to_change(&named, object, name);

	return r < 0 ? r : named_del(&named);
}

int layer_attr_set(struct pks_object *object, const char *name, const struct pks_value *value)
{
	struct named named;
	int r = named_at(&named, object, BASE_ANY, PART_ATTRIBUTE, name);

	named.freely = true;

	return r < 0 ? r : named_set(&named, value);
}

int layer_attr_del(struct pks_object *object, const char *name)
{
	struct named named;
	int r = named_at(&named, object, BASE_ANY, PART_ATTRIBUTE, name);

	return r < 0 ? r : named_del(&named);
}

/* From name to name: what is found behind one tells of all names before it that they are not there. */
static int look(struct txn *txn, uint64_t id, const char *const *names, uint32_t *found_out)
{
	struct bytes at = {0}, value;
	int r = 0;

	for (unsigned i = 0; names[i]; i++) {
		struct key key;
		int order;

		key_named(&key, id, PART_ATTRIBUTE, names[i], strlen(names[i]));
		if (!at.size || key_compare(at, key_bytes(&key)) < 0)
			r = engine_from(txn->engine, key_bytes(&key), &at, &value);
		if (r != 0)
			return r == PKS_NOT_FOUND ? 0 : r;
		order = key_compare(at, key_bytes(&key));
		*found_out |= order == 0 ? UINT32_C(1) << i : 0;
	}
	return 0;
}

int layer_attr_look(struct pks_object *object, const char *const *names, uint32_t *found_out)
{
	struct scope scope = {0};
	struct state *state;
	uint32_t found = 0;
	int r = object_begin(&scope, object, BASE_ANY, LOOK, &state);

	if (r == 0)
		r = scope_end(&scope, look(scope.txn, state->id, names, &found));
	if (r == 0)
		*found_out = found;
	return r;
}

static int forget(struct scope *scope, struct state *state, struct named *named, const char *name)
{
	struct bytes value;
	int r;

	key_named(&named->key, state->id, PART_ATTRIBUTE, name, strlen(name));
	r = engine_get(scope->txn->engine, key_bytes(&named->key), &value);
	if (r == PKS_NOT_FOUND)
		return 0;
	return r < 0 ? r : named_remove(scope, state, named);
}

static int forget_each(struct scope *scope, struct state *state, const struct pks_object *object,
                       const char *const *names)
{
	struct named named = {.object = object, .base = BASE_ANY, .part = PART_ATTRIBUTE};
	int r = 0;

	for (; r == 0 && *names; names++)
		r = forget(scope, state, &named, *names);
	return r;
}

int layer_attr_forget(struct pks_object *object, const char *const *names)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, object, BASE_ANY, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, forget_each(&scope, state, object, names));
	} while (scope_again(&scope, r));
	return r;
}

struct pks_iter *pks_attr_iter(struct pks_object *object)
{
	return iter_new(object, BASE_ANY, PART_ATTRIBUTE, NULL);
}

/* ---- metadata: one record ---- */

int pks_object_metadata(struct pks_object *object, struct pks_value *map_out)
{
	static const uint8_t empty_map[] = {0xa0};
	struct scope scope = {0};
	struct state *state;
	struct bytes bytes;
	struct key key;
	int r = object_begin(&scope, object, BASE_ANY, LOOK, &state);

	if (r != 0)
		return r;
	key_part(&key, state->id, PART_METADATA);
	r = engine_get(scope.txn->engine, key_bytes(&key), &bytes);
	if (r == PKS_NOT_FOUND) {
		*map_out = (struct pks_value){.data = empty_map, .size = sizeof(empty_map)};
		return scope_end(&scope, 0);
	}
	if (r == 0)
		r = scope_lend(&scope, bytes, map_out);
	return scope_end(&scope, r);
}

static int put_metadata(struct scope *scope, struct state *state, const struct pks_value *map)
{
	uint64_t before = state->bytes;
	struct pks_value held;
	struct key key;
	int r = scope_hold(scope, map, &held);

	if (r < 0)
		return r;
	key_part(&key, state->id, PART_METADATA);
	r = items_room_at(scope->txn, state, &key, held.size, false);
	if (r == 0)
		txn_touch(scope->txn, state);
	if (r == 0)
		r = items_put(scope->txn, state, &key, (struct bytes){held.data, held.size}, NULL);
	if (r == 0)
		object_shrank(scope->txn, state, before);
	pks_value_clear(&held);
	return r;
}

int pks_object_set_metadata(struct pks_object *object, const struct pks_value *map)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_check(object, BASE_ANY);

	if (r == 0)
		r = object_check_value(object, map);
	if (r == 0 && pks_value_kind(map) != PKS_KIND_MAP)
		r = error_set(PKS_ERR_TYPE, "%s: metadata must be a map", object->path);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, object, BASE_ANY, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, put_metadata(&scope, state, map));
	} while (scope_again(&scope, r));
	return r;
}
