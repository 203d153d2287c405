/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include "fail.h"

#include <stdlib.h>

/* ---- sets ---- */

/* Where the id is, or would go: ids are consecutive numbers, whose low bits spread well enough. */
static size_t set_place(const struct follow_set *set, uint64_t id)
{
	size_t place = id & (set->capacity - 1);

	while (set->places[place] && set->places[place] != id)
		place = (place + 1) & (set->capacity - 1);
	return place;
}

static bool set_has(const struct follow_set *set, uint64_t id)
{
	return set->capacity > 0 && set->places[set_place(set, id)] != 0;
}

static void set_grow(struct follow_set *set)
{
	struct follow_set grown = {.count = set->count, .capacity = set->capacity ? 2 * set->capacity : 64};

	grown.places = fail_no_memory(calloc(grown.capacity, sizeof(*grown.places)));
	for (size_t i = 0; i < set->capacity; i++)
		if (set->places[i])
			grown.places[set_place(&grown, set->places[i])] = set->places[i];
	free(set->places);
	*set = grown;
}

/* Whether it is new in it. */
static bool set_add(struct follow_set *set, uint64_t id)
{
	if (set_has(set, id))
		return false;
	if (2 * (set->count + 1) > set->capacity)
		set_grow(set);
	set->places[set_place(set, id)] = id;
	set->count++;
	return true;
}

/* ---- what is met and what is written ---- */

void follow_written(struct follow *follow, uint64_t id)
{
	set_add(&follow->written, id);
}

static void follow_meet(struct follow *follow, uint64_t id)
{
	size_t at = follow->met.count;

	if (id == 0 || !set_add(&follow->met, id))
		return;
	if (at == follow->room) {
		follow->room = follow->room ? 2 * follow->room : 64;
		follow->ids = fail_no_memory(realloc(follow->ids, follow->room * sizeof(*follow->ids)));
	}
	follow->ids[at] = id;
}

void follow_value(struct follow *follow, const struct pks_value *value)
{
	struct pks_value key = {0}, element = {0};
	struct pks_value_iter iter;
	int kind = pks_value_kind(value);
	uint64_t id;

	if (kind == PKS_KIND_REF && pks_value_ref(value, &id) == 0)
		follow_meet(follow, id);
	if ((kind != PKS_KIND_LIST && kind != PKS_KIND_MAP) || pks_value_iter_init(&iter, value) != 0)
		return;
	while (pks_value_next(&iter, &key, &element) == 0) {
		if (kind == PKS_KIND_MAP)
			follow_value(follow, &key);
		follow_value(follow, &element);
	}
}

uint64_t follow_next(struct follow *follow)
{
	while (follow->next < follow->met.count) {
		uint64_t id = follow->ids[follow->next++];

		if (!set_has(&follow->written, id))
			return id;
	}
	return 0;
}

void follow_release(struct follow *follow)
{
	free(follow->ids);
	free(follow->met.places);
	free(follow->written.places);
	*follow = (struct follow){0};
}
