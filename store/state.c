/* SPDX-License-Identifier: MIT */
#include "state.h"

#include "base/error.h"
#include "base/identity.h"
#include "base/cbor.h"

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
	HEADER_BYTES,
	HEADER_LIMIT,
	HEADER_LIMIT_BYTES,
	HEADER_UNVERSIONED,
	HEADER_CLASS,
	HEADER_OWN,
	HEADER_ELEMENTS,
};

/* The longest header: a head for the array and each element, and what they hold. */
#define HEADER_SIZE_MAX \
	((1 + HEADER_ELEMENTS) * ITEM_HEAD_MAX + PKS_TYPE_MAX + sizeof(((struct state *)0)->uuid) + PKS_PATH_MAX + \
	 LAYER_INDEX_KEY_MAX + PKS_TYPE_MAX + STATE_OWN_MAX)

static bool is_default(const struct state *state, unsigned element)
{
	switch ((enum element)element) {
	case HEADER_OWN:
		return state->own_size == 0;
	case HEADER_CLASS:
		return !state->class[0];
	case HEADER_UNVERSIONED:
		return !state->unversioned;
	case HEADER_LIMIT_BYTES:
		return state->limit_bytes == 0;
	case HEADER_LIMIT:
		return state->limit == 0;
	case HEADER_BYTES:
		return state->bytes == 0;
	case HEADER_CAP:
		return state->cap == 0;
	case HEADER_FIRST:
		return state->first == 0;
	case HEADER_PINNED:
		return !state->pinned;
	case HEADER_INDEX:
		return state->index_size == 0;
	default:
		return false;
	}
}

static unsigned elements_needed(const struct state *state)
{
	unsigned elements = HEADER_ELEMENTS;

	while (is_default(state, elements - 1))
		elements--;
	return elements;
}

/* Those behind the count. */
static uint8_t *write_element(const struct state *state, unsigned element, uint8_t *to)
{
	bool null = is_default(state, element);

	switch ((enum element)element) {
	case HEADER_INDEX:
		return null ? item_write_null(to) : item_write_string(to, ITEM_BYTES, state->index, state->index_size);
	case HEADER_PINNED:
		return item_write_bool(to, state->pinned);
	case HEADER_FIRST:
		return item_write_uint(to, state->first);
	case HEADER_CAP:
		return item_write_uint(to, state->cap);
	case HEADER_BYTES:
		return item_write_uint(to, state->bytes);
	case HEADER_LIMIT:
		return item_write_uint(to, state->limit);
	case HEADER_LIMIT_BYTES:
		return item_write_uint(to, state->limit_bytes);
	case HEADER_UNVERSIONED:
		return item_write_bool(to, state->unversioned);
	case HEADER_CLASS:
		return null ? item_write_null(to)
		            : item_write_string(to, ITEM_TEXT, state->class, strlen(state->class));
	case HEADER_OWN:
		return null ? item_write_null(to) : (uint8_t *)mempcpy(to, state->own, state->own_size);
	default:
		return to;
	}
}

void state_anonymous_path(const struct state *state, char path_out[PKS_PATH_MAX + 1])
{
	size_t size = strlen(state->type);

	memcpy(path_out, state->type, size);
	path_out[size] = '-';
	identity_text(state->uuid, path_out + size + 1);
}

/* A path that the elements before it tell is not written: half of what most processes have in their headers. */
static uint8_t *write_path(const struct state *state, uint8_t *to)
{
	size_t size = strlen(state->path), type = strlen(state->type);
	char anonymous[PKS_PATH_MAX + 1];

	if (size == type + PKS_UUID_SIZE && memcmp(state->path, state->type, type) == 0) {
		state_anonymous_path(state, anonymous);
		if (strcmp(state->path, anonymous) == 0)
			return item_write_null(to);
	}
	return item_write_string(to, ITEM_TEXT, state->path, size);
}

static int take_text(const struct item *item, char *text_out, size_t max)
{
	if (item->type != ITEM_TEXT || item->number > max || memchr(item->data, 0, item->number))
		return PKS_ERR_CORRUPT;
	memcpy(text_out, item->data, item->number);
	text_out[item->number] = 0;
	return 0;
}

static int take_path(const struct item *item, struct state *state_out)
{
	if (item->type != ITEM_NULL)
		return take_text(item, state_out->path, PKS_PATH_MAX);
	state_anonymous_path(state_out, state_out->path);
	return 0;
}

void state_encode(const struct state *state, struct buffer *buffer)
{
	unsigned elements = elements_needed(state);
	uint8_t *room = buffer_add(buffer, HEADER_SIZE_MAX), *to = room;

	if (!room)
		return;
	to = item_write_head(to, ITEM_ARRAY, elements);
	to = item_write_string(to, ITEM_TEXT, state->type, strlen(state->type));
	to = item_write_string(to, ITEM_BYTES, state->uuid, sizeof(state->uuid));
	to = write_path(state, to);
	to = item_write_uint(to, state->created_ns);
	to = item_write_uint(to, state->version);
	to = item_write_uint(to, state->count);
	for (unsigned element = HEADER_INDEX; element < elements; element++)
		to = write_element(state, element, to);
	buffer->size -= (size_t)(room + HEADER_SIZE_MAX - to);
}

int state_set_own(struct state *state, const struct buffer *item)
{
	if (item->failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	if (item->size > STATE_OWN_MAX)
		return error_set(PKS_ERR_LIMIT, "%s: its state of %zu bytes; the limit is %d", state->path, item->size,
		                 STATE_OWN_MAX);
	if (item->size > 0) /* of nothing there is no address, which memcpy(3) does not take even then */
		memcpy(state->own, item->data, item->size);
	state->own_size = item->size;
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

static int take_bool(const struct item *item, bool *bool_out)
{
	*bool_out = item->number != 0;
	return item->type == ITEM_BOOL ? 0 : PKS_ERR_CORRUPT;
}

/* The whole item, however deep. */
static int take_own(const uint8_t *at, const uint8_t *end, struct state *state_out)
{
	const uint8_t *behind = item_end(at, end);

	if (!behind || behind - at > STATE_OWN_MAX)
		return PKS_ERR_CORRUPT;
	state_out->own_size = *at == ITEM_FIRST_NULL ? 0 : (size_t)(behind - at);
	memcpy(state_out->own, at, state_out->own_size);
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
		return take_path(item, state_out);
	case HEADER_CREATED:
		return take_uint(item, &state_out->created_ns);
	case HEADER_VERSION:
		return take_uint(item, &state_out->version);
	case HEADER_COUNT:
		return take_uint(item, &state_out->count);
	case HEADER_INDEX:
		return take_index(item, state_out);
	case HEADER_PINNED:
		return take_bool(item, &state_out->pinned);
	case HEADER_FIRST:
		return take_uint(item, &state_out->first);
	case HEADER_CAP:
		return take_uint(item, &state_out->cap);
	case HEADER_BYTES:
		return take_uint(item, &state_out->bytes);
	case HEADER_LIMIT:
		return take_uint(item, &state_out->limit);
	case HEADER_LIMIT_BYTES:
		return take_uint(item, &state_out->limit_bytes);
	case HEADER_UNVERSIONED:
		return take_bool(item, &state_out->unversioned);
	case HEADER_CLASS:
		return item->type == ITEM_NULL ? 0 : take_text(item, state_out->class, PKS_TYPE_MAX);
	case HEADER_OWN:
		break; /* take_own() */
	case HEADER_ELEMENTS:
		break;
	}
	return PKS_ERR_CORRUPT;
}

/* Of what may be left out. */
void state_set_defaults(struct state *state)
{
	state->index_size = state->own_size = 0;
	state->pinned = state->unversioned = false;
	state->first = state->cap = state->bytes = state->limit = state->limit_bytes = 0;
	state->class[0] = 0;
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
	state_set_defaults(state_out);
	at = item.next;
	for (unsigned element = 0; element < elements && element < HEADER_OWN; element++) {
		if (item_read(at, end, &item) < 0 || take_element(element, &item, state_out) < 0)
			return PKS_ERR_CORRUPT;
		at = item.next;
	}
	if (elements > HEADER_OWN) {
		if (take_own(at, end, state_out) < 0)
			return PKS_ERR_CORRUPT;
		at = item_end(at, end);
	}
	state_out->base = state_base(state_out->type);
	return at == end && state_out->first + state_out->count >= state_out->first ? 0 : PKS_ERR_CORRUPT;
}

unsigned state_salvage(struct bytes record, struct state *state_out)
{
	const uint8_t *at = record.data, *end = at + record.size;
	unsigned element = 0;
	struct item item;

	state_set_defaults(state_out);
	state_out->type[0] = state_out->path[0] = 0;
	state_out->created_ns = state_out->version = state_out->count = 0;
	if (item_read(at, end, &item) == 0 && item.type == ITEM_ARRAY)
		for (at = item.next; element < item.number && element < HEADER_OWN; element++) {
			struct item part;

			if (item_read(at, end, &part) < 0 || take_element(element, &part, state_out) < 0)
				break;
			at = part.next;
		}
	state_out->base = state_base(state_out->type);
	return element;
}
