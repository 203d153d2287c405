/* SPDX-License-Identifier: MIT */
#include "state.h"

#include "cbor.h"
#include "log_chunk.h"

#include <stdlib.h>
#include <string.h>

/* The elements of a header record. Those at its end that have their default (null, false, 0) are left out. */
enum element {
	HEADER_TYPE,
	HEADER_UUID,
	HEADER_PATH,
	HEADER_CREATED,
	HEADER_VERSION,
	HEADER_COUNT,
	HEADER_INDEX,
	HEADER_PINNED,
	HEADER_FIRST,
	HEADER_CAP,
	HEADER_ELEMENTS,
};

/* Attributes that only a layer may change. */
static const char *const process_reserved[] = {"state", "parent", "stop", "history", "report", "output", NULL};

static const struct type {
	const char *name;
	enum base base;
	const char *const *reserved; /* NULL: none */
} types[] = {{"dict", BASE_DICT, NULL}, {"log", BASE_LOG, NULL}, {"process", BASE_DICT, process_reserved}};

static const struct type *find_type(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

enum base state_base(const char *type)
{
	const struct type *found = find_type(type);

	return found ? found->base : BASE_UNKNOWN;
}

bool state_reserves(const char *type, const char *attribute)
{
	const struct type *found = find_type(type);

	for (const char *const *at = found ? found->reserved : NULL; at && *at; at++)
		if (strcmp(*at, attribute) == 0)
			return true;
	return false;
}

static unsigned elements_needed(const struct state *state)
{
	if (state->cap)
		return HEADER_CAP + 1;
	if (state->first)
		return HEADER_FIRST + 1;
	if (state->pinned)
		return HEADER_PINNED + 1;
	return state->index_size ? HEADER_INDEX + 1 : HEADER_COUNT + 1;
}

void state_encode(const struct state *state, struct buffer *buffer)
{
	unsigned elements = elements_needed(state);

	item_put_array(buffer, elements);
	item_put_text(buffer, state->type, strlen(state->type));
	item_put_bytes(buffer, state->uuid, sizeof(state->uuid));
	item_put_text(buffer, state->path, strlen(state->path));
	item_put_uint(buffer, state->created_ns);
	item_put_uint(buffer, state->version);
	item_put_uint(buffer, state->count);
	if (elements > HEADER_INDEX && state->index_size)
		item_put_bytes(buffer, state->index, state->index_size);
	else if (elements > HEADER_INDEX)
		item_put_null(buffer);
	if (elements > HEADER_PINNED)
		item_put_bool(buffer, state->pinned);
	if (elements > HEADER_FIRST)
		item_put_uint(buffer, state->first);
	if (elements > HEADER_CAP)
		item_put_uint(buffer, state->cap);
}

static int take_text(const struct item *item, char *text_out, size_t max)
{
	if (item->type != ITEM_TEXT || item->number > max || memchr(item->data, 0, item->number))
		return PKS_ERR_CORRUPT;
	memcpy(text_out, item->data, item->number);
	text_out[item->number] = 0;
	return 0;
}

static int take_uint(const struct item *item, uint64_t *number_out)
{
	if (item->type != ITEM_UINT)
		return PKS_ERR_CORRUPT;
	*number_out = item->number;
	return 0;
}

static int take_uuid(const struct item *item, uint8_t uuid_out[16])
{
	if (item->type != ITEM_BYTES || item->number != 16)
		return PKS_ERR_CORRUPT;
	memcpy(uuid_out, item->data, 16);
	return 0;
}

static int take_index(const struct item *item, struct state *state_out)
{
	if (item->type == ITEM_NULL)
		return 0;
	if (item->type != ITEM_BYTES || item->number == 0 || item->number > LAYER_INDEX_KEY_MAX)
		return PKS_ERR_CORRUPT;
	memcpy(state_out->index, item->data, item->number);
	state_out->index_size = item->number;
	return 0;
}

static int take_element(unsigned element, const struct item *item, struct state *state_out)
{
	switch ((enum element)element) {
	case HEADER_TYPE:
		return take_text(item, state_out->type, PKS_TYPE_MAX);
	case HEADER_UUID:
		return take_uuid(item, state_out->uuid);
	case HEADER_PATH:
		return take_text(item, state_out->path, PKS_PATH_MAX);
	case HEADER_CREATED:
		return take_uint(item, &state_out->created_ns);
	case HEADER_VERSION:
		return take_uint(item, &state_out->version);
	case HEADER_COUNT:
		return take_uint(item, &state_out->count);
	case HEADER_INDEX:
		return take_index(item, state_out);
	case HEADER_PINNED:
		state_out->pinned = item->number;
		return item->type == ITEM_BOOL ? 0 : PKS_ERR_CORRUPT;
	case HEADER_FIRST:
		return take_uint(item, &state_out->first);
	case HEADER_CAP:
		return take_uint(item, &state_out->cap);
	case HEADER_ELEMENTS:
		break;
	}
	return PKS_ERR_CORRUPT;
}

int state_decode(struct bytes record, struct state *state_out)
{
	const uint8_t *at = record.data, *end = at + record.size;
	struct item item;
	uint64_t elements;

	if (item_read(at, end, &item) < 0 || item.type != ITEM_ARRAY)
		return PKS_ERR_CORRUPT;
	elements = item.number;
	if (elements <= HEADER_COUNT || elements > HEADER_ELEMENTS)
		return PKS_ERR_CORRUPT;
	state_out->index_size = 0;
	state_out->pinned = false;
	state_out->first = state_out->cap = 0;
	at = item.next;
	for (unsigned element = 0; element < elements; element++) {
		if (item_read(at, end, &item) < 0 || take_element(element, &item, state_out) < 0)
			return PKS_ERR_CORRUPT;
		at = item.next;
	}
	state_out->base = state_base(state_out->type);
	return at == end && state_out->first + state_out->count >= state_out->first ? 0 : PKS_ERR_CORRUPT;
}

/* ---- the states of a transaction ---- */

/*
 * A table larger than this, in slots, is given back: clearing it looks at every slot, and one large transaction would
 * make all later ones of its thread slow.
 */
#define CAPACITY_KEPT 64

void states_clear(struct states *states)
{
	for (size_t i = 0; states->count && i < states->capacity; i++) {
		struct state *state = states->slots[i];

		if (!state)
			continue;
		log_tail_free(state->tail);
		if (states->kept)
			free(state);
		else
			states->kept = state;
		states->slots[i] = NULL;
	}
	states->count = 0;
	memset(states->cached, 0, sizeof(states->cached));
	if (states->capacity > CAPACITY_KEPT) {
		free(states->slots);
		states->slots = NULL;
		states->capacity = 0;
	}
}

void states_release(struct states *states)
{
	states_clear(states);
	free(states->kept);
	free(states->slots);
	*states = (struct states){0};
}

/* Where `id` is, or would go. Ids are consecutive numbers: their low bits spread well enough by themselves. */
static size_t slot_of(const struct states *states, uint64_t id)
{
	size_t slot = id & (states->capacity - 1);

	while (states->slots[slot] && states->slots[slot]->id != id)
		slot = (slot + 1) & (states->capacity - 1);
	return slot;
}

struct state *states_find(struct states *states, uint64_t id)
{
	struct state *state = states->cached[id & 7];

	if (state && state->id == id)
		return state;
	if (states->capacity == 0)
		return NULL;
	state = states->slots[slot_of(states, id)];
	if (state)
		states->cached[id & 7] = state;
	return state;
}

static bool grow(struct states *states)
{
	struct states grown = {
		.capacity = states->capacity ? 2 * states->capacity : 8, .count = states->count, .kept = states->kept};

	grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
	if (!grown.slots)
		return false;
	for (size_t i = 0; i < states->capacity; i++)
		if (states->slots[i])
			grown.slots[slot_of(&grown, states->slots[i]->id)] = states->slots[i];
	free(states->slots);
	*states = grown;
	return true;
}

struct state *states_add(struct states *states, uint64_t id)
{
	struct state *state;

	if (2 * (states->count + 1) > states->capacity && !grow(states))
		return NULL;
	state = states->kept ? states->kept : malloc(sizeof(*state));
	if (!state)
		return NULL;
	states->kept = NULL;
	/* Only what state_decode() does not set: the texts are long, and their first byte is enough. */
	state->id = id;
	state->base = BASE_UNKNOWN;
	state->dirty = state->dropped = state->pinned = false;
	state->type[0] = state->path[0] = 0;
	state->created_ns = state->version = state->count = state->first = state->cap = 0;
	state->index_size = 0;
	state->tail = NULL;
	states->slots[slot_of(states, id)] = state;
	states->cached[id & 7] = state;
	states->count++;
	return state;
}
