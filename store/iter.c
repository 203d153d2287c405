/* SPDX-License-Identifier: MIT */
#include "iter.h"

#include "base/error.h"
#include "view.h"

#include <stdlib.h>

struct pks_iter {
	struct view view;
	struct key low, high; /* the first key there may be, and the first behind them */
	struct key at;        /* the key given last; size 0: none yet */
	bool reverse, ended;
};

static int check_range(const struct pks_object *object, const struct pks_range *range)
{
	const char *ends[] = {range->from, range->to, range->prefix};
	size_t size;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(ends) / sizeof(*ends); i++)
		if (ends[i])
			r = object_check_key(object, ends[i], &size);
	return r;
}

/* The higher of the lower bounds, and the lower of the upper ones. */
static void set_bounds(struct pks_iter *iter, uint64_t id, enum part part, const struct pks_range *range)
{
	struct key key;

	key_part(&iter->low, id, part);
	iter->high = iter->low;
	key_successor(&iter->high);
	if (range->from)
		key_named(&iter->low, id, part, range->from, strlen(range->from));
	if (range->to)
		key_named(&iter->high, id, part, range->to, strlen(range->to));
	if (!range->prefix)
		return;
	key_named(&key, id, part, range->prefix, strlen(range->prefix));
	if (key_compare(key_bytes(&key), key_bytes(&iter->low)) > 0)
		iter->low = key;
	key_successor(&key);
	if (key_compare(key_bytes(&key), key_bytes(&iter->high)) < 0)
		iter->high = key;
}

struct pks_iter *iter_new(struct pks_object *object, enum base base, enum part part, const struct pks_range *range)
{
	static const struct pks_range all;
	struct pks_iter *iter;
	struct state *state;
	int r = object_check(object, base);

	if (r == 0)
		r = check_range(object, range ? range : &all);
	if (r < 0)
		return NULL;
	iter = calloc(1, sizeof(*iter));
	state = malloc(sizeof(*state));
	if (!iter || !state)
		r = error_set(PKS_ERR_MEMORY, "out of memory");
	if (r == 0)
		r = view_open_object(&iter->view, object, base, state);
	free(state);
	if (r < 0) {
		free(iter);
		return NULL;
	}
	iter->reverse = range && range->reverse;
	set_bounds(iter, object->id, part, range ? range : &all);
	return iter;
}

struct pks_iter *pks_dict_iter(struct pks_object *dict, const struct pks_range *range)
{
	return iter_new(dict, BASE_DICT, PART_ITEM, range);
}

/* From the key given last, whether it is still there or not. */
static int seek_again(struct pks_iter *iter, struct bytes *key, struct bytes *value)
{
	int r;

	if (iter->reverse)
		return engine_seek_before(iter->view.cursor, key_bytes(&iter->at), key, value);
	r = engine_seek(iter->view.cursor, key_bytes(&iter->at), key, value);
	if (r == 0 && key_compare(*key, key_bytes(&iter->at)) == 0)
		r = engine_next(iter->view.cursor, key, value);
	return r;
}

static int step(struct pks_iter *iter, struct bytes *key, struct bytes *value)
{
	struct engine_cursor *cursor = iter->view.cursor;
	bool moved = view_moved(&iter->view);

	if (iter->at.size == 0 && iter->reverse)
		return engine_seek_before(cursor, key_bytes(&iter->high), key, value);
	if (iter->at.size == 0)
		return engine_seek(cursor, key_bytes(&iter->low), key, value);
	if (moved)
		return seek_again(iter, key, value);
	return iter->reverse ? engine_prev(cursor, key, value) : engine_next(cursor, key, value);
}

static bool inside(const struct pks_iter *iter, struct bytes key)
{
	return key.size <= ENGINE_KEY_MAX && key_compare(key, key_bytes(&iter->low)) >= 0 &&
	       key_compare(key, key_bytes(&iter->high)) < 0;
}

int pks_iter_next(struct pks_iter *iter, const char **key_out, struct pks_value *value_out)
{
	struct bytes key, value;
	int r = iter ? view_check(&iter->view) : error_again();

	if (r < 0)
		return r;
	if (iter->ended)
		return PKS_END;
	r = step(iter, &key, &value);
	if (r < 0)
		return r;
	if (r == PKS_NOT_FOUND || !inside(iter, key)) {
		iter->ended = true;
		return PKS_END;
	}
	memcpy(iter->at.data, key.data, key.size);
	iter->at.data[key.size] = 0;
	iter->at.size = key.size;
	if (key_out)
		*key_out = (const char *)iter->at.data + KEY_OBJECT_SIZE;
	if (value_out)
		*value_out = (struct pks_value){.data = value.data, .size = value.size};
	return 0;
}

void pks_iter_close(struct pks_iter *iter)
{
	if (iter && view_close(&iter->view))
		free(iter);
}
