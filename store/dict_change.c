/* SPDX-License-Identifier: MIT */
/* Dict: calls that read and write in one transaction. */
#include "base/error.h"
#include "named.h"

#include <pkstore/builder.h>
#include <pkstore/dict.h>

#include <stdlib.h>

static int item_at(struct named *named, const struct pks_object *dict, const char *key)
{
	return named_at(named, dict, BASE_DICT, PART_ITEM, key);
}

/* ---- pop ---- */

/* The value is copied: its memory is given up with the item. */
static int pop(struct scope *scope, struct state *state, const struct named *item, struct pks_value *value_out)
{
	struct bytes bytes;
	int r = named_read(scope, item, &bytes);

	if (r == 0)
		r = pks_value_copy(&(struct pks_value){.data = bytes.data, .size = bytes.size}, value_out);
	return r == 0 ? named_remove(scope, state, item) : r;
}

int pks_dict_pop(struct pks_object *dict, const char *key, struct pks_value *value_out)
{
	struct scope scope = {0};
	struct pks_value value = {0};
	struct state *state;
	struct named item;
	int r = item_at(&item, dict, key);

	if (r < 0)
		return r;
	do {
		pks_value_clear(&value);
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, pop(&scope, state, &item, &value));
	} while (scope_again(&scope, r));
	if (r == 0)
		*value_out = value;
	else
		pks_value_clear(&value);
	return r;
}

/* The last key of the Dict. PKS_EMPTY. */
static int last_item(struct scope *scope, const struct pks_object *dict, struct named *item_out)
{
	struct engine_cursor *cursor;
	struct bytes key, value;
	struct key end, part;
	int r = engine_cursor_open(scope->txn->engine, &cursor);

	if (r < 0)
		return r;
	key_part(&part, dict->id, PART_ITEM);
	key_part(&end, dict->id, PART_END);
	r = engine_seek_before(cursor, key_bytes(&end), &key, &value);
	if (r == PKS_NOT_FOUND || (r == 0 && !key_begins(key, key_bytes(&part))))
		r = error_set(PKS_EMPTY, "%s: the Dict is empty", dict->path);
	if (r == 0) {
		*item_out = (struct named){.object = dict, .base = BASE_DICT, .part = PART_ITEM};
		memcpy(item_out->key.data, key.data, key.size);
		item_out->key.size = key.size;
	}
	engine_cursor_close(cursor);
	return r;
}

static int popitem(struct scope *scope, struct state *state, const struct pks_object *dict, char **key_out,
                   struct pks_value *value_out)
{
	struct named item;
	int r = last_item(scope, dict, &item);

	if (r != 0)
		return r;
	*key_out = strndup((const char *)item.key.data + KEY_OBJECT_SIZE, item.key.size - KEY_OBJECT_SIZE);
	if (!*key_out)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	return pop(scope, state, &item, value_out);
}

int pks_dict_popitem(struct pks_object *dict, char **key_out, struct pks_value *value_out)
{
	struct scope scope = {0};
	struct pks_value value = {0};
	struct state *state;
	char *key = NULL;
	int r;

	do {
		free(key);
		key = NULL;
		pks_value_clear(&value);
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, popitem(&scope, state, dict, &key, &value));
	} while (scope_again(&scope, r));
	if (r == 0) {
		*key_out = key;
		*value_out = value;
	} else {
		free(key);
		pks_value_clear(&value);
	}
	return r;
}

/* ---- update ---- */

static int set_pair(struct scope *scope, struct state *state, const struct pks_object *dict, const struct pks_value *key,
                    const struct pks_value *value)
{
	struct named item;
	char *name;
	int r = pks_value_string(key, &name);

	if (r < 0)
		return error_set(r, "%s: a map whose keys are not all text", dict->path);
	r = item_at(&item, dict, name);
	if (r == 0)
		r = named_put(scope, state, &item, value);
	free(name);
	return r;
}

static int set_pairs(struct scope *scope, struct state *state, const struct pks_object *dict, const struct pks_value *map)
{
	struct pks_value_iter pairs;
	struct pks_value key, value;
	int r = pks_value_iter_init(&pairs, map);

	while (r == 0 && (r = pks_value_next(&pairs, &key, &value)) == 0)
		r = set_pair(scope, state, dict, &key, &value);
	return r == PKS_END ? 0 : r;
}

int pks_dict_update(struct pks_object *dict, const struct pks_value *map)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_check(dict, BASE_DICT);

	if (r == 0)
		r = object_check_value(dict, map);
	if (r == 0 && pks_value_kind(map) != PKS_KIND_MAP)
		r = error_set(PKS_ERR_TYPE, "%s: a Dict is updated with a map", dict->path);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, set_pairs(&scope, state, dict, map));
	} while (scope_again(&scope, r));
	return r;
}

/* ---- add ---- */

/* What is under the key; `zero` when nothing is. */
static int read_number(const struct scope *scope, const struct named *item, const struct pks_value *zero,
                       struct pks_value *number_out)
{
	struct bytes bytes;
	int r = named_read(scope, item, &bytes);

	if (r == PKS_NOT_FOUND) {
		*number_out = *zero;
		return 0;
	}
	if (r == 0)
		*number_out = (struct pks_value){.data = bytes.data, .size = bytes.size};
	return r;
}

static const struct pks_value integer_zero = {.data = "\x00", .size = 1};

static int put_packed(struct scope *scope, struct state *state, const struct named *item, int packed,
                      struct pks_value *value)
{
	int r = packed == 0 ? named_put(scope, state, item, value) : packed;

	pks_value_clear(value);
	return r;
}

static int add(struct scope *scope, struct state *state, const struct named *item, int64_t by, int64_t *sum_out)
{
	struct pks_value value = {0};
	int64_t number;
	int r = read_number(scope, item, &integer_zero, &value);

	if (r == 0)
		r = pks_value_int(&value, &number);
	if (r < 0)
		return r;
	if (__builtin_add_overflow(number, by, sum_out))
		return error_set(PKS_ERR_RANGE, "%s: the sum does not fit int64_t", item->object->path);
	value = (struct pks_value){0};
	return put_packed(scope, state, item, pks_value_pack(&value, "I", *sum_out), &value);
}

int pks_dict_add(struct pks_object *dict, const char *key, int64_t by, int64_t *sum_out)
{
	struct scope scope = {0};
	struct state *state;
	struct named item;
	int64_t sum = 0;
	int r = item_at(&item, dict, key);

	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, add(&scope, state, &item, by, &sum));
	} while (scope_again(&scope, r));
	if (r == 0 && sum_out)
		*sum_out = sum;
	return r;
}

static int add_double(struct scope *scope, struct state *state, const struct named *item, double by, double *sum_out)
{
	struct pks_value value = {0};
	double number;
	int r = read_number(scope, item, &integer_zero, &value);

	if (r == 0)
		r = pks_value_double(&value, &number);
	if (r < 0)
		return r;
	*sum_out = number + by;
	value = (struct pks_value){0};
	return put_packed(scope, state, item, pks_value_pack(&value, "d", *sum_out), &value);
}

int pks_dict_add_double(struct pks_object *dict, const char *key, double by, double *sum_out)
{
	struct scope scope = {0};
	struct state *state;
	struct named item;
	double sum = 0;
	int r = item_at(&item, dict, key);

	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, add_double(&scope, state, &item, by, &sum));
	} while (scope_again(&scope, r));
	if (r == 0 && sum_out)
		*sum_out = sum;
	return r;
}

/* ---- compare and set ---- */

static int compare(const struct scope *scope, const struct named *item, const struct pks_value *expected)
{
	struct pks_value value;
	struct bytes bytes;
	int r = named_read(scope, item, &bytes);

	if (r == PKS_NOT_FOUND)
		return expected ? PKS_MISMATCH : 0;
	if (r < 0)
		return r;
	value = (struct pks_value){.data = bytes.data, .size = bytes.size};
	return expected ? pks_value_equal(&value, expected) : PKS_MISMATCH;
}

static int compare_set(struct scope *scope, struct state *state, const struct named *item,
                       const struct pks_value *expected, const struct pks_value *value)
{
	int r = compare(scope, item, expected);

	if (r == PKS_MISMATCH)
		return error_set(r, "%s: another value is there", item->object->path);
	if (r != 0)
		return r;
	if (value)
		return named_put(scope, state, item, value);
	return expected ? named_remove(scope, state, item) : 0;
}

int pks_dict_compare_set(struct pks_object *dict, const char *key, const struct pks_value *expected,
                         const struct pks_value *value)
{
	struct scope scope = {0};
	struct state *state;
	struct named item;
	int r = item_at(&item, dict, key);

	if (r == 0 && expected)
		r = object_check_value(dict, expected);
	if (r == 0 && value)
		r = object_check_value(dict, value);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, compare_set(&scope, state, &item, expected, value));
	} while (scope_again(&scope, r));
	return r;
}

static int set_at_version(struct scope *scope, struct state *state, const struct named *item,
                          const struct pks_value *value, uint64_t version)
{
	if (state->version != version)
		return error_set(PKS_MISMATCH, "%s: has another version", item->object->path);
	return named_put(scope, state, item, value);
}

int pks_dict_set_at_version(struct pks_object *dict, const char *key, const struct pks_value *value, uint64_t version)
{
	struct scope scope = {0};
	struct state *state;
	struct named item;
	int r = item_at(&item, dict, key);

	if (r == 0)
		r = object_check_value(dict, value);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, dict, BASE_DICT, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, set_at_version(&scope, state, &item, value, version));
	} while (scope_again(&scope, r));
	return r;
}
