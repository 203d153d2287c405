/* SPDX-License-Identifier: MIT */
/* Lists and maps: counting, finding and iterating. Each step walks over encoded items; nothing is built. */
#include "value.h"

#include "base/error.h"

#include <string.h>

int pks_value_iter_init(struct pks_value_iter *iter, const struct pks_value *value)
{
	struct value_face face;
	int r = value_look(value, &face);

	if (r < 0)
		return r;
	if (face.kind != PKS_KIND_LIST && face.kind != PKS_KIND_MAP)
		return error_set(PKS_ERR_TYPE, "%s, neither list nor map", pks_kind_name(face.kind));
	*iter = (struct pks_value_iter){.at = face.item.next,
	                                .end = value_end(value),
	                                .left = face.item.number,
	                                .map = face.kind == PKS_KIND_MAP};
	return 0;
}

int pks_value_next(struct pks_value_iter *iter, struct pks_value *key_out, struct pks_value *value_out)
{
	const uint8_t *value = iter->at, *next;

	if (iter->left == 0)
		return iter->at == iter->end ? PKS_END : value_corrupt();
	if (iter->map)
		value = item_end(iter->at, iter->end);
	next = value ? item_end(value, iter->end) : NULL;
	if (!next)
		return value_corrupt();
	if (key_out)
		*key_out = iter->map ? value_borrow(iter->at, value) : (struct pks_value){0};
	*value_out = value_borrow(value, next);
	iter->at = next;
	iter->left--;
	return 0;
}

int pks_value_count(const struct pks_value *value, size_t *count_out)
{
	struct pks_value_iter iter = {0};
	int r = pks_value_iter_init(&iter, value);

	if (r == 0)
		*count_out = iter.left;
	return r;
}

/* The place of an index counted from the end if negative; false when there is no such element. */
static bool list_place(int64_t index, uint64_t count, uint64_t *place_out)
{
	/* Unsigned arithmetic, as -INT64_MIN is no int64_t. */
	uint64_t back = index < 0 ? -(uint64_t)index : 0;

	if (back > count || (index >= 0 && (uint64_t)index >= count))
		return false;
	*place_out = index < 0 ? count - back : (uint64_t)index;
	return true;
}

int pks_value_at(const struct pks_value *list, int64_t index, struct pks_value *element_out)
{
	struct pks_value_iter iter;
	struct pks_value element;
	struct value_face face;
	uint64_t place;
	int r = value_expect(list, PKS_KIND_LIST, &face);

	if (r == 0)
		r = pks_value_iter_init(&iter, list);
	if (r < 0)
		return r;
	if (!list_place(index, iter.left, &place))
		return PKS_NOT_FOUND;
	for (uint64_t i = 0; r == 0 && i <= place; i++)
		r = pks_value_next(&iter, NULL, &element);
	if (r == 0)
		*element_out = element;
	return r;
}

/* Whether the item is the text; `next_out` gets its end, NULL when it is broken. */
static bool list_key_is(const uint8_t *at, const uint8_t *end, const char *key, size_t size, const uint8_t **next_out)
{
	struct item item;
	uint64_t children;

	if (item_read(at, end, &item) < 0) {
		*next_out = NULL;
		return false;
	}
	*next_out = item_nests(&item, &children) ? item_end(at, end) : item.next;
	return item.type == ITEM_TEXT && item.number == size && (size == 0 || memcmp(item.data, key, size) == 0);
}

int value_find(const struct pks_value *map, const char *key, size_t size, struct pks_value *value_out)
{
	const uint8_t *at, *value, *next, *end;
	struct value_face face;
	int r = value_expect(map, PKS_KIND_MAP, &face);

	if (r < 0)
		return r;
	at = face.item.next;
	end = value_end(map);
	for (uint64_t i = 0; i < face.item.number; i++, at = next) {
		bool found = list_key_is(at, end, key, size, &value);

		next = value ? item_end(value, end) : NULL;
		if (!next)
			return value_corrupt();
		if (found) {
			*value_out = value_borrow(value, next);
			return 0;
		}
	}
	return PKS_NOT_FOUND;
}

int pks_value_find(const struct pks_value *map, const char *key, struct pks_value *value_out)
{
	return value_find(map, key, strlen(key), value_out);
}
