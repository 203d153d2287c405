/* SPDX-License-Identifier: MIT */
#include "within.h"

#include "pool.h"
#include "record.h"

#include <pkstore/transaction.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void within_read(const char *uuid, struct within *within_out)
{
	const char *text = getenv(WITHIN_ENV);
	size_t size = strlen(uuid);
	uint64_t id;
	uint32_t attempt;

	*within_out = (struct within){0};
	if (!text || strncmp(text, uuid, size) != 0)
		return;
	if (sscanf(text + size, "/%" SCNu64 "/%" SCNu32, &id, &attempt) == 2) {
		within_out->id = id;
		within_out->attempt = attempt;
	}
}

void within_write(const char *uuid, uint64_t id, uint32_t attempt, char text_out[WITHIN_SIZE])
{
	snprintf(text_out, WITHIN_SIZE, "%s/%" PRIu64 "/%" PRIu32, uuid, id, attempt);
}

static struct within *within_of(struct pks_store *store)
{
	struct pool *pool = pool_of(store);

	return pool && pool->within.id ? &pool->within : NULL;
}

static int read_running(struct pks_store *store, const struct within *within, struct pks_object **process_out,
			struct process_state *state_out)
{
	struct pks_object *process = pks_object_from_id(store, within->id);
	int r = process ? record_read(process, state_out) : PKS_ERR_GONE;

	if (r == 0 && (state_out->status != STATUS_RUNNING || state_out->attempt != within->attempt))
		r = PKS_MISMATCH;
	if (r == 0)
		*process_out = process;
	else
		pks_object_close(process);
	return r;
}

/* Notes of several threads may commit in any order, so each writes what is so by then. */
static int note(struct pks_store *store, void *arg)
{
	struct within *within = arg;
	bool waiting = atomic_load(&within->waiting) > 0;
	struct process_state state;
	struct pks_object *process;
	int r = read_running(store, within, &process, &state);

	if (r != 0)
		return r;
	if (state.waiting != waiting) {
		state.waiting = waiting;
		r = record_write(process, &state);
	}
	pks_object_close(process);
	return r;
}

/* One that cannot be written costs the pool a place for a while, or leaves it one too many; the wait goes on. */
static void say(struct pks_store *store, struct within *within)
{
	if (pks_atomically(store, note, within) == 0)
		pool_notify(store);
}

bool within_pause(struct pks_store *store)
{
	struct within *within = within_of(store);

	if (within && atomic_fetch_add(&within->waiting, 1) == 0)
		say(store, within);
	return within;
}

void within_resume(struct pks_store *store)
{
	struct within *within = within_of(store);

	if (within && atomic_fetch_sub(&within->waiting, 1) == 1)
		say(store, within);
}

static bool is_said(struct pks_store *store, const struct within *within)
{
	struct process_state state;
	struct pks_object *process;
	bool said = true;

	if (pks_snapshot_begin(store) < 0)
		return true;
	if (read_running(store, within, &process, &state) == 0) {
		said = state.waiting;
		pks_object_close(process);
	}
	pks_snapshot_end(store);
	return said;
}

void within_say_again(struct pks_store *store)
{
	struct within *within = within_of(store);

	if (within && atomic_load(&within->waiting) > 0 && !is_said(store, within))
		say(store, within);
}
