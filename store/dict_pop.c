/* SPDX-License-Identifier: MIT */
/* Dict: taking items out. */
#include "base/error.h"
#include "dict.h"

#include <pkstore/dict.h>

#include <stdlib.h>

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
	int r = dict_item(&item, dict, key);

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
	key_part(&end, dict->id, PART_ITEM + 1);
	r = engine_seek_before(cursor, key_bytes(&end), &key, &value);
	if (r == PKS_NOT_FOUND || (r == 0 && (!key_begins(key, key_bytes(&part)) || key.size > ENGINE_KEY_MAX)))
		r = error_set(PKS_EMPTY, "%s: the Dict is empty", dict->path);
	if (r == 0) {
		*item_out = (struct named){.object = dict, .base = BASE_DICT, .part = PART_ITEM};
		key_take(&item_out->key, key);
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
