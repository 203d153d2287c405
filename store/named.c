/* SPDX-License-Identifier: MIT */
#include "named.h"

#include "base/error.h"
#include "items.h"

int named_at(struct named *named, const struct pks_object *object, enum base base, enum part part, const char *name)
{
	size_t size;
	int r = object_check(object, base);

	if (r == 0)
		r = object_check_key(object, name, &size);
	if (r < 0)
		return r;
	if (part == PART_ATTRIBUTE && size == 0)
		return error_set(PKS_ERR_LIMIT, "%s: an attribute's name is empty", object->path);
	named->object = object;
	named->base = base;
	named->part = part;
	named->freely = false;
	key_named(&named->key, object->id, part, name, size);
	return 0;
}

int named_at_cell(struct named *named, const struct pks_object *cell)
{
	int r = object_check(cell, BASE_VALUE);

	if (r < 0)
		return r;
	named->object = cell;
	named->base = BASE_VALUE;
	named->part = PART_ITEM;
	named->freely = false;
	key_part(&named->key, cell->id, PART_ITEM);
	return 0;
}

static const char *kind_of_name(const struct named *named)
{
	return named->part == PART_ITEM ? "key" : "attribute";
}

int named_missing(const struct named *named)
{
	if (named->base == BASE_VALUE)
		return error_tell(PKS_NOT_FOUND, named->object->path, "the Value is not set");
	return error_quote(PKS_NOT_FOUND, named->object->path,
	                   named->part == PART_ITEM ? "there is no key" : "there is no attribute",
	                   named->key.data + KEY_OBJECT_SIZE, named->key.size - KEY_OBJECT_SIZE);
}

static int not_unpacked(const struct named *named, int code)
{
	if (named->base == BASE_VALUE)
		return error_about(code, "%s", named->object->path);
	return error_about(code, "%s: %s '%.*s'", named->object->path, kind_of_name(named),
	                   (int)(named->key.size - KEY_OBJECT_SIZE), (const char *)named->key.data + KEY_OBJECT_SIZE);
}

int named_read(const struct scope *scope, const struct named *named, struct bytes *bytes_out)
{
	int r = engine_get(scope->txn->engine, key_bytes(&named->key), bytes_out);

	return r == PKS_NOT_FOUND ? named_missing(named) : r;
}


static int put_held(struct scope *scope, struct state *state, const struct named *named, const struct pks_value *held)
{
	struct bytes value = {held->data, held->size};
	uint64_t before = state->bytes;
	bool added = false, entry = named->part == PART_ITEM;
	int r = named->freely ? 0 : items_room_at(scope->txn, state, &named->key, value.size, entry);

	if (r != 0)
		return r;
	txn_touch(scope->txn, state);
	r = items_put(scope->txn, state, &named->key, value, &added);
	if (r == 0 && entry)
		state->count += added;
	if (r == 0 && !entry)
		object_shrank(scope->txn, state, before);
	if (r == 0 && named->freely)
		state->bytes_freely += (int64_t)(state->bytes - before);
	return r;
}

int named_put(struct scope *scope, struct state *state, const struct named *named, const struct pks_value *value)
{
	struct pks_value held;
	int r = scope_hold(scope, value, &held);

	if (r < 0)
		return r;
	r = put_held(scope, state, named, &held);
	pks_value_clear(&held);
	return r;
}

int named_remove(struct scope *scope, struct state *state, const struct named *named)
{
	uint64_t before = state->bytes;
	int r = items_del(scope->txn, state, &named->key);

	if (r == PKS_NOT_FOUND)
		return named_missing(named);
	if (r < 0)
		return r;
	txn_touch(scope->txn, state);
	if (named->part == PART_ITEM)
		state->count--;
	else
		object_shrank(scope->txn, state, before);
	return 0;
}

int named_find(const struct named *named, struct pks_value *value_out)
{
	struct scope scope = {0};
	struct state *state;
	struct bytes bytes;
	int r = object_begin(&scope, named->object, named->base, LOOK, &state);

	if (r != 0)
		return r;
	r = engine_get(scope.txn->engine, key_bytes(&named->key), &bytes);
	if (r == 0)
		r = scope_lend(&scope, bytes, value_out);
	return scope_end(&scope, r);
}

int named_get(const struct named *named, struct pks_value *value_out)
{
	int r = named_find(named, value_out);

	return r == PKS_NOT_FOUND ? named_missing(named) : r;
}

int named_vgetf(const struct named *named, const char *format, va_list args)
{
	struct scope scope = {0};
	struct state *state;
	struct bytes bytes;
	int r = object_begin(&scope, named->object, named->base, LOOK, &state);

	if (r != 0)
		return r;
	r = named_read(&scope, named, &bytes);
	if (r == 0) {
		r = scope_unpack(&scope, bytes, format, args);
		if (r != 0)
			not_unpacked(named, r);
	}
	return scope_end(&scope, r);
}

int named_set(const struct named *named, const struct pks_value *value)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_check_value(named->object, value);

	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, named->object, named->base, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, named_put(&scope, state, named, value));
	} while (scope_again(&scope, r));
	return r;
}

int named_vsetf(const struct named *named, const char *format, va_list args)
{
	struct pks_value value = {0};
	int r = pks_value_vpack(&value, format, args);

	if (r == 0)
		r = named_set(named, &value);
	pks_value_clear(&value);
	return r;
}

int named_del(const struct named *named)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, named->object, named->base, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, named_remove(&scope, state, named));
	} while (scope_again(&scope, r));
	return r;
}
