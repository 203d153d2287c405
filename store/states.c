/* SPDX-License-Identifier: MIT */
/* The states of the objects that a transaction has met, by id. */
#include "log_chunk.h"
#include "state.h"

#include <stdlib.h>
#include <string.h>

/*
 * A table larger than this, in slots, is given back: clearing it looks at every slot, and one large transaction would
 * make all later ones of its thread slow.
 */
#define CAPACITY_KEPT 64

/* As the next transaction finds it. */
static void state_found(struct state *state)
{
	log_tail_free(state->tail);
	free(state->path_before);
	state->tail = NULL;
	state->path_before = NULL;
	state->dirty = false;
	state->existed = true;
	state->bytes_before = state->bytes;
	state->count_before = state->count;
	state->bytes_freely = 0;
}

/* One piece of memory is kept for the next state. */
static void drop_state(struct states *states, struct state *state)
{
	log_tail_free(state->tail);
	free(state->path_before);
	if (states->kept)
		free(state);
	else
		states->kept = state;
}

static void empty_slots(struct states *states)
{
	if (states->capacity > CAPACITY_KEPT) {
		free(states->slots);
		states->slots = NULL;
		states->capacity = 0;
	} else if (states->count) {
		memset(states->slots, 0, states->capacity * sizeof(*states->slots));
	}
	memset(states->cached, 0, sizeof(states->cached));
	states->count = 0;
}

void states_clear(struct states *states)
{
	for (struct state *state = states->first, *next; state; state = next) {
		next = state->next;
		drop_state(states, state);
	}
	states->first = states->last = NULL;
	empty_slots(states);
}

/* What one call needs, or a few in turns; walking over more of them costs more than reading them again. */
#define STATES_KEPT 8

static bool may_keep(const struct states *states)
{
	if (states->count > STATES_KEPT || states->capacity > CAPACITY_KEPT)
		return false;
	for (const struct state *state = states->first; state; state = state->next)
		if (state->dropped)
			return false;
	return true;
}

void states_keep(struct states *states)
{
	if (!may_keep(states)) {
		states_clear(states);
		return;
	}
	for (struct state *state = states->first; state; state = state->next)
		state_found(state);
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
	struct states grown = {.capacity = states->capacity ? 2 * states->capacity : 8};

	grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
	if (!grown.slots)
		return false;
	for (struct state *state = states->first; state; state = state->next)
		grown.slots[slot_of(&grown, state->id)] = state;
	free(states->slots);
	states->slots = grown.slots;
	states->capacity = grown.capacity;
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
	state->dirty = state->dropped = state->existed = false;
	state->bytes_before = state->count_before = 0;
	state->path_before = NULL;
	state->type[0] = state->path[0] = 0;
	state->created_ns = state->version = state->count = 0;
	state_set_defaults(state);
	state->tail = NULL;
	state->next = NULL;
	*(states->last ? &states->last->next : &states->first) = state;
	states->last = state;
	states->slots[slot_of(states, id)] = state;
	states->cached[id & 7] = state;
	states->count++;
	return state;
}
