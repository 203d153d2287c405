/* SPDX-License-Identifier: MIT */
/* Equality. Recursive: PKS_VALUE_DEPTH_MAX bounds it, also for values that nobody checked. */
#include "value.h"
#include "value_keys.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static int equal_values(const struct pks_value *a, const struct pks_value *b, unsigned levels);

static int equal_if(bool equal)
{
	return equal ? 0 : PKS_MISMATCH;
}

/* By contents, whatever the lengths of the encodings; also for the kinds that we know nothing about. */
static int equal_encodings(const struct pks_value *a, const struct pks_value *b)
{
	return equal_if(value_keys_compare(a->data, value_end(a), b->data, value_end(b)) == 0);
}

static int equal_times(const struct pks_value *a, const struct pks_value *b)
{
	int64_t ns_a, ns_b;

	/* Times too far away to be read are equal only if they are written alike. */
	if (pks_value_time(a, &ns_a) < 0 || pks_value_time(b, &ns_b) < 0)
		return equal_encodings(a, b);
	return equal_if(ns_a == ns_b);
}

static bool equal_turned(const uint8_t *a, const uint8_t *b, size_t count, size_t size)
{
	uint8_t turned[sizeof(uint64_t)];

	for (size_t i = 0; i < count * size; i += size) {
		value_array_move(turned, b + i, 1, size, true);
		if (memcmp(a + i, turned, size) != 0)
			return false;
	}
	return true;
}

static int equal_arrays(const struct pks_value *a, const struct pks_value *b)
{
	enum pks_number number_a = 0, number_b = 0;
	bool big_a = false, big_b = false;
	size_t count_a = 0, count_b = 0;
	const void *data_a, *data_b;
	int r = pks_value_array(a, &number_a, &count_a, &data_a, &big_a);

	if (r == 0)
		r = pks_value_array(b, &number_b, &count_b, &data_b, &big_b);
	if (r < 0)
		return r;
	if (number_a != number_b || count_a != count_b)
		return PKS_MISMATCH;
	if (count_a == 0)
		return 0;
	if (big_a == big_b)
		return equal_if(memcmp(data_a, data_b, count_a * pks_number_size(number_a)) == 0);
	return equal_if(equal_turned(data_a, data_b, count_a, pks_number_size(number_a)));
}

/* ---- lists, and maps in the same order ---- */

static int equal_pairs(const struct pks_value pair_a[2], const struct pks_value pair_b[2], unsigned levels)
{
	int r = pair_a[0].size || pair_b[0].size ? equal_values(&pair_a[0], &pair_b[0], levels) : 0;

	return r == 0 ? equal_values(&pair_a[1], &pair_b[1], levels) : r;
}

static int equal_in_order(struct pks_value_iter a, struct pks_value_iter b, unsigned levels)
{
	struct pks_value pair_a[2], pair_b[2];
	int r, s;

	for (;;) {
		r = pks_value_next(&a, &pair_a[0], &pair_a[1]);
		s = pks_value_next(&b, &pair_b[0], &pair_b[1]);
		if (r == PKS_END && s == PKS_END)
			return 0;
		if (r != 0 || s != 0)
			return r < 0 ? r : s < 0 ? s : PKS_MISMATCH;
		r = equal_pairs(pair_a, pair_b, levels);
		if (r != 0)
			return r;
	}
}

/*
 * Whether two maps have their keys in the same order: then comparing in order decides. Values are not looked at, for
 * looking at them here and once more in another order would double the work with each level.
 */
static bool equal_same_order(struct pks_value_iter a, struct pks_value_iter b)
{
	struct pks_value key_a, key_b, value;

	while (pks_value_next(&a, &key_a, &value) == 0 && pks_value_next(&b, &key_b, &value) == 0) {
		if (equal_encodings(&key_a, &key_b) != 0)
			return false;
	}
	return true;
}

/* ---- maps in any order ---- */

struct equal_map {
	struct pks_value (*pairs)[2];
	size_t count;
	bool plain; /* no key is a list, a map or tagged: value_keys_compare() tells everything about them */
};

static int equal_collect(struct pks_value_iter iter, struct equal_map *map)
{
	int r = 0;

	map->count = iter.left;
	map->plain = true;
	map->pairs = calloc(map->count + 1, sizeof(*map->pairs));
	if (!map->pairs)
		return error_set(PKS_ERR_MEMORY, "no memory to compare maps");
	for (size_t i = 0; r == 0 && i < map->count; i++) {
		struct item key;
		uint64_t children;

		r = pks_value_next(&iter, &map->pairs[i][0], &map->pairs[i][1]);
		if (r == 0 && item_read(map->pairs[i][0].data, value_end(&map->pairs[i][0]), &key) == 0)
			map->plain = map->plain && !item_nests(&key, &children);
	}
	return r;
}

static int equal_order(const void *a, const void *b)
{
	const struct pks_value *left = a, *right = b;

	return value_keys_compare(left->data, value_end(left), right->data, value_end(right));
}

static int equal_sorted(struct equal_map *a, struct equal_map *b, unsigned levels)
{
	int r = 0;

	qsort(a->pairs, a->count, sizeof(*a->pairs), equal_order);
	qsort(b->pairs, b->count, sizeof(*b->pairs), equal_order);
	for (size_t i = 0; r == 0 && i < a->count; i++)
		r = equal_pairs(a->pairs[i], b->pairs[i], levels);
	return r;
}

/* Keys that are lists or maps themselves have no order that agrees with their equality: each is looked for. */
static int equal_searched(const struct equal_map *a, const struct equal_map *b, unsigned levels)
{
	for (size_t i = 0; i < a->count; i++) {
		int r = PKS_MISMATCH;

		for (size_t j = 0; r == PKS_MISMATCH && j < b->count; j++)
			r = equal_pairs(a->pairs[i], b->pairs[j], levels);
		if (r != 0)
			return r;
	}
	return 0;
}

static int equal_any_order(struct pks_value_iter a, struct pks_value_iter b, unsigned levels)
{
	struct equal_map map_a = {0}, map_b = {0};
	int r = equal_collect(a, &map_a);

	if (r == 0)
		r = equal_collect(b, &map_b);
	if (r == 0 && map_a.plain && map_b.plain)
		r = equal_sorted(&map_a, &map_b, levels);
	else if (r == 0)
		r = equal_searched(&map_a, &map_b, levels);
	free(map_a.pairs);
	free(map_b.pairs);
	return r;
}

static int equal_nested(const struct pks_value *a, const struct pks_value *b, unsigned levels)
{
	struct pks_value_iter iter_a, iter_b;
	int r = pks_value_iter_init(&iter_a, a);

	if (r == 0)
		r = pks_value_iter_init(&iter_b, b);
	if (r < 0)
		return r;
	if (iter_a.left != iter_b.left)
		return PKS_MISMATCH;
	if (levels == 0)
		return value_corrupt();
	if (!iter_a.map || equal_same_order(iter_a, iter_b))
		return equal_in_order(iter_a, iter_b, levels - 1);
	return equal_any_order(iter_a, iter_b, levels - 1);
}

static int equal_values(const struct pks_value *a, const struct pks_value *b, unsigned levels)
{
	int kind_a = pks_value_kind(a), kind_b = pks_value_kind(b);

	if (kind_a < 0 || kind_b < 0)
		return kind_a < 0 ? kind_a : kind_b;
	if (kind_a != kind_b)
		return PKS_MISMATCH;
	switch (kind_a) {
	case PKS_KIND_NONE:
		return 0;
	case PKS_KIND_LIST:
	case PKS_KIND_MAP:
		return equal_nested(a, b, levels);
	case PKS_KIND_TIME:
		return equal_times(a, b);
	case PKS_KIND_ARRAY:
		return equal_arrays(a, b);
	default:
		return equal_encodings(a, b);
	}
}

int pks_value_equal(const struct pks_value *a, const struct pks_value *b)
{
	return equal_values(a, b, PKS_VALUE_DEPTH_MAX);
}
